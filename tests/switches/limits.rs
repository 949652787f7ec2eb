//! A usage limit, as the clients' own records tell it: the other one is offered, or takes over.

use serde_json::json;

use super::{CLAUDE_HERE, CODEX_HERE, F9, ended, leave, told};
use crate::support::sandbox::Sandbox;
use crate::support::split::{document, project, run};

/// Says in the configuration that a usage limit hands over by itself.
pub(crate) fn hand_over_on_limit(sandbox: &Sandbox) {
    let config = sandbox.home().join(".loghop/config.toml");
    std::fs::create_dir_all(config.parent().unwrap()).unwrap();
    std::fs::write(config, "[run]\non_limit = \"switch\"\n").unwrap();
}

#[test]
fn a_limit_is_told_and_hands_over_by_itself_where_the_person_wants_it() {
    let (claude, codex) = (("claude", CLAUDE_HERE), ("codex", CODEX_HERE));
    for ((first, here), (_, other)) in [(claude, codex), (codex, claude)] {
        for by_itself in [false, true] {
            let sandbox = project();
            if by_itself {
                hand_over_on_limit(&sandbox);
            }
            let terminal = run(&sandbox, &["--provider", first]);
            terminal.wait_for(here);
            terminal.prompt("do it usagelimit");
            if !by_itself {
                terminal.send("\x1b[18~");
                terminal.wait_for("usage limit reached: F9 hands over to");
                terminal.send(F9);
            }
            terminal.wait_for(other);
            terminal.wait_for("reached its usage limit in S-001");
            let after = leave(terminal);
            assert!(after.contains("handed over at its usage limit"), "{after}");
            let told = told(&sandbox);
            assert_eq!(told[0], ended(first, "succeeded", json!("switch")), "{told:?}");
            assert!(document(&sandbox, "S-001").contains("stop_reason: usage_limit"));
            let handoff = sandbox.repo().join(".loghop/handoffs/H-002.md");
            let handoff = std::fs::read_to_string(handoff).unwrap();
            assert!(handoff.contains("sent, outcome unknown"), "{first}: {handoff}");
        }
    }
}
