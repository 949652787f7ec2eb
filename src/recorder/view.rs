//! What one frame shows: plain values, made by the owner of the state, read by the drawing thread.

use std::sync::Arc;

use super::layout::Layout;
use super::menu::Menu;
use super::panel::Tab;
use super::questions::Choice;
use crate::model::{Activity, Live};
use crate::provider::Provider;

/// Everything that a frame depends on, beside the child's screen.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Where things stand.
    pub layout: Layout,
    /// The panel's tab.
    pub tab: Tab,
    /// First row of the panel's content that is shown.
    pub panel_scroll: u16,
    /// The list of keys is shown.
    pub help: bool,
    /// One line that matters now.
    pub notice: Option<String>,
    /// What is waited for, as long as it is.
    pub pending: Option<String>,
    /// Who is in the pane.
    pub current: Provider,
    /// Who could take over.
    pub other: Option<Provider>,
    /// A question to the person.
    pub menu: Option<Menu<Choice>>,
    /// What the child does.
    pub activity: Activity,
    /// Transcript and repository.
    pub live: Arc<Live>,
    /// Counts up while the child works.
    pub spinner: usize,
    /// Why nothing more is recorded.
    pub tape_broken: Option<String>,
    /// Counts repaints: a new number means that nothing on the host's screen can be trusted.
    pub repaints: u32,
}
