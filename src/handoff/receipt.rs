//! The end of a handoff: what of everything known it tells, and what it does not.

use std::fmt::Write;

use super::Input;
use super::said::Said;
use super::section::Section;
use crate::model::tag;

/// Tokens that a receipt takes at most.
pub(super) const TOKENS_MAX: usize = 170;

/// The worth of a todo, a file or a failing command against that of a remark.
const ENTRY_WORTH: f32 = 4.0;

pub(super) fn receipt(
    sections: &[Section],
    said: &Said,
    input: &Input,
    dropped: &[&str],
    document: &str,
) -> String {
    let is_kept = |section: &&Section| !dropped.contains(&section.title);
    let lists = || sections.iter().filter(|section| section.part.known > 0);
    let sentences = input.previous.map_or(0, |previous| previous.story.sentences as usize);
    let is_said = is_told(dropped);
    let told = if is_said { said.told } else { 0 };
    let mut kept = vec![format!("{told} of {sentences} sentences")];
    kept.extend(lists().filter(is_kept).map(|section| {
        let part = &section.part;
        format!("{} of {} {}", part.told, part.known, section.title.to_lowercase())
    }));
    let (mut worth, mut whole) = if is_said { said.worth } else { (0.0, said.worth.1) };
    for section in lists() {
        let part = if dropped.contains(&section.title) { 0 } else { section.part.told };
        worth += part as f32 * ENTRY_WORTH;
        whole += section.part.known as f32 * ENTRY_WORTH;
    }
    let covered = if whole > 0.0 { (100.0 * worth / whole).round() as u32 } else { 100 };
    let mut out = String::new();
    let _ = writeln!(out, "- Kept: {}", kept.join(", "));
    let _ = writeln!(out, "- Covers about {covered} % of what is known, by weight");
    let shortened = document.matches("[...]").count() + document.matches("…\n").count();
    if shortened > 0 {
        let _ = writeln!(out, "- Shortened: {shortened} texts, where `…` or `[...]` stands");
    }
    if !dropped.is_empty() {
        let _ = writeln!(out, "- Dropped for want of room: {}", dropped.join(", "));
    }
    let redacted = tag::count(document);
    let _ = writeln!(out, "- Redacted: {redacted} secrets before it was built");
    out
}

fn is_told(dropped: &[&str]) -> bool {
    !dropped.contains(&"What Was Said")
}
