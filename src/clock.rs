//! Time as a value: the only place that asks the system what time it is.

use std::fmt;

/// A moment in UTC, shown in whole seconds as `2026-11-20T21:39:58Z` (the on-disk form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The current time. Flows take it once and hand it on; pure rooms get it as a parameter.
    pub fn now() -> Self {
        Self::from_second(jiff::Timestamp::now().as_second())
    }

    /// From seconds since 1970; out-of-range values become 1970.
    pub fn from_second(second: i64) -> Self {
        Self(jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Reads RFC 3339, with or without a fraction (which is dropped).
    pub fn parse(text: &str) -> Option<Self> {
        text.trim().parse::<jiff::Timestamp>().ok().map(|t| Self::from_second(t.as_second()))
    }

    /// The same with its fraction, where two moments of one second are to be told apart.
    pub fn parse_exact(text: &str) -> Option<Self> {
        text.trim().parse().ok().map(Self)
    }

    /// Milliseconds since 1970.
    pub fn as_millisecond(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Seconds since 1970.
    pub fn as_second(self) -> i64 {
        self.0.as_second()
    }

    /// `HH:MM` in the system's time zone, for people.
    pub fn local_hour_minute(self) -> String {
        self.0.to_zoned(jiff::tz::TimeZone::system()).strftime("%H:%M").to_string()
    }

    /// `11-20 21:39` in the system's time zone, for people.
    pub fn local_date_hour_minute(self) -> String {
        self.0.to_zoned(jiff::tz::TimeZone::system()).strftime("%m-%d %H:%M").to_string()
    }

    /// `YYYY-MM-DD` in UTC.
    pub fn date(self) -> String {
        self.0.strftime("%Y-%m-%d").to_string()
    }

    /// `HH:MM` in UTC.
    pub fn hour_minute(self) -> String {
        self.0.strftime("%H:%M").to_string()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}
