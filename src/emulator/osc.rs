//! Operating system commands: titles are kept, colours answered, and what only the host terminal
//! can do is forwarded: notifications, progress, program status, clipboard writes.

use super::lexer::OSC_MAX;
use super::pane::{Fed, Pane};

/// Longest title that is kept, in characters.
const TITLE_MAX: usize = 256;

/// Longest payload of a forwarded message that is no clipboard write. Notifications are sentences.
const MESSAGE_MAX: usize = 4 * 1024;

/// Most bytes forwarded per feed. One clipboard write of full size fits; a flood does not.
const FORWARDS_MAX: usize = OSC_MAX + 64 * 1024;

impl Pane {
    pub(super) fn osc(&mut self, payload: &[u8], bell: bool, fed: &mut Fed) {
        let known = std::str::from_utf8(payload)
            .ok()
            .filter(|text| !text.chars().any(char::is_control))
            .is_some_and(|text| self.osc_text(text, bell, fed));
        self.count_unknown(u64::from(!known));
    }

    fn osc_text(&mut self, text: &str, bell: bool, fed: &mut Fed) -> bool {
        let (number, rest) = text.split_once(';').unwrap_or((text, ""));
        match number {
            "0" | "2" => {
                self.title = rest.chars().take(TITLE_MAX).collect();
                self.signs.title(&self.title);
            }
            // The icon's name, the current folder, hyperlinks and prompt marks: known, not shown.
            "1" | "7" | "8" | "133" => {}
            "4" | "10" | "11" | "12" => return self.colour_query(text, bell, &mut fed.replies),
            "52" => return forward_clipboard(text, rest, fed),
            "7501" => {
                self.signs.status(rest);
                // A question is for a terminal that has an answer; ours would come late.
                return rest == "?" || forward(text, fed);
            }
            "9" | "777" | "21337" => return forward(text, fed),
            _ => return false,
        }
        true
    }
}

fn forward(text: &str, fed: &mut Fed) -> bool {
    text.len() <= MESSAGE_MAX && forward_whole(text, fed)
}

/// A clipboard write goes out; a question never does, as it would hand the clipboard to the child.
fn forward_clipboard(text: &str, rest: &str, fed: &mut Fed) -> bool {
    let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    match rest.split_once(';') {
        Some((target, data))
            if target.bytes().all(|b| b"cpqs01234567".contains(&b)) && data.bytes().all(base64) =>
        {
            forward_whole(text, fed)
        }
        _ => false,
    }
}

fn forward_whole(text: &str, fed: &mut Fed) -> bool {
    if fed.forwards.len() + text.len() > FORWARDS_MAX {
        return false;
    }
    fed.forwards.extend_from_slice(b"\x1b]");
    fed.forwards.extend_from_slice(text.as_bytes());
    fed.forwards.extend_from_slice(b"\x1b\\");
    true
}
