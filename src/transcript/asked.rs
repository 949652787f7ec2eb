//! What an assistant asks the person by a tool, and what the person says there: talk that stands in
//! calls and their answers.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::loose::{self, Text};

/// Questions that wait for an answer: a client asks one at a time, its sub-agents a few.
const OPEN_MAX: usize = 16;

/// What Claude writes before the words with which a person did not allow a call, and after them.
const REFUSED_WITH: &str = "the user said:";
const REFUSED_END: &str = "\n\nNote: ";

/// What Claude writes in place of such words.
const CANNED: &[&str] = &["The user wants to clarify", "The user wants to keep planning"];

/// The questions of one transcript.
#[derive(Debug, Default)]
pub(super) struct Asked {
    open: VecDeque<String>,
}

impl Asked {
    /// What a call asks or proposes, if that is what its tool is for.
    pub(super) fn call(
        &mut self,
        id: &str,
        name: &str,
        input: Option<&RawValue>,
    ) -> Option<String> {
        let text = match name {
            "AskUserQuestion" | "request_user_input" => {
                if self.open.len() == OPEN_MAX {
                    self.open.pop_front();
                }
                self.open.push_back(id.to_owned());
                questions(input)
            }
            "ExitPlanMode" => loose::read::<Plan>(input).plan.0.into_owned(),
            _ => return None,
        };
        Some(text).filter(|text| !text.trim().is_empty())
    }

    /// What the person said, in the order of the questions; `told` is the answer's structured form.
    pub(super) fn answer(
        &mut self,
        id: &str,
        text: &str,
        told: Option<&RawValue>,
    ) -> Option<String> {
        let at = self.open.iter().position(|open| open == id)?;
        self.open.remove(at);
        let structured = loose::read::<Answers>(told.or(serde_json::from_str(text).ok()));
        let mut said = Vec::new();
        leaves(&structured.answers, &mut said);
        if said.is_empty() {
            // "Which one?"="this", "When?"="now"
            said.extend(
                text.split("\"=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                    .map(str::to_owned),
            );
        }
        said.retain(|answer| !answer.trim().is_empty());
        Some(said.join("\n")).filter(|text| !text.is_empty())
    }
}

/// The words with which a person did not allow a call.
pub(super) fn refusal(text: &str) -> Option<&str> {
    let (_, said) = text.split_once(REFUSED_WITH)?;
    let said = said.split(REFUSED_END).next().unwrap_or(said).trim();
    let is_own = !said.is_empty() && !CANNED.iter().any(|canned| said.starts_with(canned));
    is_own.then_some(said)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Plan<'a> {
    #[serde(borrow)]
    plan: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answers {
    answers: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Questions<'a> {
    #[serde(borrow)]
    questions: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Question<'a> {
    #[serde(borrow)]
    question: Text<'a>,
    #[serde(borrow)]
    options: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Choice<'a> {
    #[serde(borrow)]
    label: Text<'a>,
}

/// Each question, and under it what may be answered.
fn questions(input: Option<&RawValue>) -> String {
    let all: Vec<Question> = loose::read(loose::read::<Questions>(input).questions);
    let mut lines = Vec::new();
    for question in &all {
        lines.push(question.question.to_string());
        let options: Vec<Choice> = loose::read(question.options);
        let labels: Vec<&str> = options.iter().map(|option| &*option.label).collect();
        lines.push(labels.join(" / "));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// All texts in `value`.
fn leaves(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::String(text) => out.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, out)),
        Value::Object(fields) => fields.values().for_each(|field| leaves(field, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn raw(value: &Value) -> Box<RawValue> {
        RawValue::from_string(value.to_string()).unwrap()
    }

    #[test]
    fn questions_and_answers_are_read_in_both_clients_forms() {
        let options = json!([{"label": "daily"}, {"label": "weekly"}]);
        let input = raw(&json!({"questions": [{"question": "How often?", "options": options}]}));
        let mut asked = Asked::default();
        for (name, text, told) in [
            (
                "AskUserQuestion",
                "User has answered your questions: \"How often?\"=\"daily\".",
                None,
            ),
            ("AskUserQuestion", "", Some(raw(&json!({"answers": {"How often?": "daily"}})))),
            ("request_user_input", r#"{"answers":{"q":{"answers":["daily"]}}}"#, None),
        ] {
            assert_eq!(asked.call("a", name, Some(&input)).unwrap(), "How often?\ndaily / weekly");
            assert_eq!(asked.answer("a", text, told.as_deref()).unwrap(), "daily");
            assert_eq!(asked.answer("a", text, told.as_deref()), None, "answered once");
        }
        assert_eq!(asked.call("b", "Bash", Some(&input)), None);
    }

    #[test]
    fn the_words_of_a_refusal_are_the_persons() {
        let refused = "The user doesn't want to proceed with this tool use. To tell you how to \
                       proceed, the user said:\nnot before eight\n\nNote: The user's next message …";
        assert_eq!(refusal(refused), Some("not before eight"));
        assert_eq!(refusal("the user said:\nThe user wants to clarify these questions."), None);
        assert_eq!(refusal("Exit code 1"), None);
    }
}
