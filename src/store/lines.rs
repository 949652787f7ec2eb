//! Files of lines, read within bounds: one line in memory at a time, however large the file is.

use std::io::{BufRead, BufReader, Read};

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

#[cfg(test)]
mod tests {
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
}
