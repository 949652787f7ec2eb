//! What a child can draw that no child should: floods, text of every kind, in a window that is
//! being torn at. The screen is right in the end, the tape whole, the memory bounded.

use std::time::{Duration, Instant};

use crate::support::sandbox::Sandbox;
use crate::support::split::{
    CLAUDE_READY, WIDE, assert_given_back, only_session, project, run, run_with, script, wait_until,
};
use crate::support::terminal::{Answers, Exit, PATIENCE, Terminal};

/// Memory that a run may take while its child floods it, in a debug build.
const MEMORY_MAX_KB: u64 = 120 << 10;

/// The most memory that a process has ever had, in KiB.
fn peak_kb(terminal: &Terminal) -> u64 {
    let path = format!("/proc/{}/status", terminal.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(path).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_hundred_megabytes_pass_in_bounded_memory() {
    let mut sandbox = project();
    sandbox.set("LOGHOP_PLAY_FAULT", "print-100mb");
    let mut terminal = run(&sandbox, &["--provider", "claude"]);
    // A debug build takes its time for this much.
    let end = Instant::now() + 4 * PATIENCE;
    while !terminal.screen().text().contains(CLAUDE_READY) {
        assert!(Instant::now() < end && terminal.is_running(), "{}", terminal.screen().text());
        std::thread::sleep(Duration::from_millis(50));
    }
    let peak = peak_kb(&terminal);
    assert!(peak < MEMORY_MAX_KB, "{peak} kB");
    terminal.prompt("/exit");
    assert_eq!(terminal.wait_exit(), Exit::Code(0));
    assert_given_back(&terminal);
    let session = only_session(&sandbox);
    assert_eq!(session["status"], "succeeded_empty");
    let (flood, ends) = tape_holds(&sandbox, "S-001", "0123456789 abcdefghijklmnopqrstuvwxyz");
    let line = "\x1b[32mflood\x1b[0m 0123456789 abcdefghijklmnopqrstuvwxyz 日本\r\n".len();
    let piece = (64 << 10) / line * line;
    assert_eq!((flood, ends), ((100 << 20) / piece * piece / line, 1));
}

/// How often a word is on a tape, and how many ends it has; all its lines are whole.
fn tape_holds(sandbox: &Sandbox, id: &str, word: &str) -> (usize, usize) {
    let folder = sandbox.repo().join(".loghop/sessions");
    let mut names: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path()).collect();
    names.retain(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with(id) && name.ends_with(".cast")
    });
    let (mut output, mut ends) = (String::new(), 0);
    for path in names {
        let text = std::fs::read_to_string(path).unwrap();
        for line in text.lines().skip(1) {
            let event: (f64, String, String) = serde_json::from_str(line).unwrap();
            match event.1.as_str() {
                "o" => output.push_str(&event.2),
                "m" => ends += usize::from(event.2 == "end"),
                _ => {}
            }
        }
    }
    (output.matches(word).count(), ends)
}

#[test]
fn two_hundred_resizes_in_a_second_end_in_the_right_size() {
    let sandbox = project();
    let trap = "trap 'stty size > \"$HOME/size\"' WINCH; while sleep 0.05; do :; done";
    script(&sandbox, "claude", &format!("stty raw -echo; echo ready; {trap}"));
    let terminal =
        run_with(&sandbox, &["--provider", "claude", "--layout", "hidden"], WIDE, Answers::Plain);
    terminal.wait_for("ready");
    for n in 0..200_u16 {
        terminal.resize(20 + n * 7 % 180, 10 + n * 3 % 50);
        std::thread::sleep(Duration::from_millis(5));
    }
    terminal.resize(101, 31);
    let size = sandbox.home().join("size");
    wait_until("the child's size", || {
        std::fs::read_to_string(&size).is_ok_and(|text| text.trim() == "30 101")
    });
    let screen = terminal.wait_until("the status line", |s| !s.lines[30].is_empty());
    assert!(screen.lines[0].starts_with("ready"), "{}", screen.text());
    let tape = sandbox.repo().join(".loghop/sessions/S-001.cast");
    wait_until("the resize on the tape", || {
        std::fs::read_to_string(&tape).unwrap().contains("\"r\", \"101x30\"")
    });
}

#[test]
fn text_of_every_kind_is_drawn_as_an_independent_terminal_draws_it() {
    let sandbox = project();
    let mut bytes =
        "emoji 🚀 x ❤️ y 👩‍💻 z 🇪🇺 a\r\nCJK 日本語 한국어 b\r\ne\u{301}a\u{308} combining c\r\n\
        עברית العربية rtl d\r\n"
            .as_bytes()
            .to_vec();
    bytes.extend_from_slice(b"bad \xff\xfe\xc3( \xe6\x97 \xf0\x9f\x9a end\r\n");
    bytes.extend_from_slice("e\u{301}".repeat(200).as_bytes());
    bytes.extend_from_slice("日".repeat(60).as_bytes());
    bytes.extend_from_slice(b"\r\nready");
    std::fs::write(sandbox.home().join("text"), bytes).unwrap();
    script(&sandbox, "claude", "stty raw -echo; cat \"$HOME/text\"; exec sleep 600");
    let claude = sandbox.bin().join("claude").display().to_string();
    let bare = Terminal::start(&sandbox.launch(&claude, &[]), (100, 29), Answers::Plain);
    let bare = bare.wait_for("ready");
    let args = ["--provider", "claude", "--layout", "hidden"];
    let split = run_with(&sandbox, &args, (100, 30), Answers::Plain);
    let split = split.wait_for("ready");
    // The selector of U+FE0F is left out where the host's width for it is not known.
    let same = |lines: &[String]| lines.join("\n").replace('\u{fe0f}', "");
    assert_eq!(same(&split.lines[..29]), same(&bare.lines), "\n{}\n{}", split.text(), bare.text());
}
