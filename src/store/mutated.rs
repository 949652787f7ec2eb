//! Every reader of a file of ours, on 100,000 damaged ones each: none may panic or hang. What a file
//! holds is taken apart, put together wrongly, cut and flipped, so that most of it is still syntax.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::archive::{self, Packer};
use super::format::{
    circuit, config, frontmatter, global, handoff, registry, session, switch, timeline, topic, yaml,
};
use super::layout;
use crate::model::{HandoffId, SessionId, TopicId};

const CASES: usize = 100_000;

/// What the readers' grammars turn on.
const TOKENS: [&str; 30] = [
    "---\n", "\n", "\r", "\u{85}", ": ", "- ", "''", "\"", "\\", "\\u", "{", "}", "[", "]", "[[",
    "]]", "#", "&a ", "*a", "<<: ", "!!", "|\n", ">\n", "~", "=", ",", "\0", "é", "1e999", "\t",
];

/// Numbers that are the same everywhere (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end.max(1) as u64) as usize
    }

    /// A part of `bytes`, sixteen of them at most.
    fn part(&mut self, bytes: &[u8]) -> std::ops::Range<usize> {
        let start = self.below(bytes.len());
        start..(start + self.below(17)).min(bytes.len())
    }

    /// `whole` with one to four things wrong with it.
    fn damaged(&mut self, whole: &[u8]) -> Vec<u8> {
        let mut bytes = whole.to_vec();
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                break;
            }
            let part = self.part(&bytes);
            match self.below(6) {
                0 => bytes[part.start] ^= 1 << self.below(8),
                1 => drop(bytes.drain(part)),
                2 => bytes.truncate(part.start),
                3 => {
                    let copy = bytes[part].to_vec();
                    let at = self.below(bytes.len());
                    drop(bytes.splice(at..at, copy));
                }
                _ => {
                    let token = TOKENS[self.below(TOKENS.len())];
                    drop(bytes.splice(part.start..part.start, token.bytes()));
                }
            }
        }
        bytes
    }
}

/// Gives `read` so many damaged forms of `whole`, and tells how many of them it could still use.
fn damage(whole: &str, mut read: impl FnMut(&str) -> bool) {
    assert!(read(whole), "undamaged it is read");
    let mut random = Random(whole.len() as u64);
    let mut usable = 0;
    for _ in 0..CASES {
        let bytes = random.damaged(whole.as_bytes());
        usable += usize::from(read(&String::from_utf8_lossy(&bytes)));
    }
    // Otherwise the damage is too much to get past the door.
    assert!(usable > CASES / 100, "{usable}");
}

#[test]
fn damaged_frontmatter() {
    let whole = "---\ndecisions:\n- Chose it\n- 'a: b'\nfiles_changed: []\ngoal: \"x\\ny\"\nid: S-001\n\
                 returncode: '0'\nstatus: succeeded\nts_start: '2026-11-20T22:51:23Z'\nturns_captured: 4\n\
                 witnesses:\n  native: 1\n_signature: 00112233445566778899aabbccddeeff\n---\n\n# S\n";
    damage(whole, |text| {
        let Ok(document) = frontmatter::parse(text) else { return false };
        let mut fields = document.fields;
        let read = session::read(SessionId(1), &fields);
        session::write(&read, &mut fields);
        let _ = handoff::read(HandoffId(1), &fields, &document.body);
        let _ = topic::read(TopicId(1), &fields);
        // What was read from a damaged file can be written, and read again.
        yaml::parse(&yaml::emit(&fields)).is_ok()
    });
}

#[test]
fn damaged_events() {
    let whole = "{\"decisions\": [\"a\"], \"kind\": \"session\", \"provider\": \"claude\", \"session_id\": \
                 \"S-001\", \"status\": \"succeeded\", \"ts\": \"2026-11-20T22:51:50Z\", \"turns_captured\": 4}";
    damage(whole, |text| timeline::read(text).is_some());
}

#[test]
fn damaged_settings() {
    let whole = "version = 1\ngoal = 'x'\nsession_counter = 3\n# mine\n[run]\nlayout = 'right'\n\
                 [[redaction]]\npattern = 'a+'\n[[redaction.allow]]\npattern = 'b'\nreason = 'c'\n";
    damage(whole, |text| {
        let _ = global::parse(text);
        let Ok(mut doc) = config::parse(text) else { return false };
        let _ = config::Config::read(&doc);
        config::update(&mut doc);
        config::set_run(&mut doc, "layout", "hidden");
        config::parse(&doc.to_string()).is_ok()
    });
}

#[test]
fn damaged_registries() {
    let whole = "# mine\n[[project]]\nname = 'a'\npath = '/a'\nsession_count = 1\n[[project]]\npath = '/b'\n";
    damage(whole, |text| {
        let _ = registry::without(text, &["/a".to_owned()]);
        !registry::rows(text).is_empty()
    });
}

#[test]
fn damaged_small_files() {
    let switch = "{\"from\":\"S-001\",\"to\":\"codex\",\"step\":\"told\",\"handoff\":\"H-001\"}";
    damage(switch, |text| switch::read(SessionId(1), text).handoff.is_some());
    let breaker =
        "{\"failures\": [1800000001.25], \"opened_at\": 1800000002.5, \"state\": \"open\"}";
    damage(breaker, |text| {
        let mut read = circuit::Circuit::read(text);
        read.admit(crate::clock::Timestamp::from_second(1_800_000_003)).is_err()
    });
}

#[test]
fn damaged_archives() {
    let mut packer = Packer::new(Vec::new());
    for (path, text) in [(layout::CONFIG, "version = 1\n"), ("loghop.md", "# memory\n")] {
        packer.add(path, text.len() as u64, text.as_bytes()).unwrap();
    }
    let packed = packer.finish().unwrap();
    let mut plain = Vec::new();
    std::io::copy(&mut flate2::read::GzDecoder::new(&*packed), &mut plain).unwrap();
    let mut random = Random(1);
    let mut usable = 0;
    for case in 0..CASES {
        // Half of them are damaged below their checksum.
        let bytes = if case % 2 == 0 {
            let mut packer = GzEncoder::new(Vec::new(), Compression::none());
            packer.write_all(&random.damaged(&plain)).unwrap();
            packer.finish().unwrap()
        } else {
            random.damaged(&packed)
        };
        let read = archive::read(&*bytes, bytes.len() as u64, |path, content| {
            assert!(path == "loghop.md" || path.starts_with(".loghop/"), "{path}");
            std::io::copy(content, &mut std::io::sink())?;
            Ok(())
        });
        usable += usize::from(read.is_ok());
    }
    assert!(usable > CASES / 100, "{usable}");
}
