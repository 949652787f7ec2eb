//! The end of a session, whatever it was: wait for late writes, store the transcript, take the
//! notes, and write it all down. A strange transcript costs a warning, never the session.

use std::collections::BTreeSet;
use std::path::{Component, Path};
use std::time::{Duration, Instant};

use super::account::Account;
use super::patience::{Ask, Doing, Patience};
use super::reconcile::reconcile;
use super::tracker::Tracker;
use super::trail::{Followed, Trail};
use crate::clock::Timestamp;
use crate::disk::outside;
use crate::error::{Error, Kind, Result};
use crate::model::{Digest, Ending, FailureKind, Repo, Session, SessionId, Turn, Witness};
use crate::store::{Store, TranscriptWriter};
use crate::transcript::{Digester, stored_line, witnessed_line};

/// Files that a session lists: more is a generated tree, of which the count says enough.
const FILES_MAX: usize = 500;
/// How often a transcript is looked at while its end is waited for.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// How long late writes are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Settle {
    /// A transcript is complete when it has not grown for so long.
    pub quiet: Duration,
    /// A turn that ended on the screen, and of which nothing was written, is waited for so long.
    pub owed: Duration,
    /// The longest wait, also when a turn is open.
    pub cap: Duration,
}

impl Settle {
    /// After a child that has just ended: clients write their last records within 0.3 s, and a
    /// run that is told to end must be finished within 5 s.
    pub const AFTER_EXIT: Self = Self {
        quiet: Duration::from_millis(300),
        owed: Duration::from_millis(1500),
        cap: Duration::from_secs(3),
    };
    /// For a run that ended long ago.
    pub const NONE: Self =
        Self { quiet: Duration::ZERO, owed: Duration::ZERO, cap: Duration::ZERO };
}

/// How a session ended.
#[derive(Debug, Clone)]
pub struct Ended<'a> {
    /// How.
    pub ending: Ending,
    /// When.
    pub at: Timestamp,
    /// The repository as it is now.
    pub repo: &'a Repo,
    /// What a headless run printed.
    pub output: String,
}

/// A session that is finished.
#[derive(Debug)]
pub struct Finished {
    /// The session as it is on disk.
    pub session: Session,
    /// The native transcripts, first one first, and how far each is kept.
    pub read: Vec<Followed>,
    /// What a person should know.
    pub warnings: Vec<String>,
}

/// Finishes `session` from the transcripts that `tracker` follows.
///
/// # Errors
/// `Interrupted` when patience is gone, and as the store; the session then counts as running, and
/// is finished by a second call or by the next command.
pub fn finish(
    store: &Store,
    mut session: Session,
    tracker: &mut Tracker,
    ended: &Ended<'_>,
    settle: Settle,
    ask: Ask<'_>,
) -> Result<Finished> {
    let is_settled = wait_for_late_writes(tracker, settle, ask);
    let mut warnings: Vec<String> = tracker.problem().map(str::to_owned).into_iter().collect();
    if !is_settled {
        warnings.push("what the assistant writes late was not waited for".to_owned());
    }
    let digest =
        store_transcript(store, &mut session, (tracker, &ended.ending), &mut warnings, ask)?;
    describe(&mut session, &digest, store.root(), ended);
    session.native_id = tracker.native_id();
    warnings.extend(store.finish_session(&session, ended.repo, ended.at)?);
    // It has done its work, and what it said stands in the handoff; one that stays harms nobody.
    let _ = store.files().remove_file(&Store::brief_path(session.id));
    // It goes last: while it is there, the next command looks for what a kill left.
    if let Err(error) = Trail::forget(store.files(), session.id) {
        warnings.push(format!("the trail of the run was not removed: {error}"));
    }
    Ok(Finished { session, read: tracker.read_so_far(), warnings })
}

/// Waits until the transcripts have not grown for a while. A turn that is still open is waited for
/// only while somebody can still write its end: a server in the background, not a dead child.
/// `false` when patience ended first.
fn wait_for_late_writes(tracker: &mut Tracker, settle: Settle, ask: Ask<'_>) -> bool {
    let start = Instant::now();
    let before = tracker.bytes();
    let (mut bytes, mut since) = (0, start);
    tracker.scan();
    if settle.cap.is_zero() {
        // Nothing is late: all of it is read when it is compared, and not before.
        return ask(Doing::Waiting) == Patience::Full;
    }
    loop {
        tracker.read();
        if ask(Doing::Waiting) != Patience::Full {
            return false;
        }
        let is_owed = tracker.is_owed() && tracker.bytes() == before;
        if is_owed && start.elapsed() < settle.owed {
            std::thread::sleep(LOOK_EVERY);
            // The file itself may be what is late.
            tracker.scan();
            continue;
        }
        let now = Instant::now();
        if tracker.bytes() != bytes || tracker.is_behind() {
            (bytes, since) = (tracker.bytes(), now);
        }
        let is_quiet = !tracker.is_behind() && now.duration_since(since) >= settle.quiet;
        let is_late = now.duration_since(start) >= settle.cap;
        if is_late || (is_quiet && !(tracker.is_open() && tracker.is_still_written())) {
            return true;
        }
        if !tracker.is_behind() {
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

/// Reads the transcripts once more from their beginning, writes them line by line into the store,
/// and says what they hold. Only one line is in memory at a time.
fn store_transcript(
    store: &Store,
    session: &mut Session,
    (tracker, ending): (&mut Tracker, &Ending),
    warnings: &mut Vec<String>,
    ask: Ask<'_>,
) -> Result<Digest> {
    let interrupted = || interrupted(session.id);
    let reconciled =
        reconcile(store, session, (tracker, ending), warnings, ask).ok_or_else(interrupted)?;
    let mut account = Account::default();
    let writer = store.transcript_writer(session.id);
    let mut copy = Copy { digester: Digester::default(), writer };
    let mut index = 0;
    let mut each = |turn: Turn| {
        reconciled.before(index).for_each(|seen| copy.put(&seen, Some(Witness::Screen)));
        account.turn(&turn);
        copy.put(&turn, reconciled.witness(index, &turn));
        index += 1;
    };
    let mut goes_on = || ask(Doing::Reading) != Patience::Gone;
    let unread = tracker.read_all(&mut each, &mut goes_on).ok_or_else(interrupted)?;
    reconciled.after(index).for_each(|seen| copy.put(&seen, Some(Witness::Screen)));
    warnings.extend(unread);
    let digest = Digest { drift: tracker.drift(), ..copy.digester.digest().clone() };
    session.witnesses = reconciled.witnesses;
    session.gaps = account.gaps(&digest.drift);
    if digest.turns > 0 {
        match copy.writer.and_then(TranscriptWriter::commit) {
            Ok(()) => session.transcript_path = Some(store.transcript_path(session.id)),
            Err(error) => warnings.push(format!("the transcript was not stored: {error}")),
        }
    }
    Ok(digest)
}

fn interrupted(session: SessionId) -> Error {
    Error::new(Kind::Interrupted, format!("interrupted before session {session} was finished"))
        .hint("nothing is lost: the next loghop command in this project finishes it")
}

/// A transcript that is being stored, and what it holds so far.
struct Copy<'a> {
    digester: Digester,
    /// Or why it is not stored: it is read to its end all the same.
    writer: Result<TranscriptWriter<'a>>,
}

impl Copy<'_> {
    fn put(&mut self, turn: &Turn, witness: Option<Witness>) {
        self.digester.apply(turn);
        let line = match witness {
            Some(witness) => witnessed_line(turn, witness),
            None => stored_line(turn),
        };
        if let (Ok(writer), Some(line)) = (&mut self.writer, line)
            && let Err(error) = writer.line(&line)
        {
            self.writer = Err(error);
        }
    }
}

/// Fills in what the session says about itself.
fn describe(session: &mut Session, digest: &Digest, root: &Path, ended: &Ended<'_>) {
    session.status = ended.ending.status();
    session.returncode = ended.ending.returncode();
    session.ended = Some(end_time(digest, ended));
    session.ended_by = (ended.ending == Ending::Switched).then(|| "switch".to_owned());
    session.output.clone_from(&ended.output);
    session.empty = digest.turns == 0;
    session.turns_captured = digest.turns;
    // Only a headless run prints, and where the person asked it nothing, loghop asked it to go on.
    let went_on = !ended.output.is_empty() && digest.turns > 0;
    session.prompts = Some(digest.prompts.max(went_on.into()));
    session.notes = digest.notes.clone();
    session.stop_reason = digest.failure.as_ref().map(|f| reason(f.kind).to_owned());
    session.files_changed = files_changed(digest, root, (ended.repo, session.started));
}

/// A run that was found dead ended when something was last said, not when it was found.
fn end_time(digest: &Digest, ended: &Ended<'_>) -> Timestamp {
    let last = digest.recent.back().and_then(|said| said.at);
    match (&ended.ending, last) {
        (Ending::FoundDead, Some(last)) => last.min(ended.at),
        _ => ended.at,
    }
}

fn reason(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::UsageLimit => "usage_limit",
        FailureKind::Auth => "auth",
        FailureKind::Overloaded => "overloaded",
        FailureKind::Other => "error",
    }
}

/// Files that tools wrote, and those that Git sees changed and that were written to since the
/// session `started`, relative to the repository, each once.
fn files_changed(
    digest: &Digest,
    root: &Path,
    (repo, started): (&Repo, Option<Timestamp>),
) -> Vec<String> {
    let written = digest.files.iter().filter_map(|touch| inside(&touch.path, root));
    // Of what is gone nobody knows since when.
    let is_older = |path: &str| {
        let file = outside::open(&root.join(path)).ok().flatten();
        match (file.and_then(|file| file.modified()), started) {
            (Some(at), Some(started)) => at.as_second() < started.as_second(),
            _ => false,
        }
    };
    let changed = repo.changed.iter().map(|file| file.path.clone());
    let changed = changed.filter(|path| !is_older(path));
    let mut seen = BTreeSet::new();
    written.chain(changed).filter(|path| seen.insert(path.clone())).take(FILES_MAX).collect()
}

/// A tool's path relative to the repository; `None` outside of it and for loghop's own files.
fn inside(path: &str, root: &Path) -> Option<String> {
    let path = Path::new(path);
    let relative = if path.is_absolute() { path.strip_prefix(root).ok()? } else { path };
    let mut parts = Vec::new();
    for part in relative.components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop()?),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (!parts.is_empty() && parts[0] != ".loghop").then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ChangedFile, FileTouch};

    #[test]
    fn tools_paths_become_relative_and_stay_inside() {
        let root = Path::new("/home/dev/repo");
        let of = |path: &str| inside(path, root);
        assert_eq!(of("/home/dev/repo/src/a.rs").as_deref(), Some("src/a.rs"));
        assert_eq!(of("./src/../b.rs").as_deref(), Some("b.rs"));
        for outside in ["/etc/passwd", "../x", "/home/dev/repo", ".loghop/config.toml", ""] {
            assert_eq!(of(outside), None, "{outside}");
        }
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a scratch folder of this test")]
    fn what_was_changed_before_a_session_is_not_its_work() {
        let scratch = tempfile::tempdir().unwrap();
        let start = Timestamp::from_second(1_800_000_000);
        for (name, second) in [("older.c", -60), ("newer.c", 5), ("wrote.c", -60)] {
            let file = std::fs::File::create(scratch.path().join(name)).unwrap();
            let at = u64::try_from(start.as_second() + second).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(at)).unwrap();
        }
        let file = |path: &str| ChangedFile { path: path.to_owned(), status: "M".to_owned() };
        let changed = ["older.c", "newer.c", "gone.c", "wrote.c"].map(file).to_vec();
        let repo = Repo { changed, ..Repo::default() };
        let touch = FileTouch { path: "wrote.c".to_owned(), times: 1 };
        let digest = Digest { files: vec![touch], ..Digest::default() };
        let of = |started| files_changed(&digest, scratch.path(), (&repo, started));
        assert_eq!(of(Some(start)), ["wrote.c", "newer.c", "gone.c"]);
        assert_eq!(of(None), ["wrote.c", "older.c", "newer.c", "gone.c"]);
    }
}
