//! The native transcripts of the scripted assistants: whole batches, appended, with the faults
//! that a test asks for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::nouns::Record;
use crate::disk::{Verbatim, outside};
use crate::env::Env;
use crate::error::Result;
use crate::subprocess;

/// The variable that asks for a fault.
pub(super) const FAULT: &str = "LOGHOP_PLAY_FAULT";

/// How an assistant misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not at all.
    None,
    /// Its transcript never reaches the disk.
    NeverFlush,
    /// It writes lines that are no JSON, and bytes that are no text.
    Garbage,
    /// The last line of its transcript ends in the middle.
    TornTail,
    /// It writes records that nobody knows.
    UnknownRecords,
    /// Replies reach the transcript only so many seconds after it has exited.
    LateWrite(u32),
    /// The last records, so many of them, never reach the disk.
    DropLast(usize),
    /// It exits with 1 before it draws anything.
    ExitAtOnce,
    /// It prints 100 MB before it can be typed to.
    Print100Mb,
    /// It ignores SIGTERM and SIGHUP.
    IgnoreTerm,
}

impl Fault {
    /// The fault that the environment asks for.
    pub(super) fn of(env: &Env) -> Self {
        // A client that runs inside another one writes nothing.
        let is_child = env.get("CLAUDE_CODE_CHILD_SESSION").is_some_and(|value| value == "1");
        let asked = env.get(FAULT).or(is_child.then_some("never-flush"));
        if let Some((name, number)) = asked.and_then(|asked| asked.split_once('=')) {
            return match (name, number.parse()) {
                ("late-write", Ok(seconds)) => Self::LateWrite(seconds),
                ("drop-last", Ok(records)) => Self::DropLast(records as usize),
                _ => Self::None,
            };
        }
        match asked {
            Some("never-flush") => Self::NeverFlush,
            Some("garbage") => Self::Garbage,
            Some("torn-tail") => Self::TornTail,
            Some("unknown-records") => Self::UnknownRecords,
            Some("late-write") => Self::LateWrite(1),
            Some("exit-at-once") => Self::ExitAtOnce,
            Some("print-100mb") => Self::Print100Mb,
            Some("ignore-term") => Self::IgnoreTerm,
            _ => Self::None,
        }
    }
}

/// The files of one client.
pub(super) trait Files {
    /// It was started: what lies there before the first prompt.
    fn opened(&mut self) -> Result<()>;
    /// Something belongs into the transcript.
    fn record(&mut self, record: &Record, now: Moment) -> Result<()>;
    /// It is `idle`, `busy` or `waiting`.
    fn status(&mut self, status: &'static str, now: Moment) -> Result<()>;
    /// Another session begins.
    fn new_session(&mut self, now: Moment) -> Result<()>;
    /// The id of the session.
    fn session(&self) -> &str;
    /// It exits by itself.
    fn closed(&mut self, now: Moment) -> Result<()>;
}

/// A moment, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) i64);

impl Moment {
    /// Now.
    pub(super) fn now() -> Self {
        Self(jiff::Timestamp::now().as_millisecond())
    }

    /// As both clients write it.
    pub(super) fn rfc3339(self) -> String {
        self.time().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    /// In the person's time zone, in this format.
    pub(super) fn local(self, format: &str) -> String {
        self.time().to_zoned(jiff::tz::TimeZone::system()).strftime(format).to_string()
    }

    fn time(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or_default()
    }
}

/// Writes a transcript, well or badly.
#[derive(Debug)]
pub(super) struct Ink {
    fault: Fault,
    late: Vec<(PathBuf, Vec<u8>)>,
}

impl Ink {
    /// Ink with a fault.
    pub(super) fn new(fault: Fault) -> Self {
        Self { fault, late: Vec::new() }
    }

    /// Appends a batch of records, as one write.
    pub(super) fn append(&mut self, path: &Path, records: &[Value]) -> Result<()> {
        let mut bytes: Vec<u8> =
            records.iter().flat_map(|r| format!("{r}\n").into_bytes()).collect();
        match self.fault {
            Fault::NeverFlush => return Ok(()),
            Fault::Garbage => {
                bytes.extend_from_slice(b"{\"type\":\n\xff\xfe not json at all\n[]\n");
            }
            Fault::UnknownRecords => {
                let unknown = json!({ "type": "brand-new-record", "payload": { "type": "odd" } });
                bytes.extend_from_slice(format!("{unknown}\n").as_bytes());
            }
            Fault::LateWrite(_) => {
                self.late.push((path.to_owned(), bytes));
                return Ok(());
            }
            Fault::DropLast(records) => return self.write_all_but(records, path, &bytes),
            _ => {}
        }
        if let Some(folder) = path.parent() {
            outside::create_dirs(folder)?;
        }
        outside::append(path, Verbatim(&bytes))
    }

    /// Keeps the last records back, so that they are lost with the process.
    fn write_all_but(&mut self, records: usize, path: &Path, bytes: &[u8]) -> Result<()> {
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        self.late.extend(lines.map(|line| (path.to_owned(), line.to_vec())));
        let old = self.late.len().saturating_sub(records);
        for (path, line) in self.late.drain(..old) {
            if let Some(folder) = path.parent() {
                outside::create_dirs(folder)?;
            }
            outside::append(&path, Verbatim(&line))?;
        }
        Ok(())
    }

    /// The transcript is at its end; nothing but a late writer touches it any more.
    pub(super) fn dry(&mut self, path: &Path) -> Result<()> {
        if self.fault == Fault::TornTail && outside::exists(path) {
            let torn = br#"{"type":"assistant","message":{"role":"assistant","content":[{"ty"#;
            return outside::append(path, Verbatim(torn));
        }
        let Fault::LateWrite(seconds) = self.fault else { return Ok(()) };
        let late = std::mem::take(&mut self.late);
        for (path, bytes) in &late {
            if let Some(folder) = path.parent() {
                outside::create_dirs(folder)?;
            }
            outside::append(&path.with_extension("late"), Verbatim(bytes))?;
        }
        // One writer for each transcript: two would both find what is kept, and write it twice.
        let paths: BTreeSet<PathBuf> = late.into_iter().map(|(path, _)| path).collect();
        paths
            .iter()
            .try_for_each(|path| Self::leave_behind(&path.with_extension("late"), path, seconds))
    }

    /// Leaves a process that writes the end of the transcript when the assistant is gone.
    fn leave_behind(kept: &Path, path: &Path, seconds: u32) -> Result<()> {
        let script = "(trap '' HUP; sleep \"$3\"; [ -e \"$1\" ] && cat \"$1\" >> \"$2\" && rm \"$1\") \
                      </dev/null >/dev/null 2>&1 &";
        let mut ask = subprocess::Request::new("/bin/sh", &["-c", script, "sh"], Path::new("/"));
        ask.args.extend([kept.into(), path.into(), seconds.to_string().into()]);
        subprocess::run(&ask).map(drop)
    }
}

/// Writes a file that is not loghop's: an assistant's own, or the demo's project. It has to be
/// what the real client would have written, secrets and all.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    outside::write(path, Verbatim(bytes))
}

/// The first record of a recorded transcript that `is` what is wanted; null when there is none.
pub(super) fn recorded(transcript: &str, is: impl Fn(&Value) -> bool) -> Value {
    let records = transcript.lines().filter_map(|line| serde_json::from_str(line).ok());
    records.into_iter().find(is).unwrap_or_default()
}
