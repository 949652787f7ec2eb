//! Transcripts that the real clients wrote: what is in them, and that damage never stops us.

mod rewritten;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use loghop::clock::Timestamp;
use loghop::model::{
    Digest, Drift, Entry, SessionId, Story, Todo, TodoState, ToolCall, ToolResult, Turn,
};
use loghop::transcript::{
    DIGEST_BYTES_MAX, Digester, Format, Lines, Parser, STORY_BYTES_MAX, Teller, stored_line,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// The fixtures' folders, with their formats.
const FOLDERS: &[(&str, Format)] = &[
    ("claude", Format::Claude),
    ("claude-new", Format::Claude),
    ("codex", Format::Codex),
    ("codex-old", Format::Codex),
];

/// A transcript's name, format and bytes.
type Fixture = (String, Format, Vec<u8>);

/// All transcripts, read once.
fn fixtures() -> &'static [Fixture] {
    static ALL: LazyLock<Vec<Fixture>> = LazyLock::new(read_fixtures);
    &ALL
}

fn read_fixtures() -> Vec<Fixture> {
    let mut all = Vec::new();
    for (folder, format) in FOLDERS {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/transcripts").join(folder);
        let mut files: Vec<PathBuf> =
            std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        for path in files {
            let name = format!("{folder}/{}", path.file_stem().unwrap().to_str().unwrap());
            all.push((name, *format, std::fs::read(path).unwrap()));
        }
    }
    all
}

fn parse(format: Format, bytes: &[u8]) -> (Vec<Turn>, Parser) {
    let mut parser = Parser::new(format);
    let mut lines = Lines::default();
    let mut turns = Vec::new();
    lines.feed(bytes, |line| parser.take(line, &mut turns));
    lines.finish(|line| parser.take(line, &mut turns));
    (turns, parser)
}

fn digest(turns: &[Turn]) -> Digester {
    let mut digester = Digester::default();
    for turn in turns {
        digester.apply(turn);
    }
    digester
}

/// What a transcript comes to, in one line of the table below.
fn told(turns: &[Turn], parser: &Parser) -> String {
    let digester = digest(turns);
    let d = digester.digest();
    let mut line = format!(
        "{} {} {} {} {}",
        d.prompts,
        d.turns - d.prompts,
        d.tool_calls,
        d.turns_ended,
        d.usage.output
    );
    let failures = turns.iter().filter_map(|turn| match &turn.entry {
        Entry::Failure(failure) => Some(failure.kind),
        _ => None,
    });
    failures.for_each(|kind| write!(line, " {kind:?}").unwrap());
    let cut = turns.iter().any(|t| matches!(t.entry, Entry::Assistant { cut: true, .. }));
    for (is, word) in [
        (d.answered, "answered"),
        (d.interrupted, "interrupted"),
        (cut, "cut"),
        (d.compactions > 0, "compacted"),
        (d.tool_failures > 0, "tool-failures"),
        (!d.files.is_empty(), "wrote"),
        (!d.todos.is_empty(), "todos"),
        (*parser.drift() != Drift { records: parser.drift().records, ..Drift::default() }, "drift"),
    ] {
        if is {
            write!(line, " {word}").unwrap();
        }
    }
    line
}

#[test]
fn every_transcript_is_read_as_it_was() {
    let expected: Vec<(&str, &str)> = TRUTH
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(name, told)| (name, told.trim()))
        .collect();
    let read = fixtures().iter().map(|(name, format, bytes)| {
        let (turns, parser) = parse(*format, bytes);
        (name.clone(), told(&turns, &parser))
    });
    let read: Vec<(String, String)> = read.collect();
    let mut read: Vec<(&str, &str)> = read.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    read.sort_unstable();
    assert_eq!(read, expected);
}

/// Prompts, replies (pieces of prose), tool calls, turns that ended, output tokens; then what
/// happened. Written down from the files, one by one.
const TRUTH: &str = "
claude-new/burst         5 15 13 5 756 answered
claude-new/denied        1 2 1 1 84 answered
claude-new/exit-SIGHUP   1 1 0 1 42 answered
claude-new/exit-SIGKILL  1 1 0 1 42 answered
claude-new/exit-SIGTERM  1 1 0 1 42 answered
claude-new/exit-ctrlc2   1 1 0 1 42 answered
claude-new/exit-ctrld2   1 1 0 1 42 answered
claude-new/exit-hangup   1 1 0 1 42 answered
claude-new/interrupt     1 1 0 0 1 interrupted cut
claude-new/loghop        1 1 0 1 42 answered
claude-new/mid-SIGKILL   1 0 0 0 0
claude-new/mid-SIGTERM   1 0 0 0 0
claude-new/mid-exit      1 0 0 0 0
claude-new/plain         1 1 0 1 42 answered
claude-new/think         1 1 0 1 42 answered
claude-new/work          3 9 6 3 378 answered
claude/compact-clear.0   3 4 1 3 168 answered compacted
claude/compact-clear.1   1 1 0 1 42 answered
claude/cut               1 1 0 1 42 answered
claude/error500          1 0 0 1 0 Other
claude/exit-SIGHUP       1 1 0 1 42 answered
claude/exit-SIGKILL      1 1 0 1 42 answered
claude/exit-SIGTERM      1 1 0 1 42 answered
claude/exit-ctrlc2       1 1 0 1 42 answered
claude/exit-ctrld2       1 1 0 1 42 answered
claude/interrupt         1 1 0 0 0 interrupted cut
claude/loghop            1 1 0 1 42 answered
claude/long              1 1 0 1 42 answered
claude/mid-SIGHUP        1 0 0 0 0
claude/mid-SIGKILL       1 0 0 0 0
claude/mid-ctrlc2        1 1 0 0 0 interrupted cut
claude/mid-exit          1 0 0 0 0
claude/mid-hangup        1 0 0 0 0
claude/notalk            0 0 0 0 0
claude/overload          1 0 0 1 0 Overloaded
claude/plain             1 1 0 1 42 answered
claude/ratelimit         1 0 0 0 0
claude/slow              1 1 0 1 42 answered
claude/think             1 1 0 1 42 answered
claude/tool              1 2 1 1 84 answered
claude/usagelimit        1 0 0 1 0 UsageLimit
claude/work              3 9 6 3 378 answered
claude/write             1 2 1 1 84 answered wrote
codex-old/tui-plain      1 1 0 1 42 answered
codex/compact-new.0      3 4 1 3 210 answered compacted
codex/compact-new.1      0 0 0 0 0
codex/cut                1 0 0 1 0 Other
codex/daemon-mid-SIGKILL 1 1 0 1 42 answered
codex/daemon-mid-exit    1 1 0 1 42 answered
codex/error500           1 0 0 0 0 interrupted
codex/exit-SIGHUP        1 1 0 1 42 answered
codex/exit-SIGKILL       1 1 0 1 42 answered
codex/exit-SIGTERM       1 1 0 1 42 answered
codex/exit-ctrlc2        1 1 0 1 42 answered
codex/exit-hangup        1 1 0 1 42 answered
codex/gpt6-plain         1 1 0 1 42 answered
codex/gpt6-tool          1 2 1 1 84 answered
codex/interrupt          1 0 0 0 0 interrupted
codex/loghop             1 1 0 1 42 answered
codex/long               1 1 0 1 42 answered
codex/mid-SIGKILL        1 0 0 0 0
codex/mid-SIGTERM        1 0 0 0 0
codex/mid-ctrlc2         1 0 0 0 0 interrupted
codex/mid-exit           1 0 0 0 0 interrupted
codex/mid-hangup         1 0 0 0 0
codex/notalk             0 0 0 0 0
codex/overload           1 0 0 1 0 Overloaded
codex/plain              1 1 0 1 42 answered
codex/ratelimit          1 0 0 1 0 UsageLimit
codex/slow               1 1 0 1 42 answered
codex/steered            3 1 0 1 4 answered
codex/think              1 1 0 1 42 answered
codex/tool               1 2 1 1 84 answered
codex/tools2             1 3 2 1 126 answered wrote
codex/unknownmodel-tool  1 2 1 1 84 answered
codex/usagelimit         1 0 0 1 0 UsageLimit
codex/work               3 9 6 3 378 answered
codex/write              1 2 1 1 84 answered wrote
";

#[test]
fn meta_names_session_folder_and_version() {
    let all = fixtures();
    let meta = |name: &str| {
        let (_, format, bytes) = all.iter().find(|(n, ..)| n == name).unwrap();
        parse(*format, bytes).1.meta().clone()
    };
    let claude = meta("claude/tool");
    assert_eq!(claude.session_id.as_deref(), Some("bc56d133-b5ed-481c-adc9-bb9e77abc4dc"));
    assert_eq!(claude.cwd.as_deref(), Some("/home/dev/projects/demo1"));
    assert_eq!(claude.version.as_deref(), Some("2.1.197"));
    let codex = meta("codex/tool");
    assert_eq!(codex.session_id.as_deref(), Some("01a1faed-f0a5-7693-af1b-5e7117bd17b5"));
    assert_eq!(codex.version.as_deref(), Some("0.169.0"));
    assert_eq!(codex.forked_from, None);
    assert_eq!(meta("codex-old/tui-plain").version.as_deref(), Some("0.125.0"));
}

#[test]
fn notes_come_from_the_block() {
    for (name, format, bytes) in fixtures().iter().filter(|(name, ..)| name.ends_with("/loghop")) {
        let digester = digest(&parse(*format, bytes).0);
        let notes = &digester.digest().notes;
        let summary = "Added a parser for the config file; the writer is still missing.";
        assert_eq!(notes.summary, summary, "{name}");
        assert_eq!(notes.decisions[1], "Keep the file format versioned (version: 1)", "{name}");
        let todos = ["write the config writer", "add a test with non-ASCII paths (été, 日本)"];
        assert_eq!(notes.todos_pending, todos, "{name}");
    }
}

#[test]
fn what_we_store_of_them_is_read_back_the_same() {
    for (name, format, bytes) in fixtures() {
        let (mut turns, _) = parse(*format, bytes);
        turns.retain(|turn| !matches!(turn.entry, Entry::Usage(_) | Entry::Local { .. }));
        for turn in &mut turns {
            turn.at = turn.at.map(|at| Timestamp::from_second(at.as_second()));
        }
        let stored: Vec<String> = turns.iter().filter_map(stored_line).collect();
        let (back, parser) = parse(Format::Stored, stored.join("\n").as_bytes());
        assert_eq!(back, turns, "{name}");
        assert!(parser.drift().unknown.is_empty(), "{name}");
    }
}

#[test]
fn a_torn_last_line_costs_at_most_itself() {
    for (name, format, bytes) in fixtures() {
        let format = *format;
        // The last lines of the file, for each cut is parsed anew.
        let text = bytes.trim_ascii_end();
        let text = &text[text.len().saturating_sub(4_000)..];
        let text = &text[memchr::memchr(b'\n', text).map_or(0, |at| at + 1)..];
        let last = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
        let whole = parse(format, text).0.len();
        let before = parse(format, &text[..last]).0;
        // Every byte of short lines, every seventh of long ones: the parse is of the whole file.
        let step = if text.len() - last > 600 { 7 } else { 1 };
        for end in (last..text.len()).step_by(step) {
            let (mut turns, parser) = parse(format, &text[..end]);
            turns.retain(|turn| turn.entry != Entry::Unread);
            assert!(turns.len() <= whole && turns.starts_with(&before), "{name} at {end}");
            assert!(parser.drift().bad_lines <= 1, "{name} at {end}");
        }
    }
}

#[test]
fn digest_and_story_stay_small_however_long_the_session() {
    let (mut digester, mut teller) = (Digester::default(), Teller::new(SessionId(1)));
    for n in 0..100_000_u32 {
        for turn in synthetic(n) {
            digester.apply(&turn);
            teller.apply(&turn);
        }
    }
    let bytes = story_bytes(&teller.story());
    assert!((1..=STORY_BYTES_MAX).contains(&bytes), "{bytes} of {STORY_BYTES_MAX}");
    let digest = digester.digest();
    assert_eq!((digest.prompts, digest.tool_calls), (100_000, 100_000));
    let bytes = text_bytes(digest);
    assert!(bytes <= DIGEST_BYTES_MAX, "{bytes} of {DIGEST_BYTES_MAX}");
    // The fullest lists are at their limits, so the bound was really tried.
    assert_eq!((digest.files.len(), digest.tools.len(), digest.todos.len()), (500, 64, 200));
    assert_eq!(digest.notes.decisions.len(), 40);
}

/// A turn whose every text is longer than what is kept of it.
fn synthetic(n: u32) -> Vec<Turn> {
    let long = |what: &str| format!("{what} {n} {}", "ä".repeat(6_000));
    // Long texts and plans only where they stay in the digest: they cost the test its time.
    let is_long = !(600..=99_900).contains(&n);
    let id = format!("call {n}");
    let call = ToolCall {
        id: id.clone(),
        name: "Write".into(),
        summary: if is_long { long("writes") } else { id.clone() },
        writes: vec![if is_long { long("path") } else { format!("path {n}") }],
        ..ToolCall::default()
    };
    let todo = |i| Todo { text: long(&format!("todo {i}")), state: TodoState::Pending };
    let plan = if n.is_multiple_of(20_000) { (0..300).map(todo).collect() } else { Vec::new() };
    let text = if is_long { long("Decision:") } else { format!("Decision: {n}") };
    let mut entries = vec![
        Entry::User { text: text.clone() },
        Entry::Assistant { text, cut: false },
        Entry::Call(call),
        Entry::Result(ToolResult { id, ok: true, exit_code: None, text: String::new() }),
    ];
    if !plan.is_empty() {
        entries.push(Entry::Plan(plan));
    }
    entries.into_iter().map(|entry| Turn { at: None, entry }).collect()
}

/// Bytes of all texts that a digest holds.
fn text_bytes(d: &Digest) -> usize {
    let said = [&d.first_prompt, &d.last_prompt, &d.last_reply].into_iter().flatten();
    let said: usize = said.chain(&d.recent).map(|said| said.text.len()).sum();
    let tools = d.tools.iter().map(|t| t.id.len() + t.name.len() + t.summary.len());
    let files = d.files.iter().map(|file| file.path.len());
    let todos = d.todos.iter().map(|todo| todo.text.len());
    let notes = [&d.notes.decisions, &d.notes.todos_done, &d.notes.todos_pending];
    let notes = notes.into_iter().flatten().map(String::len);
    let listed: usize = tools.chain(files).chain(todos).chain(notes).sum();
    said + listed + d.notes.summary.len()
}

/// Bytes of all texts that a story holds.
fn story_bytes(story: &Story) -> usize {
    let remarks = story.remarks.iter().map(|remark| remark.text.len());
    let commands = story.commands.iter().map(|ran| ran.command.len() + ran.line.len());
    let files = story.files.iter().map(|file| file.path.len());
    let plan = story.plan.iter().map(|planned| planned.todo.text.len());
    remarks.chain(commands).chain(files).chain(plan).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_are_survived(lines in vec(vec(any::<u8>(), 0..200), 0..8), format in 0..3_usize) {
        let format = [Format::Claude, Format::Codex, Format::Stored][format];
        let bytes = lines.join(&b'\n');
        let (turns, parser) = parse(format, &bytes);
        prop_assert!(turns.len() <= bytes.split(|byte| *byte == b'\n').count());
        prop_assert!(parser.drift().bad_lines <= parser.drift().records);
    }

    #[test]
    fn a_damaged_transcript_is_survived(
        pick in any::<prop::sample::Index>(),
        hits in vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..12),
    ) {
        let all = fixtures();
        let (_, format, mut bytes) = pick.get(all).clone();
        for (at, byte, how) in hits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let (turns, parser) = parse(format, &bytes);
        let _ = digest(&turns);
        prop_assert!(parser.drift().bad_lines <= 13);
    }

    #[test]
    fn pieces_do_not_matter(pick in any::<prop::sample::Index>(), size in 1..5_000_usize) {
        let all = fixtures();
        let (_, format, bytes) = pick.get(all);
        let mut parser = Parser::new(*format);
        let mut lines = Lines::default();
        let mut turns = Vec::new();
        for piece in bytes.chunks(size) {
            lines.feed(piece, |line| parser.take(line, &mut turns));
        }
        lines.finish(|line| parser.take(line, &mut turns));
        prop_assert_eq!(turns, parse(*format, bytes).0);
    }
}
