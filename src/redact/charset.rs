//! Sets of bytes that bodies of secrets are made of, in one table: one look-up answers for all.

/// A set of bytes. Every run of a secret's body is a run of one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    /// `0-9`
    Digit,
    /// `0-9 a-f A-F`
    Hex,
    /// `0-9 A-Z`
    Upper,
    /// `0-9 A-Z a-z`
    Alnum,
    /// `Alnum` and `_ -`: base64url, most vendors' tokens
    Word,
    /// `Alnum` and `+ / =`: base64
    Base64,
    /// `Alnum` and `+ /`: base64 without its padding
    Letters,
    /// `Word` and `%`: percent-encoded base64
    Encoded,
    /// `Word` and `. ~ + / =`: what RFC 6750 allows after `Bearer`
    Bearer,
    /// An unquoted value in an assignment: no quote, bracket, separator, blank or escape
    Bare,
    /// What Django makes keys of: `Alnum` and signs that need no quotes
    Signs,
    /// A quoted value: printable ASCII without blanks, quotes and backslashes
    Quoted,
    /// User name or password inside a URI
    UserInfo,
    /// What URIs consist of, but for `'`, which mostly ends one
    Uri,
    /// Space and tab
    Blank,
}

impl Set {
    /// How many sets there are.
    pub(super) const COUNT: usize = 15;

    /// Whether `byte` belongs to the set.
    #[inline]
    pub(super) fn has(self, byte: u8) -> bool {
        MEMBERS[byte as usize] & self.bit() != 0
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// For each byte, a bit for each set that it belongs to.
static MEMBERS: [u16; 256] = {
    const UPPER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
    let mut table = [0; 256];
    add(&mut table, Set::Digit, &[b"0123456789"]);
    add(&mut table, Set::Hex, &[b"0123456789abcdefABCDEF"]);
    add(&mut table, Set::Upper, &[UPPER]);
    add(&mut table, Set::Alnum, &[UPPER, LOWER]);
    add(&mut table, Set::Word, &[UPPER, LOWER, b"_-"]);
    add(&mut table, Set::Base64, &[UPPER, LOWER, b"+/="]);
    add(&mut table, Set::Letters, &[UPPER, LOWER, b"+/"]);
    add(&mut table, Set::Encoded, &[UPPER, LOWER, b"_-%"]);
    add(&mut table, Set::Bearer, &[UPPER, LOWER, b"_-.~+/="]);
    add(&mut table, Set::Bare, &[UPPER, LOWER, b"_-.~+/=!@#%^*$:?"]);
    add(&mut table, Set::Signs, &[UPPER, LOWER, b"!@#$%^&*(-_=+)"]);
    add(&mut table, Set::Quoted, &[UPPER, LOWER, b"_-.~+/=!@#%^*$:?&()[]{}<>,;|"]);
    add(&mut table, Set::UserInfo, &[UPPER, LOWER, b"_-.~+=!#%^*$:&;,(){}<>|"]);
    add(&mut table, Set::Uri, &[UPPER, LOWER, b"_-.~+/=!#%*$:?&@()[],;"]);
    add(&mut table, Set::Blank, &[b" \t"]);
    table
};

const fn add(table: &mut [u16; 256], set: Set, parts: &[&[u8]]) {
    let mut part = 0;
    while part < parts.len() {
        let mut i = 0;
        while i < parts[part].len() {
            table[parts[part][i] as usize] |= set.bit();
            i += 1;
        }
        part += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_its_bytes_and_no_others() {
        assert!(Set::Hex.has(b'f') && !Set::Hex.has(b'g'));
        assert!(Set::Upper.has(b'Z') && !Set::Upper.has(b'z'));
        assert!(Set::Word.has(b'-') && !Set::Word.has(b'.'));
        assert!(!Set::Quoted.has(b'"') && !Set::Quoted.has(b'\\') && !Set::Quoted.has(b' '));
        assert!((0x80..=0xff).all(|b: u8| !Set::Quoted.has(b) && !Set::UserInfo.has(b)));
        assert!((Set::Blank as usize) < Set::COUNT);
    }
}
