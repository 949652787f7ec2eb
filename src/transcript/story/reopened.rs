//! Which decisions and todos of a `loghop` block were spoken of again after it. Whether that took
//! them back, or did them, no list of words can tell in every language; so the later word is told beside each.

use std::collections::HashSet;

use super::words::{self, Hashed, Word};
use super::worth::Cues;
use crate::model::{Place, Remark, Reopened};
use crate::transcript::notes;

/// A word that stands in more sentences names no subject.
const SUBJECT_MAX: u32 = 6;

/// Letters of a word that names something; of shorter ones most are articles and the like.
const NAME_MIN: usize = 4;

/// What two texts about the same thing share at least: one name, or two pairs of signs of a script
/// without blanks.
const SHARED_MIN: u32 = 2;

/// The decisions of the block at `place` that somebody spoke of later: the person with any sentence,
/// whose last word counts, else the assistant with one that is a choice itself.
pub(super) fn decisions(place: Place, decisions: &[String], remarks: &[Remark]) -> Vec<Reopened> {
    let cues = Cues::default();
    let decides =
        |r: &Remark| cues.is_choice(&r.text) || notes::cues(&r.text).any(|(cue, _)| cue.decides());
    reopened(decisions, remarks, |r| r.place > place && (r.by_user || (!r.asks && decides(r))))
}

/// Its todos of which somebody said something later: they may be done since.
pub(super) fn todos(place: Place, todos: &[String], remarks: &[Remark]) -> Vec<Reopened> {
    reopened(todos, remarks, |r| r.place > place && (r.by_user || !r.asks))
}

/// Those of `texts` that one of the remarks which count is about.
fn reopened(
    texts: &[String],
    remarks: &[Remark],
    counts: impl Fn(&Remark) -> bool,
) -> Vec<Reopened> {
    let later: Vec<usize> = (0..remarks.len()).filter(|n| counts(&remarks[*n])).collect();
    if later.is_empty() {
        return Vec::new();
    }
    let names: Vec<Vec<(Word, u32)>> = texts.iter().map(|text| subjects(text)).collect();
    let mut seen: Hashed<u32> = names.iter().flatten().map(|(word, _)| (*word, 0)).collect();
    let words: Vec<HashSet<Word>> =
        remarks.iter().map(|r| words::words(&r.text)).map(known).collect();
    for word in words.iter().flatten() {
        seen.entry(*word).and_modify(|count| *count += 1);
    }
    let shares = |names: &[(Word, u32)], n: usize| {
        let shared = names.iter().filter(|(w, _)| seen[w] <= SUBJECT_MAX && words[n].contains(w));
        shared.map(|(_, weight)| weight).sum::<u32>() >= SHARED_MIN
    };
    let by = |names: &[(Word, u32)]| {
        let about = later.iter().copied().filter(|n| shares(names, *n));
        about.max_by_key(|n| (remarks[*n].by_user, *n))
    };
    let all = texts.iter().zip(&names);
    let all = all.filter_map(|(text, names)| Some(Reopened { text: text.clone(), by: by(names)? }));
    all.collect()
}

fn known(words: Vec<Word>) -> HashSet<Word> {
    words.into_iter().collect()
}

/// The words that may name what a text is about, each once, with its weight.
fn subjects(text: &str) -> Vec<(Word, u32)> {
    let kind = |c: char| (c.is_alphanumeric(), words::is_dense(c));
    let chars: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    for run in chars.chunk_by(|a, b| kind(*a) == kind(*b)) {
        let is_dense = run.first().is_some_and(|c| words::is_dense(*c));
        let is_sign = run.iter().all(|c| c.is_uppercase()) || run.iter().any(char::is_ascii_digit);
        if is_dense || run.len() >= NAME_MIN || (run.len() > 1 && is_sign) {
            let run: String = run.iter().collect();
            let weight = if is_dense { 1 } else { SHARED_MIN };
            all.extend(words::words(&run).into_iter().map(|word| (word, weight)));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SessionId;

    #[test]
    fn the_persons_last_word_on_a_decision_counts() {
        let place = |turn| Place { session: SessionId(1), turn };
        let remark = |(turn, by_user, text): (u32, bool, &str)| {
            let (place, text) = (place(turn), text.to_owned());
            let asks = text.ends_with('?');
            Remark {
                place,
                by_user,
                seen: false,
                text,
                rule: false,
                asks,
                worth: 1.0,
                later: None,
                again: None,
            }
        };
        let remarks = [
            (1, true, "Redis for the queue, and Kafka."),
            (4, true, "No, drop Redis after all."),
            (5, false, "I look at Kafka and the logs."),
            (6, false, "Decision: gRPC between the two."),
            (7, true, "Thanks, and 缓存大小改成两百吧"),
        ]
        .map(remark);
        let decisions = ["Redis for the queue", "Kafka keeps the events", "REST", "缓存大小一百"];
        let mut decisions: Vec<String> = decisions.map(str::to_owned).to_vec();
        decisions.push("gRPC to the outside only".into());
        let told = super::decisions(place(2), &decisions, &remarks);
        let told: Vec<(&str, usize)> = told.iter().map(|r| (r.text.as_str(), r.by)).collect();
        let expected =
            [("Redis for the queue", 1), ("缓存大小一百", 4), ("gRPC to the outside only", 3)];
        assert_eq!(told, expected);
        assert_eq!(super::decisions(place(7), &decisions, &remarks), []);
        let pending = ["look at the logs".to_owned(), "write REST docs".to_owned()];
        let told = todos(place(2), &pending, &remarks);
        assert_eq!(told, [Reopened { text: pending[0].clone(), by: 2 }]);
    }
}
