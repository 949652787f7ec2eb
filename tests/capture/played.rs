//! The tape of a run, played while it is written.

use std::io::Write as _;
use std::path::Path;
use std::time::Instant;

use loghop::model::{Activity, Ending, Witnesses};
use loghop::provider::Provider;
use loghop::store::Store;

use super::end::run;

/// A tape of which nobody would wait for the end, and the transcript of the same run.
#[test]
fn a_long_tape_is_played_while_it_is_written() {
    let cast = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings/claude-work.cast");
    let cast = std::fs::read_to_string(cast).unwrap();
    let (head, events) = cast.split_once('\n').unwrap();
    let idle = format!("[0.001, \"o\", \"{}\"]\n", "\\r".repeat(4096));
    let tape = format!("{head}\n{}{events}", idle.repeat((9 << 20) / idle.len()));
    for is_followed in [true, false] {
        let mut run = run(Provider::Claude);
        run.wrote("claude/work.jsonl");
        let path = run.store.root().join(Store::cast_path(run.begun.session.id, 1));
        for part in tape.as_bytes().chunks(tape.len() / 30) {
            // A line may be cut anywhere.
            std::fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(part).unwrap();
            if is_followed {
                run.tracker.poll(Activity::Idle, 0, Instant::now());
            }
        }
        run.tracker.poll(Activity::Idle, 3, Instant::now());
        let (_rig, _store, finished) = run.finish(Ending::Exited(0));
        let want = Witnesses { native: 6, screen: 6, matched: 6, recovered: 0 };
        assert_eq!(finished.session.witnesses, is_followed.then_some(want));
    }
}
