//! What kind of failure a provider reports, and when a limit ends where the message says so.

use super::clip;
use crate::clock::Timestamp;
use crate::model::{Failure, FailureKind};

/// Bytes of a failure's message: one line of the panel and of a handoff.
pub(super) const MESSAGE_MAX: usize = 400;

/// Seconds of the units that messages count in, by how the words begin.
const UNITS: &[(&str, i64)] = &[("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)];

/// Seconds of a day.
const DAY: i64 = 86_400;

/// Seconds of the longest wait that is believed: no allowance lasts longer than a year.
const SPAN_MAX: i64 = 366 * DAY;

/// A failure as a provider tells it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// The provider's own word for the kind, such as `rate_limit`; may be empty.
    pub code: &'a str,
    /// The HTTP status, where it is told.
    pub status: Option<i64>,
    /// What it says to people.
    pub message: &'a str,
    /// When it was said.
    pub at: Option<Timestamp>,
}

impl Told<'_> {
    /// The failure in our words.
    pub(super) fn failure(&self) -> Failure {
        Failure {
            kind: self.kind(),
            message: clip::one_line(self.message, MESSAGE_MAX),
            resets_at: self.resets_at(),
        }
    }

    /// The code decides, then the status, then the words: codes are made for programs.
    fn kind(&self) -> FailureKind {
        kind_of_words(self.code).or_else(|| self.status.and_then(kind_of_status)).unwrap_or_else(
            || kind_of_words(&clip::head(self.message, MESSAGE_MAX)).unwrap_or(FailureKind::Other),
        )
    }

    /// When the limit ends. A clock time counts only where the message says that it is UTC: this
    /// room does not know the person's time zone, and a wrong time is worse than none.
    fn resets_at(&self) -> Option<Timestamp> {
        let message = clip::head(self.message, MESSAGE_MAX);
        epoch(&message).or_else(|| instant(&message)).or_else(|| {
            let at = self.at?.as_second();
            let end = span(&message).map(|s| at.saturating_add(s));
            end.or_else(|| next_clock(&message, at)).map(Timestamp::from_second)
        })
    }
}

fn kind_of_status(status: i64) -> Option<FailureKind> {
    match status {
        402 | 429 => Some(FailureKind::UsageLimit),
        401 | 403 => Some(FailureKind::Auth),
        503 | 529 => Some(FailureKind::Overloaded),
        _ => None,
    }
}

fn kind_of_words(text: &str) -> Option<FailureKind> {
    const WORDS: &[(FailureKind, &[&str])] = &[
        (FailureKind::Overloaded, &["overloaded", "at capacity", "(529)"]),
        (
            FailureKind::UsageLimit,
            &[
                "rate_limit",
                "rate limit",
                "usage_limit",
                "usage limit",
                "limit reached",
                "hit your limit",
                "(429)",
                "429 too many",
                "quota",
                "billing",
                "credit balance",
            ],
        ),
        (
            FailureKind::Auth,
            &["authentication", "unauthorized", "invalid api key", "/login", "(401)", "oauth"],
        ),
    ];
    let text = text.to_lowercase();
    WORDS.iter().find(|(_, words)| words.iter().any(|w| text.contains(w))).map(|(kind, _)| *kind)
}

/// `…limit reached|1795212543`: seconds since 1970.
fn epoch(message: &str) -> Option<Timestamp> {
    let digits = message.rsplit_once('|')?.1.trim();
    let second: i64 = digits.parse().ok().filter(|s| *s > 1_000_000_000)?;
    Some(Timestamp::from_second(second))
}

/// An RFC 3339 moment among the words.
fn instant(message: &str) -> Option<Timestamp> {
    let words = message.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ','));
    words.filter(|w| w.len() >= 20).find_map(|w| Timestamp::parse(w.trim_end_matches('.')))
}

/// `try again in 3 days 4 hours 22 minutes`: seconds from now.
fn span(message: &str) -> Option<i64> {
    let lower = message.to_lowercase();
    let starts = ["again in ", "resets in ", "retry in "];
    let from = starts.iter().find_map(|s| lower.find(s).map(|at| at + s.len()))?;
    let words: Vec<&str> = lower[from..].split_whitespace().collect();
    let mut total: i64 = 0;
    for pair in words.chunks(2) {
        let [number, unit] = pair else { break };
        let Ok(number) = number.parse::<i64>() else { break };
        let Some((_, seconds)) = UNITS.iter().find(|(name, _)| unit.starts_with(name)) else {
            break;
        };
        total = total.saturating_add(number.saturating_mul(*seconds));
    }
    (1..=SPAN_MAX).contains(&total).then_some(total)
}

/// `resets 3:30pm (UTC)`: the next such moment after `at`, in seconds since 1970.
fn next_clock(message: &str, at: i64) -> Option<i64> {
    let lower = message.to_lowercase();
    let starts = ["resets at ", "resets ", "again at "];
    let from = starts.iter().find_map(|s| lower.find(s).map(|at| at + s.len()))?;
    let (clock, _) = lower[from..].split_once("utc")?;
    let of_day = clock_seconds(clock.trim_end_matches([' ', '(']))?;
    let today = at.div_euclid(DAY) * DAY + of_day;
    Some(if today > at { today } else { today + DAY })
}

/// `3pm`, `3:30 pm`, `15:30` as seconds of the day.
fn clock_seconds(clock: &str) -> Option<i64> {
    let clock = clock.trim();
    let (time, noon) = if let Some(time) = clock.strip_suffix("pm") {
        (time, Some(12))
    } else if let Some(time) = clock.strip_suffix("am") {
        (time, Some(0))
    } else {
        (clock, None)
    };
    let (hour, minute) = time.trim().split_once(':').unwrap_or((time.trim(), "0"));
    let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = noon.map_or(hour, |noon| hour % 12 + noon);
    ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(hour * 3_600 + minute * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told<'a>(code: &'a str, status: Option<i64>, message: &'a str) -> Failure {
        let at = Timestamp::parse("2026-11-20T22:00:00Z");
        Told { code, status, message, at }.failure()
    }

    #[test]
    fn kinds_come_from_code_status_and_words() {
        use FailureKind::{Auth, Other, Overloaded, UsageLimit};
        let table = [
            ("rate_limit", Some(429), "API Error: Request rejected (429)", UsageLimit),
            ("usage_limit_exceeded", None, "You’ve hit your usage limit.", UsageLimit),
            ("authentication_failed", None, "Please run /login", Auth),
            ("server_overloaded", None, "Selected model is at capacity.", Overloaded),
            ("", Some(529), "API Error", Overloaded),
            ("", Some(401), "API Error", Auth),
            ("", None, "Invalid API key · Please run /login", Auth),
            ("", None, "5-hour limit reached ∙ resets 9pm", UsageLimit),
            ("", None, "exceeded retry limit, last status: 429 Too Many Requests", UsageLimit),
            ("server_error", Some(500), "API Error: Internal server error", Other),
        ];
        for (code, status, message, kind) in table {
            assert_eq!(told(code, status, message).kind, kind, "{code} {status:?} {message}");
        }
    }

    #[test]
    fn reset_times_are_read_where_they_are_certain() {
        let table = [
            ("Claude AI usage limit reached|1795212543", Some("2026-11-20T22:09:03Z")),
            ("limit · try again in 1 day 2 hours 5 minutes.", Some("2026-11-22T00:05:00Z")),
            ("limit reached · resets 3:30pm (UTC)", Some("2026-11-21T15:30:00Z")),
            ("limit reached · resets 11pm (UTC)", Some("2026-11-20T23:00:00Z")),
            ("resets at 2026-11-23T09:00:00Z.", Some("2026-11-23T09:00:00Z")),
            ("try again at 10:50 PM.", None),
            ("resets 3pm (Europe/Berlin)", None),
            ("resets Nov 24 at 5pm (UTC)", None),
            ("try again in 99999999999999999999 days", None),
            ("try again in 9223372036854775807 days", None),
        ];
        for (message, expected) in table {
            let resets = told("", None, message).resets_at.map(|t| t.to_string());
            assert_eq!(resets.as_deref(), expected, "{message}");
        }
    }
}
