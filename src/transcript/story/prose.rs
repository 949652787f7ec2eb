//! What was said, cut into sentences and kept within a bound.

use super::words::{self, Hashed};
use crate::model::Place;
use crate::transcript::{clip, notes};

/// Bytes of all sentences that are kept: some thousand of each side, ten times what a handoff
/// tells. Beyond that what the assistants said on the way goes first.
pub(super) const BYTES_MAX: usize = 512 << 10;

/// Bytes of one sentence; a longer one is a listing.
const SENTENCE_MAX: usize = 480;

/// Sentences of one message: its beginning and its end. What stands between them was pasted, or is
/// told at length: of the person's, whole sentences are kept for less.
const MESSAGE_MAX: usize = 60;

/// Bytes of a message that is read: its beginning and its end.
const READ_MAX: usize = 32 << 10;

/// Different sentences that are counted for repeats.
const COUNTED_MAX: usize = 1 << 16;

/// Times that the same sentence of an assistant is taken in: after that it is a phrase.
const PHRASE_MAX: u32 = 2;

/// Times that the same message, or the same sentence of the person, is taken in: who goes back to
/// an earlier choice says it in the same words, but not again and again.
const SAID_MAX: u32 = 8;

/// Characters of a prompt that is an answer rather than a request of its own.
const ANSWER_MAX: usize = 80;

/// A sentence and where it stood.
#[derive(Debug, Clone)]
pub(super) struct Sentence {
    pub place: Place,
    pub by_user: bool,
    /// It was read off the screen.
    pub seen: bool,
    pub text: String,
    /// What the whole sentence hashes to: the same one again says nothing new.
    pub hash: u64,
    /// How the assistant's message stood in its turn.
    pub role: Role,
    /// It was the last one of its message.
    pub last: bool,
    /// The person answered it in a few words.
    pub answered: bool,
    /// It stood far inside of a long message.
    pub deep: bool,
}

/// How a message stood in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The assistant announced work with it.
    Narration,
    /// The turn closed with it.
    Closing,
}

#[derive(Debug, Default)]
pub(super) struct Prose {
    sentences: Vec<Sentence>,
    bytes: usize,
    count: u32,
    /// Where the assistant's latest message begins.
    latest: usize,
    /// How often a sentence was said.
    repeats: Hashed<u32>,
}

impl Prose {
    pub(super) fn user(&mut self, place: Place, text: &str) {
        let is_answer = text.trim().chars().count() <= ANSWER_MAX;
        self.message_ends();
        let end = self.sentences.len();
        if is_answer && let Some(last) = self.sentences[self.latest.min(end)..].last_mut() {
            last.answered = !last.by_user;
        }
        self.add(place, text, true);
        self.latest = self.sentences.len();
    }

    /// What the person says to a question of a tool, while the turn goes on.
    pub(super) fn answer(&mut self, place: Place, text: &str) {
        let asked = self.sentences.last().map(|last| last.place);
        let question = self.sentences.iter_mut().rev().take_while(|s| Some(s.place) == asked);
        question.for_each(|sentence| sentence.answered = !sentence.by_user);
        self.add(place, text, true);
        self.latest = self.sentences.len();
    }

    pub(super) fn assistant(&mut self, place: Place, text: &str) {
        self.latest = self.sentences.len();
        self.add(place, text, false);
    }

    /// What was said last, there, is known from the screen alone.
    pub(super) fn was_seen(&mut self, place: Place) {
        let last = self.sentences.iter_mut().rev().take_while(|s| s.place == place);
        last.for_each(|sentence| sentence.seen = true);
    }

    /// A tool was called: what was said before it announced that.
    pub(super) fn work_goes_on(&mut self) {
        self.latest = self.sentences.len();
    }

    /// The turn is over: what was said last closed it.
    pub(super) fn message_ends(&mut self) {
        let from = self.latest.min(self.sentences.len());
        self.sentences[from..].iter_mut().for_each(|s| s.role = Role::Closing);
    }

    fn add(&mut self, place: Place, text: &str, by_user: bool) {
        let text = clip::middle(text, READ_MAX);
        // Salted, so that a message of one sentence is not counted as two.
        if self.repeated(!words::hash(&text), SAID_MAX) {
            return;
        }
        let repeats_max = if by_user { SAID_MAX } else { PHRASE_MAX };
        let all: Vec<&str> = notes::prose(&text).flat_map(sentences).collect();
        self.count = self.count.saturating_add(all.len() as u32);
        let skipped = all.len().saturating_sub(MESSAGE_MAX);
        let is_deep = |n: usize| n >= MESSAGE_MAX / 2 && n < MESSAGE_MAX / 2 + skipped;
        let kept = |n: usize, text: &str| !is_deep(n) || (by_user && is_closed(text));
        let last = all.len().saturating_sub(1);
        for (n, text) in all.into_iter().enumerate().filter(|(n, text)| kept(*n, text)) {
            let hash = words::hash(text);
            if self.repeated(hash, repeats_max) {
                continue;
            }
            let text = clip::head(text, SENTENCE_MAX).into_owned();
            self.bytes += text.len();
            let (last, deep) = (n == last, is_deep(n));
            let role = Role::Narration;
            self.sentences.push(Sentence {
                place,
                by_user,
                seen: false,
                text,
                hash,
                role,
                last,
                answered: false,
                deep,
            });
        }
        if self.bytes > BYTES_MAX {
            self.forget();
        }
    }

    /// Whether a sentence or a message was said more than `max` times, word by word.
    fn repeated(&mut self, hash: u64, max: u32) -> bool {
        if self.repeats.len() >= COUNTED_MAX && !self.repeats.contains_key(&hash) {
            return false;
        }
        let count = self.repeats.entry(hash).or_default();
        *count = count.saturating_add(1);
        *count > max
    }

    /// Drops the older half of what was said on the way, then the oldest of everything.
    fn forget(&mut self) {
        for narration_only in [true, false] {
            let (mut excess, mut at) = (self.bytes.saturating_sub(BYTES_MAX / 2), 0);
            let latest = self.latest;
            let mut before = 0;
            self.sentences.retain(|sentence| {
                at += 1;
                let asked = sentence.by_user && !sentence.deep;
                let told = asked || sentence.role == Role::Closing || at > latest;
                let keep = excess == 0 || (narration_only && told);
                if !keep {
                    excess = excess.saturating_sub(sentence.text.len());
                    before += usize::from(at <= latest);
                }
                keep
            });
            self.latest -= before;
            self.bytes = self.sentences.iter().map(|s| s.text.len()).sum();
            if self.bytes <= BYTES_MAX * 3 / 4 {
                return;
            }
        }
    }

    pub(super) fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }
}

/// The sentences of a line. A mark ends one when a blank follows, or at once in scripts that write
/// none; what has no letter is none.
fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let (head, tail) = rest.split_at(end_of_first(rest));
            rest = tail.trim_start();
            let head = head.trim();
            if head.chars().any(char::is_alphanumeric) {
                return Some(head);
            }
        }
        None
    })
}

/// Whether a mark ends it: lines of logs and tables have none.
fn is_closed(sentence: &str) -> bool {
    sentence.ends_with(|c| ENDS_AT_ONCE.contains(&c) || ENDS_BEFORE_A_BLANK.contains(&c))
}

/// Marks that end a sentence where they stand, and those that do before a blank.
const ENDS_AT_ONCE: [char; 5] = ['。', '！', '？', '؟', '।'];
const ENDS_BEFORE_A_BLANK: [char; 4] = ['.', '!', '?', '…'];

fn end_of_first(text: &str) -> usize {
    // The first byte of a mark: ASCII, or of an Arabic, an Indic, a general, a CJK or a wide one.
    let may_end = |byte: &u8| matches!(byte, b'.' | b'!' | b'?' | 0xD8 | 0xE0 | 0xE2 | 0xE3 | 0xEF);
    let mut at = 0;
    while let Some(next) = text.as_bytes()[at..].iter().position(may_end) {
        at += next;
        let mut chars = text[at..].chars();
        let Some(c) = chars.next() else { break };
        let after = at + c.len_utf8();
        let ends = match c {
            c if ENDS_AT_ONCE.contains(&c) => true,
            c if ENDS_BEFORE_A_BLANK.contains(&c) => {
                chars.next().is_some_and(char::is_whitespace) && !is_short(&text[..at])
            }
            _ => false,
        };
        if ends {
            return after;
        }
        at = after;
    }
    text.len()
}

/// Whether a full stop after `head` is rather one of `z. B.`, `1.` or `e.g.`.
fn is_short(head: &str) -> bool {
    let word = head.rsplit(char::is_whitespace).next().unwrap_or(head);
    word.chars().filter(|c| c.is_alphanumeric()).count() <= 2
        || word.contains('.') && word.len() <= 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SessionId;

    fn cut(line: &str) -> Vec<&str> {
        sentences(line).collect()
    }

    #[test]
    fn sentences_end_in_every_script() {
        assert_eq!(cut("Use v1.2 now. It works! Why?"), ["Use v1.2 now.", "It works!", "Why?"]);
        assert_eq!(
            cut("用PostgreSQL。不要碰迁移！好吗？"),
            ["用PostgreSQL。", "不要碰迁移！", "好吗？"]
        );
        assert_eq!(cut("Nimm z. B. Redis, e.g. version 7."), ["Nimm z. B. Redis, e.g. version 7."]);
        assert_eq!(cut("- …"), Vec::<&str>::new());
    }

    #[test]
    fn what_a_person_says_in_the_middle_of_a_long_message_is_kept() {
        let filler = |n: usize| format!("That was day {n} of work. ");
        let all = (0..60).map(filler).chain(["The cap is eighty. ".into()]);
        let told: String = all.chain((60..120).map(filler)).collect();
        let log: Vec<String> = (0..200).map(|n| format!("12:{n} WARN pool")).collect();
        let place = Place { session: SessionId(1), turn: 1 };
        let mut prose = Prose::default();
        prose.user(place, &told);
        let cap = prose.sentences().iter().find(|s| s.text == "The cap is eighty.").unwrap();
        assert!(cap.deep && !prose.sentences()[0].deep && !prose.sentences()[120].deep);
        prose.user(Place { turn: 2, ..place }, &log.join("\n"));
        assert_eq!(prose.sentences().len(), 121 + MESSAGE_MAX, "lines of a log are no sentences");
    }

    #[test]
    fn memory_is_bounded_and_the_persons_words_stay_longest() {
        let place = |turn| Place { session: SessionId(1), turn };
        let mut prose = Prose::default();
        for n in 0..20_000 {
            if n % 100 == 0 {
                prose.user(place(n), &format!("Rule {n}: keep it."));
            }
            prose.assistant(place(n), &format!("Step {n} looks at {}", "x".repeat(100)));
            prose.work_goes_on();
        }
        assert!(prose.bytes <= BYTES_MAX, "{}", prose.bytes);
        let rules = prose.sentences.iter().filter(|s| s.by_user).count();
        assert!(rules >= 200, "{rules}");
    }
}
