//! A panic must not leave the person with a terminal that loghop has taken.

use std::sync::Arc;

use super::terminal::Restore;

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Gives the terminal back before a panic is told, and puts the hook that was there back in the
/// end. Panics of the emulator's cells are caught by its guard and nobody's business.
pub struct PanicHook {
    previous: Arc<Hook>,
}

impl PanicHook {
    /// Puts the hook in its place.
    pub fn install(restore: Arc<Restore>) -> Self {
        let previous: Arc<Hook> = Arc::new(std::panic::take_hook());
        let inner = Arc::clone(&previous);
        std::panic::set_hook(Box::new(move |info| {
            if info.location().is_some_and(|at| at.file().contains("vt100")) {
                return;
            }
            restore.now();
            inner(info);
        }));
        Self { previous }
    }
}

impl Drop for PanicHook {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let previous = Arc::clone(&self.previous);
            std::panic::set_hook(Box::new(move |info| previous(info)));
        }
    }
}
