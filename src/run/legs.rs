//! The clients of one run, one after the other: each begins and finishes through the corridor, and
//! between two of them everything that was said goes into the handoff. Each step of a switch is in
//! its journal before the next one is done.

mod wish;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::corridor::{self, Going, Lock, Task};
use super::packet::{self, Wanted};
use super::tape;
use super::terms::Terms;
use super::watching::watcher;
use super::{Run, Say, TopicChoice};
use crate::clock::Timestamp;
use crate::error::{Error, Kind, Result};
use crate::model::{
    Activity, Ending, HandoffId, ProviderName, Session, SessionId, Switch, SwitchStep,
};
use crate::provider::{self, HostTraits, LaunchSpec, Mode, Provider};
use crate::pty;
use crate::recorder::relay::{Leg, LegEnd, News, Order};
use crate::recorder::tape::Tape;
use crate::store::Store;

/// Makes a tape once the size of the pane is known.
type MakeTape = Box<dyn FnOnce(crate::model::Size) -> Tape + Send>;

/// The clients of a run.
pub struct Legs {
    terms: Terms,
    current: Option<Current>,
    /// The sessions that are finished, oldest first.
    done: Vec<Run>,
    /// The switch that is under way.
    journal: Option<Switch>,
    /// Clients whose own session could not be gone on with.
    stale: Vec<Provider>,
    /// The tapes of finished sessions, still locked: between two clients they are the sign that the
    /// run lives.
    held: Vec<Lock>,
    /// Set when the run ends: nobody begins any more.
    over: Arc<AtomicBool>,
}

/// A client that has begun.
struct Current {
    task: Task,
    going: Going,
    /// How it ended, once it has.
    ending: Option<Ending>,
    /// It is to take over, and nobody has told yet that its process runs.
    is_awaited: bool,
}

impl Legs {
    /// None yet. Whoever sets `over` ends the run: what is under way then is not carried on.
    pub fn new(terms: Terms, over: Arc<AtomicBool>) -> Self {
        Self {
            terms,
            current: None,
            done: Vec::new(),
            journal: None,
            stale: Vec::new(),
            held: Vec::new(),
            over,
        }
    }

    /// The sessions that are finished, oldest first.
    pub fn take_done(&mut self) -> Vec<Run> {
        std::mem::take(&mut self.done)
    }

    /// Writes the session of `task` down as running, and makes its client ready to be started.
    ///
    /// # Errors
    /// When the session cannot be begun, or its client not be started; in the second case the
    /// session is finished.
    pub fn begin(&mut self, task: Task) -> Result<Leg> {
        let now = Timestamp::now();
        let terms = &self.terms;
        let corridor = terms.corridor(now);
        let host = HostTraits::new(&terms.env, terms.answers.keyboard);
        let (mut going, launched) = corridor.enter(&task, (host, Mode::Interactive))?;
        if !terms.record {
            // The empty tape is there for its lock.
            going.session.cast_path = None;
        }
        let spec = match launched {
            Ok(spec) => spec,
            Err(error) => {
                let ending = Some(Ending::LaunchFailed(error.to_string()));
                self.current = Some(Current { task, going, ending, is_awaited: false });
                self.finish(&mut |_| ())?;
                return Err(error);
            }
        };
        let id = going.session.id;
        let blank = going.tape.take_if(|_| terms.record);
        let is_told_by_prompt = spec.resumed && task.packet.is_some();
        let leg = Leg {
            provider: task.provider,
            command: command(&spec),
            stationery: terms.stationery(&task, self.done.last(), id, now),
            tape: blank.map(|log| -> MakeTape {
                let store = Arc::clone(&terms.store);
                Box::new(move |size| tape::start(&store, id, log, size))
            }),
            prompted: task.prompt.is_some() || !task.args.is_empty() || is_told_by_prompt,
            knows_nobody: false,
            notice: task.notice.clone(),
            tab: terms.first_tab(&task),
            watch: watcher(&corridor, Arc::clone(&going.tracker)),
        };
        self.current = Some(Current { task, going, ending: None, is_awaited: false });
        Ok(leg)
    }

    /// Takes down how the client ended. What is known of one that has gone already stays.
    fn gone(&mut self, mut end: LegEnd) {
        let Some(current) = self.current.as_mut().filter(|c| c.ending.is_none()) else { return };
        let Current { task, going, ending, .. } = current;
        let tape = end.rewind();
        if let Some(tracker) = going.tracker.lock().as_mut()
            && tape.as_ref().is_some_and(Tape::is_covered)
        {
            tracker.play_again();
        }
        going.tape = going.tape.take().or(tape.map(Tape::into_log));
        going.last_words = last_words(&self.terms.store, &end);
        if end.activity == Activity::Unknown && task.resume.is_some() {
            self.stale.push(task.provider);
        }
        if let Some(reason) = end.tape_broken {
            let id = going.session.id;
            going.warnings.push(tape::incomplete(id, &reason));
        }
        *ending = Some(end.ending);
    }

    /// Finishes the session of the client that has gone, if there is one. What cannot be finished
    /// now stays, for another try.
    fn finish(&mut self, say: Say<'_>) -> Result<()> {
        let Some(Current { task, going, ending: Some(ending), .. }) = &mut self.current else {
            return Ok(());
        };
        let corridor = self.terms.corridor(Timestamp::now());
        let (run, lock) = corridor.leave(task, going, ending, say)?;
        self.current = None;
        self.done.push(run);
        self.held.push(lock);
        Ok(())
    }

    /// Finishes what there is when the run is over, and undoes a switch that is not done. Every
    /// order has been carried out by now.
    pub fn close(&mut self, last: Option<LegEnd>, say: Say<'_>) -> Result<()> {
        if last.is_none() {
            self.take_back();
        }
        self.gone(last.unwrap_or_else(|| LegEnd::not_started(Ending::Interrupted)));
        let finished = self.finish(say);
        self.forget();
        finished
    }

    /// A session whose client was never started is none: whoever ended the run between two
    /// clients did not see it begin. One that cannot be taken back is finished.
    fn take_back(&mut self) {
        let is_new = |current: &&mut Current| current.is_awaited && current.ending.is_none();
        let Some(current) = self.current.as_mut().filter(is_new) else { return };
        let (id, terms) = (current.going.session.id, &self.terms);
        // Its lock says that it runs.
        current.going.tape = None;
        let repo = corridor::repository(&terms.store, &terms.env);
        if terms.store.delete_session(id, &repo, Timestamp::now()).is_ok() {
            self.current = None;
        }
    }

    /// Lets go of finished sessions.
    fn let_go(&mut self) {
        let corridor = self.terms.corridor(Timestamp::now());
        let told = self.held.drain(..).filter_map(|lock| corridor.let_go(lock));
        if let Some(run) = self.done.last_mut() {
            run.warnings.extend(told);
        }
    }

    /// Does what the run loop orders.
    pub fn on(&mut self, order: Order) -> Option<News> {
        match order {
            Order::Look => return self.look(),
            Order::Prepare(to) => return Some(News::Prepared(self.prepare(to))),
            Order::Hand { to, ended } => {
                return Some(News::Next(self.hand(to, ended).map(Box::new)));
            }
            Order::Hold(hold) => self.hold(hold),
            Order::Forget => self.forget(),
            Order::Started => {
                if let Some(current) = &mut self.current {
                    current.is_awaited = false;
                }
                self.forget();
            }
            Order::Refuse(why) => self.refuse(why),
        }
        None
    }

    /// Looks whether the next client is there, before anything is ended.
    fn prepare(&mut self, to: Provider) -> Result<()> {
        let gone = || Error::new(Kind::Unexpected, "no session is running");
        let from = self.current.as_ref().ok_or_else(gone)?.going.session.id;
        let possible = provider::locate(to, &self.terms.env).and_then(|program| {
            self.terms.store.admit(&to.name(), Timestamp::now())?;
            // Asking a program what it supports takes a while; it is remembered.
            provider::capabilities(to, &program, &self.terms.env);
            let resumes = self.own_session(to).map(|own| own.session.id);
            let (to, step) = (Some(to.name()), SwitchStep::Ending);
            self.note(Switch { from, to, step, handoff: None, session: None, resumes })
        });
        if let Err(error) = &possible {
            self.refuse_of(from, error.with_next_step());
        }
        possible
    }

    fn hand(&mut self, to: Provider, ended: Option<Box<LegEnd>>) -> Result<Leg> {
        if let Some(ended) = ended {
            self.gone(*ended);
        }
        self.goes_on()?;
        self.finish(&mut |_| ())?;
        self.step(to, SwitchStep::Finished, None, None)?;
        let task = self.next_task(to)?;
        let handoff = task.packet.as_ref().map(|packet| packet.handoff.id);
        self.step(to, SwitchStep::Told, handoff, None)?;
        self.goes_on()?;
        let mut leg = self.begin(task)?;
        self.current.iter_mut().for_each(|current| current.is_awaited = true);
        leg.knows_nobody = provider::knows_nobody(to, &self.terms.env, &self.terms.cwd);
        let session = self.current.as_ref().map(|current| current.going.session.id);
        self.step(to, SwitchStep::Begun, handoff, session)?;
        Ok(leg)
    }

    /// Nobody waits for the next client when the run has ended.
    fn goes_on(&self) -> Result<()> {
        if self.over.load(Ordering::SeqCst) {
            return Err(Error::new(Kind::Interrupted, "the run has ended"));
        }
        Ok(())
    }

    /// What the next client is to do: go on with its own session where it has one in this run,
    /// told what has happened since.
    fn next_task(&self, to: Provider) -> Result<Task> {
        let nothing = || Error::new(Kind::Unexpected, "there is no session to go on from");
        let last = &self.done.last().ok_or_else(nothing)?.session;
        let Terms { store, env, handoff, detail, .. } = &self.terms;
        let program = provider::locate(to, env)?;
        let own = self.own_session(to);
        let now = Timestamp::now();
        let is_news = own.is_none_or(|own| {
            self.done.iter().any(|run| run.session.id > own.session.id && run.session.is_useful())
        });
        let topic = last.topic.map_or(TopicChoice::None, TopicChoice::Existing);
        let wanted =
            Wanted { provider: &to.name(), goal: &last.goal, topic, detail: *detail, env, now };
        let packet = (*handoff && is_news).then(|| packet::build(store, &wanted)).transpose()?;
        let notice = super::told_once(store, env, to, packet.as_ref())?;
        let notice = notice.or_else(|| self.done.last().map(recorded));
        Ok(Task {
            provider: to,
            capabilities: provider::capabilities(to, &program, env),
            program,
            goal: last.goal.clone(),
            packet,
            full: true,
            resume: own.and_then(|own| own.session.native_id.clone()),
            read: own.map(|own| own.read.clone()).unwrap_or_default(),
            prompt: None,
            args: self.terms.args_of(to),
            timeout: None,
            notice,
        })
    }

    /// The last session of a client in this run, if it can go on with it. One in which it was only
    /// told what had happened counts: it knows that now.
    fn own_session(&self, of: Provider) -> Option<&Run> {
        if self.terms.fresh || self.stale.contains(&of) {
            return None;
        }
        let can = |s: &Session| s.native_id.is_some() && s.turns_captured > 0;
        self.done.iter().rfind(|run| run.provider == of && can(&run.session))
    }

    fn step(
        &mut self,
        to: Provider,
        step: SwitchStep,
        handoff: Option<HandoffId>,
        session: Option<SessionId>,
    ) -> Result<()> {
        let last = self.done.last().map(|run| run.session.id);
        let from = self.journal.as_ref().map(|switch| switch.from).or(last);
        let Some(from) = from else { return Ok(()) };
        let resumes = self.own_session(to).map(|own| own.session.id);
        let to: Option<ProviderName> = Some(to.name());
        self.note(Switch { from, to, step, handoff, session, resumes })
    }

    fn note(&mut self, switch: Switch) -> Result<()> {
        self.terms.store.note_switch(&switch)?;
        self.journal = Some(switch);
        Ok(())
    }

    fn forget(&mut self) {
        if let Some(switch) = self.journal.take() {
            // One that stays is removed by the next command.
            let _ = self.terms.store.forget_switch(switch.from);
        }
        self.let_go();
    }
}

/// What a person reads of a session that was finished while the next one started.
fn recorded(run: &Run) -> String {
    let captured = run.session.captured();
    format!("recorded session {} of {}: {captured}", run.session.id, run.provider.title())
}

/// What the child said last, where the person has not seen it: its screen goes with the split
/// screen, and with it the message of a child that failed or that only had something to print.
fn last_words(store: &Store, end: &LegEnd) -> String {
    let is_told = match end.ending {
        Ending::Exited(0) => end.activity == Activity::Unknown,
        Ending::Exited(_) | Ending::Signalled(_) => true,
        _ => false,
    };
    let said = if is_told { end.last_words.join("\n") } else { String::new() };
    store.redactor().redact(&said).as_str().into_owned()
}

fn command(spec: &LaunchSpec) -> pty::Command {
    pty::Command {
        program: spec.program.clone(),
        args: spec.args.clone(),
        env: spec.env.clone(),
        cwd: spec.cwd.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;
    use crate::handoff::Detail;
    use crate::host::terminal::Answers;
    use crate::model::Status;
    use crate::run::settings::Settings;

    /// A project, its clients, and one of them, ready to be started.
    fn begun() -> (tempfile::TempDir, Arc<Store>, Legs) {
        let dir = tempfile::tempdir().unwrap();
        let [root, home] = ["repo", "home"].map(|name| dir.path().join(name));
        for folder in [&root, &home] {
            crate::disk::outside::create_dirs(folder).unwrap();
        }
        let store = Arc::new(Store::init(&root, &home, "repo", Timestamp::now()).unwrap());
        let env = Env::default();
        let terms = Terms {
            store: Arc::clone(&store),
            settings: Settings::read(&store, &env).0,
            env,
            cwd: root,
            answers: Answers::default(),
            record: true,
            fresh: false,
            handoff: false,
            detail: Detail::Normal,
            args: (Provider::Claude, Vec::new()),
            guides: Vec::new(),
        };
        let mut legs = Legs::new(terms, Arc::default());
        legs.begin(corridor::tests::task()).unwrap();
        (dir, store, legs)
    }

    #[test]
    fn a_client_that_was_never_started_leaves_no_session() {
        let (dir, store, mut legs) = begun();
        legs.current.as_mut().unwrap().is_awaited = true;
        assert_eq!(store.running_sessions().unwrap().len(), 1);
        legs.close(None, &mut |_| ()).unwrap();
        assert!(legs.take_done().is_empty());
        assert!(store.sessions().unwrap().items.is_empty());
        let left = std::fs::read_dir(dir.path().join("repo/.loghop/sessions")).unwrap();
        assert_eq!(left.count(), 0);
    }

    #[test]
    fn one_that_was_started_leaves_a_session_whatever_is_known_of_its_end() {
        let (_dir, store, mut legs) = begun();
        legs.on(Order::Started);
        legs.close(None, &mut |_| ()).unwrap();
        assert_eq!(store.session(SessionId(1)).unwrap().value.status, Status::Interrupted);
    }

    #[test]
    fn nobody_begins_when_the_run_is_over() {
        let (_dir, store, mut legs) = begun();
        legs.over.store(true, Ordering::SeqCst);
        let ended = Some(Box::new(LegEnd::not_started(Ending::Switched)));
        let next = legs.on(Order::Hand { to: Provider::Codex, ended });
        assert!(matches!(next, Some(News::Next(Err(_)))));
        legs.close(None, &mut |_| ()).unwrap();
        let all = store.sessions().unwrap().items;
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].ended_by.as_deref(), Some("switch"));
        assert!(store.switches().unwrap().is_empty());
    }

    #[test]
    fn one_that_could_not_be_started_leaves_one_that_says_so() {
        let (_dir, store, mut legs) = begun();
        let end = LegEnd::not_started(Ending::LaunchFailed("gone".into()));
        legs.close(Some(end), &mut |_| ()).unwrap();
        assert_eq!(legs.take_done().len(), 1);
        assert_eq!(store.session(SessionId(1)).unwrap().value.status, Status::LaunchFailed);
    }
}
