//! The words that a wallet is restored from (BIP 39): twelve and more of three to eight letters, with
//! one blank between them. No sentence has so many such words in a row.

use super::place;
use super::steps::{Stop, Style};
use crate::redact::charset::Set;
use crate::redact::verdict::{NAMED, Verdict};
use crate::redact::window::Window;

/// The fewest words of a phrase.
const WORDS_MIN: usize = 12;

/// The most.
const WORDS_MAX: usize = 24;

/// Letters of a word.
const WORD_MIN: usize = 3;
const WORD_MAX: usize = 8;

/// Checks what follows the name that ends at `name_end`.
pub(super) fn check(window: &mut Window, name_end: usize) -> Result<Verdict, Stop> {
    let style = Style { is_telling: true, ..Style::default() };
    let from = place::after(window, name_end, style)?.from;
    let (mut to, mut at, mut words) = (from, from, 0);
    while words < WORDS_MAX {
        let run = window.run(at, Set::Alnum);
        let word = window.slice(at, run.end);
        if run.open && word.len() <= WORD_MAX {
            return Err(Stop::Open);
        }
        if !(WORD_MIN..=WORD_MAX).contains(&word.len()) || !word.iter().all(u8::is_ascii_lowercase)
        {
            break;
        }
        (to, words) = (run.end, words + 1);
        if window.get(to) != Some(b' ') {
            break;
        }
        at = to + 1;
    }
    let is_phrase = words >= WORDS_MIN;
    Ok(if is_phrase { Verdict::Secret { from, to, kind: NAMED } } else { Verdict::No })
}
