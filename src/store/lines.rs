//! Files of lines, read within bounds: one line in memory at a time, however large the file is.

use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};

use crate::error::Result;

/// Calls `each` with every line, without its newline. Longer ones than `max` bytes are left out:
/// nothing that we write is that long.
pub(super) fn for_each(from: impl Read, max: usize, mut each: impl FnMut(&[u8])) -> Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = from.by_ref().take(max as u64 + 1).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.ends_with(b"\n") {
            line.pop();
        } else if read > max {
            skip_line(&mut from)?;
            continue;
        }
        each(&line);
    }
}

/// Reads on to the next line.
fn skip_line(from: &mut impl BufRead) -> Result<()> {
    loop {
        let buffer = from.fill_buf()?;
        let (len, found) = match memchr::memchr(b'\n', buffer) {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        from.consume(len);
        if found {
            return Ok(());
        }
    }
}

/// Bytes that are read at once from the end: some hundred events.
const BLOCK: u64 = 64 << 10;

/// The lines of a file, last one first, read as they are asked for. A line that is longer than
/// `max` is cut at its beginning, which for us means that it does not parse.
pub(super) struct Backward<F> {
    from: F,
    /// Where the part begins that was read.
    start: u64,
    /// Where it is to end.
    until: u64,
    max: usize,
    /// Lines that were read, last one on top; the lowest may lack its beginning.
    lines: Vec<Vec<u8>>,
}

impl<F: Read + Seek> Backward<F> {
    /// Reads back to the byte `until`.
    pub(super) fn new(mut from: F, until: u64, max: usize) -> Result<Self> {
        let start = from.seek(SeekFrom::End(0))?;
        Ok(Self { from, start, until, max, lines: Vec::new() })
    }

    /// The line before; `None` at the beginning.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>> {
        while self.lines.len() < 2 && self.start > self.until {
            self.read_block()?;
        }
        Ok(self.lines.pop())
    }

    fn read_block(&mut self) -> Result<()> {
        let len = BLOCK.min(self.start - self.until);
        self.start -= len;
        let mut block = vec![0; len as usize];
        self.from.seek(SeekFrom::Start(self.start))?;
        self.from.read_exact(&mut block)?;
        let open = self.lines.pop().unwrap_or_default();
        let mut lines: Vec<Vec<u8>> = block.split(|byte| *byte == b'\n').map(Vec::from).collect();
        if let Some(last) = lines.last_mut()
            && open.len() < self.max
        {
            last.extend_from_slice(&open);
        }
        lines.append(&mut self.lines);
        self.lines = lines;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn lines(text: &str, max: usize) -> Vec<String> {
        let mut found = Vec::new();
        for_each(text.as_bytes(), max, |line| {
            found.push(String::from_utf8_lossy(line).into_owned());
        })
        .unwrap();
        found
    }

    #[test]
    fn lines_come_one_by_one_and_overlong_ones_are_left_out() {
        assert_eq!(lines("a\n\nbc\nd", 2), ["a", "", "bc", "d"]);
        assert_eq!(lines("abc\nd\nefghijk", 2), ["d"]);
        assert!(lines("", 2).is_empty());
    }

    #[test]
    fn a_line_without_an_end_costs_no_memory() {
        let endless = std::io::repeat(b'x').take(64 << 20).chain(&b"\nlast"[..]);
        let mut found = 0;
        for_each(endless, 1 << 10, |_| found += 1).unwrap();
        assert_eq!(found, 1);
    }

    fn backward(text: &[u8]) -> Vec<Vec<u8>> {
        let mut from = Backward::new(Cursor::new(text), 0, 1 << 20).unwrap();
        std::iter::from_fn(|| from.next().unwrap()).collect()
    }

    proptest! {
        #[test]
        fn lines_from_the_end_are_those_from_the_beginning(
            lengths in prop::collection::vec(0_usize..30_000, 0..12),
        ) {
            let lines: Vec<String> =
                lengths.iter().enumerate().map(|(n, len)| n.to_string().repeat(*len)).collect();
            let text = lines.join("\n");
            let mut found = backward(text.as_bytes());
            found.reverse();
            let expected: Vec<&[u8]> = text.as_bytes().split(|byte| *byte == b'\n').collect();
            prop_assert_eq!(if text.is_empty() { vec![Vec::new()] } else { found }, expected);
        }
    }

    #[test]
    fn a_line_without_a_beginning_costs_no_memory() {
        let text = [vec![b'x'; 8 << 20], b"\nlast".to_vec()].concat();
        let mut from = Backward::new(Cursor::new(&text), 0, 1 << 20).unwrap();
        assert_eq!(from.next().unwrap().unwrap(), b"last");
        assert!(from.next().unwrap().unwrap().len() <= (1 << 20) + BLOCK as usize);
        assert_eq!(from.next().unwrap(), None);
    }
}
