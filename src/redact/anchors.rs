//! Everything that a secret may begin with, and what to check where that is found.

use std::cmp::Reverse;
use std::sync::{Arc, LazyLock};

use super::blob::{self, Blob};
use super::flags::{FLAGS, Flag};
use super::key;
use super::known::{self, Form, Known};
use super::named::{NAMES, Name};
use super::rules::{Left, RULES, Rule};
use super::sieve::{Sieve, Word};
use super::uri;
use super::vendors::VENDORS;
use crate::model::tag;

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
    /// The private lines of a PuTTY key.
    KeyLines,
    /// A tag of ours.
    Tag,
    /// A value that is known to be secret.
    Known(Form),
}

/// All anchors and their targets.
#[derive(Debug)]
pub(super) struct Anchors {
    sieve: Sieve,
    targets: Vec<Target>,
    begins: Begins,
}

/// What the end of a text may begin, and what it is held back for.
#[derive(Debug)]
pub(super) struct Begins {
    /// Prefixes of tokens, where no word is glued to them.
    pub(super) at_edges: Prefixes,
    /// Known values.
    pub(super) known: Prefixes,
    /// Marks in the middle of tokens.
    pub(super) marks: Prefixes,
}

/// Anchors of one sort, of which the end of a text may be the beginning.
#[derive(Debug)]
pub(super) struct Prefixes {
    sorted: Vec<Vec<u8>>,
    longest: usize,
    /// For each byte, a bit for each part of `sorted` in which it is the first, second, … byte of
    /// one: asked first, as few texts come further.
    heads: Box<[[u64; HEAD]; 256]>,
}

/// First bytes of a prefix that are asked for at once.
const HEAD: usize = 4;

/// Anchors that are put together when somebody needs them: whoever starts need not do it twice
/// before they know what is known.
pub(super) type OnDemand = Arc<LazyLock<Anchors, Box<dyn FnOnce() -> Anchors + Send>>>;

impl Anchors {
    /// Puts them together, later.
    pub(super) fn on_demand(known: Known) -> OnDemand {
        Arc::new(LazyLock::new(Box::new(move || Self::build(&known))))
    }

    fn build(known: &Known) -> Self {
        let blobs = blob::blobs().map(|blob| (blob.literal.clone().into(), Target::Blob(blob)));
        let rows = groups().map(|(literal, rows)| (literal.into(), Target::Rows(rows)));
        let forms = known.forms().iter().map(|form| {
            let anchor = &form.text[..form.text.len().min(known::ANCHOR_LEN)];
            (anchor.to_vec(), Target::Known(form.clone()))
        });
        let exact: Vec<(Vec<u8>, Target)> = blobs.chain(rows).chain(forms).collect();
        let begins = Begins::new(&exact);
        let names = NAMES.iter().map(|(name, what)| (*name, Target::Name(*what)));
        let vendors = VENDORS.iter().map(|name| (*name, Target::Name(Name::Vendor)));
        let flags = FLAGS.iter().map(|flag| (flag.text, Target::Flag(flag)));
        let others = [
            (uri::ANCHOR, Target::Uri),
            (key::ANCHOR, Target::Key),
            (key::LINES_ANCHOR, Target::KeyLines),
        ];
        let tags = tag::OPENINGS.map(|opening| (opening, Target::Tag));
        let inexact = names
            .chain(vendors)
            .chain(flags)
            .chain(others)
            .chain(tags)
            .map(|(text, target)| (text.into(), target));
        let (mut words, mut targets) = (Vec::new(), Vec::new());
        let all = exact.into_iter().map(|anchor| (anchor, true));
        for ((text, target), is_exact) in all.chain(inexact.map(|anchor| (anchor, false))) {
            words.push(Word { text, is_exact });
            targets.push(target);
        }
        Self { sieve: Sieve::new(words), targets, begins }
    }

    /// Where the next anchor ends in `text`, after the first `from` bytes of it; `found` gets all
    /// that end there. None begins before `text`.
    pub(super) fn next(&self, text: &[u8], from: usize, found: &mut Vec<usize>) -> Option<usize> {
        self.sieve.next(text, from, found)
    }

    /// What an anchor leads to, and its length.
    pub(super) fn target(&self, anchor: usize) -> (&Target, usize) {
        (&self.targets[anchor], self.sieve.len(anchor))
    }

    /// What the end of a text may begin.
    pub(super) fn begins(&self) -> &Begins {
        &self.begins
    }
}

impl Begins {
    fn new(exact: &[(Vec<u8>, Target)]) -> Self {
        let of = |is_meant: fn(&Target) -> bool| {
            let meant = exact.iter().filter(|(_, target)| is_meant(target));
            Prefixes::new(meant.map(|(text, _)| text.clone()).collect())
        };
        Self {
            at_edges: of(|target| match target {
                Target::Rows(rows) => has_left(rows, |left| matches!(left, Left::Any | Left::Edge)),
                _ => matches!(target, Target::Blob(_)),
            }),
            known: of(|target| matches!(target, Target::Known(_))),
            marks: of(|target| match target {
                Target::Rows(rows) => has_left(rows, |left| matches!(left, Left::Most(..))),
                _ => false,
            }),
        }
    }
}

fn has_left(rows: &[Row], is_meant: fn(Left) -> bool) -> bool {
    rows.iter().any(|(_, rule)| is_meant(rule.left))
}

impl Prefixes {
    fn new(mut sorted: Vec<Vec<u8>>) -> Self {
        sorted.sort_unstable();
        let mut heads = Box::new([[0; HEAD]; 256]);
        for (nth, prefix) in sorted.iter().enumerate() {
            let part = 1 << (nth * u64::BITS as usize / sorted.len());
            for (place, byte) in prefix.iter().take(HEAD).enumerate() {
                heads[usize::from(*byte)][place] |= part;
            }
        }
        let longest = sorted.iter().map(Vec::len).max().unwrap_or(0);
        Self { sorted, longest, heads }
    }

    /// Where one of them begins that all of `text` after it is a part of, if it may begin there.
    pub(super) fn begun(&self, text: &[u8], may_begin: impl Fn(usize) -> bool) -> Option<usize> {
        let from = text.len() - text.len().min(self.longest.saturating_sub(1));
        let begins = |at: &usize| self.is_head(&text[*at..]) && self.is_begun(&text[*at..]);
        (from..text.len()).find(|at| begins(at) && may_begin(*at))
    }

    /// Whether the first bytes of `tail` are those of one of them.
    fn is_head(&self, tail: &[u8]) -> bool {
        let places = tail.iter().take(HEAD).enumerate();
        places.fold(u64::MAX, |parts, (place, byte)| parts & self.heads[usize::from(*byte)][place])
            != 0
    }

    fn is_begun(&self, tail: &[u8]) -> bool {
        let at = self.sorted.partition_point(|p| p.as_slice() < tail);
        self.sorted.get(at).is_some_and(|p| p.starts_with(tail))
    }
}

/// A prefix of the table, and its row.
type Row = (&'static str, &'static Rule);

/// The table's rows by the shortest prefix that begins theirs, so that the first anchor that is
/// seen knows of all rows that may fit: the longest prefix first, since it says most.
fn groups() -> impl Iterator<Item = (&'static str, Vec<Row>)> {
    let mut rows: Vec<Row> = RULES
        .iter()
        .flat_map(|rule| rule.prefixes.iter().map(move |prefix| (*prefix, rule)))
        .collect();
    // A text comes directly before those that it begins.
    rows.sort_by_key(|(prefix, _)| *prefix);
    let mut groups: Vec<(&str, Vec<Row>)> = Vec::new();
    for row in rows {
        match groups.last_mut() {
            Some((shortest, group)) if row.0.starts_with(*shortest) => group.push(row),
            _ => groups.push((row.0, vec![row])),
        }
    }
    for (_, rows) in &mut groups {
        rows.sort_by_key(|(prefix, _)| Reverse(prefix.len()));
    }
    groups.into_iter()
}
