//! Scenes in the formats of the two clients.

use loghop::transcript::Format;
use serde_json::Value;

use super::labels::{Event, Scene};
use super::{claude, codex};

/// When everything happened.
pub const AT: &str = "2026-11-20T21:47:41.611Z";

/// The sessions of a scene, each with the files that its client wrote; the first is of `format`.
/// With `script`, Codex' plans, commands and patches stand in the JavaScript of `exec`.
pub fn sessions(scene: &Scene, format: Format, script: bool) -> Vec<(Format, Vec<String>)> {
    let formats = match format {
        Format::Codex => [Format::Codex, Format::Claude],
        _ => [Format::Claude, Format::Codex],
    };
    let sessions = scene.events.split(|event| matches!(event, Event::Switch));
    sessions
        .zip(formats.into_iter().cycle())
        .map(|(events, format)| (format, files(scene, events, format, script)))
        .collect()
}

fn files(scene: &Scene, events: &[Event], format: Format, script: bool) -> Vec<String> {
    let files = events.split(|event| matches!(event, Event::Clear));
    files
        .map(|events| match format {
            Format::Codex => codex::file(events, script),
            _ => claude::file(events, scene.has_tasks),
        })
        .collect()
}

/// As a file holds them.
pub fn lines_of(records: &[Value]) -> String {
    let lines: Vec<String> = records.iter().map(Value::to_string).collect();
    lines.join("\n") + "\n"
}

/// A `loghop` block as an assistant writes it.
pub fn block(summary: &str, decisions: &[String]) -> String {
    let decisions = decisions.join("\n  - ");
    format!("```loghop\nsummary: {summary}\ndecisions:\n  - {decisions}\n```")
}
