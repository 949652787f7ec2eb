//! The key of a project's chain, and its head: how many links there are, and the seal of the last.
//! Both lie in the home folder, so that whoever can write to the project only can neither make a
//! link nor cut off the newest ones unseen.

use std::fmt;
use std::path::Path;

use blake3::Hash;

use super::link::NOTHING;
use crate::disk::{Access, Root, Verbatim};
use crate::error::{Error, Kind, Result};
use crate::store::layout;
use crate::store::signature::random;

/// The last link that is known to be in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its number; 0 before the first one.
    pub(crate) number: u64,
    /// Its seal.
    pub(crate) seal: Hash,
    /// Where the file goes on after it.
    pub(crate) offset: u64,
}

impl Head {
    /// Before the first link.
    pub(crate) const NONE: Self = Self { number: 0, seal: NOTHING, offset: 0 };
}

/// Key, head and the place of the project, as their file holds them.
#[derive(Clone)]
pub(crate) struct ChainKey {
    pub(crate) secret: [u8; 32],
    pub(crate) head: Head,
    /// The folder that it was used in last, by which a copy of the project is told from it.
    pub(crate) place: Option<String>,
}

/// Where the project at `root` lies, as its key remembers it. One that is being put back lies where
/// it will. `None` for a path that a line of text cannot hold.
pub(crate) fn place(root: &Path) -> Option<&str> {
    let root = if root.ends_with(layout::RESTORE) { root.parent()? } else { root };
    let is_line = |path: &&str| path.len() <= layout::PLACE_MAX && !path.contains(['\n', '\r']);
    root.to_str().filter(is_line)
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainKey").field("head", &self.head).finish_non_exhaustive()
    }
}

impl ChainKey {
    /// A new key from the system's generator.
    pub(crate) fn generate() -> Result<Self> {
        Ok(Self { secret: random()?, head: Head::NONE, place: None })
    }

    /// Where the key of the project `id` lies, relative to the home folder.
    pub(crate) fn path(id: &str) -> String {
        format!("{}/{id}", layout::HOME_KEYS)
    }

    /// Reads the key of the project `id`; `None` when this machine has none.
    pub(crate) fn load(home: &Path, id: &str) -> Result<Option<Self>> {
        let home = Root::open(home)?;
        let rel = Self::path(id);
        let Some(reader) = home.reader(&rel)? else { return Ok(None) };
        reader.require_private()?;
        let bytes = reader.read_all(layout::CHAIN_KEY_MAX)?;
        let key = Self::parse(&String::from_utf8_lossy(&bytes));
        key.map(Some).ok_or_else(|| {
            Error::new(Kind::Io, "damaged key of the project's chain")
                .at(home.absolute(&rel))
                .hint("put it back from a backup, or remove it to begin a new chain")
        })
    }

    /// Writes it, on the disk when this returns.
    pub(crate) fn save(&self, home: &Path, id: &str) -> Result<()> {
        let text = self.to_text();
        let home = Root::open(home)?;
        home.write_verbatim(&Self::path(id), Verbatim(text.as_bytes()), Access::Private)
    }

    /// Writes a head that only confirms: with the one before, the next writer settles what is
    /// behind it.
    pub(crate) fn confirm(&self, home: &Path, id: &str) -> Result<()> {
        Root::open(home)?.write_either(&Self::path(id), Verbatim(self.to_text().as_bytes()))
    }

    fn to_text(&self) -> String {
        let Head { number, seal, offset } = self.head;
        let mut text = format!("{}\n{number} {seal} {offset}\n", hex::encode(self.secret));
        if let Some(place) = &self.place {
            text.push_str(place);
            text.push('\n');
        }
        text
    }

    /// The file of this key's chain, in the project: keys of other machines have others.
    pub(crate) fn chain(&self) -> String {
        let name = blake3::derive_key("loghop 2026-11-21 name of a chain", &self.secret);
        format!("{}/{}.jsonl", layout::CHAINS, hex::encode(&name[..8]))
    }

    /// The key that each secret's tag is made with.
    pub(crate) fn tag_key(&self) -> [u8; 32] {
        blake3::derive_key("loghop 2026-11-21 redaction tags", &self.secret)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let secret = *Hash::from_hex(lines.next()?.trim()).ok()?.as_bytes();
        let Some(line) = lines.next() else {
            return Some(Self { secret, head: Head::NONE, place: None });
        };
        let mut words = line.split(' ');
        let number = words.next()?.parse().ok()?;
        let seal = Hash::from_hex(words.next()?).ok()?;
        let offset = words.next()?.parse().ok()?;
        let place = lines.next().map(str::to_owned);
        Some(Self { secret, head: Head { number, seal, offset }, place })
    }
}
