//! A row of the tables in `docs/witnesses.md`: what two witnesses know of a run, compared word by
//! word with what stood on its screen. The tests make the tables, and fail where anything is lost.

use std::fmt::Write as _;

use super::left::{self, Left};
use super::sandbox::{LOGHOP, Sandbox};

/// Words of a client's own that may stand below a reply that was cut.
const NOTICE_MAX: usize = 24;

/// A prompt, and what the assistant answers to it.
#[derive(Debug, Clone)]
pub struct Said {
    /// What the person sent.
    pub prompt: &'static str,
    /// What stood on the screen of the reply, in time to be recorded; empty for nothing.
    pub seen: String,
    /// All that the assistant would have said.
    pub whole: String,
}

/// A row: one fault or ending, and what became of the runs that met it.
#[derive(Debug, Default, Clone)]
pub struct Row {
    /// Its first columns.
    pub label: String,
    /// Runs that are added up here.
    pub runs: usize,
    /// Native, screen, matched, recovered.
    pub counts: [u64; 4],
    /// What stood on the screen and is not in the record.
    pub lost: Vec<String>,
    /// What is in the record and was never said.
    pub wrong: Vec<String>,
}

impl Row {
    /// Compares the record of one run with what was said in it.
    pub fn of(label: &str, left: &Left, said: &[Said]) -> Self {
        let count = |name: &str| left.fields["witnesses"][name].as_u64().unwrap_or(0);
        let counts = ["native", "screen", "matched", "recovered"].map(count);
        let mut row = Self { label: label.to_owned(), runs: 1, counts, ..Self::default() };
        let texts = |role: &str| {
            let own = left.transcript.iter().filter(|turn| turn["role"] == role);
            own.map(|turn| words(turn["text"].as_str().unwrap())).collect::<Vec<_>>()
        };
        let (mut asked, mut answered) = (texts("user"), texts("assistant"));
        for turn in said {
            let is_it = |text: &Words| *text == words(turn.prompt);
            row.take(&mut asked, is_it, turn.prompt);
            let (seen, whole) = (words(&turn.seen), words(&turn.whole));
            let is_it = |text: &Words| is_part(text, &whole) && begins(text, &seen);
            if !seen.is_empty() || answered.iter().any(is_it) {
                row.take(&mut answered, is_it, &turn.seen);
            }
        }
        row.wrong.extend(asked.iter().chain(&answered).map(|words| words.join(" ")));
        row
    }

    /// Takes what is wanted out of the record.
    fn take(&mut self, texts: &mut Vec<Words>, is_it: impl Fn(&Words) -> bool, wanted: &str) {
        match texts.iter().position(is_it) {
            Some(at) => drop(texts.remove(at)),
            None => self.lost.push(wanted.to_owned()),
        }
    }

    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        for (own, other) in self.counts.iter_mut().zip(other.counts) {
            *own += other;
        }
        self.lost.extend(other.lost);
        self.wrong.extend(other.wrong);
    }
}

type Words = Vec<String>;

/// The words of a text, whatever was drawn around them.
fn words(text: &str) -> Words {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether `text` begins with these words, of which the last may have been cut.
fn begins(text: &Words, start: &Words) -> bool {
    let Some((last, before)) = start.split_last() else { return true };
    let next = text.get(before.len());
    text.starts_with(before) && next.is_some_and(|word| word.starts_with(last))
}

/// One row for all runs that met the same.
pub fn added_up(runs: Vec<Row>) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for run in runs {
        match rows.iter_mut().find(|row| row.label == run.label) {
            Some(row) => row.add(run),
            None => rows.push(run),
        }
    }
    rows
}

/// Whether a text is the beginning of another one. A client that was interrupted, or that ends,
/// writes a notice below a reply that stops: no witness can tell it from the reply.
fn is_part(text: &Words, whole: &Words) -> bool {
    let same = text.iter().zip(whole).take_while(|(a, b)| a == b).count();
    let is_cut = text.get(same).zip(whole.get(same)).is_some_and(|(a, b)| b.starts_with(&**a));
    text.len() - same - usize::from(is_cut) <= NOTICE_MAX
}

/// Prints the rows where `LOGHOP_TEST_TABLE` asks for it, and asserts that nothing was lost and
/// nothing invented.
#[track_caller]
#[expect(clippy::print_stdout, reason = "the tables of the documentation are printed here")]
pub fn assert_rows(rows: &[Row]) {
    let (mut table, mut failed) = (String::new(), String::new());
    for row in rows {
        let Row { label, runs, counts: [native, screen, matched, recovered], lost, wrong } = row;
        let (lost_count, wrong_count) = (lost.len(), wrong.len());
        writeln!(
            table,
            "| {label} | {runs} | {native} | {screen} | {matched} | {recovered} | {lost_count} | \
             {wrong_count} |"
        )
        .unwrap();
        if lost_count + wrong_count > 0 {
            writeln!(failed, "{label}: lost {lost:#?} wrong {wrong:#?}").unwrap();
        }
    }
    if std::env::var_os("LOGHOP_TEST_TABLE").is_some() {
        println!("{table}");
    }
    assert!(failed.is_empty(), "{table}\n{failed}");
}

/// Whether everything is to be tested, however long it takes.
pub fn is_thorough() -> bool {
    std::env::var_os("LOGHOP_TEST_THOROUGH").is_some()
}

/// The only session of a project, finished by another command where the run did not.
#[track_caller]
pub fn finished(sandbox: &Sandbox) -> Left {
    let output = sandbox.run(LOGHOP, &["sessions", "reconcile"]);
    assert!(output.status.success(), "{output:?}");
    let mut all = left::sessions(sandbox);
    assert_eq!(all.len(), 1);
    all.remove(0)
}

/// The last `tokNNN` that stands in a text; a client counts tokens too.
pub fn last_token(text: &str) -> Option<&str> {
    let token = |at: usize| text.get(at..at + "tok000".len());
    let is_numbered = |token: &&str| token["tok".len()..].bytes().all(|b| b.is_ascii_digit());
    text.rmatch_indices("tok").filter_map(|(at, _)| token(at)).find(is_numbered)
}

/// All words of the slow reply up to this one.
pub fn slow_reply(last: &str) -> String {
    let last: u32 = last.trim_start_matches("tok").parse().unwrap();
    (1..=last).map(|n| format!("tok{n:03}")).collect::<Vec<_>>().join(" ")
}
