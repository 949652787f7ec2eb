//! The circuit breaker of a provider: after a few failures in a row nothing is started for a while,
//! then one run is let through to see. Its file is 0.2.1's.

use serde_json::{Value, json};

use super::json;
use crate::clock::Timestamp;

/// Failures that open it.
const FAILURES_MAX: usize = 3;
/// How long a failure counts, in seconds.
const WINDOW: f64 = 300.0;
/// How long it stays open, in seconds.
const COOLDOWN: f64 = 60.0;

/// How it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    Open,
    /// One run is under way that shows how it stands.
    HalfOpen,
}

/// A provider's breaker.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Circuit {
    state: State,
    /// When it failed, in seconds since 1970.
    failures: Vec<f64>,
    /// When it was opened, or when the run began that shows how it stands.
    opened_at: Option<f64>,
}

impl Circuit {
    /// Reads a file; a damaged one is a breaker that nothing happened to.
    pub(crate) fn read(text: &str) -> Self {
        let Ok(file) = serde_json::from_str::<Value>(text) else { return Self::default() };
        let state = match file["state"].as_str() {
            Some("open") => State::Open,
            Some("half_open") => State::HalfOpen,
            _ => State::Closed,
        };
        let failures = file["failures"].as_array().into_iter().flatten();
        Self {
            state,
            failures: failures.filter_map(Value::as_f64).collect(),
            opened_at: file["opened_at"].as_f64(),
        }
    }

    /// The file, for the provider of this name.
    pub(crate) fn write(&self, provider: &str) -> String {
        let state = match self.state {
            State::Closed => "closed",
            State::Open => "open",
            State::HalfOpen => "half_open",
        };
        let file = json!({
            "provider": provider,
            "state": state,
            "failures": self.failures,
            "opened_at": self.opened_at,
        });
        json::line(&file) + "\n"
    }

    /// Lets a run through, or says for how many seconds none is. A clock that went back opens it.
    pub(crate) fn admit(&mut self, now: Timestamp) -> Result<(), u64> {
        let now = now.as_second() as f64;
        let since = self.opened_at.map_or(COOLDOWN, |at| now - at);
        if self.state == State::Closed {
            return Ok(());
        }
        if (0.0..COOLDOWN).contains(&since) {
            return Err((COOLDOWN - since).ceil() as u64);
        }
        (self.state, self.opened_at) = (State::HalfOpen, Some(now));
        Ok(())
    }

    /// A run failed.
    pub(crate) fn failed(&mut self, now: Timestamp) {
        let now = now.as_second() as f64;
        self.failures.retain(|at| (0.0..WINDOW).contains(&(now - at)));
        self.failures.push(now);
        if self.state == State::HalfOpen || self.failures.len() >= FAILURES_MAX {
            (self.state, self.opened_at) = (State::Open, Some(now));
        }
    }

    /// A run went well.
    pub(crate) fn succeeded(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second)
    }

    #[test]
    fn three_failures_open_it_for_a_minute_and_one_run_shows_how_it_stands() {
        let mut circuit = Circuit::default();
        for second in [0, 200, 400] {
            circuit.failed(at(second));
        }
        assert_eq!(circuit.admit(at(400)), Ok(()), "the first one is too long ago");
        circuit.failed(at(410));
        assert_eq!(circuit.admit(at(415)), Err(55));
        assert_eq!(Circuit::read(&circuit.write("claude")), circuit);
        assert_eq!(circuit.admit(at(470)), Ok(()));
        assert_eq!(circuit.admit(at(471)), Err(59), "one at a time");
        circuit.failed(at(472));
        assert_eq!(circuit.admit(at(500)), Err(32));
        assert_eq!(circuit.admit(at(540)), Ok(()));
        circuit.succeeded();
        assert_eq!(circuit, Circuit::default());
    }

    #[test]
    fn files_of_0_2_1_are_read_and_a_clock_that_goes_back_locks_nobody_out() {
        let text = r#"{"provider": "claude", "state": "open", "failures": [1800000001.25], "opened_at": 1800000002.5}"#;
        let mut circuit = Circuit::read(text);
        assert_eq!(circuit.admit(at(3)), Err(60));
        assert_eq!(circuit.clone().admit(at(-10_000)), Ok(()));
        circuit.succeeded();
        assert!(circuit.write("claude").starts_with("{\"failures\": [], \"opened_at\": null,"));
    }

    proptest! {
        #[test]
        fn any_input_is_survived(text in any::<String>(), second in any::<i32>()) {
            let mut circuit = Circuit::read(&text);
            let _ = circuit.admit(at(i64::from(second)));
            circuit.failed(at(i64::from(second)));
        }
    }
}
