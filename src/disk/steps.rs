//! The steps by which the disk changes. Each one that a record takes on its way goes past
//! [`step`], so that a test can end the process, or fill the disk, at every single one of them.
//! Outside of tests this does nothing.

#[cfg(test)]
pub(crate) use self::faults::{Fault, at};

/// Something that changes the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// A new file or folder.
    Create,
    /// Bytes into a file.
    Write,
    /// Waiting until they are on the disk.
    Sync,
    /// A name that leads to another file from now on.
    Rename,
    /// A name that is gone.
    Remove,
}

/// Announces the next step; an error means that it does not happen.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "it fails in tests")]
pub(super) fn step(_: Step) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
pub(super) use self::faults::step;

#[cfg(test)]
mod faults {
    use std::cell::RefCell;
    use std::io;

    use super::Step;

    /// What goes wrong.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Fault {
        /// Nothing: the steps are counted.
        None,
        /// The process ends: from this step on, nothing changes any more.
        Death(usize),
        /// The disk is full: this step fails, if it is one that takes space.
        Full(usize),
        /// The disk is full and stays so: every step from this one on fails that takes space.
        FullFrom(usize),
    }

    thread_local! {
        static PLAN: RefCell<Option<(Fault, Vec<Step>)>> = const { RefCell::new(None) };
    }

    /// Does `work` on this thread with a fault in it, and returns the steps that it took.
    pub(crate) fn at<T>(fault: Fault, work: impl FnOnce() -> T) -> (T, Vec<Step>) {
        PLAN.set(Some((fault, Vec::new())));
        let done = work();
        let steps = PLAN.take().map(|(_, steps)| steps).unwrap_or_default();
        (done, steps)
    }

    pub(in crate::disk) fn step(step: Step) -> io::Result<()> {
        PLAN.with_borrow_mut(|plan| {
            let Some((fault, steps)) = plan else { return Ok(()) };
            let number = steps.len();
            steps.push(step);
            let takes_space = matches!(step, Step::Create | Step::Write);
            let is_full = match *fault {
                Fault::Death(at) if number >= at => {
                    return Err(io::Error::other("the process ended"));
                }
                Fault::Full(at) => number == at,
                Fault::FullFrom(at) => number >= at,
                Fault::None | Fault::Death(_) => false,
            };
            if is_full && takes_space { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        })
    }
}
