//! Claude's plan, replayed: `TodoWrite` gives the whole list, `TaskCreate` and `TaskUpdate` change
//! one item by its id.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::model::{Todo, TodoState};
use crate::transcript::clip;
use crate::transcript::loose::{self, Text};

/// Items of a plan that are kept; nobody reads a longer one.
const ITEMS_MAX: usize = 200;

/// Bytes of an item.
const ITEM_MAX: usize = 500;

/// The plan so far.
#[derive(Debug, Default)]
pub(super) struct Tasks {
    items: Vec<Task>,
    created: u32,
}

#[derive(Debug)]
struct Task {
    /// The call that made it.
    call: String,
    /// Its id: a guess (they count from 1) until the tool has answered.
    id: String,
    todo: Todo,
}

/// The input of the plan's tools.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Input<'a> {
    #[serde(borrow)]
    todos: Option<&'a RawValue>,
    #[serde(borrow)]
    subject: Text<'a>,
    #[serde(borrow)]
    task_id: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Text<'a>,
}

/// An item of `TodoWrite`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    content: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
}

impl Tasks {
    /// Follows a call; the whole plan when it changed it.
    pub(super) fn call(
        &mut self,
        tool: &str,
        call: &str,
        input: Option<&RawValue>,
    ) -> Option<Vec<Todo>> {
        match tool {
            "TodoWrite" => {
                let input: Input = loose::read(input);
                let items: Vec<Item> = loose::read(Some(input.todos?));
                self.items = items.iter().take(ITEMS_MAX).map(Task::written).collect();
            }
            "TaskCreate" => self.create(call, &loose::read(input)),
            "TaskUpdate" => self.update(&loose::read(input))?,
            _ => return None,
        }
        Some(self.whole())
    }

    /// Follows an answer; the whole plan when a task could not be made after all.
    pub(super) fn answered(
        &mut self,
        call: &str,
        ok: bool,
        told: Option<&RawValue>,
    ) -> Option<Vec<Todo>> {
        let at = self.items.iter().position(|t| !t.call.is_empty() && t.call == call)?;
        if !ok {
            self.items.remove(at);
            return Some(self.whole());
        }
        self.items[at].call.clear();
        if let Some(id) = made_id(told) {
            self.items[at].id = id;
        }
        None
    }

    fn create(&mut self, call: &str, input: &Input) {
        self.created = self.created.saturating_add(1);
        if self.items.len() < ITEMS_MAX {
            let todo = Todo { text: item_text(&input.subject), state: TodoState::Pending };
            self.items.push(Task { call: call.to_owned(), id: self.created.to_string(), todo });
        }
    }

    fn update(&mut self, input: &Input) -> Option<()> {
        let id = plain(input.task_id)?;
        let at = self.items.iter().position(|t| t.id == id)?;
        if &*input.status == "deleted" {
            self.items.remove(at);
            return Some(());
        }
        let todo = &mut self.items[at].todo;
        if !input.status.is_empty() {
            todo.state = state(&input.status);
        }
        if !input.subject.is_empty() {
            todo.text = item_text(&input.subject);
        }
        Some(())
    }

    fn whole(&self) -> Vec<Todo> {
        self.items.iter().map(|t| t.todo.clone()).collect()
    }
}

impl Task {
    fn written(item: &Item) -> Self {
        let todo = Todo { text: item_text(&item.content), state: state(&item.status) };
        Self { call: String::new(), id: String::new(), todo }
    }
}

fn item_text(text: &str) -> String {
    clip::one_line(text, ITEM_MAX)
}

/// The word for a state, which both providers share.
pub(in crate::transcript) fn state(word: &str) -> TodoState {
    match word {
        "completed" | "done" => TodoState::Done,
        "in_progress" => TodoState::Active,
        _ => TodoState::Pending,
    }
}

/// The id that the tool gave to a new task.
fn made_id(told: Option<&RawValue>) -> Option<String> {
    #[derive(Default, Deserialize)]
    struct Made<'a> {
        #[serde(borrow, default)]
        task: Option<MadeTask<'a>>,
    }
    #[derive(Default, Deserialize)]
    struct MadeTask<'a> {
        #[serde(borrow, default)]
        id: Option<&'a RawValue>,
    }
    plain(loose::read::<Made>(told).task?.id)
}

/// An id written as a string or as a number.
fn plain(raw: Option<&RawValue>) -> Option<String> {
    let id = raw?.get().trim_matches('"').trim_start_matches('#');
    (!id.is_empty() && id.len() <= 64).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        serde_json::from_str(json).unwrap()
    }

    fn shown(plan: Option<Vec<Todo>>) -> String {
        let plan = plan.expect("the plan changed");
        let words: Vec<String> = plan.iter().map(|t| format!("{} {:?}", t.text, t.state)).collect();
        words.join(", ")
    }

    #[test]
    fn tasks_are_replayed_by_id() {
        let mut tasks = Tasks::default();
        tasks.call("TaskCreate", "a", Some(&raw(r#"{"subject":"one"}"#)));
        tasks.call("TaskCreate", "b", Some(&raw(r#"{"subject":"two"}"#)));
        assert_eq!(tasks.answered("a", true, Some(&raw(r#"{"task":{"id":"7"}}"#))), None);
        let done = raw(r#"{"taskId":"7","status":"completed"}"#);
        assert_eq!(shown(tasks.call("TaskUpdate", "c", Some(&done))), "one Done, two Pending");
        let guess = raw(r#"{"taskId":2,"status":"in_progress","subject":"2nd"}"#);
        assert_eq!(shown(tasks.call("TaskUpdate", "d", Some(&guess))), "one Done, 2nd Active");
        assert_eq!(shown(tasks.answered("b", false, None)), "one Done");
        let gone = raw(r#"{"taskId":"7","status":"deleted"}"#);
        assert_eq!(shown(tasks.call("TaskUpdate", "e", Some(&gone))), "");
        assert_eq!(tasks.call("TaskUpdate", "f", Some(&gone)), None);
    }

    #[test]
    fn a_written_list_replaces_the_old_one() {
        let mut tasks = Tasks::default();
        let list = r#"{"todos":[{"content":"a","status":"completed"},{"content":"b"}]}"#;
        assert_eq!(shown(tasks.call("TodoWrite", "x", Some(&raw(list)))), "a Done, b Pending");
        assert_eq!(shown(tasks.call("TodoWrite", "y", Some(&raw(r#"{"todos":[]}"#)))), "");
        assert_eq!(tasks.call("TodoWrite", "z", Some(&raw("[]"))), None);
        assert_eq!(tasks.call("Bash", "z", None), None);
    }
}
