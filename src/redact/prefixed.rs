//! Checks a place against rows of the rule table: prefix, left edge, body, plausibility.

use memchr::memmem;

use super::charset::Set;
use super::checksum::Checksum;
use super::rules::{Floor, Left, Part, RULES, Rule};
use super::value;
use super::verdict::{Mask, Verdict};
use super::window::Window;
use crate::model::tag;

/// The longest SGR parameter list that the left edge looks back over, as in `\u001b[38;2;1;2;3m`.
const SGR_PARAMS_MAX: usize = 20;

/// Prefixes of this length do not occur by chance.
const PREFIX_RARE: usize = 4;

/// After a shorter one, so much of a body is needed, and digits in the middle of its words.
const BODY_BEGUN_MIXED: usize = 8;

/// So much stays readable of a token whose mark is in its middle: these letters tell whether the
/// rest is held back until the mark must have come. A third of the shortest such token.
pub(super) const MOST_SHOWN: usize = 12;

/// So much of a token of which only the checksum is proof looks random: while it is not whole, that
/// is taken for proof.
const UNCHECKED_MIN: usize = 24;

/// Bytes of a token before a tag that is glued to it from which on they are one by themselves.
const GLUED_MIN: usize = 16;

/// The longest such token.
const MOST_MAX: usize = 88;

/// Checks whether a token of `rule` with this `prefix` begins at `start`.
pub(super) fn check(window: &mut Window, start: usize, prefix: &str, rule: &Rule) -> Verdict {
    match literal(window, start, prefix) {
        Step::To(_) => {}
        Step::Open => return Verdict::More { from: start, mask: None },
        Step::No => return Verdict::No,
    }
    let body = start + prefix.len();
    if let Some(verdict) = checked(window, start, body, rule) {
        return verdict;
    }
    let Some(from) = hidden_from(window, (start, body), rule) else { return Verdict::No };
    let (mut at, mut rest) = (body, Set::Word);
    for (nth, part) in rule.body.iter().enumerate() {
        let step = match part {
            Part::Lit(text) => literal(window, at, text),
            Part::Run(set, least, most) => {
                rest = *set;
                run(window, at, *set, *least, *most)
            }
        };
        match step {
            Step::To(next) => at = next,
            Step::No if from < start => return Verdict::No,
            Step::No => {
                let to = reached(window, at, part);
                return begun(window, (start, body), from, to, rule);
            }
            Step::Open => {
                // More parts follow, with what stands between them.
                let rest = if nth + 1 < rule.body.len() { Set::Bearer } else { rest };
                return open(window, from, body, rest, rule);
            }
        }
    }
    whole(window, (start, body), from, at, rule)
}

/// From where on a token with its body at `body` is hidden; `None` where none can begin.
fn hidden_from(window: &Window, (start, body): (usize, usize), rule: &Rule) -> Option<usize> {
    let is_id = || window.before(start).is_some_and(|b| Set::Bearer.has(b));
    match rule.left {
        Left::Any => Some(shown_from(window, start, body)),
        Left::Edge => is_edge(window, start).then_some(start),
        Left::Id => is_id().then_some(body),
        Left::Most(set, len) => most(window, start, set, len),
    }
}

/// What is said of a token that goes on where the text that is here ends, with signs of `rest`.
fn open(window: &Window, from: usize, body: usize, rest: Set, rule: &Rule) -> Verdict {
    let to = window.sight();
    let tells = || match rule.floor {
        Floor::Checked => is_unchecked(window.slice(body, to)),
        _ => !is_ordinary(rule) || is_mixed(window.slice(body, to)),
    };
    let mask = (to > body && tells()).then_some(Mask { kind: rule.kind, to, rest });
    Verdict::More { from, mask }
}

/// What is said of a token that has all its parts and ends at `at`.
fn whole(
    window: &Window,
    (start, body): (usize, usize),
    from: usize,
    at: usize,
    rule: &Rule,
) -> Verdict {
    let Some(mut at) = before_tag(window, body, at) else { return Verdict::No };
    if at > body && window.slice(at - 1, at) == b"." {
        // The end of the sentence, not of the token.
        at -= 1;
    }
    let judged = if from < start { from } else { body };
    let is_right = |sum: Checksum| sum.is_right(window.slice(start, at), body - start);
    if is_plausible(window.slice(judged, at), rule.floor) || rule.checksum.is_some_and(is_right) {
        Verdict::Secret { from, to: at, kind: rule.kind }
    } else {
        Verdict::No
    }
}

/// Whether a token of `kind` has a checksum, and a right one.
pub(super) fn is_checked(token: &[u8], kind: &str) -> bool {
    let rows = RULES.iter().filter(|rule| rule.kind == kind);
    let mut prefixes = rows.flat_map(|rule| rule.prefixes.iter().map(move |p| (rule, *p)));
    prefixes.any(|(rule, prefix)| {
        token.starts_with(prefix.as_bytes())
            && rule.checksum.is_some_and(|sum| sum.is_right(token, prefix.len()))
    })
}

/// What a checksum says about the token at `start`: that it is one, if it is right, whatever stands
/// around it; or, of a token that is glued to a word, that it may be one.
fn checked(window: &mut Window, start: usize, body: usize, rule: &Rule) -> Option<Verdict> {
    let checksum = rule.checksum?;
    let is_rare = body - start >= PREFIX_RARE;
    if rule.lens.is_empty() || !is_rare && !is_edge(window, start) {
        return None;
    }
    let is_right = |len: &&usize| {
        let token = window.ahead(start, body - start + **len);
        token.len() == body - start + **len && checksum.is_right(token, body - start)
    };
    let from = shown_from(window, start, body);
    if let Some(len) = rule.lens.iter().find(is_right) {
        return Some(Verdict::Secret { from, to: body + len, kind: rule.kind });
    }
    let is_refused = rule.left == Left::Edge && from > start;
    let run = window.run(body, Set::Word);
    let longest = rule.lens.iter().max().is_some_and(|len| run.end - body < *len);
    (is_refused && longest && run.open).then_some(Verdict::More { from, mask: None })
}

/// From where on a token is hidden whose prefix is `start..body`. A prefix that is glued to a word
/// stays: nobody can hold back every word for what its end may begin.
pub(super) fn shown_from(window: &Window, start: usize, body: usize) -> usize {
    if is_edge(window, start) { start } else { body }
}

/// From where on a token is hidden that has `len` letters of a set before its mark at `mark`.
fn most(window: &Window, mark: usize, set: Set, len: usize) -> Option<usize> {
    let letters = if set == Set::Letters { set } else { Set::Alnum };
    let begin = marked(window, mark, letters)?;
    let is_most = mark - begin == len && window.slice(begin, mark).iter().all(|b| set.has(*b));
    is_most.then_some(begin + MOST_SHOWN)
}

/// From where on the text before `to` may be part of a token whose mark has not come yet.
pub(super) fn unmarked(window: &Window, to: usize) -> Option<usize> {
    if to - window.run_back(to, Set::Letters, MOST_SHOWN + 1) <= MOST_SHOWN {
        return None;
    }
    let begins = [Set::Alnum, Set::Letters].map(|set| marked(window, to, set));
    begins.into_iter().flatten().min().map(|begin| begin + MOST_SHOWN)
}

/// Where letters of `set` begin that end at `to` and may be a token's: they look random.
fn marked(window: &Window, to: usize, set: Set) -> Option<usize> {
    let mut begin = window.run_back(to, set, MOST_MAX + 1);
    if window.before(begin) == Some(b'\\') && begin < to {
        // The letter of an escape such as `\n` in JSON.
        begin += 1;
    }
    if !(MOST_SHOWN + 1..=MOST_MAX).contains(&(to - begin)) {
        return None;
    }
    let first = window.slice(begin, begin + MOST_SHOWN);
    value::is_uneven(first).then_some(begin)
}

/// Where a token ends whose body is `body..to`, before a tag that is glued to it if there is one; none
/// if too little is left.
fn before_tag(window: &Window, body: usize, to: usize) -> Option<usize> {
    match memmem::find(window.slice(body, to), tag::SIGN.as_bytes()) {
        Some(sign) => (sign >= GLUED_MIN).then_some(body + sign),
        None => Some(to),
    }
}

/// How far the part at `at` goes that is not complete.
fn reached(window: &mut Window, at: usize, part: &Part) -> usize {
    match part {
        Part::Run(set, _, most) => Some(window.run(at, *set).end).filter(|end| end - at <= *most),
        Part::Lit(text) => {
            let seen = window.ahead(at, text.len());
            Some(at + seen.iter().zip(text.bytes()).take_while(|(a, b)| **a == *b).count())
        }
    }
    .unwrap_or(at)
}

/// What may be the beginning of a token that is still being painted, and is complete up to `to`.
fn begun(
    window: &mut Window,
    (start, body): (usize, usize),
    from: usize,
    to: usize,
    rule: &Rule,
) -> Verdict {
    let first = rule.body.iter().find(|part| !matches!(part, Part::Lit("")));
    let Some(Part::Run(set, _, most)) = first else { return Verdict::No };
    let run = window.run(body, *set).end;
    let Some(end) = before_tag(window, body, run) else { return Verdict::No };
    let text = window.slice(body, end);
    let is_begun = match body - start {
        _ if rule.floor == Floor::Checked => is_unchecked(text),
        0..PREFIX_RARE => is_mixed(text),
        _ if is_ordinary(rule) => is_mixed(text),
        _ => value::is_begun(text),
    };
    let to = before_tag(window, body, to).unwrap_or(end).max(end);
    if window.may_grow(to) && run - body <= *most && is_begun {
        Verdict::Secret { from, to, kind: rule.kind }
    } else {
        Verdict::No
    }
}

/// Whether these letters behind a prefix that says little are none of words.
fn is_mixed(text: &[u8]) -> bool {
    text.len() >= BODY_BEGUN_MIXED && value::is_mixed(text)
}

/// Whether these letters may be a token's of which only the checksum is proof, and not here yet.
fn is_unchecked(text: &[u8]) -> bool {
    text.len() >= UNCHECKED_MIN && value::is_random(text) && value::is_uneven(text)
}

/// Whether texts that begin like a token of `rule` are met everywhere.
fn is_ordinary(rule: &Rule) -> bool {
    matches!(rule.body, [Part::Lit(""), ..])
}

enum Step {
    To(usize),
    Open,
    No,
}

fn literal(window: &Window, at: usize, text: &str) -> Step {
    let seen = window.ahead(at, text.len());
    if !text.as_bytes().starts_with(seen) {
        Step::No
    } else if seen.len() == text.len() {
        Step::To(at + text.len())
    } else if window.is_open_at(at + seen.len()) {
        Step::Open
    } else {
        Step::No
    }
}

fn run(window: &mut Window, at: usize, set: Set, least: usize, most: usize) -> Step {
    let run = window.run(at, set);
    let len = run.end - at;
    if len > most {
        Step::No
    } else if run.open {
        Step::Open
    } else if len < least {
        Step::No
    } else {
        Step::To(run.end)
    }
}

fn is_plausible(body: &[u8], floor: Floor) -> bool {
    match floor {
        Floor::Shape => !value::is_placeholder(body),
        Floor::Random => value::is_random(body),
        Floor::Checked => false,
    }
}

/// Whether a token may begin at `at`: no letter or digit before it that surely belongs to it. The
/// letter of an escape such as `\n` in JSON, and the `m` of an escaped colour, are none of the text.
pub(super) fn is_edge(window: &Window, at: usize) -> bool {
    let Some(before) = window.before(at) else { return true };
    if !before.is_ascii_alphanumeric() || window.is_seam(at) {
        return true;
    }
    match before {
        b'n' | b'r' | b't' | b'b' | b'f' => window.before(at - 1) == Some(b'\\'),
        b'm' => ends_escaped_colour(window, at - 1),
        _ => false,
    }
}

fn ends_escaped_colour(window: &Window, m: usize) -> bool {
    let mut at = m;
    while m - at < SGR_PARAMS_MAX
        && window.before(at).is_some_and(|b| b.is_ascii_digit() || matches!(b, b';' | b':'))
    {
        at -= 1;
    }
    window.before(at) == Some(b'[')
        && window.before(at - 1).is_some_and(|b| b.eq_ignore_ascii_case(&b'b') || b == b'3')
}
