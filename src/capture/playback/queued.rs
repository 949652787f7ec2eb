//! Prompts that were sent while a turn went on: clients show them below it, and then what they say
//! to them, with or without telling that one turn ended and another began.

use std::ops::Range;

use super::typed::Typed;
use super::words::{self, CLOSING_MAX};

/// Prompts that wait for the end of a turn; nobody sends more.
const QUEUED_MAX: usize = 16;

/// The prompts, in their order.
#[derive(Debug, Default)]
pub(super) struct Queued(Vec<Typed>);

impl Queued {
    /// One more was sent; its text may be unknown. The client's own commands are none.
    pub(super) fn push(&mut self, prompt: Typed) {
        if self.0.len() < QUEUED_MAX && !prompt.text.trim_start().starts_with('/') {
            self.0.push(prompt);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Which of the lines show one of them.
    pub(super) fn shown(&self, lines: &[&str]) -> Vec<usize> {
        self.0.iter().flat_map(|prompt| places(lines, prompt).into_iter().flatten()).collect()
    }

    /// Takes from a reply what belongs to the prompts that stand in it: each with what comes below
    /// it. One that is not there was taken back.
    pub(super) fn split(self, reply: &mut String) -> Vec<(String, String)> {
        let said = std::mem::take(reply);
        let lines: Vec<&str> = said.lines().collect();
        let mut parts: Vec<(String, Vec<&str>)> = vec![(String::new(), lines)];
        for prompt in self.0 {
            let Some((_, last)) = parts.last_mut() else { continue };
            if let Some(below) = below(last, &prompt) {
                parts.push((prompt.text, below));
            }
        }
        let text = |lines: Vec<&str>| lines.join("\n").trim().to_owned();
        let mut parts = parts.into_iter().map(|(prompt, lines)| (prompt, text(lines)));
        *reply = parts.next().map(|(_, own)| own).unwrap_or_default();
        parts.collect()
    }
}

/// Takes a prompt and what stands below it from some lines. Where it waited and where it was
/// answered it may stand twice.
fn below<'a>(lines: &mut Vec<&'a str>, prompt: &Typed) -> Option<Vec<&'a str>> {
    let places = places(lines, prompt);
    let count = |lines: &[&str]| lines.iter().map(|line| words::count(line)).sum::<usize>();
    let is_answered = |end: usize| count(&lines[end..]) > CLOSING_MAX;
    let first = places.first()?.clone();
    let place = places.into_iter().rev().find(|place| is_answered(place.end));
    let Some(place) = place else {
        // It waits still, with a word of the client's to that.
        lines.truncate(first.start);
        return Some(Vec::new());
    };
    let below = lines.split_off(place.end);
    lines.truncate(place.start);
    lines.drain(first.start..first.end.min(lines.len()));
    Some(below)
}

/// Where a prompt stands in some lines.
fn places(lines: &[&str], prompt: &Typed) -> Vec<Range<usize>> {
    let (mut places, mut from) = (Vec::new(), 0);
    while let Some(found) = prompt.found(&lines[from..]).filter(|_| !prompt.text.is_empty()) {
        places.push(from + found.start..from + found.end);
        from += found.end;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::super::screen::{Line, Moment};
    use super::*;

    fn typed(text: &str) -> Typed {
        let line = |text: String| Line { text, wraps: false };
        let begun = Moment { lines: vec![line("> ".into())], row: 0, sign: "> ".into() };
        let sent = Moment { lines: vec![line(format!("> {text}"))], row: 0, sign: String::new() };
        Typed::of(&begun, &sent, "", 80)
    }

    fn split(reply: &str) -> (String, Vec<(String, String)>) {
        let mut queued = Queued::default();
        queued.push(typed("and what then"));
        let mut reply = reply.to_owned();
        let parts = queued.split(&mut reply);
        (reply, parts)
    }

    #[test]
    fn what_stands_below_a_prompt_answers_it() {
        let answer = "Then there are nine words or even more here.";
        let of = |reply: &str| vec![("and what then".to_owned(), reply.to_owned())];
        let told = format!("One.\nTwo.\n\nand what then\n\n{answer}");
        assert_eq!(split(&told), ("One.\nTwo.".into(), of(answer)));
        let twice = format!("One.\nand what then\nTwo.\n> and what then\n{answer}");
        assert_eq!(split(&twice), ("One.\nTwo.".into(), of(answer)));
        assert_eq!(split("One.\nand what then\nQueued"), ("One.".into(), of("")));
        assert_eq!(split("One.\nTwo."), ("One.\nTwo.".into(), Vec::new()));
    }
}
