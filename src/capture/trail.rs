//! What is needed to find a run's transcripts again after loghop was killed: kept beside the
//! session while it runs, removed when it is finished.
//!
//! It holds paths and ids only, and they must stay byte for byte: a redacted path is not found.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::disk::{Access, Root, Verbatim, outside};
use crate::error::{Error, Kind, Result};
use crate::model::SessionId;
use crate::provider::{Home, LaunchSpec, Provider, known};
use crate::store::Store;

/// Where the transcripts of one run are looked for, and which were found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    /// The assistant's name.
    pub provider: String,
    /// Its configuration folder.
    pub home: PathBuf,
    /// The folder that it works in, without symbolic links.
    pub cwd: PathBuf,
    /// When it was started, in seconds since 1970.
    pub spawned: i64,
    /// The process that we started. Not kept: after a crash another one may have its number.
    #[serde(skip)]
    pub pid: Option<u32>,
    /// The provider's id of its first session, where it is known beforehand.
    pub native_id: Option<String>,
    /// It goes on with an earlier session: what its file holds already is not ours.
    pub resumed: bool,
    /// It starts with a copy of an earlier session: what is older than the run is not ours.
    pub forked: bool,
    /// Why it writes no transcript, if it does not.
    pub unrecorded: Option<String>,
    /// Its transcripts so far, first one first.
    pub files: Vec<Followed>,
}

/// A transcript that is ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Followed {
    /// The file.
    pub path: PathBuf,
    /// Bytes at its beginning that were there before this run.
    pub start: u64,
}

/// Bytes of a trail: some hundred, and about 150 for each `/clear`.
const TRAIL_MAX: u64 = 1 << 20;

impl Trail {
    /// The trail of a child that is about to be started; no transcript of it is known yet.
    pub(super) fn of(spec: &LaunchSpec, now: Timestamp) -> Self {
        let cwd = outside::resolve(&spec.work_dir).unwrap_or_else(|| spec.work_dir.clone());
        Self {
            provider: spec.provider.as_str().to_owned(),
            home: spec.home.as_ref().map(|home| home.dir.clone()).unwrap_or_default(),
            cwd,
            spawned: now.as_second(),
            pid: None,
            native_id: spec.native_id.clone(),
            resumed: spec.resumed,
            forked: spec.forked,
            unrecorded: spec.unrecorded.clone(),
            files: Vec::new(),
        }
    }

    /// So much of its files was read when it was left: what its client has written into them
    /// since, when nobody looked, is ours too.
    pub(super) fn after(mut self, read: &[Followed]) -> Self {
        for file in &mut self.files {
            let known = read.iter().find(|known| known.path == file.path);
            file.start = known.map_or(file.start, |known| known.start.min(file.start));
        }
        self
    }

    /// The assistant; `None` where it is one of which loghop reads no transcript: a program of the
    /// person's own, or one that a later version knows.
    pub(super) fn provider(&self) -> Option<Provider> {
        known(&self.provider)
    }

    /// Whether loghop reads no transcript of this assistant.
    pub(super) fn is_screen_only(&self) -> bool {
        self.provider().is_none()
    }

    /// Its configuration folder, which it may make only when it starts.
    pub(super) fn home(&self) -> Option<Home> {
        let dir = outside::resolve(&self.home).unwrap_or_else(|| self.home.clone());
        Some(Home { provider: self.provider()?, dir })
    }

    /// The trail of a run that left none: nothing is found.
    pub(super) fn none() -> Self {
        Self {
            provider: String::new(),
            home: PathBuf::new(),
            cwd: PathBuf::new(),
            spawned: 0,
            pid: None,
            native_id: None,
            resumed: false,
            forked: false,
            unrecorded: None,
            files: Vec::new(),
        }
    }

    /// Keeps it beside the session, for the case that we are killed. The disk is not waited for
    /// while there is no child: a power cut then leaves nothing that it could lead to.
    pub fn save(&self, files: &Root, session: SessionId) -> Result<()> {
        let text = serde_json::to_vec(self)
            .map_err(|e| Error::new(Kind::Io, format!("the run's trail was not kept: {e}")))?;
        let (path, bytes) = (Store::trail_path(session), Verbatim(&text));
        match self.pid {
            None => files.write_verbatim_lazily(&path, bytes),
            Some(_) => files.write_verbatim(&path, bytes, Access::Private),
        }
    }

    /// What was kept; `None` where there is nothing or nothing readable.
    pub(super) fn load(files: &Root, session: SessionId) -> Option<Self> {
        let bytes = files.read(&Store::trail_path(session), TRAIL_MAX).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Removes what was kept.
    pub(super) fn forget(files: &Root, session: SessionId) -> Result<()> {
        files.remove_file(&Store::trail_path(session)).map(|_| ())
    }

    /// The trails of all other runs of this project that are not finished.
    pub(super) fn others(files: &Root, own: SessionId) -> Vec<Self> {
        let ids = Store::trails(files).into_iter().filter(|id| *id != own);
        ids.filter_map(|id| Self::load(files, id)).collect()
    }
}

/// Bytes in a file now; 0 where it cannot be read.
pub(super) fn length(path: &Path) -> u64 {
    outside::open(path).ok().flatten().and_then(|f| f.len().ok()).unwrap_or(0)
}
