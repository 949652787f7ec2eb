//! Where the chain goes on, and what became of links that were not confirmed: the process that made
//! them was killed, or had no time to wait for the disk.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom};

use blake3::Hash;

use super::history::{self, History, LINK_MAX};
use super::key::{ChainKey, Head};
use super::link::{Entry, Link, Op};
use crate::error::Result;
use crate::store::{Store, layout, lines};

/// The last link there is: the head, or the last of those that nobody has confirmed yet.
pub(super) fn tip(store: &Store, key: &ChainKey) -> Result<Head> {
    let mut tip = key.head;
    for link in unconfirmed(store, key)? {
        tip.number = link.number;
        tip.seal = link.seal;
    }
    Ok(tip)
}

/// What has to be linked so that the chain says what is there: an unconfirmed link whose file is
/// still the one of before was never in force. What is neither stays for `verify` to tell.
pub(in crate::store) fn corrections(store: &Store, key: &ChainKey) -> Result<Vec<Entry>> {
    let links = unconfirmed(store, key)?;
    let mut corrections = unwritten_events(store, key, &links)?;
    let mut files: BTreeMap<&str, Vec<Hash>> = BTreeMap::new();
    for link in links.iter().filter(|link| !link.entry.path.starts_with(layout::TIMELINE)) {
        files.entry(&link.entry.path).or_default().push(link.entry.hash);
    }
    for (path, mut versions) in files {
        let actual = store.hash_of(path)?;
        if actual.unwrap_or(super::NOTHING) == versions.pop().unwrap_or(super::NOTHING) {
            continue;
        }
        let confirmed = confirmed(store, key, path)?;
        match actual {
            Some(hash) if versions.contains(&hash) || confirmed == Some(hash) => {
                corrections.push(Entry::put(path, hash));
            }
            None if confirmed.is_none() => corrections.push(Entry::gone(path)),
            _ => {}
        }
    }
    Ok(corrections)
}

/// Links of ours behind the head, in their order.
fn unconfirmed(store: &Store, key: &ChainKey) -> Result<Vec<Link>> {
    let mut found: Vec<Link> = Vec::new();
    let Some(mut chain) = store.files.reader(&key.chain())? else { return Ok(found) };
    chain.seek(SeekFrom::Start(key.head.offset))?;
    let mut tip = key.head;
    lines::for_each(chain, LINK_MAX, |line| {
        let Some(link) = Link::parse(line).filter(|link| link.is_ours(&key.secret)) else { return };
        if link.number == tip.number + 1 && link.prev == tip.seal {
            tip = Head { number: link.number, seal: link.seal, ..tip };
            found.push(link);
        }
    })?;
    Ok(found)
}

/// What is owed because of events that were linked and never written, or not removed.
fn unwritten_events(store: &Store, key: &ChainKey, links: &[Link]) -> Result<Vec<Entry>> {
    let is_event = |link: &&Link| link.entry.path.starts_with(layout::TIMELINE);
    let links: Vec<&Link> = links.iter().filter(is_event).collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let present = store.present_events(Op::Put)?;
    let is_there = |hash: Hash| present.iter().any(|event| event.hash == hash);
    if links.iter().all(|link| link.entry.op == Op::Put) {
        let owed = links.into_iter().filter(|link| !is_there(link.entry.hash));
        return Ok(owed.map(|link| Entry { op: Op::Gone, ..link.entry.clone() }).collect());
    }
    // The log was to be rewritten. Where it still is what it was at a moment before that, the chain
    // says so again.
    let is_now = |history: &History| {
        present.iter().map(|event| event.hash).eq(history.events.iter().map(|event| event.hash))
    };
    let mut history = history_of(store, key, key.head.number)?;
    let mut before = None;
    for link in links {
        if is_now(&history) {
            before = Some(history.events.clone());
        }
        history.apply(link.entry.clone());
    }
    let Some(before) = before.filter(|_| !is_now(&history)) else { return Ok(Vec::new()) };
    let kept = before.into_iter().map(|event| Entry {
        op: if event.old { Op::Old } else { Op::Put },
        path: layout::event(&event.session),
        hash: event.hash,
    });
    Ok([Entry::reset()].into_iter().chain(kept).collect())
}

/// What the confirmed part of the chain says that a file holds.
fn confirmed(store: &Store, key: &ChainKey, path: &str) -> Result<Option<Hash>> {
    let history = history_of(store, key, key.head.number)?;
    Ok(history.files.get(path).and_then(|known| known.hash))
}

fn history_of(store: &Store, key: &ChainKey, until: u64) -> Result<History> {
    match store.files.reader(&key.chain())? {
        Some(chain) => history::read(chain, key, until),
        None => Ok(History::default()),
    }
}
