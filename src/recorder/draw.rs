//! One frame: the child's cells, the panel, what lies over them; encoded against the last frame.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::MutexGuard;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::event::{Event, Stop};
use super::hub::Hub;
use super::input::LETTERS;
use super::keys::Keys;
use super::pacer::{Pace, Pacer};
use super::panel::{self, Header, PanelView, Recording, Tab};
use super::stationery::Stationery;
use super::view::View;
use super::wake::Wait;
use crate::clock::Timestamp;
use crate::emulator::{Modes, Pane};
use crate::host::frame::{Cursor, FrameEncoder};
use crate::host::terminal::Restore;

/// Draws frames.
pub struct Painter {
    stationery: Stationery,
    hints: Vec<String>,
    since: String,
    encoder: FrameEncoder,
    modes: Modes,
    /// The panel as it was drawn last, with the view that it was drawn for.
    panel: Option<(Arc<View>, Buffer)>,
    buffer: Buffer,
    panel_rows: (u16, u16),
}

impl Painter {
    /// A painter whose first frame draws everything.
    pub fn new(stationery: Stationery, encoder: FrameEncoder) -> Self {
        let Keys { panel, tab, hand_over, prefix } = stationery.keys;
        // The first is what is left where there is little room.
        let hints = vec![
            format!("{} hand over", hand_over.name()),
            format!("{} panel", panel.name()),
            format!("{} tab", tab.name()),
            format!("{} ? keys", prefix.name()),
        ];
        let since = stationery.started.local_hour_minute();
        Self {
            stationery,
            hints,
            since,
            encoder,
            modes: Modes::default(),
            panel: None,
            buffer: Buffer::default(),
            panel_rows: (0, 0),
        }
    }

    /// Draws when it is time, until the run is over.
    pub fn run(mut self, hub: &Hub, page: &Restore) {
        let mut pacer = Pacer::default();
        let (mut dirty, mut wait) = (true, Wait::Anything);
        let mut drawn_for = (0, page.times());
        loop {
            let happened = hub.wake.wait(wait);
            let now = Instant::now();
            dirty |= happened.changed;
            if happened.key {
                pacer.key(now);
            }
            let view = Arc::clone(&hub.view.lock());
            let (child, stationery) = hub.in_the_pane();
            if let Some(stationery) = stationery {
                self.provide(stationery);
            }
            let pane = child.pane.lock();
            let pace =
                if happened.over { Pace::Draw } else { pacer.decide(now, dirty, pane.in_sync()) };
            wait = match pace {
                Pace::Frame(at) => Wait::Frame(at),
                Pace::Until(at) => Wait::Until(at),
                Pace::Draw | Pace::Idle => Wait::Anything,
            };
            if pace != Pace::Draw {
                continue;
            }
            let this = (view.repaints, page.times());
            if std::mem::replace(&mut drawn_for, this) != this {
                self.encoder.invalidate();
                self.modes = Modes::default();
            }
            let bytes = self.frame(pane, &view, hub);
            if !bytes.is_empty() && page.write(&bytes).is_err() {
                hub.tell(Event::Stop(Stop::Asked));
            }
            pacer.drawn(now);
            dirty = false;
            if happened.over {
                return;
            }
        }
    }

    /// Another child has come: the panel tells of that one.
    fn provide(&mut self, stationery: Stationery) {
        self.since = stationery.started.local_hour_minute();
        self.stationery = stationery;
        self.panel = None;
    }

    /// The bytes of one frame. The pane is given back as soon as its cells are copied.
    fn frame(&mut self, pane: MutexGuard<'_, Pane>, view: &Arc<View>, hub: &Hub) -> Vec<u8> {
        let layout = view.layout;
        if self.buffer.area != layout.host {
            self.buffer = Buffer::empty(layout.host);
        }
        self.buffer.reset();
        let selection = *hub.selection.lock();
        pane.paint(layout.pane, &mut self.buffer, selection.as_ref());
        let cursor = cursor(&pane, view);
        let modes = pane.modes().clone();
        let scrolled = pane.scrolled();
        MutexGuard::unlock_fair(pane);

        if scrolled > 0 {
            let Stationery { theme, ascii, .. } = &self.stationery;
            panel::scrolled(scrolled, layout.pane, &mut self.buffer, theme, *ascii);
        }
        self.panel(view);
        *hub.panel_rows.lock() = self.panel_rows;
        let mut bytes = self.encoder.encode(&self.buffer, cursor);
        bytes.extend(Modes::host_bytes(&self.modes, &modes, self.stationery.keyboard));
        self.modes = modes;
        bytes.append(&mut hub.forwards.lock());
        bytes
    }

    /// Copies panel, rule and status into the frame; draws them only when the view changed.
    fn panel(&mut self, view: &Arc<View>) {
        let fresh = self.panel.as_ref().is_some_and(|(last, _)| Arc::ptr_eq(last, view));
        if !fresh {
            let drawn = self.draw_panel(view);
            self.panel = Some((Arc::clone(view), drawn));
        }
        let Some((_, panel)) = &self.panel else { return };
        for area in [view.layout.panel, view.layout.rule, view.layout.status] {
            copy(panel, area, &mut self.buffer);
        }
        if view.help {
            let Stationery { theme, ascii, .. } = &self.stationery;
            let title = format!("{} and then", self.stationery.keys.prefix.name());
            panel::menu(&title, LETTERS, view.layout.host, &mut self.buffer, theme, *ascii);
        }
        if let Some(menu) = &view.menu {
            let Stationery { theme, ascii, .. } = &self.stationery;
            panel::question(menu, view.layout.host, &mut self.buffer, theme, *ascii);
        }
    }

    fn draw_panel(&mut self, view: &View) -> Buffer {
        let mut buffer = Buffer::empty(view.layout.host);
        let Stationery { theme, ascii, .. } = &self.stationery;
        let hints: Vec<&str> = self.hints.iter().map(String::as_str).collect();
        let key = self.stationery.keys.hand_over.name();
        let way_out = view.other.map(|other| format!("{key} hands over to {}", other.title()));
        let shown = PanelView { way_out: way_out.as_deref(), ..self.shown(view, &hints) };
        let layout = view.layout;
        if layout.panel.width > 0 {
            let rows = panel::draw(&shown, layout.panel, &mut buffer, theme);
            self.panel_rows = (rows.content_rows, rows.visible_rows);
            panel::separator(layout.rule, &mut buffer, theme, *ascii);
        } else {
            panel::status_line(&shown, layout.status, &mut buffer, theme);
        }
        buffer
    }

    fn shown<'a>(&'a self, view: &'a View, hints: &'a [&'a str]) -> PanelView<'a> {
        let own = &self.stationery;
        PanelView {
            tab: view.tab,
            scroll: view.panel_scroll,
            header: Header {
                session: own.session,
                provider: &own.provider,
                goal: &own.goal,
                since: &self.since,
            },
            activity: view.activity,
            live: &view.live,
            handoff: &own.document,
            timeline: if view.tab == Tab::Timeline { &own.timeline } else { &[] },
            notice: view.notice.as_deref().or(view.pending.as_deref()),
            guide: own.guide.as_ref(),
            hints,
            way_out: None,
            recording: Recording { on: own.recording, stopped_reason: view.tape_broken.as_deref() },
            ascii: own.ascii,
            frame: view.spinner,
            when: Timestamp::local_date_hour_minute,
        }
    }
}

/// Where the host's cursor goes: where the child's is, unless history is shown.
fn cursor(pane: &Pane, view: &View) -> Option<Cursor> {
    let (col, row) = pane.cursor().filter(|_| !view.help && view.menu.is_none())?;
    let inside = col < view.layout.pane.width && row < view.layout.pane.height;
    let shape = pane.modes().cursor_shape;
    inside.then_some(Cursor { x: col, y: row, shape })
}

fn copy(from: &Buffer, area: Rect, to: &mut Buffer) {
    let area = area.intersection(from.area).intersection(to.area);
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            to[(x, y)] = from[(x, y)].clone();
        }
    }
}
