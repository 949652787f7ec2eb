//! A program whose output is read line by line while it runs: a provider without a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::Request;
use super::running::{Reach, Running};
use crate::error::Result;

/// Lines that wait for their reader; when it is slow, the program waits in its write.
const QUEUE: usize = 64;

/// Which output a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// One line of output, without its newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it came from.
    pub from: Stream,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// It was longer than the limit, and the rest is gone.
    pub cut: bool,
}

/// What waiting for a line gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A line.
    Line(Line),
    /// Nothing yet.
    Waiting,
    /// Both outputs are closed and read to their end.
    Closed,
}

/// The lines of a running program, from both its outputs.
#[derive(Debug)]
pub struct Lines(Receiver<Line>);

impl Running {
    /// Starts a program in a group of its own and hands it `input` as its whole standard input.
    /// `request.output_max` limits one line; `request.timeout` is the caller's to keep.
    pub fn streaming(request: &Request, input: Vec<u8>) -> Result<(Self, Lines)> {
        let mut child = request.spawn(Stdio::piped())?;
        let (send, lines) = sync_channel(QUEUE);
        let stdin = child.stdin.take();
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let running = Self::new(child, Reach::Group);
        let max = request.output_max;
        if let Some(mut stdin) = stdin {
            // A program that does not read its input is not an error of ours.
            named("loghop-child-stdin", move || drop(stdin.write_all(&input)))?;
        }
        if let Some(stdout) = stdout {
            let send = send.clone();
            named("loghop-child-stdout", move || read_lines(stdout, Stream::Out, max, &send))?;
        }
        if let Some(stderr) = stderr {
            named("loghop-child-stderr", move || read_lines(stderr, Stream::Err, max, &send))?;
        }
        Ok((running, Lines(lines)))
    }
}

impl Lines {
    /// The next line, waiting up to `wait` for it.
    pub fn next(&self, wait: Duration) -> Next {
        match self.0.recv_timeout(wait) {
            Ok(line) => Next::Line(line),
            Err(RecvTimeoutError::Timeout) => Next::Waiting,
            Err(RecvTimeoutError::Disconnected) => Next::Closed,
        }
    }
}

fn named(name: &str, work: impl FnOnce() + Send + 'static) -> Result<()> {
    thread::Builder::new().name(name.into()).spawn(work)?;
    Ok(())
}

fn read_lines(source: impl Read, from: Stream, max: usize, send: &SyncSender<Line>) {
    let mut source = BufReader::new(source);
    while let Some((bytes, cut)) = read_line(&mut source, max) {
        if send.send(Line { from, bytes, cut }).is_err() {
            return;
        }
    }
}

/// One line of at most `max` bytes; the rest of a longer one is skipped. `None` at the end.
fn read_line(source: &mut impl BufRead, max: usize) -> Option<(Vec<u8>, bool)> {
    let mut line = Vec::new();
    let mut cut = false;
    let mut any = false;
    loop {
        let available = match source.fill_buf() {
            Ok([]) => return any.then_some((line, cut)),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return any.then_some((line, cut)),
        };
        any = true;
        let end = memchr::memchr(b'\n', available);
        let part = &available[..end.unwrap_or(available.len())];
        let room = max.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(&part[..room]);
        cut |= room < part.len();
        let used = end.map_or(available.len(), |at| at + 1);
        source.consume(used);
        if end.is_some() {
            return Some((line, cut));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::Exit;
    use super::*;

    const LONG: Duration = Duration::from_secs(10);

    fn sh(script: &str) -> Request {
        Request::new("/bin/sh", &["-c", script], Path::new("/"))
    }

    fn all(lines: &Lines) -> Vec<Line> {
        let mut all = Vec::new();
        while let Next::Line(line) = lines.next(LONG) {
            all.push(line);
        }
        all
    }

    #[test]
    fn lines_come_as_they_are_printed() {
        let (mut run, lines) =
            Running::streaming(&sh("cat; printf torn"), b"a\nb\n".to_vec()).unwrap();
        let lines: Vec<_> = all(&lines).into_iter().map(|l| l.bytes).collect();
        assert_eq!(lines, [b"a".to_vec(), b"b".to_vec(), b"torn".to_vec()]);
        assert_eq!(run.wait(LONG).unwrap(), Some(Exit::Code(0)));
    }

    #[test]
    fn long_lines_are_cut_and_the_next_one_is_whole() {
        let request = Request { output_max: 5, ..sh("echo 0123456789; echo ok") };
        let (_run, lines) = Running::streaming(&request, Vec::new()).unwrap();
        let lines = all(&lines);
        assert_eq!((lines[0].bytes.as_slice(), lines[0].cut), (b"01234".as_slice(), true));
        assert_eq!((lines[1].bytes.as_slice(), lines[1].cut), (b"ok".as_slice(), false));
    }

    #[test]
    fn terminate_reaches_the_program() {
        let (mut run, lines) = Running::streaming(&sh("exec sleep 60"), Vec::new()).unwrap();
        assert_eq!(lines.next(Duration::from_millis(20)), Next::Waiting);
        assert_eq!(run.wait(Duration::ZERO).unwrap(), None);
        run.terminate();
        assert_eq!(run.wait(LONG).unwrap(), Some(Exit::Signal(15)));
    }

    #[test]
    fn a_program_that_reads_nothing_does_not_block_us() {
        let (_run, lines) = Running::streaming(&sh("echo hi"), vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(all(&lines).len(), 1);
    }
}
