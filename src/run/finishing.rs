//! The person at the end of a run: told what is still waited for, and heard when they have enough.
//!
//! The assistant is gone by now and Ctrl+C is loghop's again. The first one ends the waiting; when
//! the session is not finished soon after, it is left to the next command.

use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};

use super::stop::Stop;
use super::{Said, Say};
use crate::capture::{Doing, Patience};
use crate::error::Result;
use crate::provider::Provider;

/// How long nobody wonders why the prompt does not come back.
const QUIET: Duration = Duration::from_millis(600);
/// How long what is there may be read after somebody asked for the end. Whoever asks a program to
/// end waits 5 s, and some of them pass before and after.
const HURRY: Duration = Duration::from_secs(3);

/// One session that is being finished.
pub(super) struct Finishing<'a> {
    provider: Provider,
    say: Say<'a>,
    stop: Stop,
    since: Instant,
    is_told: bool,
    asked: Option<Instant>,
}

impl<'a> Finishing<'a> {
    /// From here on signals shorten the end instead of being ignored. A terminal that hangs up
    /// may say so twice, so that is none of them.
    pub(super) fn begin(provider: Provider, say: Say<'a>) -> Result<Self> {
        let stop = Stop::on(&[SIGINT, SIGTERM, SIGQUIT])?;
        Ok(Self { provider, say, stop, since: Instant::now(), is_told: false, asked: None })
    }

    /// How much longer it may take.
    pub(super) fn ask(&mut self, doing: Doing) -> Patience {
        if self.since.elapsed() >= QUIET && !self.is_told {
            self.is_told = true;
            let name = self.provider.title();
            (self.say)(Said::Notice(&match doing {
                Doing::Waiting => {
                    format!("finishing: waiting for {name} to write its transcript …")
                }
                Doing::Reading => format!("finishing: reading the transcript of {name} …"),
                Doing::Playing(..) => {
                    format!("finishing: reading what {name} showed on its screen …")
                }
            }));
        }
        if self.stop.is_asked() {
            self.asked.get_or_insert_with(Instant::now);
        }
        match self.asked {
            None => Patience::Full,
            Some(at) if at.elapsed() < HURRY => Patience::Short,
            Some(_) => Patience::Gone,
        }
    }
}
