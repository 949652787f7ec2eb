//! Whose each piece of the host's input is: loghop's, the child's, or nobody's.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::draft::{Composer, Draft, Edit, edits};
use super::event::Event;
use super::hub::Hub;
use super::input::{Command, PASTE_START, Piece, Typed, is_typing};
use super::keys::Stroke;
use super::menu;
use super::mouse::{Route, Router};
use super::tape::Item;
use crate::model::Activity;
use crate::provider::Provider;

/// Hands on pieces of input, and remembers what was typed.
#[derive(Default)]
pub struct Desk {
    router: Router,
    /// What stands in the composer of the child with this number.
    draft: (u32, Draft),
    /// Something was typed since the tape was told last that it was sent.
    typing: bool,
    /// It answered a question of the client's: what comes after that is typed anew.
    answers: bool,
    /// The child that the last paste is for: as a whole, whatever comes while it is read.
    pasting_to: Option<u32>,
}

impl Desk {
    /// Takes the next piece.
    pub fn take(&mut self, hub: &Hub, piece: Piece) {
        match piece {
            Piece::Child(bytes) => self.keys(hub, bytes),
            Piece::Paste(bytes) => self.paste(hub, bytes),
            Piece::Command(command) => {
                if command == Command::HandOver {
                    // What follows in the same breath may be the answer to the question that comes.
                    hub.wishes.fetch_add(1, Ordering::SeqCst);
                }
                hub.tell(Event::Command(command));
            }
            Piece::Page(bytes, pages, stroke) => {
                let is_ours = hub.routing.lock().scrolls();
                match stroke {
                    _ if !is_ours => self.keys(hub, bytes),
                    Stroke::Press => hub.tell(Event::Command(Command::PanePage(pages))),
                    Stroke::Release => {}
                }
            }
            Piece::Mouse(report) => {
                let routing = *hub.routing.lock();
                match self.router.route(report, &routing) {
                    Route::Child(_) if hub.takes_keys() => {}
                    Route::Child(bytes) => to_child(hub, bytes),
                    Route::Pane(report) => hub.tell(Event::Pane(report)),
                    Route::Panel(report) => hub.tell(Event::Panel(report)),
                    Route::Nobody => {}
                }
            }
        }
    }

    /// Keys that are not ours by themselves: an answer to our question, else the child's.
    fn keys(&mut self, hub: &Hub, bytes: Vec<u8>) {
        if hub.takes_keys() {
            return menu::keys(&bytes).for_each(|key| hub.tell(Event::MenuKey(key)));
        }
        let is_sent = edits(&bytes).any(|edit| edit == Edit::Send);
        self.mark(hub, edits(&bytes).any(Edit::begins), is_sent);
        for edit in edits(&bytes) {
            self.edit(hub, edit);
        }
        // Tab may have sent it: what is typed next is a beginning, if it did.
        self.typing &= !edits(&bytes).any(|edit| edit == Edit::Tab);
        if is_sent && self.draft.1.is_there() {
            // In the same breath the next one is begun.
            self.mark(hub, true, false);
        }
        to_child(hub, bytes);
    }

    /// What is pasted answers nothing and sends nothing, whatever stands in it.
    fn paste(&mut self, hub: &Hub, bytes: Vec<u8>) {
        let child = hub.child();
        if bytes.starts_with(PASTE_START) {
            self.pasting_to = (!hub.takes_keys()).then_some(child.number);
        }
        if self.pasting_to == Some(child.number) {
            self.mark(hub, true, false);
            let draft = self.draft_of(child.number);
            let is_new = !draft.is_there();
            draft.pasted(&bytes);
            if is_new {
                hub.tell(Event::Typed(Typed::Text));
            }
            to_child(hub, bytes);
        }
    }

    /// What a key means to the composer; the loop is told what matters to a switch.
    fn edit(&mut self, hub: &Hub, edit: Edit) {
        let view = Arc::clone(&hub.view.lock());
        let composer = Composer {
            is_idle: view.activity == Activity::Idle,
            escapes: view.current == Provider::Claude,
        };
        let draft = self.draft_of(hub.child().number);
        let before = draft.is_there();
        draft.on(edit, composer, Instant::now());
        hub.tell(Event::Typed(match (edit, before, draft.is_there()) {
            (Edit::Send, ..) => Typed::Enter,
            (Edit::Suspend, ..) => Typed::Suspend,
            (_, false, true) => Typed::Text,
            (_, true, false) => Typed::Cleared,
            _ => return,
        }));
    }

    /// The draft of this child: what was typed for another one went with it.
    fn draft_of(&mut self, child: u32) -> &mut Draft {
        if self.draft.0 != child {
            self.draft = (child, Draft::default());
        }
        &mut self.draft.1
    }

    /// Marks on the tape where the person begins to type and where they send it; never what. A
    /// replay knows by that which text was there before, and of a child that tells nothing, where
    /// a turn begins.
    fn mark(&mut self, hub: &Hub, is_typing: bool, is_enter: bool) {
        let (child, is_asked) = (hub.child(), hub.view.lock().activity == Activity::Waiting);
        self.typing &= !self.answers || is_asked;
        if !self.typing && is_typing {
            (self.typing, self.answers) = (true, is_asked);
            child.reel.note(Item::Mark("typed"), Instant::now());
        }
        if self.typing && is_enter {
            self.typing = false;
            child.reel.note(Item::Mark("sent"), Instant::now());
        }
    }
}

fn to_child(hub: &Hub, bytes: Vec<u8>) {
    if hub.is_looking() && is_typing(&bytes) {
        // Whoever types wants to see what they type.
        hub.tell(Event::Command(Command::PaneEnd));
    }
    if !hub.child().to_child.input(bytes) {
        hub.forward(b"\x07");
    }
    hub.wake.key();
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::sync_channel;

    use super::super::event::told;
    use super::super::menu::MenuKey;
    use super::super::view::View;
    use super::*;

    #[test]
    fn page_keys_scroll_where_the_pane_has_a_history() {
        let (events, inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        let mut page = |stroke| desk.take(&hub, Piece::Page(b"\x1b[5;2~".to_vec(), -1, stroke));
        page(Stroke::Press);
        page(Stroke::Release);
        let told = told(&inbox);
        assert!(matches!(told.as_slice(), [Event::Command(Command::PanePage(-1))]), "{told:?}");
        hub.routing.lock().alternate = true;
        page(Stroke::Press);
        assert!(inbox.try_iter().next().is_none());
        assert_eq!(hub.child().to_child.next().unwrap(), b"\x1b[5;2~");
    }

    #[test]
    fn shift_and_enter_sends_nothing_and_enter_does_in_the_middle_of_other_keys() {
        let (events, inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        for (keys, typing) in [("ab\x1b[13;2u", true), ("c\r", false), ("d\re", true)] {
            desk.take(&hub, Piece::Child(keys.as_bytes().to_vec()));
            assert_eq!(desk.typing, typing, "{keys:?}");
        }
        let told = told(&inbox).into_iter().map(|event| match event {
            Event::Typed(what) => what,
            other => panic!("{other:?}"),
        });
        assert!(told.eq([Typed::Text, Typed::Enter, Typed::Text, Typed::Enter, Typed::Text]));
    }

    #[test]
    fn what_is_typed_after_tab_is_a_beginning() {
        let (events, _inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        for (keys, typing) in [("ab", true), ("\t", false), ("c", true)] {
            desk.take(&hub, Piece::Child(keys.as_bytes().to_vec()));
            assert_eq!(desk.typing, typing, "{keys:?}");
        }
    }

    #[test]
    fn keys_that_only_cancel_begin_nothing_and_an_answer_is_no_beginning() {
        let (events, _inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        let asks = |is_asked: bool| {
            let activity = if is_asked { Activity::Waiting } else { Activity::Idle };
            let view = (**hub.view.lock()).clone();
            *hub.view.lock() = Arc::new(View { activity, ..view });
        };
        for (keys, is_asked, typing) in [
            ("\x1b", false, false),
            ("\x03", false, false),
            ("1", true, true),
            ("\x1b", false, false),
            ("a", false, true),
            ("\x1b", false, true),
        ] {
            asks(is_asked);
            desk.take(&hub, Piece::Child(keys.as_bytes().to_vec()));
            assert_eq!(desk.typing, typing, "{keys:?}");
        }
    }

    #[test]
    fn what_follows_a_wish_to_hand_over_in_the_same_breath_is_not_the_childs() {
        let (events, inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        desk.take(&hub, Piece::Command(Command::HandOver));
        desk.take(&hub, Piece::Child(b"\r".to_vec()));
        let told = told(&inbox);
        assert!(
            matches!(told.as_slice(), [Event::Command(_), Event::MenuKey(MenuKey::Enter)]),
            "{told:?}"
        );
        hub.wishes.store(0, Ordering::SeqCst);
        desk.take(&hub, Piece::Child(b"\r".to_vec()));
        assert_eq!(hub.child().to_child.next().unwrap(), b"\r");
    }

    #[test]
    fn a_paste_sends_nothing_however_it_is_cut() {
        let (events, inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        for part in ["\x1b[200~one\r", "two\r", "three\x1b[201~"] {
            desk.take(&hub, Piece::Paste(part.into()));
        }
        let told = told(&inbox);
        assert!(matches!(told.as_slice(), [Event::Typed(Typed::Text)]), "{told:?}");
    }

    #[test]
    fn a_paste_is_as_a_whole_whose_it_began_as() {
        let (events, inbox) = sync_channel(8);
        let (hub, mut desk) = (Hub::idle(events), Desk::default());
        let mut paste = |part: &str, holds| {
            hub.holds_keys.store(holds, Ordering::SeqCst);
            desk.take(&hub, Piece::Paste(part.into()));
        };
        paste("\x1b[200~a\r", false);
        // A question opens while the rest is read: it is not answered by it.
        paste("s\r\x1b[201~", true);
        assert!(told(&inbox).iter().all(|event| matches!(event, Event::Typed(Typed::Text))));
        // One that began at the question is not the child's when that is closed.
        paste("\x1b[200~lost", true);
        paste("\rlost\x1b[201~", false);
        desk.take(&hub, Piece::Child(b"x".to_vec()));
        let sent = [(); 3].map(|()| hub.child().to_child.next().unwrap()).concat();
        assert_eq!(sent, b"\x1b[200~a\rs\r\x1b[201~x");
    }

    #[test]
    fn typing_ends_looking_back_and_releases_do_not() {
        let (events, inbox) = sync_channel(8);
        let hub = Hub::idle(events);
        hub.routing.lock().scrolled = true;
        to_child(&hub, b"\x1b[57441;2:3u".to_vec());
        assert!(inbox.try_iter().next().is_none());
        to_child(&hub, b"x".to_vec());
        let told = told(&inbox);
        assert!(matches!(told.as_slice(), [Event::Command(Command::PaneEnd)]), "{told:?}");
    }
}
