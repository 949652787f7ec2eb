//! How much of what is known a document tells, and what it tells that is wrong.

use std::collections::BTreeMap;

use super::labels::{Kind, Lie, Scene};

/// What a document is worth.
#[derive(Default)]
pub struct Score {
    /// Weight told and weight known, by kind.
    pub kinds: BTreeMap<Kind, (f64, f64)>,
    pub missed: Vec<String>,
    pub lies: Vec<String>,
    pub violations: Vec<String>,
}

impl Score {
    pub fn recall(&self) -> f64 {
        let sum = |f: fn(&(f64, f64)) -> f64| self.kinds.values().map(f).sum::<f64>();
        sum(|k| k.0) / sum(|k| k.1)
    }

    pub fn add(&mut self, other: &Self) {
        for (kind, (told, known)) in &other.kinds {
            let sum = self.kinds.entry(*kind).or_default();
            *sum = (sum.0 + told, sum.1 + known);
        }
        self.missed.extend(other.missed.iter().cloned());
        self.lies.extend(other.lies.iter().cloned());
        self.violations.extend(other.violations.iter().cloned());
    }
}

pub fn score(scene: &Scene, document: &str) -> Score {
    let mut score = Score::default();
    for fact in &scene.facts {
        let is_told = document.lines().any(|line| fact.needles.iter().all(|n| line.contains(n)));
        let sum = score.kinds.entry(fact.kind).or_default();
        sum.1 += fact.weight;
        if is_told {
            sum.0 += fact.weight;
        } else {
            score.missed.push(format!("{} {:?}: {:?}", scene.language, fact.kind, fact.needles));
        }
    }
    for lie in &scene.lies {
        judge(lie, document, &mut score);
    }
    if let Some(c) = document
        .chars()
        .find(|c| (c.is_control() && !"\n\t".contains(*c)) || "\u{200b}\u{202e}".contains(*c))
    {
        score.violations.push(format!("raw {c:?}"));
    }
    score
}

fn judge(lie: &Lie, document: &str, score: &mut Score) {
    match lie {
        Lie::InSection(section, text) => {
            let body = document.split("\n## ").find(|part| part.starts_with(section)).unwrap_or("");
            if body.contains(text.as_str()) {
                score.lies.push(format!("{section}: {text}"));
            }
        }
        Lie::Superseded(old, new) => {
            let at = document.lines().position(|line| old.iter().all(|o| line.contains(o)));
            let later = document
                .lines()
                .enumerate()
                .filter(|(_, line)| line.contains(new))
                .map(|(n, _)| n)
                .last();
            if at.is_some_and(|at| later.is_none_or(|later| later < at)) {
                score.lies.push(format!("still {old:?}, not {new}"));
            }
        }
        Lie::Word(word) if document.contains(word.as_str()) => score.lies.push(word.clone()),
        Lie::Anywhere(text) if document.contains(text.as_str()) => {
            score.violations.push("a secret".into());
        }
        Lie::Unquoted(text) => {
            let mut fenced = false;
            for line in document.lines() {
                fenced ^= line.starts_with("```");
                if line.contains(text.as_str())
                    && !fenced
                    && !line.starts_with('>')
                    && !line.contains('`')
                {
                    score.violations.push(format!("unquoted: {line}"));
                }
            }
        }
        Lie::Word(_) | Lie::Anywhere(_) => {}
    }
}
