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
pub(super) const INTEGRITY_KEY: &str = ".loghop/integrity.key";
pub(super) const PROJECT_ID: &str = ".loghop/project-id";
pub(super) const LOCK: &str = ".loghop/.lock";
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

/// Keys and ids: one short line.
pub(super) const LINE_FILE_MAX: u64 = 4 << 10;
/// Configuration and registry: far beyond what a person writes.
pub(super) const CONFIG_MAX: u64 = 1 << 20;
/// A session, handoff or topic: 50,000 characters of output twice, at four bytes each, leave
/// ample room for notes and a patch of 50,000 lines.
pub(super) const RECORD_MAX: u64 = 8 << 20;
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
