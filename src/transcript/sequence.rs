//! The order in which the records of a transcript were written, where a file has them in another:
//! an editor or a sync tool put them together anew, backwards or some of them twice.
//!
//! Clients only append, so records tell when their order is not theirs any more: Claude Code's name
//! the record that they follow, Codex's are numbered (0.169) or have their time at least (0.125). What
//! tells none of it belongs to what stands before it. Pure: lines in, places of the file out.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::Line;
use super::loose::{self, Number, Text};
use crate::clock::Timestamp;

/// Records that are put in order: those of a session of months. A longer file is read as it is.
const RECORDS_MAX: usize = 1 << 20;

/// What a record says about its place.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Told<'a> {
    #[serde(borrow)]
    uuid: Text<'a>,
    #[serde(borrow)]
    parent_uuid: Text<'a>,
    #[serde(borrow)]
    timestamp: Text<'a>,
    ordinal: Number,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

/// What Codex begins a thread with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Thread<'a> {
    #[serde(borrow)]
    id: Text<'a>,
}

/// A record that says something about its place.
#[derive(Debug)]
struct Record {
    /// Where it begins.
    from: u64,
    /// What it is the same as where it stands twice.
    id: u64,
    /// The record that it follows.
    after: Option<u64>,
    /// Its number.
    number: Option<i64>,
    /// Its time.
    at: i64,
    /// It tells nothing but that.
    is_bare: bool,
}

/// A file that is to be read in parts.
#[derive(Debug, Clone)]
pub struct InParts {
    /// What is ours stands among what is not.
    pub is_mixed: bool,
    /// The parts, in the order in which they were written.
    pub parts: Vec<Range<u64>>,
}

/// Lines of a transcript, from its beginning.
#[derive(Debug, Default)]
pub struct Sequence {
    records: Vec<Record>,
    /// Where the next line begins.
    to: u64,
    /// The thread whose records are numbered.
    thread: Option<u64>,
    /// There was more than can be put in order, or more than one thread.
    is_unclear: bool,
}

impl Sequence {
    /// Takes the next line.
    pub fn take(&mut self, line: Line<'_>) {
        let from = self.to;
        let Line::Whole(bytes) = line else {
            self.is_unclear = true;
            return;
        };
        self.to += bytes.len() as u64 + 1;
        // Most of a file is bookkeeping that tells nothing, and need not be parsed.
        let names = |name: &str| memchr::memmem::find(bytes, name.as_bytes()).is_some();
        if !bytes.starts_with(br#"{"timestamp""#) && !names(r#""uuid""#) && !names(r#""ordinal""#) {
            return;
        }
        let Ok(told) = serde_json::from_slice::<Told>(bytes) else { return };
        let at = Timestamp::parse_exact(&told.timestamp).map(Timestamp::as_millisecond);
        if told.uuid.is_empty() && told.ordinal.0.is_none() && at.is_none() {
            return;
        }
        if &*told.kind == "session_meta" {
            let thread = hash(&*loose::read::<Thread>(told.payload).id);
            self.is_unclear |= *self.thread.get_or_insert(thread) != thread;
        }
        self.is_unclear |= self.records.len() >= RECORDS_MAX;
        if !self.is_unclear {
            let id = if told.uuid.is_empty() { hash(bytes) } else { hash(&*told.uuid) };
            let after = (!told.parent_uuid.is_empty()).then(|| hash(&*told.parent_uuid));
            let last = self.records.last().map_or(i64::MIN, |record| record.at);
            let (number, at) = (told.ordinal.0, at.unwrap_or(last));
            let is_bare = told.uuid.is_empty() && number.is_none();
            self.records.push(Record { from, id, after, number, at, is_bare });
        }
    }

    /// How a file is to be read whose records are ours from `start` on; `None` where that is as it is,
    /// up to what is said twice.
    pub fn order(&self, start: u64) -> Option<InParts> {
        let mut first = HashMap::new();
        for (at, record) in self.records.iter().enumerate() {
            first.entry(record.id).or_insert(at);
        }
        let ours = self.records.partition_point(|record| record.from < start);
        let is_mixed = ours > 0 && self.is_mixed(ours, &first);
        let (from, begin) = if is_mixed { (0, 0) } else { (ours, start) };
        if self.is_unclear || !is_mixed && !self.is_disordered(from, &first) {
            return None;
        }
        let ends = self.records[from..].iter().skip(1).map(|record| record.from).chain([u64::MAX]);
        let begins = self.records[from..].iter().skip(1).map(|record| record.from);
        let all: Vec<_> = [begin].into_iter().chain(begins).zip(ends).collect();
        let part = |at: usize| all[at - from].0..all[at - from].1;
        let parts = self.sorted(from, &first).into_iter().map(part);
        Some(InParts { is_mixed, parts: parts.collect() })
    }

    /// Whether nobody can say any more that what stands before the record `ours` is not ours: it
    /// belongs behind it, stands there twice, or all is backwards.
    fn is_mixed(&self, ours: usize, first: &HashMap<u64, usize>) -> bool {
        let (before, after) = self.records.split_at(ours);
        let is_late = |place: Option<&usize>| place.is_some_and(|place| *place >= ours);
        let highest = before.iter().filter_map(|record| record.number).max();
        let lowest = after.iter().filter_map(|record| record.number).min();
        let is_again = |(at, record): (usize, &Record)| first[&record.id] < ours.min(at);
        self.records.iter().enumerate().any(is_again)
            || before.iter().any(|record| is_late(record.after.and_then(|id| first.get(&id))))
            || highest.zip(lowest).is_some_and(|(highest, lowest)| highest > lowest)
            || is_backwards(self.records.iter())
    }

    /// Whether a record from `from` on stands before one that it follows.
    fn is_disordered(&self, from: usize, first: &HashMap<u64, usize>) -> bool {
        let all = || self.records.iter().enumerate().skip(from);
        let once = || all().filter(|(at, record)| first[&record.id] == *at);
        let is_early = |(at, record): (usize, &Record)| {
            record.after.and_then(|after| first.get(&after)).is_some_and(|after| *after > at)
        };
        let numbers: Vec<i64> = once().filter_map(|(_, record)| record.number).collect();
        once().any(is_early)
            || numbers.windows(2).any(|pair| pair[1] < pair[0])
            || is_backwards(once().map(|(_, record)| record).filter(|record| record.is_bare))
    }

    /// The records from `from` on, each after the one that it follows, else by number and time. What
    /// stands twice stands beside itself.
    fn sorted(&self, from: usize, first: &HashMap<u64, usize>) -> Vec<usize> {
        let mut followers: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut ready = BinaryHeap::new();
        let is_backwards = is_backwards(self.records[from..].iter());
        let key = |at: usize| {
            let place = if is_backwards { self.records.len() - at } else { at };
            Reverse((self.records[at].number, self.records[at].at, place, at))
        };
        for (at, record) in self.records.iter().enumerate().skip(from) {
            let own = first[&record.id];
            let after = record.after.and_then(|after| first.get(&after).copied());
            let after = if own == at { after } else { Some(own) };
            match after.filter(|after| *after != at && *after >= from) {
                Some(after) => followers.entry(after).or_default().push(at),
                None => ready.push(key(at)),
            }
        }
        let mut sorted = Vec::with_capacity(self.records.len() - from);
        while let Some(Reverse((.., at))) = ready.pop() {
            sorted.push(at);
            ready.extend(followers.remove(&at).into_iter().flatten().map(key));
        }
        // What follows itself in a circle was never written so; it comes last.
        let mut left: Vec<usize> = followers.into_values().flatten().collect();
        left.sort_unstable();
        sorted.extend(left);
        sorted
    }
}

/// Whether time goes back more often than on: a clock that was set back does so once.
fn is_backwards<'a>(records: impl Iterator<Item = &'a Record>) -> bool {
    let times: Vec<i64> = records.map(|record| record.at).collect();
    let count = |is: fn(&[i64]) -> bool| times.windows(2).filter(|pair| is(pair)).count();
    count(|pair| pair[1] < pair[0]) > count(|pair| pair[1] > pair[0])
}

fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
