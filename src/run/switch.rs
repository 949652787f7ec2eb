//! Switches from outside a run: asked for at another terminal, and cut short by a kill.

use std::thread::sleep;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::stop::Stop;
use crate::capture::Recovered;
use crate::env::Env;
use crate::error::{Error, Kind, Result};
use crate::model::{Hold, ProviderName, Session, SessionId, Switch, SwitchStep};
use crate::provider;
use crate::store::Store;

/// How often the journal is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long a run may take to hear a wish: it listens four times a second.
const HEARD_WITHIN: Duration = Duration::from_secs(5);
/// How long the person may think about a draft: whoever asks can go there and answer, and nobody
/// waits for a terminal that nobody looks at.
const ANSWERED_WITHIN: Duration = Duration::from_mins(1);

/// What came of a wish.
#[derive(Debug, Clone, PartialEq)]
pub struct Switched {
    /// The session that was handed over.
    pub from: SessionId,
    /// The one that took over.
    pub to: Session,
}

/// What somebody at another terminal asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The session that is to be handed over; `None` is the newest one that runs.
    pub from: Option<SessionId>,
    /// Who takes over; `None` leaves it to the run.
    pub to: Option<ProviderName>,
    /// Stop the turn that runs, instead of waiting for its end.
    pub at_once: bool,
}

/// Asks a loghop that runs in this project to hand over, and waits until it has. `told` hears
/// which one, and what is waited for. Ctrl+C takes the wish back.
///
/// # Errors
/// `UnknownProvider` when there is no such assistant; `InvalidInput` when none runs or it refuses;
/// `Timeout` when it does not listen, or nobody answers its question; `Interrupted`.
pub fn ask(store: &Store, wish: &Wish, env: &Env, told: &mut dyn FnMut(&str)) -> Result<Switched> {
    if let Some(to) = &wish.to {
        provider::find(to.as_str(), env)?;
    }
    let from = running(store, wish.from, told)?;
    let stop = Stop::on(&[SIGINT, SIGTERM, SIGHUP])?;
    let is_idle =
        |step: &SwitchStep| matches!(step, SwitchStep::Asked { .. } | SwitchStep::Refused(_));
    if store.switch(from)?.is_some_and(|switch| !is_idle(&switch.step)) {
        return Err(Error::invalid(format!("a switch of {from} is under way already"))
            .hint("its own terminal shows what it waits for"));
    }
    // The run hears by it when this process dies.
    let Some(_asking) = store.ask_for_switch(from)? else {
        return Err(Error::invalid(format!(
            "another terminal asks for a switch of {from} already"
        ))
        .hint("wait for it, or end it with Ctrl+C there"));
    };
    let step = SwitchStep::Asked { at_once: wish.at_once };
    let to = wish.to.clone();
    store.note_switch(&Switch { from, to, step, handoff: None, session: None, resumes: None })?;
    let (mut last, mut since, mut to) = (None, Instant::now(), None);
    loop {
        let Some(switch) = store.switch(from)? else { return done(store, from, to) };
        to = switch.session.or(to);
        let step = switch.step;
        if let SwitchStep::Refused(why) = step {
            store.forget_switch(from)?;
            return Err(Error::invalid(format!("{from} is not handed over: {why}")));
        }
        if stop.is_asked() {
            return Err(take_back(store, from, &step)?);
        }
        if last.as_ref() != Some(&step) {
            if let SwitchStep::Waiting(hold) = step {
                told(&waits_for(from, hold));
            }
            since = Instant::now();
        }
        if since.elapsed() >= patience(&step) {
            store.forget_switch(from)?;
            return Err(in_vain(from, &step));
        }
        if !matches!(step, SwitchStep::Asked { .. }) && !store.is_alive(from) {
            return Err(Error::new(Kind::Unexpected, format!("the run of {from} has died"))
                .hint("run `loghop run` to go on"));
        }
        last = Some(step);
        sleep(LOOK_EVERY);
    }
}

/// What whoever asked is told while it is waited for.
fn waits_for(from: SessionId, hold: Hold) -> String {
    match hold {
        Hold::TurnEnd => {
            format!("{from} is handed over at the end of its turn; Ctrl+C takes that back")
        }
        Hold::Answer => format!(
            "{from}: a draft would be lost; say there whether it may be, within {} seconds, \
             or Ctrl+C and `loghop switch --now`",
            ANSWERED_WITHIN.as_secs()
        ),
    }
}

/// How long a step may take.
fn patience(step: &SwitchStep) -> Duration {
    match step {
        SwitchStep::Asked { .. } => HEARD_WITHIN,
        SwitchStep::Waiting(Hold::Answer) => ANSWERED_WITHIN,
        // A turn takes as long as it takes, and the rest ends by itself.
        _ => Duration::MAX,
    }
}

/// The run did not do its part in time.
fn in_vain(from: SessionId, step: &SwitchStep) -> Error {
    if let SwitchStep::Asked { .. } = step {
        let said = format!("the run of {from} does not answer");
        return Error::new(Kind::Timeout, said)
            .hint("only runs in the split screen can be asked; elsewhere, end it");
    }
    let said = format!("nobody said whether the draft of {from} may be lost; it stays");
    Error::new(Kind::Timeout, said).hint("`loghop switch --now` hands over all the same")
}

/// Whoever asked wants it no more: what comes of it.
fn take_back(store: &Store, from: SessionId, step: &SwitchStep) -> Result<Error> {
    Ok(match step {
        SwitchStep::Asked { .. } | SwitchStep::Waiting(_) => {
            store.forget_switch(from)?;
            Error::new(Kind::Interrupted, format!("{from} is not handed over"))
        }
        _ => Error::new(Kind::Interrupted, format!("{from} is being handed over already")),
    })
}

/// The session that is asked for, if it runs; else the newest that does.
fn running(
    store: &Store,
    wanted: Option<SessionId>,
    told: &mut dyn FnMut(&str),
) -> Result<SessionId> {
    let all = store.running_sessions()?.into_iter().map(|session| session.id);
    let mut alive: Vec<_> = all.filter(|id| store.is_alive(*id)).collect();
    alive.sort_unstable();
    if let Some(wanted) = wanted {
        return alive.contains(&wanted).then_some(wanted).ok_or_else(|| {
            Error::invalid(format!("session {wanted} does not run"))
                .hint("`loghop switch` without `--session` takes the newest that does")
        });
    }
    let Some(newest) = alive.pop() else {
        return Err(
            Error::invalid("no assistant runs in this project").hint("`loghop run` starts one")
        );
    };
    if let Some(other) = alive.last() {
        told(&format!("{newest} is asked, the newest; {other} runs too: `--session {other}`"));
    }
    Ok(newest)
}

/// The journal is gone: somebody took over, or it was given up. `to` is the session that it named;
/// else the next one of the project is taken for it, which it is where no other run began one.
fn done(store: &Store, from: SessionId, to: Option<SessionId>) -> Result<Switched> {
    let is_next = |id: SessionId| to.map_or(id > from, |to| id == to);
    let next = store.sessions()?.items.into_iter().rfind(|session| is_next(session.id));
    let handed = store.session(from)?.value.ended_by.as_deref() == Some("switch");
    match next.filter(|_| handed) {
        Some(to) => Ok(Switched { from, to }),
        None => Err(Error::invalid(format!("{from} was not handed over: it was cancelled there"))),
    }
}

/// Undoes switches whose run was killed. Their sessions are finished by now; what is left is the
/// journal, and the wish, which the next run fulfils.
pub(super) fn recover(store: &Store, recovered: &mut Recovered) -> Result<()> {
    for switch in store.switches()? {
        let lives = |id: SessionId| store.is_alive(id);
        if lives(switch.from) || switch.session.is_some_and(lives) {
            continue;
        }
        store.forget_switch(switch.from)?;
        if !matches!(switch.step, SwitchStep::Asked { .. } | SwitchStep::Refused(_)) {
            recovered.switch = Some(switch);
        }
    }
    Ok(())
}

/// What the client of a switch that was cut short would have gone on with.
pub(super) fn own_session(store: &Store, switch: &Switch) -> Option<String> {
    store.session(switch.resumes?).ok()?.value.native_id
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::capture::{BeginPlan, Begun, begin};
    use crate::clock::Timestamp;
    use crate::disk::PrivateLog;
    use crate::model::{HandoffId, Status};
    use crate::provider::Provider;
    use crate::run;

    fn step(n: usize) -> SwitchStep {
        let steps = [
            SwitchStep::Asked { at_once: false },
            SwitchStep::Refused("because".into()),
            SwitchStep::Ending,
            SwitchStep::Finished,
            SwitchStep::Told,
            SwitchStep::Begun,
            SwitchStep::Waiting(Hold::Answer),
        ];
        steps[n % steps.len()].clone()
    }

    /// A run that was killed at a step: what it had written is there, its locks are not.
    struct Killed {
        _dir: tempfile::TempDir,
        store: Store,
        /// What still lives, if anything does.
        alive: Option<PrivateLog>,
    }

    fn killed(at: usize, lives: bool) -> Killed {
        let dir = tempfile::tempdir().unwrap();
        let (root, home) = (dir.path().join("repo"), dir.path().join("home"));
        for folder in [&root, &home] {
            crate::disk::outside::create_dirs(folder).unwrap();
        }
        let now = Timestamp::from_second(1_700_000_000);
        let store = Store::init(&root, &home, "repo", now).unwrap();
        let begin_one = |provider| {
            let plan = BeginPlan { provider, goal: "g".into(), handoff: None, topic: None, now };
            begin(&store, &plan).unwrap()
        };
        let Begun { session: mut first, tape } = begin_one(Provider::Claude);
        let mut alive = lives.then_some(tape);
        let step = step(at);
        let is_finished =
            matches!(step, SwitchStep::Finished | SwitchStep::Told | SwitchStep::Begun);
        let mut session = None;
        if step == SwitchStep::Begun {
            let Begun { session: next, tape } = begin_one(Provider::Codex);
            session = Some(next.id);
            alive = lives.then_some(tape);
        }
        if is_finished {
            first.status = Status::Succeeded;
            first.ended_by = Some("switch".into());
            store.update_session(&first).unwrap();
        }
        let (to, from) = (Some(Provider::Codex.name()), first.id);
        let handoff = Some(HandoffId(1));
        store.note_switch(&Switch { from, to, step, handoff, session, resumes: None }).unwrap();
        Killed { _dir: dir, store, alive }
    }

    fn recover_now(store: &Store) -> Recovered {
        let now = Timestamp::from_second(1_700_000_100);
        run::recover(store, &Env::default(), now, &mut |_, _| {}).unwrap()
    }

    #[test]
    fn a_kill_at_each_step_is_undone_by_the_next_command_once() {
        for at in 0..7 {
            let killed = killed(at, false);
            let recovered = recover_now(&killed.store);
            let wish = recovered.switch.and_then(|switch| switch.to);
            assert_eq!(wish, (at > 1).then(|| Provider::Codex.name()), "{:?}", step(at));
            assert!(killed.store.switches().unwrap().is_empty());
            assert!(killed.store.running_sessions().unwrap().is_empty());
            let again = recover_now(&killed.store);
            assert!(again.switch.is_none() && again.sessions.is_empty());
        }
    }

    #[test]
    fn a_switch_that_is_under_way_is_left_alone() {
        for at in 0..7 {
            let killed = killed(at, true);
            assert!(recover_now(&killed.store).switch.is_none());
            assert_eq!(killed.store.switches().unwrap().len(), 1, "{:?}", step(at));
            assert!(killed.alive.is_some());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10))]

        /// Whatever kills leave in journals, torn and damaged ones too, 1,000 of them: afterwards
        /// nothing is running, nothing is left, and no session has come or gone.
        #[test]
        fn any_journal_is_undone(
            kills in prop::collection::vec((0usize..7, 0usize..120, "[ -~]{0,8}"), 100),
        ) {
            let killed = killed(5, false);
            let store = &killed.store;
            for (from, (at, cut, noise)) in (10..).zip(kills) {
                let (from, to) = (SessionId(from), Some(Provider::Codex.name()));
                let session = Some(SessionId(2));
                let (step, handoff, resumes) = (step(at), None, None);
                let switch = Switch { from, to, step, handoff, session, resumes };
                store.note_switch(&switch).unwrap();
                let path = format!(".loghop/sessions/{from}.switch.json");
                let mut text = store.files().read_text(&path, 4096).unwrap().unwrap();
                text.truncate(cut.min(text.len()));
                text.push_str(&noise);
                store.files().write(&path, &store.redactor().redact(&text)).unwrap();
            }
            let before = store.sessions().unwrap().items.len();
            recover_now(store);
            prop_assert!(store.switches().unwrap().is_empty());
            prop_assert!(store.running_sessions().unwrap().is_empty());
            prop_assert_eq!(store.sessions().unwrap().items.len(), before);
        }
    }
}
