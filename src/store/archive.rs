//! Backups as archives: what may stand in one, and reading one without trusting it.

use std::collections::HashSet;
use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, EntryType, Header};

use super::layout;
use crate::error::{Error, Kind, Result};

/// Bytes that any archive may unpack to, however small it is.
const UNPACKED_FREE: u64 = 64 << 20;
/// Beyond that: how many times its own size. Recordings shrink to a fiftieth; only something that
/// was made to fill the disk shrinks to less than this.
const UNPACKED_FACTOR: u64 = 200;
/// Members of an archive: four files for each of 100,000 sessions, and a handoff.
const MEMBERS_MAX: usize = 500_000;

/// Writes an archive, member by member.
pub(super) struct Packer<W: Write>(Builder<GzEncoder<W>>);

impl<W: Write> Packer<W> {
    pub(super) fn new(out: W) -> Self {
        Self(Builder::new(GzEncoder::new(out, Compression::default())))
    }

    /// Adds a file of `len` bytes, which `content` must have; what it has more is left out.
    pub(super) fn add(&mut self, path: &str, len: u64, content: impl Read) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_size(len);
        header.set_mode(0o600);
        header.set_entry_type(EntryType::Regular);
        // The length stands in front of the content: a file that grows meanwhile is cut there.
        self.0.append_data(&mut header, path, content.take(len))
    }

    /// Ends the archive and hands back what it was written to.
    pub(super) fn finish(self) -> io::Result<W> {
        self.0.into_inner()?.finish()
    }
}

/// Reads an archive and calls `each` with every file in it that belongs to a project, by its path.
/// Anything that has no business in a backup is an error, and so is one that ends too early or
/// unpacks to far more than it is.
pub(super) fn read(
    packed: impl Read,
    packed_len: u64,
    mut each: impl FnMut(&str, &mut dyn Read) -> Result<()>,
) -> Result<()> {
    let limit = UNPACKED_FREE.max(packed_len.saturating_mul(UNPACKED_FACTOR));
    let mut archive = Archive::new(GzDecoder::new(packed).take(limit));
    let seen = members(&mut archive, &mut each);
    let mut rest = archive.into_inner();
    let seen = seen.and_then(|seen| {
        // To its very end, where its checksum stands.
        io::copy(&mut rest, &mut io::sink()).map_err(|error| damaged(&error)).map(|_| seen)
    });
    if rest.limit() == 0 {
        return Err(Error::invalid("the archive unpacks to far more than a backup does")
            .hint("nothing was restored"));
    }
    if seen?.contains(layout::CONFIG) {
        return Ok(());
    }
    Err(Error::invalid("the archive is no backup of a project").hint("nothing was restored"))
}

/// Reads the members, and returns their paths.
fn members(
    archive: &mut Archive<impl Read>,
    each: &mut impl FnMut(&str, &mut dyn Read) -> Result<()>,
) -> Result<HashSet<String>> {
    let mut seen = HashSet::new();
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let path = member_path(&entry.path_bytes())?;
        if !seen.insert(path.clone()) || seen.len() > MEMBERS_MAX {
            return Err(unsafe_member(&path, "it is there twice"));
        }
        match entry.header().entry_type() {
            EntryType::Directory => continue,
            EntryType::Regular => {}
            _ => return Err(unsafe_member(&path, "it is not a regular file")),
        }
        let len = entry.size();
        let mut counted = Counted { from: &mut entry, read: 0 };
        if is_ours(&path) {
            each(&path, &mut counted)?;
        }
        io::copy(&mut counted, &mut io::sink()).map_err(|error| damaged(&error))?;
        if counted.read != len {
            return Err(damaged(&io::ErrorKind::UnexpectedEof.into()));
        }
    }
    Ok(seen)
}

/// Whether a member is put back. The lock and the other backups are not part of a project's state.
pub(super) fn is_ours(path: &str) -> bool {
    path != layout::LOCK && !path.starts_with(layout::BACKUPS)
}

/// The path of a member, which never leads out of the project.
fn member_path(bytes: &[u8]) -> Result<String> {
    let shown = String::from_utf8_lossy(bytes).into_owned();
    let path = shown.strip_suffix('/').unwrap_or(&shown).to_owned();
    let inside = path == layout::MEMORY || path == layout::DIR || path.starts_with(".loghop/");
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    let plain = path.split('/').all(is_plain) && !path.contains(['\\', '\0', '\u{fffd}']);
    if inside && plain { Ok(path) } else { Err(unsafe_member(&path, "it is not of a project")) }
}

fn unsafe_member(path: &str, why: &str) -> Error {
    let path = path.escape_debug();
    Error::invalid(format!("the archive holds `{path}`: {why}")).hint("nothing was restored")
}

fn damaged(error: &io::Error) -> Error {
    Error::new(Kind::InvalidInput, format!("this is no archive, or it is damaged: {error}"))
        .hint("nothing was restored")
}

struct Counted<'a, R> {
    from: &'a mut R,
    read: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CONFIG: (&str, &[u8]) = (layout::CONFIG, b"version = 1\n");

    fn packed(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut packer = Packer::new(Vec::new());
        for (path, content) in members {
            packer.add(path, content.len() as u64, *content).unwrap();
        }
        packer.finish().unwrap()
    }

    /// An archive with a member that no honest program writes.
    fn forged(path: &str, kind: EntryType, link: &str) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for (path, kind) in [(CONFIG.0, EntryType::Regular), (path, kind)] {
            let mut header = Header::new_gnu();
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(kind);
            header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
            header.set_size(0);
            header.set_cksum();
            builder.append(&header, io::empty()).unwrap();
        }
        builder.into_inner().unwrap().finish().unwrap()
    }

    fn members(archive: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
        let mut found = Vec::new();
        read(archive, archive.len() as u64, |path, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            found.push((path.to_owned(), bytes));
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn what_was_packed_is_read_and_what_is_no_state_is_left_out() {
        let archive = packed(&[
            CONFIG,
            (".loghop/.lock", b"1"),
            (".loghop/backups/old.tar.gz", b"2"),
            (".loghop/sessions/S-001.md", b"3"),
            ("loghop.md", b"4"),
        ]);
        let found = members(&archive).unwrap();
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, [CONFIG.0, ".loghop/sessions/S-001.md", "loghop.md"]);
        assert_eq!(found[0].1, CONFIG.1);
    }

    #[test]
    fn hostile_archives_are_refused() {
        let regular = EntryType::Regular;
        let hostile = [
            (".loghop/../x", regular, ""),
            ("../.loghop/x", regular, ""),
            ("/etc/passwd", regular, ""),
            (".loghop//x", regular, ""),
            (".loghop/./x", regular, ""),
            (".loghop\\x", regular, ""),
            ("src/main.rs", regular, ""),
            ("loghop.md/x", regular, ""),
            (CONFIG.0, regular, ""),
            (".loghop/x", EntryType::Symlink, "/etc/passwd"),
            (".loghop/x", EntryType::Link, "/etc/passwd"),
            (".loghop/x", EntryType::Char, ""),
            (".loghop/x", EntryType::Block, ""),
            (".loghop/x", EntryType::Fifo, ""),
            (".loghop/x", EntryType::GNUSparse, ""),
        ];
        for (path, kind, link) in hostile {
            let told = members(&forged(path, kind, link));
            assert!(told.is_err(), "{path} {kind:?}");
        }
        assert!(members(&forged(".loghop/fine", regular, "")).is_ok());
        assert!(members(&packed(&[("loghop.md", b"x")])).is_err());
        assert!(members(b"").is_err());
    }

    #[test]
    fn a_bomb_is_refused_without_being_unpacked() {
        let mut packer = Packer::new(Vec::new());
        packer.add(CONFIG.0, 0, io::empty()).unwrap();
        packer.add(".loghop/zeros", 1 << 30, io::repeat(0)).unwrap();
        let bomb = packer.finish().unwrap();
        assert!(bomb.len() < 4 << 20);
        let mut unpacked = 0;
        let told = read(bomb.as_slice(), bomb.len() as u64, |_, content| {
            unpacked += io::copy(content, &mut io::sink())?;
            Ok(())
        });
        assert!(told.unwrap_err().message.contains("far more"));
        assert!(unpacked <= UNPACKED_FREE.max(bomb.len() as u64 * UNPACKED_FACTOR));
    }

    #[test]
    fn an_archive_cut_anywhere_is_damaged() {
        let archive = packed(&[CONFIG, (".loghop/sessions/S-001.md", &[7; 3000])]);
        for len in 0..archive.len() {
            assert!(members(&archive[..len]).is_err(), "{len} of {}", archive.len());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            new in any::<u8>(),
        ) {
            let _ = members(&bytes);
            let mut archive = packed(&[CONFIG, (".loghop/a", &bytes)]);
            let at = at.index(archive.len());
            archive[at] = new;
            let _ = members(&archive);
            let mut tar = vec![0; 512];
            tar[..bytes.len()].copy_from_slice(&bytes);
            let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
            gzip.write_all(&tar).unwrap();
            let _ = members(&gzip.finish().unwrap());
        }
    }
}
