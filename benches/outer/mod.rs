//! The terminal around a measured program, and the programs that are measured inside.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use parking_lot::MutexGuard;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_mins(2);

/// Rounds of questions that are answered: those of the start. The streams ask on, and a child that
/// does not read would block whoever answers.
const ANSWERS_MAX: u32 = 4;

/// A program in a terminal.
pub(crate) struct Outer {
    child: Box<dyn Child + Send + Sync>,
    _master: Box<dyn MasterPty + Send>,
    input: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    bytes: u64,
    answers: u32,
}

/// What a program has used so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// CPU seconds, user and system, of the wrapper alone.
    pub(crate) cpu: f64,
    /// Highest resident memory in bytes.
    pub(crate) rss: f64,
}

impl Outer {
    pub(crate) fn start(
        args: &[String],
        cwd: &Path,
        env: &[(String, String)],
        size: (u16, u16),
    ) -> Self {
        let pty = PtySize { cols: size.0, rows: size.1, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(pty).unwrap();
        let mut command = CommandBuilder::new(&args[0]);
        command.args(&args[1..]);
        command.env_clear();
        for (name, value) in env {
            command.env(name, value);
        }
        command.cwd(cwd);
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = channel();
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..n].to_vec()).is_err() {
                    break;
                }
            }
        });
        let input = pair.master.take_writer().unwrap();
        Self { child, _master: pair.master, input, output, seen: Vec::new(), bytes: 0, answers: 0 }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        assert!(self.find(text.as_bytes(), PATIENCE), "`{text}` did not come");
    }

    /// Reads until `needle` has come.
    pub(crate) fn find(&mut self, needle: &[u8], patience: Duration) -> bool {
        let end = Instant::now() + patience;
        loop {
            if let Some(at) = memchr::memmem::find(&self.seen, needle) {
                self.seen.drain(..at + needle.len());
                return true;
            }
            let keep = self.seen.len().saturating_sub(needle.len());
            self.seen.drain(..keep);
            if !self.take(end) {
                return false;
            }
        }
    }

    pub(crate) fn read_until(&mut self, end: Instant) {
        while self.take(end) {}
    }

    /// Takes the next output and answers the questions in it, as a terminal does.
    fn take(&mut self, end: Instant) -> bool {
        match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(bytes) => {
                self.bytes += bytes.len() as u64;
                let is_asked = memchr::memmem::find(&bytes, b"\x1b[c").is_some();
                if is_asked && self.answers < ANSWERS_MAX {
                    self.answers += 1;
                    self.send(b"\x1b[?2026;2$y\x1b[?62;22c");
                }
                self.seen.extend(bytes);
                true
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => false,
        }
    }

    pub(crate) fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// What the wrapper has used: the started process, and for tmux its server.
    pub(crate) fn usage(&self, wrapper: &str, dir: &Path) -> Usage {
        let own = self.child.process_id().unwrap();
        let mut total = of_process(own);
        if wrapper == "tmux" {
            for server in processes().filter(|pid| *pid != own && is_server(*pid, dir)) {
                let usage = of_process(server);
                total.cpu += usage.cpu;
                total.rss += usage.rss;
            }
        }
        total
    }

    /// Ends the wrapper, and first a tmux server that listens at `socket`. It is killed after
    /// `patience`.
    pub(crate) fn end(mut self, socket: &Path, patience: Duration) {
        if socket.exists() {
            let mut tmux = std::process::Command::new("tmux");
            tmux.arg("-S").arg(socket).arg("kill-server");
            let _ = tmux.stderr(std::process::Stdio::null()).status();
            let _ = std::fs::remove_file(socket);
        }
        // loghop is asked first, so that it finishes its session.
        let _ = self.child.clone_killer().kill();
        let end = Instant::now() + patience;
        while self.child.try_wait().unwrap().is_none() && Instant::now() < end {
            self.take(Instant::now() + Duration::from_millis(10));
        }
        let pid = self.child.process_id().and_then(|pid| i32::try_from(pid).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }
}

fn processes() -> impl Iterator<Item = u32> {
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.parse().ok())
}

/// A tmux server of this measurement: it names the socket in our folder.
fn is_server(pid: u32, dir: &Path) -> bool {
    let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    line.starts_with("tmux") && line.contains(dir.to_str().unwrap())
}

fn of_process(pid: u32) -> Usage {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    let ticks = |n: usize| fields.get(n).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|l| l.trim().trim_end_matches(" kB").parse::<f64>().ok());
    // Linux counts CPU time for programs in hundredths of a second.
    Usage { cpu: (ticks(11) + ticks(12)) / 100.0, rss: kilobytes.unwrap_or(0.0) * 1024.0 }
}

/// A glyph that stands nowhere else.
pub(crate) fn glyph(n: u32) -> Vec<u8> {
    char::from_u32(0x4e00 + n).unwrap().to_string().into_bytes()
}

/// The child of a latency measurement: shows the next glyph for each key, under some load.
pub(crate) fn child(load: &str) {
    let _ = std::process::Command::new("stty").args(["raw", "-echo"]).status();
    // Handed over fairly: with std's mutex the load takes it again before the answer to a key gets
    // it, and what is measured is how long that goes on.
    let out = std::sync::Arc::new(parking_lot::Mutex::new(std::io::stdout()));
    let write = move |bytes: &[u8]| {
        let mut out = out.lock();
        let is_written = out.write_all(bytes).and_then(|()| out.flush()).is_ok();
        MutexGuard::unlock_fair(out);
        is_written
    };
    write(b"\x1b[2J\x1b[HREADY");
    let mut frame = String::new();
    for row in 3..48 {
        let row = row.to_string();
        frame.extend(["\x1b[", &row, ";1H\x1b[38;5;", &row, "m", &"x".repeat(120)]);
    }
    let pause = match load {
        "frames" => Some(Duration::from_micros(16_600)),
        "flood" => Some(Duration::ZERO),
        _ => None,
    };
    if let Some(pause) = pause {
        let write = write.clone();
        std::thread::spawn(move || {
            let mut n = 0_u64;
            while write(format!("\x1b[?2026h{frame}\x1b[3;1H{n}\x1b[?2026l").as_bytes()) {
                n += 1;
                std::thread::sleep(pause);
            }
        });
    }
    let mut key = [0];
    let mut n = 0;
    while std::io::stdin().read_exact(&mut key).is_ok() {
        if key[0] == b'k' {
            let mut bytes = b"\x1b[1;1H".to_vec();
            bytes.extend(glyph(n));
            n += 1;
            write(&bytes);
        }
    }
}
