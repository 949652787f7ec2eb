//! Transcripts that the real clients wrote: what is in them, and that damage never stops us.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use loghop::model::{Drift, Entry, Turn};
use loghop::transcript::{Digester, Format, Lines, Parser};

/// The fixtures' folders, with their formats.
const FOLDERS: &[(&str, Format)] = &[
    ("claude", Format::Claude),
    ("claude-new", Format::Claude),
    ("codex", Format::Codex),
    ("codex-old", Format::Codex),
];

fn fixtures() -> Vec<(String, Format, Vec<u8>)> {
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
    turns.iter().for_each(|turn| digester.apply(turn));
    digester
}

#[test]
fn print() {
    let mut t = String::new();
    for (name, format, bytes) in fixtures() {
        let (turns, p) = parse(format, &bytes);
        let d = digest(&turns);
        let d = d.digest();
        let n = |f: fn(&Entry) -> bool| turns.iter().filter(|t| f(&t.entry)).count();
        writeln!(t, "{name:28} p{} r{} c{} x{} end{} f{:?} int{} cut{} comp{} ans{} out{} ctx{:?} files{:?} {:?} {:?}", d.prompts, d.turns - d.prompts, d.tool_calls, d.tool_failures, d.turns_ended,
          turns.iter().filter_map(|t| if let Entry::Failure(f) = &t.entry {Some((f.kind, f.resets_at))} else {None}).collect::<Vec<_>>(),
          n(|e| matches!(e, Entry::Interrupted)), n(|e| matches!(e, Entry::Assistant{cut: true, ..})), d.compactions, d.answered, d.usage.output, d.context_tokens, d.files.iter().map(|f| &f.path).collect::<Vec<_>>(), p.drift(), p.meta().version).unwrap();
        let _: &Drift = p.drift();
        if name.ends_with("gpt6-tool") || name.ends_with("/tools2") || name.ends_with("compact-clear.0")|| name.ends_with("compact-new.0") { for x in &turns { writeln!(t, "     {:?}", x.entry).unwrap(); } }
        if name.ends_with("/loghop") { writeln!(t, "     {:?}", d.notes).unwrap(); }
    }
    println!("{t}");
}
