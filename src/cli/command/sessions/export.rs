//! `loghop sessions export`: what was said in a session, and who witnessed each turn, in the form
//! that somebody needs.

use std::fmt::Write as _;
use std::io::Read as _;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::newest;
use crate::cli::answer::Answer;
use crate::cli::candidates;
use crate::cli::command::id_value;
use crate::cli::context::Context;
use crate::cli::json;
use crate::cli::printer::Printer;
use crate::error::{Error, Result};
use crate::model::{SessionId, Witness};
use crate::store::Store;

/// Bytes of a stored transcript that are read: ten times the longest that people have.
const TRANSCRIPT_MAX: u64 = 1 << 30;
/// Bytes of a recording that are copied at once.
const CHUNK: usize = 64 << 10;

#[derive(Debug, clap::Args)]
#[command(override_usage = "loghop sessions export [ID] [--format <FORMAT>]")]
pub(super) struct Args {
    /// Which session, such as S-003 [default: the newest one]
    #[arg(value_parser = id_value::<SessionId>, add = candidates::sessions())]
    id: Option<SessionId>,
    /// In which form
    #[arg(long, value_enum, default_value_t = Format::Md)]
    format: Format,
}

/// The forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Markdown
    Md,
    /// One JSON document
    Json,
    /// Plain text
    Txt,
    /// The recording, for `asciinema play`
    Cast,
}

impl Args {
    /// Prints the session.
    pub(super) fn run(self, context: &Context, out: &mut Printer) -> Result<Answer> {
        let store = context.project(out)?;
        let id = self.id.map_or_else(|| newest(&store), Ok)?;
        let session = store.session(id)?.value;
        if self.format == Format::Cast {
            return cast(&store, id, out);
        }
        let turns = turns(&store, id)?;
        let mut document = json::session(&session);
        document["transcript"] = turns.clone().into();
        let is_enveloped = out.look().json;
        match self.format {
            Format::Md => {
                out.line(&format!("# {id}: {}\n", session.goal));
                out.line(markdown(&turns).trim_end());
            }
            Format::Txt => out.line(text(&turns).trim_end()),
            Format::Json if is_enveloped => {}
            Format::Json | Format::Cast => {
                out.line(&serde_json::to_string_pretty(&document).unwrap_or_default());
            }
        }
        Ok(Answer::ok(document))
    }
}

/// The turns of a session's stored transcript; none where nothing was captured.
pub(super) fn turns(store: &Store, id: SessionId) -> Result<Vec<Value>> {
    let text = store.files().read_text(&store.transcript_path(id), TRANSCRIPT_MAX)?;
    let text = text.unwrap_or_default();
    // A damaged line is left out; the others are worth having.
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

/// Turns as Markdown, a heading for each that says who knows of it.
pub(super) fn markdown(turns: &[Value]) -> String {
    let mut out = String::new();
    for turn in turns {
        let body = field(turn, "text");
        match heading(turn) {
            Some(heading) => {
                let _ = write!(out, "### {heading}\n\n{}\n\n", body.trim());
            }
            None => {
                if let Some(line) = event(turn) {
                    let _ = write!(out, "*{line}*\n\n");
                }
            }
        }
    }
    out
}

fn text(turns: &[Value]) -> String {
    let mut out = String::new();
    for turn in turns {
        match heading(turn) {
            Some(heading) => {
                let _ = writeln!(out, "{heading}");
                for line in field(turn, "text").trim().lines() {
                    let _ = writeln!(out, "  {line}");
                }
                out.push('\n');
            }
            None => {
                if let Some(line) = event(turn) {
                    let _ = write!(out, "{line}\n\n");
                }
            }
        }
    }
    out
}

/// Who said something, when, and who knows of it; `None` for what nobody said.
fn heading(turn: &Value) -> Option<String> {
    let who = match (field(turn, "role"), field(turn, "kind")) {
        ("user", "") => "Person",
        ("assistant", "") => "Assistant",
        _ => return None,
    };
    let witness = match field(turn, "witness") {
        word if word == Witness::Both.as_str() => "in the transcript and on the screen".to_owned(),
        word if word == Witness::Screen.as_str() => format!("read off the screen{}", place(turn)),
        word if word == Witness::Transcript.as_str() => "in the transcript only".to_owned(),
        _ => "in the transcript".to_owned(),
    };
    let cut = if turn["cut"] == true { ", cut" } else { "" };
    let at = field(turn, "ts");
    let at = if at.is_empty() { String::new() } else { format!(", {at}") };
    Some(format!("{who}{at} ({witness}{cut})"))
}

/// Where on the tape it stands.
fn place(turn: &Value) -> String {
    match (turn["tape"][0].as_f64(), turn["tape"][1].as_f64()) {
        (Some(from), Some(to)) => format!(", {from:.1} s to {to:.1} s of the recording"),
        _ => String::new(),
    }
}

/// One line about what was done and not said; `None` for what is only bookkeeping.
fn event(turn: &Value) -> Option<String> {
    let text = field(turn, "text").lines().next().unwrap_or_default();
    Some(match field(turn, "kind") {
        "call" => format!("{}: {text}", field(turn, "tool")),
        "result" if turn["ok"] == false => format!("failed: {text}"),
        "failure" => format!("the service failed: {text}"),
        "interrupted" => "interrupted".to_owned(),
        "compaction" => "the assistant's memory was compacted".to_owned(),
        _ => return None,
    })
}

fn field<'a>(turn: &'a Value, key: &str) -> &'a str {
    turn[key].as_str().unwrap_or_default()
}

/// The recording, its segments one after another.
fn cast(store: &Store, id: SessionId, out: &mut Printer) -> Result<Answer> {
    if out.look().json {
        return Err(Error::invalid("a recording is no JSON").hint("leave out --json"));
    }
    let segments = store.cast_segments(id)?;
    if segments.is_empty() {
        return Err(Error::invalid(format!("session {id} has no recording")));
    }
    let mut buffer = vec![0; CHUNK];
    for segment in &segments {
        let Some(mut reader) = store.files().reader(&Store::cast_path(id, *segment))? else {
            continue;
        };
        // The head of a further segment is no event.
        let mut is_head = *segment != segments[0];
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            let mut piece = &buffer[..read];
            if is_head {
                let end = memchr::memchr(b'\n', piece).map_or(piece.len(), |at| at + 1);
                is_head = end == piece.len() && piece.last() != Some(&b'\n');
                piece = &piece[end..];
            }
            out.bytes(piece)?;
        }
    }
    Ok(Answer::ok(json!({"segments": segments.len()})))
}
