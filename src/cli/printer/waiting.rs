//! What a person sees while something takes long.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use super::{Look, Printer, clean};
use crate::capture::Doing;
use crate::model::SessionId;

/// Columns of a progress bar: with its words it fits on a terminal of 80.
const BAR_CELLS: usize = 30;

/// How long nobody wonders why a command does not answer.
const QUIET: Duration = Duration::from_millis(500);

/// Sessions that their runs left unfinished, while this command finishes them.
#[derive(Debug, Default)]
pub(super) struct Finishing {
    since: Option<Instant>,
    is_told: bool,
}

impl Printer {
    /// Tells of a session that is being finished once that takes long: how far it has got to
    /// whoever sits at a terminal, and to everybody else that it goes on.
    pub fn finishing(&mut self, id: SessionId, doing: Doing) {
        if self.finishing.since.get_or_insert_with(Instant::now).elapsed() < QUIET {
            return;
        }
        let is_told = std::mem::replace(&mut self.finishing.is_told, true);
        if let (true, Doing::Playing(done, of)) = (self.look.shows_progress, doing) {
            let what = format!("finishing {id} from its recording, MiB");
            self.progress(&what, (done >> 20) as usize, (of >> 20) as usize);
        } else if !is_told {
            self.info(&format!("finishing session {id}, which its run left unfinished …"));
        }
    }

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::printer::tests::{BARE, shown};

    fn told(look: Look, since: Duration) -> String {
        let (out, err) = shown(look, |printer| {
            printer.finishing.since = Instant::now().checked_sub(since);
            let doings = [Doing::Reading, Doing::Playing(5 << 20, 10 << 20), Doing::Reading];
            for doing in doings {
                printer.finishing(SessionId(7), doing);
            }
        });
        assert_eq!(out, "");
        err
    }

    #[test]
    fn who_waits_long_is_told_what_for() {
        let watched = Look { shows_progress: true, ..BARE };
        assert_eq!(told(watched, Duration::ZERO), "");
        let line = "finishing session S-007, which its run left unfinished …\n";
        assert_eq!(told(BARE, QUIET), line);
        let (half, rest) = ("#".repeat(15), "-".repeat(15));
        let bar = format!("\rfinishing S-007 from its recording, MiB [{half}{rest}] 5/10\u{1b}[K");
        assert_eq!(told(watched, QUIET), format!("{line}{bar}"));
    }
}
