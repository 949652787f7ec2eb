//! The pane against tmux, `script` and the bare terminal, in one run on one machine: throughput,
//! CPU, memory, key to glyph, start-up, idle, the switch. `cargo bench --bench pane [-- MB] [part …]`
//! prints a table; the parts are `throughput`, `latency`, `start`, `idle` and `switch`.
//!
//! Recording and redaction are on for loghop, and its tape must be complete. Nothing is asserted:
//! ratios against the neighbours in the same table are what counts.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::exit,
    missing_docs,
    reason = "a measuring program that may stop loudly"
)]

mod outer;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outer::{Outer, Usage};

/// Columns and rows of the terminal around everything.
const SIZE: (u16, u16) = (160, 50);
/// Keys per latency measurement: so many that a pause of the whole machine, which hits four or
/// five keys in a row, is not the hundredth part.
const KEYS: u32 = 600;
/// Starts of each wrapper.
const STARTS: usize = 15;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapper {
    Bare,
    Script,
    Tmux,
    Loghop,
}

impl Wrapper {
    const ALL: [Self; 4] = [Self::Bare, Self::Script, Self::Tmux, Self::Loghop];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Script => "script",
            Self::Tmux => "tmux",
            Self::Loghop => "loghop",
        }
    }

    /// How long its end is waited for. A session that loghop left to the next run to finish would
    /// be counted as that one's work.
    fn patience(self) -> Duration {
        Duration::from_secs(if self == Self::Loghop { 120 } else { 5 })
    }
}

/// A folder with a home, a repository and the programs of the measurement.
struct Bench {
    dir: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bench = Self { dir };
        std::fs::create_dir_all(bench.path("home")).unwrap();
        std::fs::create_dir_all(bench.path("repo")).unwrap();
        for args in [&["git", "init", "-q"][..], &[env!("CARGO_BIN_EXE_loghop"), "init"]] {
            let mut command = std::process::Command::new(args[0]);
            command.args(&args[1..]).current_dir(bench.path("repo"));
            command.env_clear().envs(bench.env()).stdout(std::process::Stdio::null());
            assert!(command.stderr(std::process::Stdio::null()).status().unwrap().success());
        }
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn env(&self) -> Vec<(String, String)> {
        let own = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        vec![
            own("HOME", self.path("home").to_str().unwrap()),
            own("PATH", &std::env::var("PATH").unwrap()),
            own("TERM", "xterm-256color"),
            own("LANG", "C.UTF-8"),
            own("LOGHOP_REAL_CLAUDE", self.path("child").to_str().unwrap()),
            own("LOGHOP_REAL_CODEX", self.path("next").to_str().unwrap()),
        ]
    }

    /// A program that loghop takes for a client of this version.
    fn client(&self, name: &str, version: &str, script: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.path(name);
        let cases = format!("--version) echo {version}; exit;; --help) exit;;");
        std::fs::write(&path, format!("#!/bin/sh\ncase \"$1\" in {cases} esac\n{script}\n"))
            .unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Starts `script` in the wrapper, inside the outer terminal.
    fn start(&self, wrapper: Wrapper, script: &str) -> Outer {
        let child = self.client("child", "2.1.197", script).to_str().unwrap().to_owned();
        let tape = self.path("typescript").to_str().unwrap().to_owned();
        let args: Vec<String> = match wrapper {
            Wrapper::Bare => vec![child],
            Wrapper::Script => {
                vec!["script".into(), "-q".into(), "-f".into(), "-c".into(), child, tape]
            }
            Wrapper::Tmux => {
                let socket = self.path("tmux").to_str().unwrap().to_owned();
                let own = ["tmux", "-S", &socket, "-f", "/dev/null", "new-session", &child, ";"];
                let set = ["set", "status", "off"];
                own.into_iter().chain(set).map(str::to_owned).collect()
            }
            Wrapper::Loghop => {
                // Start-up is measured without the handoff, which the others do not build.
                let own = "run --provider claude --layout hidden --no-handoff".split(' ');
                [env!("CARGO_BIN_EXE_loghop")].into_iter().chain(own).map(str::to_owned).collect()
            }
        };
        Outer::start(&args, &self.path("repo"), &self.env(), SIZE)
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|a| a == "--child") {
        return outer::child(&args[at + 1]);
    }
    let megabytes = args.iter().find_map(|a| a.parse().ok()).unwrap_or(100);
    let bench = Bench::new();
    versions();
    println!("terminal {}x{}, loghop with recording and redaction on\n", SIZE.0, SIZE.1);
    let parts = ["throughput", "latency", "start", "idle", "switch"];
    let is_any = args.iter().any(|arg| parts.contains(&arg.as_str()));
    let is_asked = |part: &str| !is_any || args.iter().any(|arg| arg == part);
    if is_asked("throughput") {
        for stream in ["claude-long", "codex-long", "codex-storm"] {
            throughput(&bench, stream, megabytes);
        }
    }
    if is_asked("latency") {
        for load in ["idle", "frames", "flood"] {
            latency(&bench, load);
        }
    }
    if is_asked("start") {
        start_up(&bench);
    }
    if is_asked("idle") {
        idle(&bench);
    }
    if is_asked("switch") {
        switch(&bench);
    }
}

fn versions() {
    for (program, flag) in
        [("tmux", "-V"), ("script", "--version"), (env!("CARGO_BIN_EXE_loghop"), "--version")]
    {
        let output = std::process::Command::new(program).arg(flag).output().unwrap();
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
}

/// The output of a recording, repeated to the size asked for.
fn stream(name: &str, megabytes: usize, to: &Path) -> u64 {
    let cast = format!("{}/fixtures/recordings/{name}.cast", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(cast).unwrap();
    let mut once = String::new();
    for line in text.lines().skip(1) {
        let event: (f64, String, String) = serde_json::from_str(line).unwrap();
        if event.1 == "o" {
            once.push_str(&event.2);
        }
    }
    let times = (megabytes << 20) / once.len() + 1;
    std::fs::write(to, once.repeat(times)).unwrap();
    (once.len() * times) as u64
}

fn throughput(bench: &Bench, name: &str, megabytes: usize) {
    let file = bench.path("stream");
    let bytes = stream(name, megabytes, &file);
    println!("{name}, {} MB          MB/s   CPU s/100 MB   RSS MB   bytes out", bytes >> 20);
    for wrapper in Wrapper::ALL {
        // Raw, or the answers to the stream's own questions would be echoed into it. The pause at the end is for reading CPU time and memory before the wrapper is gone.
        let path = file.display();
        let script =
            format!("echo GO; read x; stty raw -echo; cat {path}; printf 'DO''NE\\r\\n'; sleep 1");
        let mut outer = bench.start(wrapper, &script);
        outer.wait_for("GO");
        outer.send(b"\r");
        let started = Instant::now();
        outer.wait_for("DONE");
        let took = started.elapsed().as_secs_f64();
        let Usage { cpu, rss } = outer.usage(wrapper.name(), bench.dir.path());
        let out = outer.bytes_read();
        outer.end(&bench.path("tmux"), wrapper.patience());
        let mb = bytes as f64 / 1e6;
        let per_100 = cpu / mb * 100.0;
        println!(
            "  {:28}{:8.1}{per_100:15.2}{:9.1}{:12.3}",
            wrapper.name(),
            mb / took,
            rss / 1e6,
            out as f64 / bytes as f64
        );
        if wrapper == Wrapper::Loghop {
            check_tape(bench, &file);
        }
    }
}

/// The tape's output, joined, is the child's output: nothing is missing.
fn check_tape(bench: &Bench, file: &Path) {
    let sessions = bench.path("repo/.loghop/sessions");
    let mut casts: Vec<PathBuf> =
        std::fs::read_dir(sessions).unwrap().flatten().map(|e| e.path()).collect();
    casts.retain(|p| p.extension().is_some_and(|e| e == "cast"));
    casts.sort();
    let text = std::fs::read_to_string(casts.last().unwrap()).unwrap();
    let mut joined = String::new();
    for line in text.lines().skip(1) {
        let event: (f64, String, String) = serde_json::from_str(line).unwrap();
        if event.1 == "o" {
            joined.push_str(&event.2);
        }
    }
    let expected = std::fs::read_to_string(file).unwrap();
    let at = joined.find("GO\r\n\r\n").unwrap() + 6;
    let is_complete = joined[at..].starts_with(&expected);
    println!("    tape complete: {}", if is_complete { "yes" } else { "NO" });
}

fn latency(bench: &Bench, load: &str) {
    println!("\nkey to glyph, {load:8}        p50 ms     p99 ms");
    for wrapper in Wrapper::ALL {
        let own = std::env::current_exe().unwrap();
        let mut outer = bench.start(wrapper, &format!("exec {} --child {load}", own.display()));
        outer.wait_for("READY");
        std::thread::sleep(Duration::from_millis(500));
        let mut times: Vec<f64> = Vec::new();
        for n in 0..KEYS {
            let glyph = outer::glyph(n);
            let started = Instant::now();
            outer.send(b"k");
            if !outer.find(&glyph, Duration::from_secs(3)) {
                break;
            }
            times.push(started.elapsed().as_secs_f64() * 1e3);
            // Uneven, or the keys fall into step with the frames of the load.
            std::thread::sleep(Duration::from_millis(10 + u64::from(n * 7 % 13)));
        }
        outer.end(&bench.path("tmux"), wrapper.patience());
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            times.get(((times.len() as f64 - 1.0) * share) as usize).copied().unwrap_or(f64::NAN)
        };
        println!(
            "  {:28}{:8.2}{:11.2}   ({} keys)",
            wrapper.name(),
            at(0.5),
            at(0.99),
            times.len()
        );
    }
}

/// The wrappers take turns, so that whatever else the machine does hits all of them.
fn start_up(bench: &Bench) {
    println!("\nstart-up                    first byte ms (median of {STARTS})   more than bare");
    let mut times = Wrapper::ALL.map(|_| Vec::new());
    for _ in 0..STARTS {
        for (wrapper, times) in Wrapper::ALL.into_iter().zip(&mut times) {
            let started = Instant::now();
            let mut outer = bench.start(wrapper, "echo FIRST; sleep 0.3");
            outer.wait_for("FIRST");
            times.push(started.elapsed().as_secs_f64() * 1e3);
            outer.end(&bench.path("tmux"), wrapper.patience());
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    });
    for (wrapper, median) in Wrapper::ALL.into_iter().zip(medians) {
        println!("  {:28}{median:8.1}{:30.1}", wrapper.name(), median - medians[0]);
    }
}

fn idle(bench: &Bench) {
    const IDLE: Duration = Duration::from_mins(1);
    let mut outer = bench.start(Wrapper::Loghop, "echo READY; sleep 70");
    outer.wait_for("READY");
    std::thread::sleep(Duration::from_secs(3));
    let (before, bytes) = (outer.usage("loghop", bench.dir.path()), outer.bytes_read());
    let until = Instant::now() + IDLE;
    outer.read_until(until);
    let after = outer.usage("loghop", bench.dir.path());
    let percent = (after.cpu - before.cpu) / IDLE.as_secs_f64() * 100.0;
    println!(
        "\nidle for 60 s: loghop {percent:.3} % CPU, {} bytes out, RSS {:.1} MB",
        outer.bytes_read() - bytes,
        after.rss / 1e6
    );
    outer.end(&bench.path("tmux"), Wrapper::Loghop.patience());
}

/// From the key to the first byte of the next client, whose own start is that of a shell.
fn switch(bench: &Bench) {
    const F9: &[u8] = b"\x1b[20~";
    bench.client("next", "codex-cli 0.169.0", "echo FIRST; sleep 0.3");
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..STARTS {
        let idle =
            "trap exit TERM INT; printf '\\033]0;\u{2733} Claude Code\\007READY'; sleep 9 & wait";
        let mut outer = bench.start(Wrapper::Loghop, idle);
        outer.wait_for("READY");
        outer.read_until(Instant::now() + Duration::from_secs(1));
        let started = Instant::now();
        outer.send(F9);
        outer.wait_for("FIRST");
        times.push(started.elapsed().as_secs_f64() * 1e3);
        outer.end(&bench.path("tmux"), Wrapper::Loghop.patience());
    }
    times.sort_by(f64::total_cmp);
    let (median, last) = (times[STARTS / 2], times[STARTS - 1]);
    println!(
        "\nF9 to the next client's first byte: {median:.0} ms (median of {STARTS}; longest {last:.0})"
    );
}
