//! Time as a value: the only place that asks the system what time it is.

use std::fmt;
use std::sync::LazyLock;

use jiff::tz::TimeZone;

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
        self.0.to_zoned(system_zone()).strftime("%H:%M").to_string()
    }

    /// `11-20 21:39` in the system's time zone, for people.
    pub fn local_date_hour_minute(self) -> String {
        self.0.to_zoned(system_zone()).strftime("%m-%d %H:%M").to_string()
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

/// The system's time zone. The library looks for its name in the whole database, for which the
/// first frame of a run would wait; the file that the system points to says the same by itself.
#[expect(clippy::disallowed_methods, reason = "a fact of the system, like the time itself")]
fn system_zone() -> TimeZone {
    static ZONE: LazyLock<TimeZone> = LazyLock::new(|| {
        let file = std::env::var_os("TZ").is_none().then(|| std::fs::read("/etc/localtime"));
        let zone = file.and_then(Result::ok).and_then(|file| TimeZone::tzif("local", &file).ok());
        zone.unwrap_or_else(TimeZone::system)
    });
    ZONE.clone()
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%SZ"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_zone_is_the_one_that_its_name_stands_for() {
        for second in [0, 1_700_000_000, 1_720_000_000] {
            let time = Timestamp::from_second(second);
            let named = time.0.to_zoned(TimeZone::system());
            assert_eq!(time.local_hour_minute(), named.strftime("%H:%M").to_string());
        }
    }
}
