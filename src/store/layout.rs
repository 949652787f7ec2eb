//! Where things lie in a project, relative to its root, and how large they may be.

use std::time::Duration;

use crate::model::{HandoffId, SessionId, TopicId};

pub(super) const DIR: &str = ".loghop";
pub(super) const CONFIG: &str = ".loghop/config.toml";
pub(super) const SESSIONS: &str = ".loghop/sessions";
pub(super) const HANDOFFS: &str = ".loghop/handoffs";
pub(super) const TOPICS: &str = ".loghop/topics";
pub(super) const INDEX: &str = ".loghop/sessions.jsonl";
pub(super) const TIMELINE: &str = ".loghop/timeline.jsonl";
/// The key of the signatures.
pub const INTEGRITY_KEY: &str = ".loghop/integrity.key";
pub(super) const PROJECT_ID: &str = ".loghop/project-id";
/// The chains, one for each machine that writes to the project.
pub(super) const CHAINS: &str = ".loghop/chain";
pub(super) const BACKUPS: &str = ".loghop/backups";
/// A project that is being put back, before it takes the place of the old one, and the old one
/// afterwards.
pub(super) const RESTORE: &str = ".loghop-restore";
/// A project that is being removed, and the file in it that keeps it out of Git meanwhile.
pub(super) const PURGED: &str = ".loghop-purged";
pub(super) const OWN_GITIGNORE: &str = ".loghop/.gitignore";
pub(super) const LOCK: &str = ".loghop/.lock";
pub(super) const LOG: &str = ".loghop/loghop.log";
pub(super) const IGNORE: &str = ".loghop/.loghopignore";
pub(super) const MEMORY: &str = "loghop.md";
const TRAIL_END: &str = ".trail.json";
pub(super) const GITIGNORE: &str = ".gitignore";

/// In the user's home: loghop's own folder, its keys, the registry of projects.
pub(super) const HOME_KEYS: &str = ".loghop/keys";
pub(super) const REGISTRY: &str = ".loghop/projects.toml";
pub(super) const REGISTRY_LOCK: &str = ".loghop/.registry.lock";

/// How long a busy project is waited for: writers hold the lock for milliseconds, and 0.2.1 waits
/// as long.
pub(super) const LOCK_WAIT: Duration = Duration::from_secs(5);

/// How long of that nobody is told: longer than a session's end takes.
pub(super) const LOCK_QUIET: Duration = Duration::from_millis(400);

/// Keys and ids: one short line.
pub(super) const LINE_FILE_MAX: u64 = 4 << 10;
/// The longest path of a project that its key remembers: the system's own limit.
pub(super) const PLACE_MAX: usize = 4 << 10;
/// The key of a project's chain: three short lines and that path.
pub(super) const CHAIN_KEY_MAX: u64 = 8 << 10;
/// The registry: some 20,000 projects with long goals.
pub(super) const REGISTRY_MAX: u64 = 16 << 20;
/// Configuration: far beyond what a person writes.
pub(super) const CONFIG_MAX: u64 = 1 << 20;
/// A session, handoff or topic: 50,000 characters of output twice, at four bytes each, leave
/// ample room for notes and a patch of 50,000 lines.
pub(super) const RECORD_MAX: u64 = 8 << 20;
/// Bytes of a line of the timeline or of the index: a session's notes are far shorter.
pub(super) const LINE_MAX: usize = 1 << 20;
/// What is read of the index: some 100,000 sessions.
pub(super) const INDEX_MAX: u64 = 64 << 20;
/// What is read of the timeline, from its end: some 50,000 sessions.
pub(super) const TIMELINE_MAX: u64 = 64 << 20;

/// What never enters a handoff, as 0.2.1 writes it for a new project.
pub(super) const DEFAULT_IGNORE: &str = "# loghop handoff exclusions
.loghop/
*.png
*.jpg
*.jpeg
*.gif
*.pdf
*.zip
*.tar
*.gz
*.p12
*.pfx
*.pem
*.key
*.env
.env
.env.*
.npmrc
.pypirc
.netrc
.kube/
kubeconfig
id_rsa
id_ed25519
node_modules/
dist/
build/
";

pub(super) fn session(id: SessionId) -> String {
    format!("{SESSIONS}/{id}.md")
}

pub(super) fn transcript(id: SessionId) -> String {
    format!("{SESSIONS}/{id}.transcript.jsonl")
}

/// What a client is told, while it runs, for those that read it from a file.
pub(super) fn brief(id: SessionId) -> String {
    format!("{SESSIONS}/{id}.brief.md")
}

/// The end of the name of a switch's journal.
pub(super) const SWITCH_SUFFIX: &str = ".switch.json";

/// How far the switch from a session is, while it is under way.
pub(super) fn switch(from: SessionId) -> String {
    format!("{SESSIONS}/{from}{SWITCH_SUFFIX}")
}

/// Held by whoever asks for that switch at another terminal.
pub(super) fn asker(from: SessionId) -> String {
    format!("{SESSIONS}/{from}.switch.lock")
}

/// What finds a run's transcripts again after a kill, while it runs.
pub(super) fn trail(id: SessionId) -> String {
    format!("{SESSIONS}/{id}{TRAIL_END}")
}

/// The session of a trail, by its name.
pub(super) fn trail_of(name: &str) -> Option<SessionId> {
    name.strip_suffix(TRAIL_END)?.parse().ok()
}

/// Segments count from 1, which has no number in its name.
pub(super) fn cast(id: SessionId, segment: u32) -> String {
    match segment {
        0 | 1 => format!("{SESSIONS}/{id}.cast"),
        n => format!("{SESSIONS}/{id}.{n}.cast"),
    }
}

/// Which segment of the session's recording a file of this name is.
pub(super) fn segment(id: SessionId, name: &str) -> Option<u32> {
    let number = name.strip_prefix(&format!("{id}."))?.strip_suffix("cast")?;
    match number.strip_suffix('.') {
        None if number.is_empty() => Some(1),
        None => None,
        Some(number) => number.parse().ok().filter(|number| *number > 1),
    }
}

pub(super) fn handoff(id: HandoffId) -> String {
    format!("{HANDOFFS}/{id}.md")
}

pub(super) fn topic(id: TopicId) -> String {
    format!("{TOPICS}/{id}.md")
}

/// The circuit breaker of a provider.
pub(super) fn circuit(provider: &str) -> String {
    format!("{DIR}/circuit-{provider}.json")
}

/// What the chain calls an event of `session`.
pub(super) fn event(session: &str) -> String {
    format!("{TIMELINE}#{session}")
}

/// The session of an event that the chain calls `path`; empty where it has none.
pub(super) fn event_session(path: &str) -> &str {
    path.strip_prefix(TIMELINE).unwrap_or_default().trim_start_matches('#')
}

/// Whether a file is of this kind, such as `md`.
pub(super) fn is_kind(path: &str, kind: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ending == kind)
}

/// The session that a file in its folder belongs to.
pub(super) fn session_of(path: &str) -> Option<SessionId> {
    let name = path.strip_prefix(SESSIONS)?.strip_prefix('/')?;
    name.split('.').next()?.parse().ok()
}

/// Whether a file of this name belongs to the record: a session with its transcript and tapes, a
/// handoff, a topic. What is there only while a run lasts does not.
pub(super) fn is_record(name: &str) -> bool {
    let Some((id, rest)) = name.split_once('.') else { return false };
    let is_id = id.parse::<SessionId>().is_ok();
    let segment = rest.strip_suffix(".cast").unwrap_or_default();
    match rest {
        "md" => is_id || id.parse::<HandoffId>().is_ok() || id.parse::<TopicId>().is_ok(),
        "transcript.jsonl" | "cast" => is_id,
        _ => is_id && !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_known_by_their_names() {
        let records = ["S-001.md", "S-1000.transcript.jsonl", "S-001.cast", "S-001.12.cast"];
        for name in records.into_iter().chain(["H-001.md", "T-001.md"]) {
            assert!(is_record(name), "{name}");
        }
        let others = ["S-001.trail.json", "S-001.brief.md", "S-001.md.damaged", "H-001.cast"];
        for name in
            others.into_iter().chain(["notes.md", "S-1.md", ".loghop-tmp-00", "S-001..cast"])
        {
            assert!(!is_record(name), "{name}");
        }
    }
}
