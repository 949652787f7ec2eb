//! What was said, in order: the remarks that are worth most for their length, and of each thing
//! the last word. Nothing is said for the person or the assistant; their sentences are quoted.

use std::cmp::Ordering;
use std::fmt::Write;

use super::budget::tokens;
use super::quote;
use crate::model::{Place, Remark, SessionId, Story};

/// Characters of one remark.
const REMARK_MAX: usize = 320;

/// Tokens that a line's place and speaker take.
const LINE_TOKENS: usize = 5;

/// The least that a remark must be worth to be told at all: below are the phrases with which an
/// assistant announces what it does.
const WORTH_MIN: f32 = 1.2;

/// What is told of a conversation.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// Quoted lines.
    pub(super) text: String,
    /// Rules that stand neither here nor above.
    pub(super) untold: Vec<Place>,
    /// Remarks that are told.
    pub(super) told: usize,
    /// The worth of those, and of all.
    pub(super) worth: (f32, f32),
}

/// Tells as much of `remarks` as `room` tokens hold. What stands in the document as a whole message
/// (`shown`) is not repeated. What is to be kept in mind (`in_mind`) is: an older word on the same
/// thing would stand below it as if it were the last one.
pub(super) fn said(remarks: &[Remark], shown: &[Place], in_mind: &[bool], room: usize) -> Said {
    let told = choose(remarks, shown, room);
    let is_told = |n: &usize| told[*n] || in_mind[*n] || shown.contains(&remarks[*n].place);
    let all = 0..remarks.len();
    let worth = |all: &mut dyn Iterator<Item = usize>| all.map(|n| remarks[n].worth).sum::<f32>();
    let is_lost = |n: &usize| is_rule(&remarks[*n]) && !is_told(n);
    Said {
        text: quoted(remarks, &told),
        untold: all.clone().filter(is_lost).map(|n| remarks[n].place).collect(),
        told: all.clone().filter(is_told).count(),
        worth: (worth(&mut all.clone().filter(is_told)), worth(&mut all.clone())),
    }
}

/// A sentence of the person's that binds whoever goes on.
fn is_rule(remark: &Remark) -> bool {
    remark.by_user && remark.rule && !remark.asks
}

/// Which remarks are told, best first while there is room. Who tells one tells the last one about
/// the same thing too: a decision without its reversal would be false.
fn choose(remarks: &[Remark], shown: &[Place], mut room: usize) -> Vec<bool> {
    let costs: Vec<usize> = remarks.iter().map(cost).collect();
    let value = |n: usize| remarks[n].worth / (costs[n] as f32 + 12.0).sqrt();
    let mut order: Vec<usize> = (0..remarks.len()).collect();
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)).then(a.cmp(&b)));
    let mut told = vec![false; remarks.len()];
    for n in order {
        if told[n] || shown.contains(&remarks[n].place) || remarks[n].worth < WORTH_MIN {
            continue;
        }
        let mut chain = vec![n];
        // Also what stands elsewhere: above, it would seem to be overruled by what comes here.
        while let Some(later) = remarks[*chain.last().unwrap_or(&n)].later.filter(|l| !told[*l]) {
            chain.push(later);
        }
        let need: usize = chain.iter().map(|n| costs[*n]).sum();
        if let Some(rest) = room.checked_sub(need) {
            room = rest;
            for n in chain {
                told[n] = true;
            }
        }
    }
    told
}

/// What is to be kept in mind, quoted.
#[derive(Debug, Default)]
pub(super) struct Mind {
    /// The rules that the person gave and did not come back to, and what the assistant asked last
    /// and nobody answered.
    pub(super) text: String,
    /// The rules about something that the person named again, each with that word: perhaps it was
    /// taken back, perhaps not.
    pub(super) again: String,
    /// Which remarks stand in either.
    pub(super) told: Vec<bool>,
}

/// As much of what is to be kept in mind as `room` tokens hold.
pub(super) fn in_mind(story: &Story, room: usize) -> Mind {
    let remarks = &story.remarks;
    let unanswered = story.last_reply.filter(|reply| story.last_prompt < Some(*reply));
    let asked = |r: &Remark| r.asks && !r.by_user && Some(r.place) == unanswered;
    let binds = |r: &Remark| is_rule(r) && Some(r.place) != story.last_prompt;
    let mut order: Vec<usize> =
        (0..remarks.len()).filter(|n| asked(&remarks[*n]) || binds(&remarks[*n])).collect();
    order.sort_by(|a, b| {
        let key = |n: usize| (asked(&remarks[n]), remarks[n].worth);
        key(*b).partial_cmp(&key(*a)).unwrap_or(Ordering::Equal).then(b.cmp(a))
    });
    let (mut stands, mut room) = (vec![false; remarks.len()], room);
    let mut again = stands.clone();
    for n in order {
        let by_user = |l: &usize| remarks[n].by_user && remarks[*l].by_user;
        let last_word = remarks[n].again.or(remarks[n].later.filter(by_user));
        let list = if remarks[n].again.is_some() { &mut again } else { &mut stands };
        let both = [Some(n), last_word].into_iter().flatten().filter(|n| !list[*n]);
        let both: Vec<usize> = both.collect();
        let need: usize = both.iter().map(|n| cost(&remarks[*n])).sum();
        if let Some(rest) = room.checked_sub(need) {
            room = rest;
            for n in both {
                list[n] = true;
            }
        }
    }
    let told = stands.iter().zip(&again).map(|(a, b)| *a || *b).collect();
    Mind { text: quoted(remarks, &stands), again: quoted(remarks, &again), told }
}

fn cost(remark: &Remark) -> usize {
    tokens(&remark.text).min(REMARK_MAX / 2) + LINE_TOKENS
}

/// One line for what one message says, under the session that it stands in.
fn quoted(remarks: &[Remark], told: &[bool]) -> String {
    let mut out = String::new();
    let mut session: Option<SessionId> = None;
    let mut at: Option<Place> = None;
    for (remark, _) in remarks.iter().zip(told).filter(|(_, told)| **told) {
        if session.replace(remark.place.session) != Some(remark.place.session) {
            let gap = if out.is_empty() { "" } else { "\n\n" };
            let _ = writeln!(out, "{gap}{}:\n", remark.place.session);
            at = None;
        }
        let text = quote::line(&remark.text);
        let text = quote::labelled(&quote::clip(&text, REMARK_MAX)).into_owned();
        if at.replace(remark.place) == Some(remark.place) {
            let _ = write!(out, " {text}");
        } else {
            let who = if remark.by_user { "**user**" } else { "assistant" };
            let seen = if remark.seen { ", off the screen" } else { "" };
            let gap = if out.ends_with("\n\n") || out.is_empty() { "" } else { "\n" };
            let _ = write!(out, "{gap}> t{} {who}{seen}: {text}", remark.place.turn);
        }
    }
    if out.is_empty() { out } else { out + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remark(turn: u32, text: &str, worth: f32, later: Option<usize>) -> Remark {
        let place = Place { session: SessionId(2), turn };
        let (by_user, text) = (turn % 2 == 1, text.into());
        Remark {
            place,
            by_user,
            seen: false,
            text,
            rule: false,
            asks: false,
            worth,
            later,
            again: None,
        }
    }

    #[test]
    fn who_tells_a_decision_tells_its_reversal() {
        let remarks = [
            remark(1, "Use Redis for the queue.", 6.0, Some(2)),
            remark(2, "Let me look.", 0.5, None),
            remark(4, "The queue stays in Postgres.", 3.0, None),
        ];
        let text = said(&remarks, &[], &[false; 3], 500).text;
        let expected = "S-002:\n\n> t1 **user**: Use Redis for the queue.\n> t4 assistant: The queue \
                        stays in Postgres.\n";
        assert_eq!(text, expected);
        // Room for one of the two only: then neither half is told.
        let text = said(&remarks, &[], &[false; 3], 14).text;
        assert!(!text.contains("Redis"), "{text}");
    }

    #[test]
    fn what_no_transcript_has_is_marked() {
        let seen = Remark { seen: true, ..remark(4, "The queue stays in Postgres.", 3.0, None) };
        let text = said(&[seen], &[], &[false], 500).text;
        assert!(text.contains("> t4 assistant, off the screen: The queue"), "{text}");
    }

    #[test]
    fn what_stands_above_is_not_repeated_and_counts_as_told() {
        let remarks = [remark(1, "Never touch it.", 6.0, None), remark(3, "Now do it.", 4.0, None)];
        let said = said(&remarks, &[remarks[1].place], &[false; 2], 500);
        assert!(!said.text.contains("Now do it"));
        assert_eq!((said.told, said.worth.0), (2, said.worth.1));
    }

    #[test]
    fn a_rule_without_room_is_named() {
        let rule = Remark { rule: true, ..remark(1, "Never touch it.", 6.0, None) };
        let remarks = [rule, remark(3, "Now do it.", 4.0, None)];
        assert_eq!(said(&remarks, &[], &[false; 2], 0).untold, [remarks[0].place]);
        assert!(said(&remarks, &[], &[true, false], 0).untold.is_empty());
        assert!(said(&remarks, &[], &[false; 2], 500).untold.is_empty());
    }

    #[test]
    fn a_rule_stands_beside_the_persons_own_last_word_on_it() {
        let rule =
            |turn, text, again| Remark { rule: true, again, ..remark(turn, text, 6.0, None) };
        let story = Story {
            remarks: vec![
                rule(1, "Never touch README.", Some(2)),
                rule(1, "No pandas.", None),
                remark(3, "README is yours now.", 5.0, None),
                remark(4, "README is written.", 3.0, None),
            ],
            ..Story::default()
        };
        let mind = in_mind(&story, 500);
        assert_eq!(mind.text, "S-002:\n\n> t1 **user**: No pandas.\n");
        let expected = "S-002:\n\n> t1 **user**: Never touch README.\n> t3 **user**: README is \
                        yours now.\n";
        assert_eq!(mind.again, expected);
        assert_eq!(mind.told, [true, true, true, false]);
    }
}
