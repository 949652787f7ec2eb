//! One automaton over everything that a secret may begin with, and what to check where it stops.

use std::cmp::Reverse;
use std::sync::{Arc, LazyLock};

use aho_corasick::automaton::{Automaton as _, StateID};
use aho_corasick::dfa::DFA;
use aho_corasick::{Anchored, MatchKind, StartKind};

use super::blob::{self, Blob};
use super::flags::{FLAGS, Flag};
use super::key;
use super::known::{self, Form, Known};
use super::named::{NAMES, Name};
use super::rules::{RULES, Rule};
use super::tag;
use super::uri;

/// What an anchor leads to.
#[derive(Debug)]
pub(super) enum Target {
    /// Rows of the rule table whose prefixes begin with it, in the order in which they are asked.
    Rows(Vec<(&'static str, &'static Rule)>),
    /// A token inside of base64 or hexadecimal digits.
    Blob(Blob),
    /// A name in front of a value.
    Name(Name),
    /// A short option in front of a password.
    Flag(&'static Flag),
    /// The authority of a URI.
    Uri,
    /// The armour of a private key.
    Key,
    /// A tag of ours.
    Tag,
    /// A value that is known to be secret.
    Known(Form),
}

/// The automaton and its targets.
#[derive(Debug)]
pub(super) struct Anchors {
    dfa: DFA,
    start: StateID,
    targets: Vec<Target>,
    /// Prefixes of the table and of known values in lower case, sorted: what text must be held back for.
    prefixes: Vec<Vec<u8>>,
    prefix_max: usize,
}

/// An automaton that is built when somebody needs it: whoever starts need not wait for it, nor build
/// it twice before they know what is known.
pub(super) type OnDemand = Arc<LazyLock<Anchors, Box<dyn FnOnce() -> Anchors + Send>>>;

impl Anchors {
    /// Builds the automaton, later.
    pub(super) fn on_demand(known: Known) -> OnDemand {
        Arc::new(LazyLock::new(Box::new(move || Self::build(&known))))
    }

    fn build(known: &Known) -> Self {
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut targets: Vec<Target> = Vec::new();
        let blobs: Vec<Blob> = blob::blobs().collect();
        let blob_literals: Vec<String> = blobs.iter().map(|blob| blob.literal.clone()).collect();
        literals.extend(blob_literals.iter().map(String::as_bytes));
        targets.extend(blobs.into_iter().map(Target::Blob));
        for (literal, rows) in groups() {
            literals.push(literal.as_bytes());
            targets.push(Target::Rows(rows));
        }
        for form in known.forms() {
            literals.push(&form.text[..form.text.len().min(known::ANCHOR_LEN)]);
            targets.push(Target::Known(form.clone()));
        }
        let mut prefixes: Vec<Vec<u8>> = literals.iter().map(|l| l.to_ascii_lowercase()).collect();
        prefixes.sort();
        for (name, what) in NAMES {
            literals.push(name.as_bytes());
            targets.push(Target::Name(*what));
        }
        for flag in FLAGS {
            literals.push(flag.text.as_bytes());
            targets.push(Target::Flag(flag));
        }
        literals.extend([uri::ANCHOR, key::ANCHOR, tag::OPENING].map(str::as_bytes));
        targets.extend([Target::Uri, Target::Key, Target::Tag]);
        let dfa = DFA::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .start_kind(StartKind::Unanchored)
            .prefilter(false)
            .build(&literals)
            .expect("some hundred short literals fit into an automaton");
        let start = dfa.start_state(Anchored::No).expect("it was built for unanchored search");
        let prefix_max = prefixes.iter().map(Vec::len).max().unwrap_or(0);
        Self { dfa, start, targets, prefixes, prefix_max }
    }

    /// The state in which nothing has been seen.
    pub(super) fn start(&self) -> StateID {
        self.start
    }

    /// Walks over `text`; stops after the byte that completes an anchor and tells where that is.
    #[inline]
    pub(super) fn walk(&self, state: &mut StateID, text: &[u8]) -> Option<usize> {
        let mut sid = *state;
        for (at, byte) in text.iter().enumerate() {
            sid = self.dfa.next_state(Anchored::No, sid, *byte);
            if self.dfa.is_special(sid) && self.dfa.is_match(sid) {
                *state = sid;
                return Some(at + 1);
            }
        }
        *state = sid;
        None
    }

    /// The `nth` anchor that `state` completes: what it leads to, and its length.
    pub(super) fn target(&self, state: StateID, nth: usize) -> Option<(&Target, usize)> {
        if !self.dfa.is_match(state) || nth >= self.dfa.match_len(state) {
            return None;
        }
        let pattern = self.dfa.match_pattern(state, nth);
        Some((&self.targets[pattern.as_usize()], self.dfa.pattern_len(pattern)))
    }

    /// How many of the last bytes of `text` may be the beginning of a token's prefix.
    pub(super) fn begun(&self, text: &[u8]) -> usize {
        let most = text.len().min(self.prefix_max.saturating_sub(1));
        let tail = text[text.len() - most..].to_ascii_lowercase();
        (1..=most).rev().find(|len| self.is_begun(&tail[most - len..])).unwrap_or(0)
    }

    fn is_begun(&self, tail: &[u8]) -> bool {
        let at = self.prefixes.partition_point(|p| p.as_slice() < tail);
        self.prefixes.get(at).is_some_and(|p| p.starts_with(tail))
    }
}

/// The table's rows by the shortest prefix that begins theirs, so that the first anchor that is
/// seen knows of all rows that may fit: the longest prefix first, since it says most.
fn groups() -> Vec<(&'static str, Vec<(&'static str, &'static Rule)>)> {
    let all = || RULES.iter().flat_map(|rule| rule.prefixes.iter().map(move |p| (*p, rule)));
    let mut literals: Vec<&str> = all().map(|(prefix, _)| prefix).collect();
    literals.sort_unstable_by_key(|l| l.len());
    let mut shortest: Vec<&str> = Vec::new();
    for literal in literals {
        if !shortest.iter().any(|s| literal.starts_with(s)) {
            shortest.push(literal);
        }
    }
    let rows = |shortest: &'static str| {
        let mut rows: Vec<_> = all().filter(|(prefix, _)| prefix.starts_with(shortest)).collect();
        rows.sort_by_key(|(prefix, _)| Reverse(prefix.len()));
        (shortest, rows)
    };
    shortest.into_iter().map(rows).collect()
}
