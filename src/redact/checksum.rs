//! Checksums that tokens carry in themselves.
//!
//! A right one proves a token, whatever stands around it and whatever it looks like. A wrong one
//! proves nothing: what has a token's shape is hidden all the same.

use bech32::Bech32;
use bech32::primitives::decode::CheckedHrpstring;
use sha2::{Digest as _, Sha256};

/// Digits of a CRC-32 in base 62.
const BASE62_LEN: usize = 6;

/// The same in hexadecimal digits.
const HEX_LEN: usize = 8;

/// Bytes of a hash that end what is written in base 58.
const BASE58_SUM: usize = 4;

/// The longest that is: a version, a depth, a fingerprint, an index, a chain code, a key, and the
/// sum of an extended key.
const BASE58_MAX: usize = 82;

/// How a token's checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checksum {
    /// CRC-32 of what stands between the prefix and it, in base 62: GitHub, npm.
    Base62,
    /// CRC-32 of all that stands before it, in hexadecimal digits: Atlassian.
    Hex,
    /// The same, its lowest byte first, behind a `_` of its own: Grafana.
    HexReversed,
    /// Of BIP 173: age, Nostr.
    Bech32,
    /// The first bytes of a double SHA-256: Bitcoin.
    Base58,
}

impl Checksum {
    /// Whether the one of `token`, whose prefix has `prefix` bytes, is right.
    pub(super) fn is_right(self, token: &[u8], prefix: usize) -> bool {
        let ends =
            |len| token[prefix..].len().checked_sub(len).map(|at| token.split_at(prefix + at));
        match self {
            Self::Base62 => ends(BASE62_LEN).is_some_and(|(before, sum)| {
                base62(sum) == Some(crc32fast::hash(&before[prefix..]).into())
            }),
            Self::Hex => {
                ends(HEX_LEN).is_some_and(|(before, sum)| hex(sum) == Some(crc32fast::hash(before)))
            }
            Self::HexReversed => ends(HEX_LEN).is_some_and(|(before, sum)| {
                let before = before.strip_suffix(b"_").unwrap_or(before);
                hex(sum) == Some(crc32fast::hash(before).swap_bytes())
            }),
            Self::Bech32 => std::str::from_utf8(token)
                .is_ok_and(|token| CheckedHrpstring::new::<Bech32>(token).is_ok()),
            Self::Base58 => base58(token),
        }
    }
}

/// The number that digits of base 62 stand for, as GitHub orders them.
fn base62(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'Z' => digit - b'A' + 10,
            b'a'..=b'z' => digit - b'a' + 36,
            _ => return None,
        };
        Some(number * 62 + u64::from(value))
    })
}

fn hex(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

fn base58(token: &[u8]) -> bool {
    let mut bytes = [0; BASE58_MAX];
    let Ok(len) = bs58::decode(token).onto(&mut bytes) else { return false };
    let Some((data, sum)) = bytes[..len].split_last_chunk::<BASE58_SUM>() else { return false };
    Sha256::digest(Sha256::digest(data)).starts_with(sum)
}

#[cfg(test)]
pub(super) mod tests {
    use bech32::Hrp;

    use super::*;
    use crate::redact::Redactor;

    /// `body` as a token whose checksum is right; the bytes that hold the checksum may be anything.
    pub(in crate::redact) fn signed(checksum: Checksum, prefix: &str, body: &str) -> String {
        let token = |sum: usize| format!("{prefix}{}", &body[..body.len() - sum]);
        match checksum {
            Checksum::Base62 => {
                let before = token(BASE62_LEN);
                let sum = u64::from(crc32fast::hash(&before.as_bytes()[prefix.len()..]));
                let digit = |place| match (sum / 62_u64.pow(place) % 62) as u8 {
                    value @ 0..=9 => b'0' + value,
                    value @ 10..=35 => b'A' + value - 10,
                    value => b'a' + value - 36,
                };
                let digits = (0..BASE62_LEN as u32).rev().map(|place| char::from(digit(place)));
                before + &digits.collect::<String>()
            }
            Checksum::Hex => {
                let before = token(HEX_LEN);
                let sum = crc32fast::hash(before.as_bytes());
                format!("{before}{sum:08X}")
            }
            Checksum::HexReversed => {
                let before = token(HEX_LEN + 1);
                let sum = crc32fast::hash(before.as_bytes()).swap_bytes();
                format!("{before}_{sum:08x}")
            }
            Checksum::Bech32 => {
                let (name, _) = prefix.rsplit_once('1').unwrap();
                let key: [u8; 32] = Sha256::digest(body).into();
                let lower = bech32::encode::<Bech32>(Hrp::parse(name).unwrap(), &key).unwrap();
                let is_upper = name.bytes().all(|b| !b.is_ascii_lowercase());
                if is_upper { lower.to_uppercase() } else { lower }
            }
            Checksum::Base58 => wallet(prefix, body),
        }
    }

    /// A key as wallets write it that begins like this.
    fn wallet(prefix: &str, body: &str) -> String {
        let key = |nth: u32| -> [u8; 32] { Sha256::digest(format!("{body}{nth}")).into() };
        let forms = |nth| {
            let key = key(nth);
            let extended = [&[0x04, 0x88, 0xad, 0xe4, 0][..], &[nth as u8; 8], &key, &[0], &key];
            [[&[0x80][..], &key].concat(), [&[0x80][..], &key, &[1]].concat(), extended.concat()]
        };
        let written = |data: Vec<u8>| {
            let sum = Sha256::digest(Sha256::digest(&data));
            bs58::encode([&data, &sum[..BASE58_SUM]].concat()).into_string()
        };
        (0..1000).flat_map(forms).map(written).find(|token| token.starts_with(prefix)).unwrap()
    }

    #[test]
    fn what_is_right_is_known_and_one_wrong_letter_too() {
        let body = ["Zk3v9QpL1xW8sT2yBn6M", "4Rd7Hc5Jg0VaEu1w"].concat();
        for (checksum, prefix) in [
            (Checksum::Base62, "ghp_"),
            (Checksum::Hex, "ATBB"),
            (Checksum::HexReversed, "glsa_"),
            (Checksum::Bech32, "AGE-SECRET-KEY-1"),
            (Checksum::Bech32, "nsec1"),
            (Checksum::Base58, "K"),
            (Checksum::Base58, "5"),
            (Checksum::Base58, "xprv"),
        ] {
            let token = signed(checksum, prefix, &body);
            assert!(checksum.is_right(token.as_bytes(), prefix.len()), "{checksum:?} {prefix}");
            for at in [prefix.len(), token.len() / 2, token.len() - 1] {
                let mut wrong = token.clone().into_bytes();
                wrong[at] = if wrong[at].eq_ignore_ascii_case(&b'q') { b'3' } else { b'Q' };
                assert!(!checksum.is_right(&wrong, prefix.len()), "{checksum:?} {at}");
            }
            for short in 0..prefix.len().min(3) {
                assert!(
                    !checksum.is_right(&token.as_bytes()[..prefix.len() + short], prefix.len())
                );
            }
        }
    }

    #[test]
    fn a_right_checksum_is_proof_where_the_shape_is_none() {
        let redactor = Redactor::new(&[7; 32], &[]);
        let body = ["Zk3v9QpL1xW8", "sT2yBn6M4Rd7Hc5Jg0VaEu1w"].concat();
        let doubtful = ["Zk3v9QpLxxxx", "sT2yBn6M4Rd7Hc5Jg0VaEu1w"].concat();
        for (checksum, prefix, body, before, after) in [
            // Longer than such tokens are.
            (Checksum::Base62, "npm_", &body[..], "", "0more"),
            (Checksum::HexReversed, "glsa_", &(body.clone() + "Ab9cD"), "", "0"),
            // With what placeholders have.
            (Checksum::Base62, "ghp_", &doubtful, "", ""),
            // Glued to a word.
            (Checksum::Hex, "ATBB", &body[4..], "word", "more"),
            // Of no shape that says anything.
            (Checksum::Base58, "L1", &body, "", ""),
            (Checksum::Base58, "5J", &body, "", ""),
            (Checksum::Bech32, "nsec1", &body, "", ""),
        ] {
            let token = signed(checksum, prefix, body);
            let text = format!("see {before}{token}{after} there");
            let out = redactor.redact(&text).to_string();
            let shown = if before.is_empty() { "" } else { prefix };
            assert!(out.starts_with(&format!("see {before}{shown}[REDACTED:")), "{text}: {out}");
            assert!(out.ends_with(&format!("]{after} there")), "{text}: {out}");
            let mut stream = redactor.stream();
            let pieces = text.as_bytes().chunks(1).map(|byte| stream.feed(byte).to_string());
            let pieces = pieces.collect::<String>() + &stream.finish().to_string();
            assert_eq!(pieces, out);
            let at = token.len() - 1;
            let other = if token.ends_with('q') { "p" } else { "q" };
            let wrong = format!("see {before}{}{other}{after} there", &token[..at]);
            assert_eq!(redactor.redact(&wrong).as_str(), wrong, "{checksum:?}");
        }
    }
}
