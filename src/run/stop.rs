//! Being asked to end by a signal, for the runs that have no screen to give back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::SigId;

use crate::error::Result;

/// Hears signals instead of dying of them, until it is dropped.
pub(super) struct Stop {
    asked: Arc<AtomicBool>,
    handlers: Vec<SigId>,
}

impl Stop {
    /// Hears these signals.
    pub(super) fn on(signals: &[i32]) -> Result<Self> {
        let mut stop = Self { asked: Arc::default(), handlers: Vec::new() };
        for signal in signals {
            let asked = Arc::clone(&stop.asked);
            stop.handlers.push(signal_hook::flag::register(*signal, asked)?);
        }
        Ok(stop)
    }

    /// Whether one of them came.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        for handler in self.handlers.drain(..) {
            signal_hook::low_level::unregister(handler);
        }
    }
}
