//! Two sequences compared: what should stand where, and what does.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::hash::Hash;

/// What is wrong with a sequence; numbers count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// This one of the expected ones is gone.
    Missing(usize),
    /// In the place of this expected one stands this other one.
    Changed(usize, usize),
    /// This one is expected, but not here.
    Reordered(usize),
    /// Nobody expects this one.
    Added(usize),
}

/// Compares them, with as few faults as explain the difference.
pub(super) fn compare<T: Hash + Eq>(expected: &[T], actual: &[T]) -> Vec<Fault> {
    if expected == actual {
        return Vec::new();
    }
    let mut places: HashMap<&T, VecDeque<usize>> = HashMap::new();
    for (at, item) in expected.iter().enumerate() {
        places.entry(item).or_default().push_back(at);
    }
    // For each item that is there, where it is expected; and the other way round.
    let matched: Vec<Option<usize>> =
        actual.iter().map(|item| places.get_mut(item)?.pop_front()).collect();
    let mut found: Vec<Option<usize>> = vec![None; expected.len()];
    for (at, expected_at) in matched.iter().enumerate() {
        if let Some(expected_at) = expected_at {
            found[*expected_at] = Some(at);
        }
    }
    let mut added: BTreeSet<usize> =
        (0..actual.len()).filter(|at| matched[*at].is_none()).collect();
    let mut faults = Vec::new();
    for at in 0..expected.len() {
        if found[at].is_some() {
            continue;
        }
        let next = if at == 0 { Some(0) } else { found[at - 1].map(|before| before + 1) };
        match next.filter(|next| added.remove(next)) {
            Some(next) => {
                found[at] = Some(next);
                faults.push(Fault::Changed(at, next));
            }
            None => faults.push(Fault::Missing(at)),
        }
    }
    let ordered = longest_run(&matched);
    let is_moved = |at: &usize| matched[*at].is_some() && !ordered.contains(at);
    faults.extend((0..actual.len()).filter(is_moved).map(Fault::Reordered));
    faults.extend(added.into_iter().map(Fault::Added));
    faults
}

/// The most places whose values increase: these count as standing right.
fn longest_run(values: &[Option<usize>]) -> BTreeSet<usize> {
    // `ends[n]` is where the run of n + 1 values ends that leaves the most room behind it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; values.len()];
    for (at, value) in values.iter().enumerate().filter(|(_, value)| value.is_some()) {
        let length = ends.partition_point(|end| values[*end] < *value);
        before[at] = length.checked_sub(1).map(|n| ends[n]);
        ends.truncate(ends.len().max(length));
        if length == ends.len() { ends.push(at) } else { ends[length] = at }
    }
    let mut run = BTreeSet::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        run.insert(at);
        next = before[at];
    }
    run
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn faults(expected: &str, actual: &str) -> Vec<Fault> {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        compare(&chars(expected), &chars(actual))
    }

    #[test]
    fn each_difference_has_its_name() {
        assert_eq!(faults("abcd", "abcd"), []);
        assert_eq!(faults("abcd", "abxd"), [Fault::Changed(2, 2)]);
        assert_eq!(faults("abcd", "xycd"), [Fault::Changed(0, 0), Fault::Changed(1, 1)]);
        assert_eq!(faults("abcd", "acd"), [Fault::Missing(1)]);
        assert_eq!(faults("abcd", "abc"), [Fault::Missing(3)]);
        assert_eq!(faults("abcd", "abcde"), [Fault::Added(4)]);
        assert_eq!(faults("abcd", "acbd").len(), 1);
        assert_eq!(faults("abcde", "ebcda"), [Fault::Reordered(0), Fault::Reordered(4)]);
        assert_eq!(faults("aab", "aba"), [Fault::Reordered(1)]);
        assert_eq!(faults("", "a"), [Fault::Added(0)]);
    }

    proptest! {
        #[test]
        fn only_equal_ones_have_no_fault(
            expected in prop::collection::vec(0_u8..6, 0..12),
            actual in prop::collection::vec(0_u8..6, 0..12),
        ) {
            prop_assert_eq!(compare(&expected, &actual).is_empty(), expected == actual);
        }
    }
}
