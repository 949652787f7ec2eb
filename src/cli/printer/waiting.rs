//! What a person sees while something takes long.

use std::io::{self, Write};

use super::{Look, Printer, clean};

/// Columns of a progress bar: with its words it fits on a terminal of 80.
const BAR_CELLS: usize = 30;

impl Printer {
    /// How far something has got that takes a while: a bar that stays on its line, for whoever sits
    /// at a terminal. When all is done it is gone.
    pub fn progress(&mut self, what: &str, done: usize, of: usize) {
        let is_step = done == of || done.is_multiple_of(of.div_ceil(BAR_CELLS).max(1));
        if !self.look.shows_progress || !is_step {
            return;
        }
        let cells = done * BAR_CELLS / of.max(1);
        let bar = "#".repeat(cells) + &"-".repeat(BAR_CELLS - cells);
        let line = if done == of { String::new() } else { format!("{what} [{bar}] {done}/{of}") };
        // To the line's start, and nothing behind what is written.
        let _ = write!(self.err, "\r{line}\u{1b}[K").and_then(|()| self.err.flush());
    }

    /// Tells the person what is waited for while a call does not come back.
    pub fn waits(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let Look { json, quiet, .. } = self.look;
        move |text: &str| {
            if !json && !quiet {
                let _ = writeln!(io::stderr(), "{}", clean(text));
            }
        }
    }
}
