//! A switch as one small JSON object.

use serde::{Deserialize, Serialize};

use crate::model::{Hold, ProviderName, SessionId, Switch, SwitchStep};

#[derive(Debug, Serialize, Deserialize)]
struct Form {
    from: String,
    to: Option<String>,
    step: String,
    why: Option<String>,
    handoff: Option<String>,
    session: Option<String>,
    resumes: Option<String>,
}

/// Writes a switch.
pub(crate) fn write(switch: &Switch) -> String {
    let (step, why) = match &switch.step {
        SwitchStep::Asked { at_once: false } => ("asked", None),
        SwitchStep::Asked { at_once: true } => ("asked_now", None),
        SwitchStep::Waiting(Hold::TurnEnd) => ("waiting_for_turn_end", None),
        SwitchStep::Waiting(Hold::Answer) => ("waiting_for_answer", None),
        SwitchStep::Refused(why) => ("refused", Some(why.clone())),
        SwitchStep::Ending => ("ending", None),
        SwitchStep::Finished => ("finished", None),
        SwitchStep::Told => ("told", None),
        SwitchStep::Begun => ("begun", None),
    };
    let form = Form {
        from: switch.from.to_string(),
        to: switch.to.as_ref().map(|to| to.as_str().to_owned()),
        step: step.to_owned(),
        why,
        handoff: switch.handoff.map(|id| id.to_string()),
        session: switch.session.map(|id| id.to_string()),
        resumes: switch.resumes.map(|id| id.to_string()),
    };
    // Strings only: it cannot fail.
    serde_json::to_string(&form).unwrap_or_default()
}

/// Reads a switch from the session `from`. One that cannot be read is one of which nothing is
/// known but that it was under way.
pub(crate) fn read(from: SessionId, text: &str) -> Switch {
    let form: Option<Form> = serde_json::from_str(text).ok();
    let step = form.as_ref().map_or("", |form| form.step.as_str());
    let step = match step {
        "asked" => SwitchStep::Asked { at_once: false },
        "asked_now" => SwitchStep::Asked { at_once: true },
        "waiting_for_turn_end" => SwitchStep::Waiting(Hold::TurnEnd),
        "waiting_for_answer" => SwitchStep::Waiting(Hold::Answer),
        "refused" => {
            SwitchStep::Refused(form.as_ref().and_then(|f| f.why.clone()).unwrap_or_default())
        }
        "finished" => SwitchStep::Finished,
        "told" => SwitchStep::Told,
        "begun" => SwitchStep::Begun,
        _ => SwitchStep::Ending,
    };
    let parsed = |text: Option<&String>| text.and_then(|text| text.parse().ok());
    Switch {
        from,
        step,
        to: form.as_ref().and_then(|f| f.to.clone()).map(ProviderName::new),
        handoff: form.as_ref().and_then(|f| f.handoff.as_ref()?.parse().ok()),
        session: parsed(form.as_ref().and_then(|f| f.session.as_ref())),
        resumes: parsed(form.as_ref().and_then(|f| f.resumes.as_ref())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::HandoffId;

    #[test]
    fn every_step_reads_back() {
        let steps = [
            SwitchStep::Asked { at_once: false },
            SwitchStep::Asked { at_once: true },
            SwitchStep::Waiting(Hold::TurnEnd),
            SwitchStep::Waiting(Hold::Answer),
            SwitchStep::Refused("no \"room\"".into()),
            SwitchStep::Ending,
            SwitchStep::Finished,
            SwitchStep::Told,
            SwitchStep::Begun,
        ];
        for step in steps {
            let switch = Switch {
                from: SessionId(3),
                to: Some(ProviderName::codex()),
                step,
                handoff: Some(HandoffId(4)),
                session: Some(SessionId(5)),
                resumes: Some(SessionId(1)),
            };
            assert_eq!(read(SessionId(3), &write(&switch)), switch);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_switch(text: String) {
            proptest::prop_assert_eq!(read(SessionId(1), &text).from, SessionId(1));
        }
    }
}
