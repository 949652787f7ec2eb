//! Time as a value: the only place that asks the system what time it is.

use std::fmt;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::tz::TimeZone;

/// A moment in UTC, shown in whole seconds as `2026-11-20T21:39:58Z` (the on-disk form).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The current time. Flows take it once and hand it on; pure rooms get it as a parameter.
    /// It stands still while the system's clock, set back, is behind what this process was told.
    pub fn now() -> Self {
        static TOLD: AtomicI64 = AtomicI64::new(i64::MIN);
        Self::from_second(not_before(&TOLD, jiff::Timestamp::now().as_second()))
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

/// The later of `second` and everything that went through `latest` before, from any thread.
fn not_before(latest: &AtomicI64, second: i64) -> i64 {
    latest.fetch_max(second, Ordering::Relaxed).max(second)
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
    fn a_clock_that_is_set_back_stands_still_until_it_has_caught_up() {
        let latest = AtomicI64::new(i64::MIN);
        let told = [100, 101, 50, 51, 101, 102].map(|second| not_before(&latest, second));
        assert_eq!(told, [100, 101, 101, 101, 101, 102]);
    }

    #[test]
    fn threads_that_ask_at_once_each_hear_a_time_that_never_goes_back() {
        let latest = AtomicI64::new(i64::MIN);
        std::thread::scope(|scope| {
            for step in [1, -1] {
                let latest = &latest;
                scope.spawn(move || {
                    let told = (0..10_000).map(|n| not_before(latest, 10_000 + step * n));
                    assert!(told.collect::<Vec<_>>().is_sorted());
                });
            }
        });
        assert_eq!(latest.into_inner(), 19_999);
    }

    #[test]
    fn the_systems_zone_is_the_one_that_its_name_stands_for() {
        for second in [0, 1_700_000_000, 1_720_000_000] {
            let time = Timestamp::from_second(second);
            let named = time.0.to_zoned(TimeZone::system());
            assert_eq!(time.local_hour_minute(), named.strftime("%H:%M").to_string());
        }
    }
}
