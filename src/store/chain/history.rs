//! What the chain says should be there: its links, checked and taken together.

use std::collections::BTreeMap;
use std::io::Read;

use blake3::Hash;

use super::key::{ChainKey, Head};
use super::link::{Entry, Link, Op};
use crate::error::Result;
use crate::store::{layout, lines};

/// Bytes of a link: two hashes, a seal and a path.
pub(super) const LINK_MAX: usize = 4 << 10;

/// What is wrong with the chain itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// This link is not what was sealed.
    Changed(u64),
    /// These links are gone.
    Missing(u64, u64),
    /// This link stands in another place.
    Reordered(u64),
}

/// A file as it was linked last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    /// What it holds; `None` when it was removed.
    pub(crate) hash: Option<Hash>,
    /// It was there before the chain began, and nobody has written it since.
    pub(crate) old: bool,
    /// What it held before, newest last.
    pub(crate) before: Vec<Hash>,
}

/// A line of the timeline as it was linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownEvent {
    pub(crate) hash: Hash,
    /// Its session, as far as it has one.
    pub(crate) session: String,
    pub(crate) old: bool,
}

/// All links taken together.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) files: BTreeMap<String, Known>,
    pub(crate) events: Vec<KnownEvent>,
    pub(crate) flaws: Vec<Flaw>,
}

/// Reads the chain of `key` up to the link `until`, as far as its links are authentic.
pub(crate) fn read(chain: impl Read, key: &ChainKey, until: u64) -> Result<History> {
    let mut ours: Vec<Link> = Vec::new();
    let mut foreign: Vec<u64> = Vec::new();
    let mut flaws = Vec::new();
    let mut highest = 0;
    lines::for_each(chain, LINK_MAX, |line| match Link::parse(line) {
        Some(link) if link.is_ours(&key.secret) => {
            if link.number <= highest {
                flaws.push(Flaw::Reordered(link.number));
            }
            highest = highest.max(link.number);
            ours.push(link);
        }
        Some(link) => foreign.push(link.number),
        // A line that a crash tore, or that somebody put there: it says nothing.
        None => {}
    })?;
    ours.sort_by_key(|link| link.number);
    ours.dedup_by_key(|link| link.number);
    let mut history = History::default();
    flaws.extend(foreign.iter().map(|number| Flaw::Changed(*number)));
    flaws.extend(gaps(&ours, &foreign, key.head));
    for link in ours.into_iter().take_while(|link| link.number <= until) {
        history.apply(link.entry);
    }
    history.flaws = flaws;
    Ok(history)
}

/// Numbers that no link has, up to the head; those of changed links are told already.
fn gaps(ours: &[Link], foreign: &[u64], head: Head) -> Vec<Flaw> {
    let mut gaps = Vec::new();
    let mut expected = 1;
    let ends = ours.iter().map(|link| (link.number, link.number + 1));
    for (start, next) in ends.chain([(head.number + 1, head.number + 1)]) {
        let missing = (expected..start).filter(|number| !foreign.contains(number));
        if let (Some(first), Some(last)) = (missing.clone().min(), missing.max()) {
            gaps.push(Flaw::Missing(first, last));
        }
        expected = expected.max(next);
    }
    let at_head = ours.iter().find(|link| link.number == head.number);
    if at_head.is_some_and(|link| link.seal != head.seal) {
        gaps.push(Flaw::Changed(head.number));
    }
    gaps
}

impl History {
    /// Takes what one more link says.
    pub(in crate::store) fn apply(&mut self, entry: Entry) {
        let old = entry.op == Op::Old;
        if entry.path.starts_with(layout::TIMELINE) {
            let session = layout::event_session(&entry.path).to_owned();
            match entry.op {
                Op::Put | Op::Old => {
                    self.events.push(KnownEvent { hash: entry.hash, session, old });
                }
                Op::Gone => {
                    if let Some(at) = self.events.iter().rposition(|e| e.hash == entry.hash) {
                        self.events.remove(at);
                    }
                }
                Op::Reset => self.events.clear(),
            }
            return;
        }
        let hash = matches!(entry.op, Op::Put | Op::Old).then_some(entry.hash);
        let known = Known { hash, old, before: Vec::new() };
        let known = match self.files.remove(&entry.path) {
            Some(mut was) => {
                was.before.extend(was.hash.filter(|was| Some(*was) != hash));
                Known { before: was.before, ..known }
            }
            None => known,
        };
        self.files.insert(entry.path, known);
    }
}
