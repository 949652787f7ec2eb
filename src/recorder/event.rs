//! What can happen to a run, and what the run loop does about it: two closed lists.

use super::input::{Command, Typed};
use super::menu::MenuKey;
use super::mouse::Report;
use super::panel::Tab;
use super::relay::{Asked, News};
use crate::model::{Activity, Hold, Live, Size};
use crate::provider::Provider;
use crate::pty::{Exit, Signal};

/// Something happened. Events carry summaries, never the child's bytes.
#[derive(Debug)]
pub enum Event {
    /// The host's terminal has a new size.
    Resize(Size),
    /// The person asked loghop for something.
    Command(Command),
    /// A mouse report for the pane's own history.
    Pane(Report),
    /// A mouse report for the panel.
    Panel(Report),
    /// The person typed something that means more than its bytes.
    Typed(Typed),
    /// A key while a question of ours is open.
    MenuKey(MenuKey),
    /// What the child says that it is doing has changed.
    Activity(Activity),
    /// New state of transcript and repository.
    Live(Box<Live>),
    /// The child wrote its last byte.
    OutputEnded,
    /// The child was reaped.
    Exited(Exit),
    /// Somebody wants the run to end.
    Stop(Stop),
    /// The tape cannot be written any more; why.
    TapeBroken(String),
    /// Somebody at another terminal asks for a switch.
    Asked(Asked),
    /// Whoever asked thought better of it.
    Withdrawn,
    /// Whether a switch is possible, or why not.
    Prepared(Result<(), String>),
    /// The next child runs.
    Arrived(Arrival),
    /// The next child does not run; why.
    NotArrived(String),
    /// The emulator had to start anew with an empty screen.
    Rebuilt,
    /// A deadline has passed.
    Tick,
}

/// A child that has taken the pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// Its terminal's size.
    pub size: Size,
    /// It starts with a prompt of its own.
    pub prompted: bool,
    /// Nobody seems to be signed in to it.
    pub knows_nobody: bool,
    /// What the panel shows first.
    pub tab: Tab,
    /// What a person should know.
    pub notice: Option<String>,
}

/// An event and whose it is.
pub enum Told {
    /// Of the run as a whole.
    Run(Event),
    /// Of the child with this number; when that has gone it means nothing any more.
    Child(u32, Event),
    /// The answer to an order.
    News(News),
}

/// Why a run is to end before its child does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A signal to loghop, or its terminal is gone.
    Asked,
    /// `--timeout`.
    Timeout,
    /// A thread of ours broke.
    Broken,
}

/// What the loop has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Show the view as it is now.
    Show,
    /// The child's terminal has a new size.
    ResizeChild(Size),
    /// Send a signal to the child's process group.
    SignalChild(Signal),
    /// Give the child a key that means that it should stop.
    Type(&'static [u8]),
    /// Is a switch to this assistant possible?
    Prepare(Provider),
    /// The switch waits for this, or for nothing any more.
    Hold(Option<Hold>),
    /// It will not be.
    Forget,
    /// Finish the session of the child that has gone, and make ready this assistant.
    Hand(Provider),
    /// Tell whoever asked at another terminal why there will be no switch.
    Refuse(String),
    /// Put a marker on the tape.
    Mark(&'static str),
    /// Scroll the pane's history by rows; positive is down, towards the live screen.
    Scroll(i32),
    /// Show the pane's live screen.
    ScrollEnd,
    /// Begin a selection at a cell of the pane.
    Pick(Cell, Unit),
    /// Extend it to a cell.
    Extend(Cell),
    /// Copy what is selected to the clipboard.
    Copy,
    /// Nothing is selected any more.
    Unselect,
}

/// A cell of the pane, as it is shown: column and row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Column.
    pub col: u16,
    /// Row.
    pub row: u16,
}

/// What a click, a double click and a triple click select.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Cells.
    Cell,
    /// Words.
    Word,
    /// Lines.
    Line,
}

/// What the loop was told so far, of a run with one child.
#[cfg(test)]
pub fn told(inbox: &std::sync::mpsc::Receiver<Told>) -> Vec<Event> {
    let events = inbox.try_iter().map(|told| match told {
        Told::Run(event) | Told::Child(0, event) => event,
        _ => panic!("of another child"),
    });
    events.collect()
}
