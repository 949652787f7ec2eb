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

/// Checks what follows the name that ends at `name_end`.
pub(super) fn check(window: &mut Window, name_end: usize) -> Result<Verdict, Stop> {
    let style = Style { is_telling: true, ..Style::default() };
    let from = place::after(window, name_end, style)?.from;
    let (mut to, mut at) = (from, from);
    for nth in 0..WORDS_MAX {
        let run = window.run(at, Set::Alnum);
        let word = window.slice(at, run.end);
        let is_word = (3..=8).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase);
        if run.open && word.len() <= 8 {
            return Err(Stop::Open);
        }
        if !is_word {
            break;
        }
        to = run.end;
        if window.get(to) != Some(b' ') || nth + 1 == WORDS_MAX {
            let is_phrase = nth + 1 >= WORDS_MIN;
            return Ok(if is_phrase { secret(from, to) } else { Verdict::No });
        }
        at = to + 1;
    }
    let words = window.slice(from, to).iter().filter(|b| **b == b' ').count() + 1;
    Ok(if words >= WORDS_MIN { secret(from, to) } else { Verdict::No })
}

fn secret(from: usize, to: usize) -> Verdict {
    Verdict::Secret { from, to, kind: NAMED }
}
