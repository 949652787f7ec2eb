//! The pseudo-terminal that the child runs in: spawn, resize, signal, wait.
//!
//! The child gets a session and a process group of its own, so that signals reach what it started
//! too. Two traps of `portable-pty` are closed here: its writer types a newline and Ctrl+D into
//! the child when it is dropped (so [`Input`] never drops it), and a command without a folder
//! starts in the user's home (so the folder is not optional). A third is looked for beforehand: it
//! closes the pipe on which a script that cannot be run would be reported.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::disk::outside;
use crate::error::{Error, Kind, Result};
use crate::model::Size;

/// Bytes of a script's first line that a system reads: Linux 256, macOS 512.
const INTERPRETER_MAX: usize = 512;

/// What to start, completely: nothing is inherited.
#[derive(Debug, Clone)]
pub struct Command {
    /// The program's path.
    pub program: PathBuf,
    /// Its arguments, without the program's name.
    pub args: Vec<OsString>,
    /// Its whole environment.
    pub env: Vec<(OsString, OsString)>,
    /// The folder that it starts in.
    pub cwd: PathBuf,
}

/// A running child and the master side of its terminal.
pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    pid: i32,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

/// Signals that loghop sends to a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ask it to end.
    Terminate,
    /// End it.
    Kill,
    /// Go on, if it has stopped or would have liked to.
    Continue,
}

/// The child's output, as bytes.
pub struct Output(Box<dyn Read + Send>);

/// The child's input, as bytes.
pub struct Input(ManuallyDrop<Box<dyn Write + Send>>);

/// A started child with its two ends.
pub struct Spawned {
    /// The terminal and the process.
    pub pty: Pty,
    /// What the child writes.
    pub output: Output,
    /// What the child reads.
    pub input: Input,
}

/// Starts `command` in a new terminal of `size`.
///
/// # Errors
/// `ProviderLaunchFailed` when there is no terminal to be had or the program does not start.
pub fn spawn(command: &Command, size: Size) -> Result<Spawned> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        Error::new(Kind::ProviderLaunchFailed, format!("{what}: {error}")).at(&command.program)
    };
    if let Some(interpreter) = missing_interpreter(&command.program) {
        let missing = format!("its interpreter {} is missing", interpreter.display());
        return Err(Error::new(Kind::ProviderLaunchFailed, missing).at(&command.program));
    }
    let pair = native_pty_system()
        .openpty(pty_size(size))
        .map_err(|e| failed("no pseudo-terminal to be had", &e))?;
    let mut builder = CommandBuilder::new(&command.program);
    builder.args(&command.args);
    builder.env_clear();
    for (name, value) in &command.env {
        builder.env(name, value);
    }
    builder.cwd(&command.cwd);
    let started = pair.slave.spawn_command(builder);
    let child = started.map_err(|e| failed("the system refuses to run it", &e))?;
    // The end of the child's output is seen only when no slave side stays open here.
    drop(pair.slave);
    let pid = child.process_id().and_then(|p| i32::try_from(p).ok()).unwrap_or(0);
    let ends = pair.master.try_clone_reader().and_then(|o| Ok((o, pair.master.take_writer()?)));
    let (output, input) = ends.map_err(|error| {
        // Nobody could hear a child without them.
        signal(pid, Signal::Kill);
        failed("no way to its terminal", &error)
    })?;
    Ok(Spawned {
        pty: Pty { master: pair.master, pid },
        output: Output(output),
        input: Input(ManuallyDrop::new(input)),
    })
}

/// The program that a script wants to be run by, where there is none.
fn missing_interpreter(program: &Path) -> Option<PathBuf> {
    let mut head = [0; INTERPRETER_MAX];
    let read = outside::open(program).ok()??.read_from(0, &mut head).ok()?;
    let line = head[..read].strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let name = line.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    let interpreter = PathBuf::from(std::str::from_utf8(name).ok()?);
    (interpreter.is_absolute() && !outside::exists(&interpreter)).then_some(interpreter)
}

impl Pty {
    /// The child's process id, which is also its group's.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Tells the child its new size; a size that the terminal refuses is ignored.
    pub fn resize(&self, size: Size) {
        let _ = self.master.resize(pty_size(size));
    }
}

/// Sends `signal` to the process group of `pid`, and to `pid` itself in case it left the group.
#[cfg(unix)]
pub fn signal(pid: i32, signal: Signal) {
    use rustix::process::{Pid, kill_process, kill_process_group};
    let Some(pid) = Pid::from_raw(pid) else { return };
    let signal = match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
        Signal::Continue => rustix::process::Signal::CONT,
    };
    if kill_process_group(pid, signal).is_err() {
        let _ = kill_process(pid, signal);
    }
}

/// Waits until the process `pid` has ended and reaps it. A child that stops itself (Ctrl+Z) goes on
/// at once: there is no shell around it that could continue it.
#[cfg(unix)]
pub fn wait(pid: i32) -> Exit {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process_group, waitpid};
    let Some(pid) = Pid::from_raw(pid) else { return Exit::Code(0) };
    loop {
        match waitpid(Some(pid), WaitOptions::UNTRACED) {
            Ok(Some((_, status))) => {
                if status.stopped() {
                    let _ = kill_process_group(pid, Signal::CONT);
                }
                if let Some(signal) = status.terminating_signal() {
                    return Exit::Signal(signal);
                }
                if let Some(code) = status.exit_status() {
                    return Exit::Code(code);
                }
            }
            Err(error) if error == rustix::io::Errno::INTR => {}
            // Somebody else reaped it: how it ended is not known any more.
            Ok(None) | Err(_) => return Exit::Code(0),
        }
    }
}

impl Read for Output {
    /// Reads what the child wrote. A terminal without a child is at its end, which Linux calls
    /// `EIO`; a signal that arrives while waiting is no end.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Ok(0),
                read => return read,
            }
        }
    }
}

impl Write for Input {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn pty_size(size: Size) -> PtySize {
    PtySize { rows: size.rows, cols: size.cols, pixel_width: 0, pixel_height: 0 }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str, cwd: &std::path::Path) -> Command {
        Command {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("PATH".into(), "/usr/bin:/bin".into())],
            cwd: cwd.into(),
        }
    }

    fn run(script: &str, size: Size) -> (String, Exit) {
        let dir = tempfile::tempdir().unwrap();
        let mut spawned = spawn(&shell(script, dir.path()), size).unwrap();
        let mut bytes = Vec::new();
        spawned.output.read_to_end(&mut bytes).unwrap();
        (String::from_utf8_lossy(&bytes).into_owned(), wait(spawned.pty.pid()))
    }

    #[test]
    fn the_child_has_the_size_and_only_the_environment_it_was_given() {
        let (text, exit) = run("stty size; env | sort; exit 7", Size::new(123, 45));
        assert!(text.starts_with("45 123"), "{text}");
        assert!(!text.contains("HOME="), "{text}");
        assert_eq!(exit, Exit::Code(7));
    }

    #[test]
    fn a_signal_is_told_by_its_number() {
        assert_eq!(run("kill -TERM $$", Size::new(80, 24)).1, Exit::Signal(15));
    }

    #[test]
    fn a_child_that_stops_itself_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let script = "kill -STOP $$; echo on";
        let mut spawned = spawn(&shell(script, dir.path()), Size::new(80, 24)).unwrap();
        assert_eq!(wait(spawned.pty.pid()), Exit::Code(0));
        let mut bytes = Vec::new();
        spawned.output.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"on\r\n");
    }

    #[test]
    fn a_signal_reaches_what_the_child_started() {
        let dir = tempfile::tempdir().unwrap();
        let script = "sleep 300 & echo started; wait";
        let mut spawned = spawn(&shell(script, dir.path()), Size::new(80, 24)).unwrap();
        let mut buffer = [0; 64];
        assert!(spawned.output.read(&mut buffer).unwrap() > 0);
        signal(spawned.pty.pid(), Signal::Kill);
        let mut rest = Vec::new();
        // The end is reached only when `sleep` is gone too: it holds the terminal open.
        spawned.output.read_to_end(&mut rest).unwrap();
        assert_eq!(wait(spawned.pty.pid()), Exit::Signal(9));
    }

    #[test]
    fn a_missing_program_is_a_launch_failure() {
        let dir = tempfile::tempdir().unwrap();
        let mut command = shell("true", dir.path());
        command.program = dir.path().join("nothing-here");
        let error = spawn(&command, Size::new(80, 24)).err().unwrap();
        assert_eq!(error.kind, Kind::ProviderLaunchFailed);
    }
}
