//! The only writer to stdout and stderr.
//!
//! Data goes to stdout, messages for people go to stderr. With `--json` nothing is shown as it
//! happens: what a person would have seen is collected as `events`, and one object is printed at the
//! end. Text that came from elsewhere is shown without control characters, so that no stored goal or
//! summary can drive the terminal. A reader that went away (`| head`) is not a failure.

mod table;
mod waiting;

use std::io::{self, BufWriter, IsTerminal, Write};

use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthStr;

use super::global::Global;
use super::json;
use super::paint::{Tone, clean, pad, paint};
use super::stdin;
use crate::env::{Env, var};
use crate::error::{Error, Result};
use crate::host::terminal;
use crate::redact::Redacted;
use crate::run::Said;
use crate::store::Level;

/// Width of a line where stdout is no terminal: nothing is cut.
const UNLIMITED: usize = usize::MAX;

/// How things are shown.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// One JSON object at the end and nothing else.
    pub json: bool,
    /// `key: value` lines without colour, alignment or cuts.
    pub plain: bool,
    /// Only errors.
    pub quiet: bool,
    /// Details too.
    pub verbose: bool,
    /// No character of our own outside ASCII.
    pub ascii: bool,
    /// Colour on stdout.
    pub colour_out: bool,
    /// Colour on stderr.
    pub colour_err: bool,
    /// Columns of the terminal on stdout.
    pub width: usize,
    /// Somebody watches stderr while something takes long.
    pub shows_progress: bool,
}

impl Look {
    /// What the flags, the environment and the terminal ask for.
    pub(super) fn choose(flags: &Global, env: &Env) -> Self {
        let no_colour = flags.plain
            || env.get(var::NO_COLOR).is_some()
            || env.get(var::LOGHOP_NO_COLOR).is_some()
            || env.get(var::TERM) == Some("dumb");
        let is_shown = io::stdout().is_terminal();
        let is_watched = io::stderr().is_terminal() && env.get(var::TERM) != Some("dumb");
        let width = (is_shown && !flags.plain).then(|| usize::from(terminal::size().cols));
        Self {
            json: flags.json,
            plain: flags.plain,
            quiet: flags.quiet,
            verbose: flags.verbose,
            ascii: env.get(var::LOGHOP_ASCII).is_some(),
            colour_out: is_shown && !no_colour,
            colour_err: io::stderr().is_terminal() && !no_colour,
            width: width.unwrap_or(UNLIMITED),
            shows_progress: is_watched && !flags.json && !flags.quiet && !flags.plain,
        }
    }
}

/// Shows what commands say, in the form that was asked for.
pub struct Printer {
    look: Look,
    out: Box<dyn Write>,
    err: Box<dyn Write>,
    events: Vec<Value>,
    /// What belongs into the project's log.
    log: Vec<(Level, String)>,
    finishing: waiting::Finishing,
    /// Why stdout does not have all of it.
    unwritten: Option<io::Error>,
}

impl Printer {
    /// A printer on the streams of this process.
    pub fn new(look: Look) -> Self {
        Self::with(look, Box::new(BufWriter::new(io::stdout())), Box::new(io::stderr()))
    }

    /// A printer on any two streams.
    fn with(look: Look, out: Box<dyn Write>, err: Box<dyn Write>) -> Self {
        Self {
            look,
            out,
            err,
            events: Vec::new(),
            log: Vec::new(),
            finishing: waiting::Finishing::default(),
            unwritten: None,
        }
    }

    /// How things are shown.
    pub fn look(&self) -> Look {
        self.look
    }

    /// A title with `key: value` rows. Values are never cut: they are paths and ids to copy, and a
    /// terminal wraps what is longer than its row.
    pub fn section(&mut self, title: &str, rows: &[(&str, String)]) {
        if self.look.json {
            let rows: Vec<Value> =
                rows.iter().map(|(key, value)| json!({"key": key, "value": value})).collect();
            self.record(json!({"type": "section", "title": title, "rows": rows}));
            return;
        }
        self.data(&self.tone(Tone::Heading, title));
        let widest = rows.iter().map(|(key, _)| key.width()).max().unwrap_or(0);
        for (key, value) in rows {
            let value = self.glyphs(&clean(value)).replace('\n', " ");
            let line = if self.look.plain {
                format!("  {key}: {value}")
            } else {
                format!("  {}  {value}", self.tone(Tone::Key, &pad(key, widest)))
            };
            self.data(&line);
        }
    }

    /// A line, or a whole document, of data.
    pub fn line(&mut self, text: &str) {
        if self.look.json {
            self.record(json!({"type": "line", "text": text, "error": false, "style": null}));
        } else {
            self.data(&clean(text));
        }
    }

    /// A line that stands over the ones that follow.
    pub fn heading(&mut self, text: &str) {
        if self.look.json {
            self.line(text);
        } else {
            self.data(&self.tone(Tone::Heading, &clean(text)));
        }
    }

    /// Text of our own that has its colours in it.
    pub fn styled(&mut self, text: &str) {
        self.data(text.trim_end());
    }

    /// Something was done.
    pub fn success(&mut self, text: &str) {
        self.message("success", Tone::Success, if self.look.ascii { "ok:" } else { "✓" }, text);
    }

    /// Something was put in order that was not.
    pub fn mended(&mut self, text: &str) {
        self.log.push((Level::Info, text.to_owned()));
        self.info(text);
    }

    /// What belongs into the project's log, once.
    pub fn take_log(&mut self) -> Vec<(Level, String)> {
        std::mem::take(&mut self.log)
    }

    /// Something worth knowing.
    pub fn info(&mut self, text: &str) {
        self.message("info", Tone::Muted, "", text);
    }

    /// What to do next.
    pub fn hint(&mut self, text: &str) {
        self.message("hint", Tone::Key, "hint:", text);
    }

    /// Something is wrong and loghop went on.
    pub fn warning(&mut self, text: &str) {
        self.log.push((Level::Warning, text.to_owned()));
        self.message("warning", Tone::Warning, "warning:", text);
    }

    /// Several warnings, such as a listing has.
    pub fn warnings(&mut self, texts: &[String]) {
        for text in texts {
            self.warning(text);
        }
    }

    /// Something that is shown with `--verbose` only.
    pub fn detail(&mut self, text: &str) {
        if self.look.verbose || self.look.json {
            self.message("detail", Tone::Muted, "", text);
        }
    }

    /// Why the command failed, and what to do about it. Shown even with `--quiet`.
    pub fn error(&mut self, error: &Error) {
        self.log.push((Level::Error, error.to_string()));
        if self.look.json {
            self.record(json!({"type": "error", "text": error.to_string(), "error": true}));
        } else {
            let word = self.tone_err(Tone::Error, "error:");
            self.write_err(&format!("{word} {}", clean(&error.to_string())));
        }
        for hint in &error.hints {
            self.hint(hint);
        }
    }

    /// Asks a question that is answered with Enter or `n`. Where nobody sits at the terminal, or
    /// a script reads along, the answer is no.
    ///
    /// # Errors
    /// `Interrupted` for Ctrl+C, and `Io`.
    pub fn confirm(&mut self, question: &str) -> Result<bool> {
        self.ask(question, "[Y/n]", &["", "y", "yes"])
    }

    /// The same for what cannot be taken back: Enter is not enough.
    ///
    /// # Errors
    /// As those of [`Self::confirm`].
    pub fn confirm_loss(&mut self, question: &str) -> Result<bool> {
        self.ask(question, "[y/N]", &["y", "yes"])
    }

    fn ask(&mut self, question: &str, keys: &str, agreed: &[&str]) -> Result<bool> {
        let someone = io::stdin().is_terminal() && io::stderr().is_terminal();
        if !someone || self.look.json || self.look.quiet {
            return Ok(false);
        }
        self.out.flush()?;
        write!(self.err, "{} {keys} ", clean(question))?;
        self.err.flush()?;
        let Some(answer) = stdin::line()? else { return Ok(false) };
        Ok(agreed.contains(&answer.trim().to_ascii_lowercase().as_str()))
    }

    /// Bytes for stdout as they are, at once: the output of a filter.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// What is to be read while a run goes on.
    pub fn say(&mut self, said: Said<'_>) {
        match said {
            Said::Assistant(text) => self.live(text),
            Said::Notice(text) => self.info(text),
            Said::Finishing(id, doing) => self.finishing(id, doing),
        }
    }

    /// What an assistant says while it says it; with `--json` it is in the result instead.
    fn live(&mut self, text: &Redacted) {
        if !self.look.json && !self.look.quiet {
            let text = text.as_str();
            // Whoever prints for others must not drive their terminal.
            let safe: String =
                text.chars().filter(|c| !c.is_control() || "\n\t".contains(*c)).collect();
            let written = self.out.write_all(safe.as_bytes()).and_then(|()| self.out.flush());
            self.note(written);
        }
    }

    /// Ends the output: with `--json`, prints the envelope around `result`.
    pub fn finish(&mut self, code: u8, result: Map<String, Value>, home: &str) {
        if self.look.json {
            let mut all = json::envelope(code, std::mem::take(&mut self.events), result);
            json::shorten_home(&mut all, home);
            let text = serde_json::to_string_pretty(&all).unwrap_or_default();
            self.write_out(&text);
        }
        let flushed = self.out.flush();
        self.note(flushed);
    }

    /// Why not everything reached stdout, such as a full disk. A reader that went away has seen
    /// what it wanted.
    pub fn unwritten(&mut self) -> Option<io::Error> {
        self.unwritten.take()
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(error) = written
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.unwritten.get_or_insert(error);
        }
    }

    fn record(&mut self, event: Value) {
        self.events.push(event);
    }

    fn message(&mut self, kind: &str, tone: Tone, word: &str, text: &str) {
        if self.look.json {
            let mut event = json!({"type": kind, "text": text});
            if kind == "warning" {
                event["error"] = true.into();
            }
            self.record(event);
        } else if !self.look.quiet {
            let text = self.glyphs(&clean(text));
            let space = if word.is_empty() { "" } else { " " };
            let word = self.tone_err(tone, word);
            self.write_err(&format!("{word}{space}{text}"));
        }
    }

    fn data(&mut self, text: &str) {
        if !self.look.quiet {
            self.write_out(text);
        }
    }

    fn write_out(&mut self, text: &str) {
        let written = writeln!(self.out, "{text}");
        self.note(written);
    }

    fn write_err(&mut self, text: &str) {
        // Both streams often end in one terminal, where the order must be right.
        let flushed = self.out.flush();
        self.note(flushed);
        let _ = writeln!(self.err, "{text}");
    }

    fn tone(&self, tone: Tone, text: &str) -> String {
        paint(self.look.colour_out, tone, text)
    }

    fn tone_err(&self, tone: Tone, text: &str) -> String {
        paint(self.look.colour_err, tone, text)
    }

    /// Our own signs in ASCII, where that is asked for.
    fn glyphs(&self, text: &str) -> String {
        if !self.look.ascii {
            return text.to_owned();
        }
        text.replace(" · ", ", ").replace('→', "->").replace('…', "...")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    pub(super) const BARE: Look = Look {
        json: false,
        plain: false,
        quiet: false,
        verbose: false,
        ascii: false,
        colour_out: false,
        colour_err: false,
        width: 30,
        shows_progress: false,
    };

    /// A stream that can be read while a printer owns it.
    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    pub(super) fn shown(look: Look, show: impl FnOnce(&mut Printer)) -> (String, String) {
        let (out, err) = (Sink::default(), Sink::default());
        let mut printer = Printer::with(look, Box::new(out.clone()), Box::new(err.clone()));
        show(&mut printer);
        printer.finish(0, Map::new(), "/home/ann");
        (out.text(), err.text())
    }

    #[test]
    fn a_section_is_aligned_for_people_and_keyed_for_plain_readers() {
        let rows = [("repo", "demo".to_owned()), ("last handoff", "H-001 → codex".to_owned())];
        let (out, err) = shown(BARE, |p| p.section("status", &rows));
        assert_eq!(out, "status\n  repo          demo\n  last handoff  H-001 → codex\n");
        assert_eq!(err, "");
        let plain = Look { plain: true, ascii: true, ..BARE };
        let (out, _) = shown(plain, |p| p.section("status", &rows));
        assert_eq!(out, "status\n  repo: demo\n  last handoff: H-001 -> codex\n");
    }

    #[test]
    fn a_table_is_cut_at_the_edge_and_never_wraps() {
        let rows = [vec!["H-001".into(), "a goal that is much too long for it".into()]];
        let (out, _) = shown(BARE, |p| p.table("handoffs", &["id", "goal"], &rows));
        assert_eq!(out, "handoffs\n  id     goal\n  H-001  a goal that is much …\n");
        assert!(out.lines().all(|line| line.width() <= 30));
    }

    #[test]
    fn a_table_without_room_for_its_last_column_is_told_line_by_line() {
        let row = ["H-001", "claude", "2026-11-21T10:00:00Z", "the goal"].map(String::from);
        let headers = ["id", "provider", "created", "goal"];
        let (out, _) = shown(BARE, |p| p.table("handoffs", &headers, &[row.to_vec()]));
        assert_eq!(
            out,
            "handoffs\n  H-001\n    provider  claude\n    created   2026-11-21T10:00:00Z\n    \
             goal      the goal\n"
        );
    }

    #[test]
    fn stored_text_cannot_drive_the_terminal() {
        let rows = [("goal", "\u{1b}[2Jx\u{202e}y\u{9b}1m".to_owned())];
        let (out, _) = shown(BARE, |p| p.section("goal", &rows));
        assert_eq!(out, "goal\n  goal  [2Jxy1m\n");
    }

    #[test]
    fn progress_is_one_line_that_goes_away_and_only_for_who_watches() {
        let work = |p: &mut Printer| (0..=1000).for_each(|n| p.progress("reading", n, 1000));
        assert_eq!(shown(BARE, work), (String::new(), String::new()));
        let (out, err) = shown(Look { shows_progress: true, ..BARE }, work);
        assert_eq!(out, "");
        assert!(err.len() < 4000 && !err.contains('\n'), "{}", err.len());
        let half = format!("\rreading [{}{}] 510/1000\u{1b}[K", "#".repeat(15), "-".repeat(15));
        assert!(err.contains(&half) && err.ends_with("\r\u{1b}[K"), "{err:?}");
    }

    #[test]
    fn quiet_shows_errors_only() {
        let quiet = Look { quiet: true, ..BARE };
        let (out, err) = shown(quiet, |p| {
            p.line("data");
            p.info("message");
            p.error(&Error::invalid("goal is empty").hint("give one"));
        });
        assert_eq!((out.as_str(), err.as_str()), ("", "error: goal is empty\n"));
    }

    #[test]
    fn json_is_one_object_and_nothing_else() {
        let (out, err) = shown(Look { json: true, ..BARE }, |p| {
            p.warning("about /home/ann/x");
            p.success("done");
        });
        assert_eq!(err, "");
        let all: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            all["events"],
            json!([
                {"type": "warning", "text": "about ~/x", "error": true},
                {"type": "success", "text": "done"}
            ])
        );
    }

    #[test]
    fn colour_marks_words_and_never_data() {
        let colour = Look { colour_out: true, colour_err: true, ..BARE };
        let (out, err) = shown(colour, |p| {
            p.line("data");
            p.warning("careful");
        });
        assert_eq!(out, "data\n");
        assert_eq!(err, "\u{1b}[1;33mwarning:\u{1b}[0m careful\n");
    }
}
