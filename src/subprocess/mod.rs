//! Programs that we start and wait for: bounded in time and output, in a process group of their
//! own, with nothing of the terminal in their hands. (A provider on a terminal is `pty`'s; one that
//! gets our own streams is [`Running::attached`].)

mod running;
mod streaming;

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fd::AsFd;
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::Signal;

use self::running::Reach;
pub use self::running::Running;
pub use self::streaming::{Line, Lines, Next, Stream};
use crate::error::{Error, Kind, Result};

/// Time that Git and the like get when the caller does not say otherwise: a cold disk is slow,
/// a person waits no longer.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// Output that is kept when the caller does not say otherwise: larger than any diff that fits
/// into a handoff.
const DEFAULT_OUTPUT_MAX: usize = 4 << 20;
/// How long output is still read after the program has ended: what it left in the pipe is there
/// at once, and a grandchild that holds the pipe open must not hold us.
const DRAIN: Duration = Duration::from_millis(50);
/// How often the program's end is looked for while its pipes are silent.
const REAP_EVERY: Duration = Duration::from_millis(10);
/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// What to start, and within which limits.
#[derive(Debug, Clone)]
pub struct Request {
    /// The program, looked up on PATH when it has no `/`.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// The folder that it runs in.
    pub cwd: PathBuf,
    /// Its whole environment; `None` hands on ours.
    pub env: Option<Vec<(OsString, OsString)>>,
    /// How long it may run.
    pub timeout: Duration,
    /// Bytes kept of each of its outputs (of each line, where lines are streamed).
    pub output_max: usize,
}

impl Request {
    /// `program` with `args` in `cwd`, our environment, and the usual limits.
    pub fn new(program: impl Into<PathBuf>, args: &[&str], cwd: &Path) -> Self {
        Self {
            program: program.into(),
            args: args.iter().map(OsString::from).collect(),
            cwd: cwd.to_owned(),
            env: None,
            timeout: DEFAULT_TIMEOUT,
            output_max: DEFAULT_OUTPUT_MAX,
        }
    }

    /// Starts it in a process group of its own, with its outputs piped.
    fn spawn(&self, stdin: Stdio) -> Result<Child> {
        let mut command = self.command();
        command.process_group(0);
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        self.start(&mut command)
    }

    fn command(&self) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the room that it points to")]
        let mut command = Command::new(&self.program);
        command.args(&self.args).current_dir(&self.cwd);
        if let Some(env) = &self.env {
            command.env_clear().envs(env.iter().map(|(k, v)| (k, v)));
        }
        command
    }

    fn start(&self, command: &mut Command) -> Result<Child> {
        command.spawn().map_err(|error| {
            let why = Error::from(error).message;
            let message = format!("the system refuses to run it: {why}");
            Error::new(Kind::ProviderLaunchFailed, message).at(&self.program)
        })
    }

    fn timed_out(&self) -> Error {
        let seconds = self.timeout.as_secs_f64();
        let message = format!("`{}` took longer than {seconds} s", self.program.display());
        Error::new(Kind::Timeout, message)
    }
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// With this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl Exit {
    /// Whether it ended with code 0.
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        match status.signal() {
            Some(signal) => Self::Signal(signal),
            None => Self::Code(status.code().unwrap_or(-1)),
        }
    }
}

/// What a program left.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub exit: Exit,
    /// Its standard output, up to `output_max` bytes.
    pub stdout: Vec<u8>,
    /// Its standard error, likewise.
    pub stderr: Vec<u8>,
    /// Something was cut off.
    pub truncated: bool,
}

/// Runs a program to its end. At the timeout its whole process group is killed, and the error is
/// of kind `Timeout`.
pub fn run(request: &Request) -> Result<Output> {
    let mut child = request.spawn(Stdio::null())?;
    let collected = collect(request, &mut child);
    if collected.is_err() {
        Reach::Group.signal(child.id(), Signal::KILL);
    }
    let status = child.wait()?;
    let (stdout, stderr) = collected?;
    let truncated = stdout.cut || stderr.cut;
    let exit = Exit::from(status);
    Ok(Output { exit, stdout: stdout.kept, stderr: stderr.kept, truncated })
}

/// One pipe, read without blocking; what is over the limit is read and dropped, so that the
/// program never waits for us.
struct Pipe<R> {
    source: Option<R>,
    kept: Vec<u8>,
    max: usize,
    cut: bool,
}

impl<R: Read + AsFd> Pipe<R> {
    fn new(source: Option<R>, max: usize) -> Result<Self> {
        if let Some(source) = &source {
            let flags = fcntl_getfl(source).map_err(std::io::Error::from)?;
            fcntl_setfl(source, flags | OFlags::NONBLOCK).map_err(std::io::Error::from)?;
        }
        Ok(Self { source, kept: Vec::new(), max, cut: false })
    }

    fn read_available(&mut self, buffer: &mut [u8]) {
        while let Some(source) = &mut self.source {
            match source.read(buffer) {
                Ok(0) => self.source = None,
                Ok(read) => {
                    let room = self.max.saturating_sub(self.kept.len()).min(read);
                    self.kept.extend_from_slice(&buffer[..room]);
                    self.cut |= room < read;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return,
                Err(_) => self.source = None,
            }
        }
    }
}

type Pipes = (Pipe<std::process::ChildStdout>, Pipe<std::process::ChildStderr>);

fn collect(request: &Request, child: &mut Child) -> Result<Pipes> {
    let mut out = Pipe::new(child.stdout.take(), request.output_max)?;
    let mut err = Pipe::new(child.stderr.take(), request.output_max)?;
    let deadline = Instant::now() + request.timeout;
    let mut buffer = vec![0; CHUNK];
    let mut ended: Option<Instant> = None;
    loop {
        out.read_available(&mut buffer);
        err.read_available(&mut buffer);
        let silent = out.source.is_none() && err.source.is_none();
        if ended.is_some_and(|at| silent || at.elapsed() >= DRAIN) {
            return Ok((out, err));
        }
        if ended.is_none() && child.try_wait()?.is_some() {
            ended = Some(Instant::now());
            continue;
        }
        if Instant::now() >= deadline {
            return Err(request.timed_out());
        }
        wait_for_bytes(&out, &err, deadline);
    }
}

/// Sleeps until a pipe has something, or it is time to look for the program's end again.
fn wait_for_bytes<A: AsFd, B: AsFd>(out: &Pipe<A>, err: &Pipe<B>, deadline: Instant) {
    let wait = REAP_EVERY.min(deadline.saturating_duration_since(Instant::now()));
    let mut fds = Vec::with_capacity(2);
    fds.extend(out.source.as_ref().map(|s| PollFd::new(s, PollFlags::IN)));
    fds.extend(err.source.as_ref().map(|s| PollFd::new(s, PollFlags::IN)));
    let timeout = Timespec { tv_sec: 0, tv_nsec: i64::from(wait.subsec_nanos()) };
    // A failed poll costs a turn of the loop, which looks again.
    let _ = poll(&mut fds, Some(&timeout));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Request {
        Request::new("/bin/sh", &["-c", script], Path::new("/"))
    }

    #[test]
    fn output_and_exit_code_come_back() {
        let output = run(&sh("printf out; printf err >&2; exit 3")).unwrap();
        assert_eq!((output.stdout, output.stderr), (b"out".to_vec(), b"err".to_vec()));
        assert_eq!(output.exit, Exit::Code(3));
        assert!(!output.truncated);
    }

    #[test]
    fn output_over_the_limit_is_dropped_and_said() {
        let request = Request { output_max: 10, ..sh("yes | head -c 1000000") };
        let output = run(&request).unwrap();
        assert_eq!(output.stdout.len(), 10);
        assert!(output.truncated && output.exit.success());
    }

    #[test]
    fn a_timeout_kills_the_whole_group() {
        let request =
            Request { timeout: Duration::from_millis(200), ..sh("sleep 60 & sleep 60; wait") };
        let start = Instant::now();
        assert_eq!(run(&request).unwrap_err().kind, Kind::Timeout);
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_grandchild_that_keeps_the_pipe_does_not_keep_us() {
        let start = Instant::now();
        let output = run(&sh("sleep 20 & echo done")).unwrap();
        assert_eq!(output.stdout, b"done\n");
        assert!(start.elapsed() < Duration::from_secs(15));
    }

    #[test]
    fn a_missing_program_is_an_error_that_names_it() {
        let error = run(&Request::new("/nowhere/prog", &[], Path::new("/"))).unwrap_err();
        assert_eq!(error.kind, Kind::ProviderLaunchFailed);
        assert_eq!(
            error.to_string(),
            "the system refuses to run it: no such file or directory: `/nowhere/prog`"
        );
    }

    #[test]
    fn standard_input_is_empty() {
        assert!(run(&sh("cat")).unwrap().stdout.is_empty());
    }
}
