//! Whether the project is what loghop wrote: every record and event against the chain, and against
//! its signature where the chain knows nothing of it. Reads only; a finding never stops work.

use std::collections::BTreeSet;

use blake3::Hash;

use super::chain::{self, Flaw, Head, History, Known, Op};
use super::format::frontmatter;
use super::sequence::{self, Fault};
use super::signature::Verdict as Signed;
use super::{Store, layout};
use crate::error::Result;
use crate::model::{SessionId, Status};

/// What is the matter with a file, an event or the chain; the worse one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It is what loghop wrote.
    Clean,
    /// It was there before the chain began, and is unchanged as far as can be told.
    OlderThanChain,
    /// The chain was made with a key that this machine does not have.
    NoKey,
    /// Something else wrote it that holds the project's key: 0.2.1, or anyone with its folder.
    ChangedOutside,
    /// It stands in another place, or holds what another one held.
    Reordered,
    /// It is gone.
    Missing,
    /// It was changed, and nothing vouches for what it holds.
    Changed,
}

impl Verdict {
    /// The word for scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OlderThanChain => "older_than_chain",
            Self::NoKey => "no_key",
            Self::ChangedOutside => "changed_outside_chain",
            Self::Reordered => "reordered",
            Self::Missing => "missing",
            Self::Changed => "changed",
        }
    }

    /// The words for people.
    pub fn told(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::OlderThanChain => "older than the chain",
            Self::NoKey => "no key on this machine",
            Self::ChangedOutside => "changed outside the chain, signature valid",
            Self::Reordered => "reordered",
            Self::Missing => "missing",
            Self::Changed => "changed, signature bad",
        }
    }

    /// Whether nothing is wrong.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Clean | Self::OlderThanChain)
    }
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is the matter.
    pub verdict: Verdict,
    /// Which file; of an event or a link, the file that it stands in.
    pub path: String,
    /// Which event or link in it; empty for a whole file.
    pub part: String,
    /// What is known besides; may be empty.
    pub detail: String,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Files that were looked at.
    pub files: usize,
    /// Events that were looked at.
    pub events: usize,
    /// Files and events of before the chain, among them.
    pub older: usize,
    /// Everything that is wrong, the chain itself first.
    pub findings: Vec<Finding>,
}

impl Verification {
    /// The worst of all.
    pub fn verdict(&self) -> Verdict {
        let least = if self.older > 0 { Verdict::OlderThanChain } else { Verdict::Clean };
        self.findings.iter().map(|finding| finding.verdict).max().unwrap_or(least)
    }
}

impl Store {
    /// Checks the whole project. What is written while this runs may be told as a change.
    pub fn verify(&self) -> Result<Verification> {
        // Whoever can write settles first what a killed process left open.
        let _ = self.lock().and_then(|_lock| self.settle());
        let mut check = Check {
            store: self,
            history: self.settled_history()?,
            result: Verification { files: 0, events: 0, older: 0, findings: Vec::new() },
            foreign: 0,
        };
        check.chain()?;
        check.files()?;
        check.key();
        check.events()?;
        Ok(check.result)
    }

    /// What the chain of this machine says; `None` where it has none.
    pub(super) fn history(&self) -> Result<Option<History>> {
        let Some((_, key)) = self.chain_key() else { return Ok(None) };
        match self.files.reader(&key.chain())? {
            Some(chain) => chain::read(chain, &key, u64::MAX).map(Some),
            None if key.head == Head::NONE => Ok(None),
            None => chain::read(std::io::empty(), &key, u64::MAX).map(Some),
        }
    }

    /// The same as it is once everything is settled: on a disk that is full, or in a project that
    /// is only read, it cannot be.
    fn settled_history(&self) -> Result<Option<History>> {
        let mut history = self.history()?;
        let key = self.chain_key().map(|(_, key)| key).filter(|key| key.head != Head::NONE);
        if let (Some(history), Some(key)) = (&mut history, key) {
            // What cannot be read is told where its file is looked at.
            for entry in chain::corrections(self, &key).unwrap_or_default() {
                history.apply(entry);
            }
        }
        Ok(history)
    }

    /// What the signature of a record's file says; tapes and transcripts have none.
    pub(super) fn signed(&self, path: &str) -> Signed {
        let Ok(Some(text)) = self.files.read_text(path, layout::RECORD_MAX) else {
            return Signed::Mismatch;
        };
        if !layout::is_kind(path, "md") {
            return Signed::Unsigned;
        }
        match (&self.key, frontmatter::parse(&text)) {
            (Some(key), Ok(document)) => key.verify(&document),
            (None, Ok(_)) => Signed::Unsigned,
            (_, Err(_)) => Signed::Mismatch,
        }
    }

    /// Whether something that signs well made this session beside the chain, as 0.2.1 does.
    pub(super) fn is_made_outside(&self, id: SessionId, history: &History) -> bool {
        let path = layout::session(id);
        !history.files.contains_key(&path) && self.signed(&path) == Signed::Valid
    }

    /// Whether this session still runs, as far as its file says.
    fn is_running(&self, id: SessionId) -> bool {
        self.session(id).is_ok_and(|stored| stored.value.status == Status::Running)
    }
}

/// A check in the making.
struct Check<'a> {
    store: &'a Store,
    history: Option<History>,
    result: Verification,
    /// Records that are as the chain knows them, and were signed with another key than today's.
    foreign: usize,
}

impl Check<'_> {
    /// The chain itself.
    fn chain(&mut self) -> Result<()> {
        let key = self.store.chain_key().map(|(_, key)| key);
        let Some(history) = &self.history else {
            if key.is_none() || !self.store.files.list(layout::CHAINS)?.is_empty() {
                self.found(Verdict::NoKey, layout::CHAINS, "", "");
            }
            return Ok(());
        };
        let path = key.map(|key| key.chain()).unwrap_or_default();
        for flaw in history.flaws.clone() {
            let (verdict, part) = match flaw {
                Flaw::Changed(n) => (Verdict::Changed, format!("link {n}")),
                Flaw::Reordered(n) => (Verdict::Reordered, format!("link {n}")),
                Flaw::Missing(n, last) if n == last => (Verdict::Missing, format!("link {n}")),
                Flaw::Missing(n, last) => (Verdict::Missing, format!("links {n} to {last}")),
            };
            self.found(verdict, &path, &part, "");
        }
        Ok(())
    }

    fn files(&mut self) -> Result<()> {
        let present = self.store.chained_files()?;
        for path in &present {
            self.result.files += 1;
            match self.store.hash_of(path) {
                Ok(Some(hash)) => self.file(path, hash),
                // Another command removed it just now.
                Ok(None) => {}
                Err(error) => self.found(Verdict::Changed, path, "", &error.message),
            }
        }
        let present: BTreeSet<&String> = present.iter().collect();
        let known = self.history.iter().flat_map(|history| &history.files);
        let missing = known.filter(|(path, known)| known.hash.is_some() && !present.contains(path));
        for path in missing.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            let emptied = self.store.files.exists(&path).unwrap_or(true);
            let verdict = if emptied { Verdict::Changed } else { Verdict::Missing };
            self.found(verdict, &path, "", "");
        }
        Ok(())
    }

    /// The key of the signatures, which nothing vouches for but what it signed.
    fn key(&mut self) {
        if self.foreign > 0 {
            let detail = format!("records signed with another one: {}", self.foreign);
            self.found(Verdict::NoKey, layout::INTEGRITY_KEY, "", &detail);
        }
    }

    /// A file that holds what `hash` is of.
    fn file(&mut self, path: &str, hash: Hash) {
        let signed = || self.store.signed(path);
        let Some(history) = &self.history else {
            match signed() {
                Signed::Mismatch => self.found(Verdict::Changed, path, "", ""),
                Signed::Valid | Signed::Unsigned => self.result.older += 1,
            }
            return;
        };
        let known = history.files.get(path);
        if let Some(known) = known.filter(|known| known.hash == Some(hash)) {
            // The chain took it as it was; whether that was right, its signature says.
            if known.old && signed() == Signed::Mismatch {
                return self.found(Verdict::Changed, path, "", "before the chain began");
            }
            self.result.older += usize::from(known.old);
            self.foreign += usize::from(signed() == Signed::Mismatch);
            return;
        }
        let session = layout::session_of(path);
        let is_companion = known.is_none() && !layout::is_kind(path, "md");
        // First of all: two recordings that just began can be the same.
        if is_companion && session.is_some_and(|id| self.store.is_running(id)) {
            return;
        }
        let holds = |known: &Known| known.hash == Some(hash);
        if let Some((other, _)) = history.files.iter().find(|(_, known)| holds(known)) {
            let detail = format!("it holds what `{other}` held");
            return self.found(Verdict::Reordered, path, "", &detail);
        }
        let is_outside =
            is_companion && session.is_some_and(|id| self.store.is_made_outside(id, history));
        let is_valid = signed() == Signed::Valid || is_outside;
        let verdict = if is_valid { Verdict::ChangedOutside } else { Verdict::Changed };
        let detail = match known {
            None => "it was added",
            Some(known) if known.before.contains(&hash) => "it is an older version",
            Some(_) => "",
        };
        self.found(verdict, path, "", detail);
    }

    fn events(&mut self) -> Result<()> {
        let present = self.store.present_events(Op::Put)?;
        self.result.events = present.len();
        let Some(history) = &self.history else {
            self.result.older += present.len();
            return Ok(());
        };
        let actual: Vec<Hash> = present.iter().map(|event| event.hash).collect();
        let expected: Vec<Hash> = history.events.iter().map(|event| event.hash).collect();
        let older = history.events.iter().filter(|event| event.old).count();
        let mut found = Vec::new();
        for fault in sequence::compare(&expected, &actual) {
            let line = |at: usize| (at + 1, layout::event_session(&present[at].path));
            let (verdict, number, session) = match fault {
                Fault::Missing(at) => {
                    (Verdict::Missing, at + 1, history.events[at].session.as_str())
                }
                Fault::Changed(was, _) => {
                    (Verdict::Changed, was + 1, history.events[was].session.as_str())
                }
                Fault::Reordered(at) => (Verdict::Reordered, line(at).0, line(at).1),
                // A line that a crash tore says nothing to anybody.
                Fault::Added(at) if line(at).1.is_empty() => continue,
                Fault::Added(at) => {
                    let (number, session) = line(at);
                    let id = session.parse().ok();
                    let outside = id.is_some_and(|id| self.store.is_made_outside(id, history));
                    let verdict = if outside { Verdict::ChangedOutside } else { Verdict::Changed };
                    (verdict, number, session)
                }
            };
            found.push((verdict, format!("event {number} ({session})")));
        }
        self.result.older += older;
        for (verdict, part) in found {
            self.found(verdict, layout::TIMELINE, &part, "");
        }
        Ok(())
    }

    fn found(&mut self, verdict: Verdict, path: &str, part: &str, detail: &str) {
        self.result.findings.push(Finding {
            verdict,
            path: path.to_owned(),
            part: part.to_owned(),
            detail: detail.to_owned(),
        });
    }
}
