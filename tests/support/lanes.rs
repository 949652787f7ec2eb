//! Runs that mostly wait, a few at the same time.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Runs at the same time. More would be late on two cores, and late is what some of them measure.
const LANES: usize = 3;

/// The result for each item, in order.
pub fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let lane = || {
        let take = || items.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed));
        while let Some((n, item)) = take() {
            let result = work(item);
            done.lock().unwrap().push((n, result));
        }
    };
    thread::scope(|scope| (0..LANES).for_each(|_| drop(scope.spawn(lane))));
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}
