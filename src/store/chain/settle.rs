//! Where the chain goes on, and what became of links that were not confirmed: the process that made
//! them was killed, or had no time to wait for the disk.

use std::collections::BTreeMap;
use std::io::{Seek, SeekFrom};

use blake3::Hash;

use super::history::{self, LINK_MAX};
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
pub(super) fn corrections(store: &Store, key: &ChainKey) -> Result<Vec<Entry>> {
    let links = unconfirmed(store, key)?;
    let mut corrections = unwritten_events(store, &links)?;
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

/// Events that were linked and never written.
fn unwritten_events(store: &Store, links: &[Link]) -> Result<Vec<Entry>> {
    let is_event = |link: &&Link| link.entry.path.starts_with(layout::TIMELINE);
    let mut owed: Vec<&Link> = Vec::new();
    for link in links.iter().filter(is_event) {
        match link.entry.op {
            Op::Put => owed.push(link),
            Op::Gone => owed.retain(|put| put.entry.hash != link.entry.hash),
            Op::Old | Op::Reset => {}
        }
    }
    if !owed.is_empty() {
        store.each_event(|line| {
            let hash = blake3::hash(line);
            if let Some(at) = owed.iter().position(|link| link.entry.hash == hash) {
                owed.remove(at);
            }
        })?;
    }
    Ok(owed.into_iter().map(|link| Entry { op: Op::Gone, ..link.entry.clone() }).collect())
}

/// What the confirmed part of the chain says that a file holds.
fn confirmed(store: &Store, key: &ChainKey, path: &str) -> Result<Option<Hash>> {
    let Some(chain) = store.files.reader(&key.chain())? else { return Ok(None) };
    let history = history::read(chain, key, key.head.number)?;
    Ok(history.files.get(path).and_then(|known| known.hash))
}
