//! What a project needs besides its records, added where it is missing: folders, keys, and an id
//! that no other project has, a copy neither.

use std::path::Path;

use super::chain::{ChainKey, place};
use super::signature::{SigningKey, random};
use super::{backup, layout, take_lock, unwritten_at_home};
use crate::disk::{Access, Root, Verbatim, outside};
use crate::error::{Error, Kind, Result};

/// Bytes of a project's id: enough that no two projects share one.
const PROJECT_ID_LEN: usize = 16;

/// What is told once when the key of the signatures was gone.
const KEY_REPLACED: &str = "`.loghop/integrity.key` was gone, and a new one was made: what was signed before cannot be \
    verified with it; put the old one back from a backup, then run `loghop verify`";

/// What was added, beyond what older versions did not make.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Added {
    Nothing,
    /// A key of the signatures, in place of one that is gone.
    SigningKey,
    /// An id and a key of its own: it is a copy of the project in this folder.
    Identity(String),
}

impl Added {
    /// What a person is told about it, once.
    pub(super) fn told(&self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::SigningKey => Some(KEY_REPLACED.to_owned()),
            Self::Identity(original) => Some(format!(
                "this project is a copy of the one in `{original}`: it has a key and a chain of \
                 its own from now on, and what was copied counts as older than the chain"
            )),
        }
    }
}

/// Adds what a project of an older version lacks, and a copy. Nothing is written when nothing is
/// missing, so that a project on a read-only disk can be read.
pub(super) fn complete(files: &Root, home: &Path) -> Result<Added> {
    let folders = [layout::SESSIONS, layout::HANDOFFS, layout::TOPICS];
    let names = [layout::INTEGRITY_KEY, layout::PROJECT_ID].into_iter().chain(folders);
    let present = names.map(|name| files.exists(name)).collect::<Result<Vec<bool>>>()?;
    let id = project_id(files).unwrap_or_default();
    // On another machine the project is known, its key is not.
    let has_key = id.as_deref().map_or(Ok(true), |id| has_project_key(home, id))?;
    let original = id.as_deref().and_then(|id| original(files, home, id));
    let is_restored = !files.exists(layout::RESTORE)?;
    if present.iter().all(|there| *there) && has_key && original.is_none() && is_restored {
        return Ok(Added::Nothing);
    }
    let _lock = take_lock(files)?;
    backup::finish_restore(files)?;
    for folder in folders {
        files.create_dir(folder)?;
    }
    let is_unsigned = !files.exists(layout::INTEGRITY_KEY)?;
    if is_unsigned {
        let key = SigningKey::generate()?.to_text();
        files.write_verbatim(layout::INTEGRITY_KEY, Verbatim(key.as_bytes()), Access::Private)?;
    }
    if let Some(original) = original {
        identify(files, home)?;
        return Ok(Added::Identity(original));
    }
    // The id came after the key: a project that has one had the other.
    let had_key = id.is_some() || files.exists(layout::PROJECT_ID)?;
    match id {
        Some(id) => ensure_project_key(home, &id)?,
        None if !had_key => identify(files, home)?,
        None => {}
    }
    Ok(if is_unsigned && had_key { Added::SigningKey } else { Added::Nothing })
}

/// Gives a project an id, and a key to go by it. The key first: an id without its key would look
/// like a project whose key was lost.
fn identify(files: &Root, home: &Path) -> Result<()> {
    let id = hex::encode(random::<PROJECT_ID_LEN>()?);
    ensure_project_key(home, &id)?;
    let line = format!("{id}\n");
    files.write_verbatim(layout::PROJECT_ID, Verbatim(line.as_bytes()), Access::Private)
}

/// The folder of the project that this one was copied from: the one where its key was used last,
/// if it is still there. Two projects with one key would each tell that the other's links are
/// missing. One that was moved, or has two paths to it, is none.
fn original(files: &Root, home: &Path, id: &str) -> Option<String> {
    let was = ChainKey::load(home, id).ok().flatten()?.place?;
    let here = Path::new(place(files.path())?);
    let folder = |project: &Path| outside::identify(&project.join(layout::DIR));
    let there = folder(Path::new(&was))?;
    let is_it = Path::new(&was) != here && Some(there) != folder(here);
    let other = Root::open(Path::new(&was)).ok().filter(|_| is_it)?;
    (project_id(&other).ok().flatten()? == id).then_some(was)
}

/// Whether this machine has a key of the project.
fn has_project_key(home: &Path, id: &str) -> Result<bool> {
    Root::open(home)?.exists(&ChainKey::path(id))
}

/// Makes the key that lies outside the project, under the project's id, where there is none.
fn ensure_project_key(home: &Path, id: &str) -> Result<()> {
    if has_project_key(home, id)? {
        return Ok(());
    }
    let make = || {
        let files = Root::open(home)?;
        files.create_dir(layout::DIR)?;
        files.create_dir(layout::HOME_KEYS)?;
        ChainKey::generate()?.save(home, id)
    };
    make().map_err(unwritten_at_home)
}

/// The project's id, which is the name of a file: nothing but the digits that we write is one.
pub(super) fn project_id(files: &Root) -> Result<Option<String>> {
    project_id_at(files, layout::PROJECT_ID)
}

/// The same where the project's folder has another name.
pub(super) fn project_id_at(files: &Root, rel: &str) -> Result<Option<String>> {
    let Some(text) = files.read_text(rel, layout::LINE_FILE_MAX)? else { return Ok(None) };
    let id = text.trim();
    if id.len() == 2 * PROJECT_ID_LEN && id.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(Some(id.to_owned()));
    }
    let problem = format!("`{rel}` is damaged: changes are not linked");
    Err(Error::new(Kind::Io, problem).hint("remove it to begin a new chain"))
}
