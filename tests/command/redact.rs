//! `loghop redact`: the filter, the report, and what settings and variables change about them.

use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, Stdio};

use super::{Said, command, envelope, project, run, sandbox};
use crate::redaction::tokens;
use crate::redaction_own::values;
use crate::support::sandbox::Sandbox;
use crate::support::witnessed::is_thorough;

/// Runs a filter on `input`.
fn filtered(sandbox: &Sandbox, args: &[&str], input: &[u8]) -> Said {
    let mut command = command(sandbox, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn the_filter_takes_secrets_out_and_leaves_the_rest() {
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let input = format!("before\ntoken: {secret}\nafter \u{1b}[1mbold\u{1b}[0m ä\nagain {secret}");
    for sandbox in [sandbox(), project()] {
        let said = filtered(&sandbox, &["redact"], input.as_bytes());
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert!(!said.out.contains(&secret), "{}", said.out);
        assert!(said.out.starts_with("before\ntoken: "), "{}", said.out);
        assert!(said.out.contains("\nafter \u{1b}[1mbold\u{1b}[0m ä\nagain "), "{}", said.out);
    }
}

#[test]
fn a_check_tells_where_secrets_are_and_not_what() {
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let sandbox = project();
    let write = |name: &str, text: &str| std::fs::write(sandbox.repo().join(name), text).unwrap();
    write("clean.txt", "nothing here\n");
    write("notes.md", &format!("ä\n  {secret}\npassword: \"Tr0ub4dor&3\"\n"));
    let clean = run(&sandbox, &["redact", "--check", "clean.txt"]);
    assert_eq!((clean.code, clean.out.as_str(), clean.err.as_str()), (0, "", ""));
    let found = run(&sandbox, &["redact", "--check", "clean.txt", "notes.md"]);
    let told = "notes.md:2:3: github-pat\nnotes.md:3:12: secret\n";
    assert_eq!((found.code, found.out.as_str()), (1, told));
    assert_eq!(found.err, "warning: 2 secrets found\n");
    let json = envelope(&sandbox, &["redact", "notes.md"]);
    assert_eq!((&json["ok"], &json["count"]), (&true.into(), &2.into()));
    let first = serde_json::json!(
        {"file": "notes.md", "line": 2, "column": 3, "kind": "github-pat"}
    );
    assert_eq!(json["findings"][0], first);
    let token = ["AT", "BBa1B2c3D4e5F6g7H8i9J0k1L2"].concat();
    write("sum.txt", &format!("{token}{:08X}\n", crc32fast::hash(token.as_bytes())));
    let summed = serde_json::json!({
        "file": "sum.txt", "line": 1, "column": 1, "kind": "bitbucket-app-password",
        "checksum": "valid"
    });
    assert_eq!(envelope(&sandbox, &["redact", "sum.txt"])["findings"][0], summed);
    assert!(!json.to_string().contains(&secret[4..]), "{json}");
    let stdin = filtered(&sandbox, &["redact", "--check"], format!("x\n{secret}").as_bytes());
    assert_eq!((stdin.code, stdin.out.as_str()), (1, "stdin:2:1: github-pat\n"));
    let both = run(&sandbox, &["redact", "clean.txt", "notes.md"]);
    assert!(both.out.starts_with("nothing here\nä\n  [REDACTED:github-pat:"), "{}", both.out);
    let missing = run(&sandbox, &["redact", "gone.txt"]);
    assert_eq!((missing.code, missing.out.as_str()), (2, ""));
    assert!(missing.err.starts_with("error: no such file: `"), "{}", missing.err);
}

#[test]
fn settings_and_env_files_take_effect_at_the_next_call() {
    let sandbox = project();
    let repo = sandbox.repo();
    let value = &values()[0];
    let append = |path: &str, text: &str| {
        let path = repo.join(path);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        std::fs::write(path, old + text).unwrap();
    };
    let (_, token) = &tokens()[4];
    append("notes.md", &format!("{value}\nACME-1234\n{token}\n"));
    let kinds = || {
        let answer = envelope(&sandbox, &["redact", "notes.md"]);
        let list = answer["findings"].as_array().unwrap().clone();
        list.iter().map(|f| format!("{}:{}", f["line"], f["kind"])).collect::<Vec<_>>()
    };
    assert_eq!(kinds(), ["3:\"github-pat\""]);
    append(".env.local", &format!("DB_PASSWORD={value}\n"));
    append(".env.example", "API_TOKEN=ACME-1234-ACME-1234\n");
    assert_eq!(kinds(), ["1:\"secret\"", "3:\"github-pat\""]);
    append(
        ".loghop/config.toml",
        &format!(
            "\n[[redaction]]\npattern = '('\n[[redaction]]\npattern = 'ACME-\\d+'\n\
             [[redaction.allow]]\npattern = '{token}'\nreason = 'revoked'\n\
             [[redaction.allow]]\npattern = 'ACME'\n"
        ),
    );
    assert_eq!(kinds(), ["1:\"secret\"", "2:\"custom\""]);
    let said = run(&sandbox, &["redact", "notes.md"]);
    assert_eq!(
        said.err
            .matches("warning: `.loghop/config.toml`: redaction pattern `(` is not valid")
            .count(),
        1,
        "{}",
        said.err
    );
    assert_eq!(said.err.matches("of `ACME` has no effect: it needs a `reason`").count(), 1);
    assert_eq!(said.out.lines().nth(1), Some("[redacted]"));
    assert_eq!(said.out.lines().nth(2), Some(token.as_str()));
}

/// Bytes of the long stream: more than may be taken for it, and several times that where everything
/// is tested.
fn long() -> usize {
    if is_thorough() { 300 << 20 } else { 96 << 20 }
}

/// The most memory, in KiB, that a filter may have taken when all of that went through it. Of a
/// build for tests most is the program itself.
const MEMORY_MAX: u64 = 64 << 10;

/// A line that holds nothing, and how many of them stand before one that does.
const PLAIN_LINE: &str = "a line of a log that says nothing in particular: 17, all well\n";
const APART: usize = 100_000;

/// Writes the long stream and returns the numbers of the lines that hold the secret, from 1.
fn write_long(stdin: &mut ChildStdin, secret: &str) -> Vec<usize> {
    let plain = PLAIN_LINE.repeat(APART);
    let (mut bytes, mut holding) = (0, Vec::new());
    while bytes < long() {
        // Reads are cut at round numbers of bytes: each secret stands elsewhere between them.
        let line = format!("{} {secret}\n", "x".repeat(holding.len() * 97 % 256));
        stdin.write_all(plain.as_bytes()).unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        bytes += plain.len() + line.len();
        holding.push((holding.len() + 1) * (APART + 1));
    }
    holding
}

/// Sends the long stream through a command. Returns the lines that hold the secret, what `read`
/// made of the output, the exit code, and the most memory that it took before the stream's end.
fn on_long<T>(
    args: &[&str],
    read: impl FnOnce(&mut dyn BufRead) -> T,
) -> (Vec<usize>, T, i32, u64) {
    let sandbox = sandbox();
    let secret = format!("{}{}", "ghp_", "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8");
    let mut command = command(&sandbox, args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let (pid, mut stdin) = (child.id(), child.stdin.take().unwrap());
    let feeder = std::thread::spawn(move || {
        let holding = write_long(&mut stdin, &secret);
        // Its input is still open, so it lives. Where the system keeps no account there is none.
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        (holding, peak.map_or(0, |peak| peak.trim().trim_end_matches(" kB").parse().unwrap()))
    });
    let out = read(&mut BufReader::new(child.stdout.take().unwrap()));
    let code = child.wait().unwrap().code().unwrap();
    let (holding, peak) = feeder.join().unwrap();
    (holding, out, code, peak)
}

#[test]
fn a_stream_of_any_length_goes_through_little_memory() {
    let (holding, (lines, hidden), code, peak) = on_long(&["redact"], |out| {
        let (mut lines, mut hidden) = (0, Vec::new());
        for line in out.lines() {
            let line = line.unwrap();
            lines += 1;
            if line.contains("[REDACTED:github-pat:") {
                hidden.push(lines);
            } else {
                assert_eq!(line, PLAIN_LINE.trim_end(), "line {lines}");
            }
        }
        (lines, hidden)
    });
    assert_eq!((code, lines), (0, *holding.last().unwrap()));
    assert_eq!(hidden, holding);
    assert!(peak < MEMORY_MAX, "{peak} KiB");
}

#[test]
fn a_long_stream_is_checked_with_its_lines_counted() {
    let read = |out: &mut dyn BufRead| {
        let mut text = String::new();
        out.read_to_string(&mut text).unwrap();
        text
    };
    let column = |n: usize| n * 97 % 256 + 2;
    let (holding, out, code, peak) = on_long(&["redact", "--check"], read);
    let line = |(n, line): (usize, &usize)| format!("stdin:{line}:{}: github-pat\n", column(n));
    let told: Vec<String> = holding.iter().enumerate().map(line).collect();
    assert_eq!((code, out), (1, told.concat()));
    assert!(peak < MEMORY_MAX, "{peak} KiB");
    let (holding, out, code, peak) = on_long(&["redact", "--json"], read);
    let answer: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &answer["count"]), (0, &holding.len().into()));
    for (n, (line, finding)) in
        holding.iter().zip(answer["findings"].as_array().unwrap()).enumerate()
    {
        assert_eq!(
            (&finding["line"], &finding["column"]),
            (&(*line).into(), &column(n).into()),
            "{finding}"
        );
    }
    assert!(peak < MEMORY_MAX, "{peak} KiB");
}
