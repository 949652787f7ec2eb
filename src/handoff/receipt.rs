//! The end of a handoff: what of everything known it tells, and what it does not.

use std::fmt::Write;

use super::Input;
use super::said::Said;
use super::section::{Part, Section};
use crate::model::tag;

/// Tokens that a receipt takes at most.
pub(super) const TOKENS_MAX: usize = 240;

/// Rules that are named when they have no room: who goes on can read them in the transcript.
const RULES_MAX: usize = 8;

/// The worth of a todo, a file or a failing command against that of a remark.
const ENTRY_WORTH: f32 = 4.0;

pub(super) fn receipt(sections: &[Section], said: &Said, input: &Input, document: &str) -> String {
    let sentences = input.previous.map_or(0, |previous| previous.story.sentences as usize);
    let mut kept = vec![format!("{} of {sentences} sentences", said.told)];
    let mut dropped = Vec::new();
    let (mut worth, mut whole) = said.worth;
    for section in sections {
        let title = section.title.to_lowercase();
        let told: usize = counted(section).map(|part| part.rows.len()).sum();
        let known: usize = counted(section).map(|part| part.known).sum();
        if known > 0 {
            kept.push(format!("{told} of {known} {title}"));
            worth += told as f32 * ENTRY_WORTH;
            whole += known as f32 * ENTRY_WORTH;
        }
        match known - told {
            0 if section.parts.iter().all(|part| part.rows.is_empty()) => dropped.push(title),
            0 => {}
            missing => dropped.push(format!("{missing} {title}")),
        }
    }
    let missing = if whole > 0.0 { (100.0 * (1.0 - worth / whole)).round() as u32 } else { 0 };
    let mut out = String::new();
    let _ = writeln!(out, "- Kept: {}", kept.join(", "));
    let _ = match missing {
        0 => writeln!(out, "- Missing: nothing of weight"),
        _ => writeln!(out, "- Missing: about {missing} % by weight; the transcripts have it"),
    };
    let shortened = document.matches("[...]").count() + document.matches("…\n").count();
    if shortened > 0 {
        let _ = writeln!(out, "- Shortened: {shortened} texts, where `…` or `[...]` stands");
    }
    if !dropped.is_empty() {
        let _ = writeln!(out, "- Dropped for want of room: {}", dropped.join(", "));
    }
    if !said.untold.is_empty() {
        let _ = writeln!(out, "- Rules of the person's without room, read them: {}", rules(said));
    }
    let redacted = tag::count(document);
    let _ = writeln!(out, "- Redacted: {redacted} secrets before it was built");
    out
}

fn counted(section: &Section) -> impl Iterator<Item = &Part> {
    section.parts.iter().filter(|part| part.known > 0)
}

/// Where they stand, latest first.
fn rules(said: &Said) -> String {
    let latest = said.untold.iter().rev().take(RULES_MAX);
    let mut places: Vec<String> = latest.map(ToString::to_string).collect();
    places.dedup();
    let more = said.untold.len().saturating_sub(RULES_MAX);
    if more > 0 {
        places.push(format!("{more} more"));
    }
    places.join(", ")
}
