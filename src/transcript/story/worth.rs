//! What a sentence is worth to a successor, and which one is the last word on its subject.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;

use super::prose::{Role, Sentence};
use super::words::{self, Hashed, Word};
use crate::model::Remark;

/// A word that stands in at most so many sentences names a subject.
const SUBJECT_MAX: u32 = 6;

/// Sentences of one shape that are told for what they say; more of them are a phrase with which
/// work is asked for or announced, a file or a number at a time, and worth the less the more often
/// it comes back.
const SHAPE_MAX: f32 = 5.0;

/// Letters and words that turn a sentence into a rule, in the languages that are written most.
/// They only add to what the place of a sentence says, and no language depends on them.
const RULES: &[&str] = &[
    " never ",
    " no ",
    " not ",
    " keep ",
    " don't ",
    " do not ",
    " must ",
    " only ",
    " always ",
    " without ",
    " avoid ",
    " instead ",
    " nie",
    " nicht ",
    " kein",
    " immer ",
    " muss ",
    " nur ",
    " ohne ",
    " jamais ",
    " pas ",
    " toujours ",
    " doit ",
    " sans ",
    " nunca ",
    " siempre ",
    " debe ",
    " sin ",
    " sólo ",
    " solo ",
    " mai ",
    " sempre ",
    " deve ",
    " senza ",
    " não ",
    " sem ",
    " nooit ",
    " altijd ",
    " niet ",
    " geen ",
    " nigdy ",
    " zawsze ",
    " bez ",
    " никогда ",
    " не ",
    " нельзя ",
    " всегда ",
    " только ",
    " без ",
    " asla ",
    " her zaman ",
    " sadece ",
    "ないで",
    "しない",
    "禁止",
    "必ず",
    "だけ",
    "不要",
    "不能",
    "不准",
    "必须",
    "只能",
    "别",
    "마세요",
    "말고",
    "반드시",
    "절대",
    "لا ",
    "दं",
    "मत ",
    "केवल",
    "هرگز",
    " không ",
    " luôn ",
    " aldrig ",
    " alltid ",
    " ikke ",
    " älä ",
    " max",
    " at most ",
    "höchstens",
    " maks",
    "まで",
    "以内",
    "最多",
    "이하",
    // What is not to be touched.
    "hands off",
    "leave alone",
    "finger weg",
    "touch",
    "rühr",
    "toque",
    "tocar",
    "tocca",
    "mexe",
    "mexa",
    "трога",
    "dokun",
    "rusza",
    "触",
    "碰",
    "건드",
    "تلمس",
    " mat ",
];

/// Words for a choice and for what is still open.
const CHOICES: &[&str] = &[
    "decid",
    "decision",
    "going with",
    "go with",
    "settled",
    "agreed",
    "instead",
    "chose",
    "switch",
    "rather",
    "entschied",
    "stattdessen",
    "bleiben bei",
    "nehmen",
    "einig",
    "décid",
    "plutôt",
    "retenu",
    "choisi",
    "decid",
    "elegi",
    "en lugar",
    "acord",
    "deciso",
    "invece",
    "scelt",
    "решил",
    "вместо",
    "выбра",
    "останов",
    "決め",
    "代わり",
    "採用",
    "にします",
    "决定",
    "改用",
    "采用",
    "选择",
    "대신",
    "결정",
    "karar",
    "yerine",
    "besloten",
    "zamiast",
    "zdecydow",
    "todo",
    "open:",
    "offen",
    "unclear",
    "unklar",
    "not sure",
    "whether",
    "tbd",
    "pending",
    "измер",
    "result",
    "measured",
    "root cause",
    "because",
    "turns out",
];

/// Marks of a question: Latin, wide, Arabic, Greek, Armenian.
const QUESTION: [char; 5] = ['?', '？', '؟', '\u{37e}', '՞'];

/// The sentences that say something, as remarks with their worth, in order.
pub(super) fn remarks(sentences: &[Sentence]) -> Vec<Remark> {
    let words: Vec<Vec<Word>> = sentences.iter().map(|s| distinct(&s.text)).collect();
    let seen = Frequencies::of(&words);
    let last_same: Hashed<usize> = sentences.iter().enumerate().map(|(n, s)| (s.hash, n)).collect();
    // Repeats go, the last one stays: what holds is said where it was said last.
    let kept: Vec<usize> =
        (0..sentences.len()).filter(|n| last_same[&sentences[*n].hash] == *n).collect();
    let by_anybody = later(&kept, &words, &seen);
    let by_person = again(&kept, sentences);
    let cues = Cues::default();
    let shapes = Shapes::of(sentences);
    let of = |&n: &usize| {
        let sentence = &sentences[n];
        let repeats = shapes.repeats(n);
        let rule = cues.is_rule(&sentence.text) && !(repeats > 1.0 && shapes.is_narrated(n));
        let worth = worth(sentence, seen.novelty(&words[n]), &cues);
        Remark {
            place: sentence.place,
            by_user: sentence.by_user,
            seen: sentence.seen,
            text: sentence.text.clone(),
            rule,
            asks: asks(&sentence.text),
            worth: if rule && sentence.by_user { worth } else { worth / repeats },
            later: None,
            again: None,
        }
    };
    let mut remarks: Vec<Remark> = kept.iter().map(of).collect();
    for (remark, (later, again)) in remarks.iter_mut().zip(by_anybody.into_iter().zip(by_person)) {
        (remark.later, remark.again) = (later, again);
    }
    remarks
}

fn distinct(text: &str) -> Vec<Word> {
    let mut words = words::words(text);
    words.sort_unstable();
    words.dedup();
    words
}

/// The shape of each sentence, and how many have it: of all, and of the assistants'.
struct Shapes {
    of: Vec<u64>,
    counts: Hashed<(u32, u32)>,
}

impl Shapes {
    fn of(sentences: &[Sentence]) -> Self {
        let of: Vec<u64> = sentences.iter().map(|s| words::shape(&s.text)).collect();
        let mut counts: Hashed<(u32, u32)> = Hashed::default();
        for (shape, sentence) in of.iter().zip(sentences) {
            let count = counts.entry(*shape).or_default();
            *count = (count.0 + 1, count.1 + u32::from(!sentence.by_user));
        }
        Self { of, counts }
    }

    /// How many times more often than a sentence with something to say it comes back; at least 1.
    fn repeats(&self, n: usize) -> f32 {
        (self.counts[&self.of[n]].0 as f32 / SHAPE_MAX).max(1.0)
    }

    /// Assistants say it too: a person's rule in words that those use all the time is none.
    fn is_narrated(&self, n: usize) -> bool {
        self.counts[&self.of[n]].1 > 0
    }
}

/// In how many sentences a word stands.
struct Frequencies {
    of: Hashed<u32>,
    sentences: f32,
}

impl Frequencies {
    fn of(sentences: &[Vec<Word>]) -> Self {
        let mut of = Hashed::default();
        for word in sentences.iter().flatten() {
            *of.entry(*word).or_default() += 1;
        }
        Self { of, sentences: sentences.len() as f32 }
    }

    /// How much of a sentence is said nowhere else: 0 is a phrase, 1 is new in every word.
    fn novelty(&self, words: &[Word]) -> f32 {
        if words.is_empty() {
            return 0.0;
        }
        let most = (self.sentences + 1.0).ln();
        let of = |word: &Word| (1.0 - (self.of[word] as f32).ln() / most).clamp(0.0, 1.0);
        words.iter().map(of).sum::<f32>() / words.len() as f32
    }
}

/// For each kept sentence of the person's, the index of their last one that has a name in common
/// with it.
fn again(kept: &[usize], sentences: &[Sentence]) -> Vec<Option<usize>> {
    let by_person = |n: &usize| sentences[*n].by_user;
    let names = kept.iter().map(|n| by_person(n).then(|| words::names(&sentences[*n].text)));
    let names: Vec<Vec<Word>> = names.map(Option::unwrap_or_default).collect();
    let mut last: Hashed<usize> = Hashed::default();
    for (at, names) in names.iter().enumerate() {
        last.extend(names.iter().map(|name| (*name, at)));
    }
    let last_of = |(at, names): (usize, &Vec<Word>)| {
        names.iter().filter_map(|name| last.get(name)).copied().filter(|later| *later > at).max()
    };
    names.iter().enumerate().map(last_of).collect()
}

/// For each kept sentence, the index of the last one that shares a subject with it.
fn later(kept: &[usize], words: &[Vec<Word>], seen: &Frequencies) -> Vec<Option<usize>> {
    let mut last: Hashed<usize> = Hashed::default();
    let is_subject = |word: &&Word| (2..=SUBJECT_MAX).contains(&seen.of[word]);
    for (at, &n) in kept.iter().enumerate() {
        last.extend(words[n].iter().filter(is_subject).map(|word| (*word, at)));
    }
    let last_of = |(at, &n): (usize, &usize)| {
        let subjects = words[n].iter().filter(is_subject);
        let mut counts: HashMap<usize, u32> = HashMap::new();
        for later in subjects.filter_map(|word| last.get(word)).filter(|later| **later > at) {
            *counts.entry(*later).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(later, count)| (*count, *later)).map(|(later, _)| later)
    };
    kept.iter().enumerate().map(last_of).collect()
}

/// Finds rules and choices, all words of a list in one pass.
pub(super) struct Cues {
    rules: Option<AhoCorasick>,
    choices: Option<AhoCorasick>,
}

impl Default for Cues {
    fn default() -> Self {
        Self { rules: AhoCorasick::new(RULES).ok(), choices: AhoCorasick::new(CHOICES).ok() }
    }
}

impl Cues {
    fn is_rule(&self, text: &str) -> bool {
        has(self.rules.as_ref(), text)
    }

    pub(super) fn is_choice(&self, text: &str) -> bool {
        has(self.choices.as_ref(), text)
    }
}

fn has(cues: Option<&AhoCorasick>, text: &str) -> bool {
    cues.is_some_and(|cues| cues.is_match(&format!(" {} ", text.to_lowercase())))
}

fn asks(text: &str) -> bool {
    text.trim_end_matches(['"', '*', ')', ' ']).ends_with(QUESTION)
}

fn worth(sentence: &Sentence, novelty: f32, cues: &Cues) -> f32 {
    let mut worth = 2.5 * novelty;
    let mut add = |when: bool, points: f32| worth += if when { points } else { 0.0 };
    add(cues.is_rule(&sentence.text), if sentence.by_user { 1.5 } else { 0.4 });
    add(cues.is_choice(&sentence.text), 0.8);
    add(asks(&sentence.text), 0.8);
    add(is_concrete(&sentence.text), 0.5);
    if sentence.by_user {
        // Far inside of what may be a pasted page it is told where there is room.
        add(true, if sentence.deep { 0.5 } else { 2.5 });
    } else {
        add(sentence.role == Role::Closing, 0.9);
        add(sentence.answered, 1.2);
        add(sentence.last && sentence.role == Role::Closing, 0.3);
    }
    worth
}

/// Whether it names something that can be looked up: a number, a path, code.
fn is_concrete(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit()) || text.contains(['`', '/', '_', '='])
}
