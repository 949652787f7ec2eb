//! When to draw: at most 60 times a second, at once after a key, never in the middle of a
//! synchronized frame. Pure.

use std::time::{Duration, Instant};

/// Time between two frames: 60 a second.
const FRAME: Duration = Duration::from_millis(16);
/// Time between two frames while a person types: they wait for the echo, and it may come right
/// after a frame of the child's own. Drawing takes less than half of it.
const FRAME_BOOST: Duration = Duration::from_millis(1);
/// How long after a key frames come fast; covers a child that answers slowly.
const BOOST: Duration = Duration::from_millis(60);
/// Longest wait for the end of a synchronized frame: a child that died inside one must not
/// freeze the picture.
const SYNC_CAP: Duration = Duration::from_millis(150);
/// The same while a person types: a stream cut inside a frame would delay every echo.
const SYNC_CAP_BOOST: Duration = Duration::from_millis(20);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Draw.
    Draw,
    /// Look again at this time, when the next frame is due; until then changes do not matter.
    Frame(Instant),
    /// Look again at this time, or when something happens: the synchronized frame may end.
    Until(Instant),
    /// Nothing changed: wait for something to happen.
    Idle,
}

/// Remembers when frames were drawn and keys pressed.
#[derive(Debug, Default)]
pub struct Pacer {
    drawn: Option<Instant>,
    key: Option<Instant>,
    sync_since: Option<Instant>,
}

impl Pacer {
    /// A key went to the child.
    pub fn key(&mut self, now: Instant) {
        self.key = Some(now);
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.drawn = Some(now);
    }

    /// Decides, given whether something changed and whether the child is inside a synchronized
    /// frame.
    pub fn decide(&mut self, now: Instant, dirty: bool, in_sync: bool) -> Pace {
        if !in_sync {
            self.sync_since = None;
        }
        if !dirty {
            return Pace::Idle;
        }
        let boost = self.key.is_some_and(|key| now.saturating_duration_since(key) < BOOST);
        let gap = if boost { FRAME_BOOST } else { FRAME };
        let cap = if boost { SYNC_CAP_BOOST } else { SYNC_CAP };
        let sync_end = in_sync.then(|| *self.sync_since.get_or_insert(now) + cap);
        match (self.drawn.map(|drawn| drawn + gap), sync_end) {
            (Some(due), _) if now < due => Pace::Frame(due),
            (_, Some(end)) if now < end => Pace::Until(end),
            _ => Pace::Draw,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn the_first_change_is_drawn_at_once_and_the_next_waits_for_its_frame() {
        let start = Instant::now();
        let mut pacer = Pacer::default();
        assert_eq!(pacer.decide(start, false, false), Pace::Idle);
        assert_eq!(pacer.decide(start, true, false), Pace::Draw);
        pacer.drawn(start);
        assert_eq!(pacer.decide(start + MS, true, false), Pace::Frame(start + FRAME));
        assert_eq!(pacer.decide(start + FRAME, true, false), Pace::Draw);
    }

    #[test]
    fn a_key_makes_frames_come_fast() {
        let start = Instant::now();
        let mut pacer = Pacer::default();
        pacer.drawn(start);
        pacer.key(start);
        assert_eq!(pacer.decide(start + FRAME_BOOST, true, false), Pace::Draw);
        assert!(matches!(pacer.decide(start + MS / 2, true, false), Pace::Frame(_)));
    }

    #[test]
    fn a_synchronized_frame_is_painted_whole_but_not_for_ever() {
        let start = Instant::now();
        let mut pacer = Pacer::default();
        assert_eq!(pacer.decide(start, true, true), Pace::Until(start + SYNC_CAP));
        assert_eq!(pacer.decide(start + 5 * MS, true, false), Pace::Draw);
        assert_eq!(
            pacer.decide(start + 6 * MS, true, true),
            Pace::Until(start + 6 * MS + SYNC_CAP)
        );
        assert_eq!(pacer.decide(start + 6 * MS + SYNC_CAP, true, true), Pace::Draw);
        pacer.drawn(start + 6 * MS + SYNC_CAP);
        let next = start + 6 * MS + SYNC_CAP + FRAME;
        assert_eq!(pacer.decide(start + 7 * MS + SYNC_CAP, true, true), Pace::Frame(next));
    }
}
