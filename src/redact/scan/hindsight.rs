//! What the scanner learns too late: a screen that was painted back to front shows a secret whole
//! whose parts are put out already.
//!
//! Where a frame ends the screen is read like a document. What is found there and was put out as it
//! is is remembered with its place, so that whoever keeps what was put out can cover it. Nothing of
//! that changes what is put out.

use std::sync::Arc;

use super::{Scanner, Source};
use crate::redact::cells::Spot;

/// So many bytes are remembered. A program that paints more secrets back to front does it on purpose.
const LATE_MAX: usize = 64 * 1024;

/// A byte that was put out and turned out to be a secret's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Late {
    /// Its place, in bytes of all that the stream put out.
    pub at: u64,
    /// What stands there.
    pub byte: u8,
}

impl Scanner {
    /// Reads the screen as it stands now.
    pub(in crate::redact) fn look_back(&mut self) {
        let (Source::Terminal(_), Some(cells)) = (self.source, &mut self.cells) else { return };
        for page in cells.pages() {
            if self.tables.anchors.next(&page.text, 0, &mut Vec::new()).is_none() {
                continue;
            }
            let mut reader = Self::new(Arc::clone(&self.tables), Source::Document);
            for part in reader.read(&page.text, &page.seams) {
                let Self { late, late_text, released, .. } = self;
                cells.hide_late(&page, part, *released, |spot, byte| match spot {
                    _ if late.len() + late_text.len() >= LATE_MAX => {}
                    Spot::Out(at) => late.push(Late { at, byte }),
                    Spot::Text(at) => late_text.push((at, byte)),
                });
            }
        }
    }

    /// The text up to `to` is put out from `at` on: what of it waited has its place now, unless it
    /// was hidden in the meantime.
    pub(super) fn place_late(&mut self, to: usize, at: u64) {
        let Self { late, late_text, released, window, .. } = self;
        late_text.retain(|(text, byte)| {
            let is_here = (*released..to).contains(text);
            if is_here && window.slice(*text, *text + 1) == [*byte] {
                late.push(Late { at: at + (text - *released) as u64, byte: *byte });
            }
            *text >= to
        });
    }

    /// Reads the screen before a sequence that erases it.
    pub(super) fn look_before(&mut self, sequence: &[u8], out: &mut Vec<u8>) {
        if self.cells.as_ref().is_some_and(|cells| cells.is_last_look(sequence)) {
            self.release(out);
            self.look_back();
        }
    }

    /// What is hidden in a whole text in which rows are joined at `seams`.
    fn read(&mut self, text: &[u8], seams: &[usize]) -> Vec<(usize, usize)> {
        self.hidden = Some(Vec::new());
        let mut from = 0;
        for seam in seams {
            self.window.extend(&text[from..*seam]);
            self.window.set_seam(self.window.end());
            from = *seam;
        }
        self.window.extend(&text[from..]);
        self.window.set_ended();
        let mut out = Vec::new();
        self.scan(&mut out);
        self.leave_keys(&mut out);
        self.hidden.take().unwrap_or_default()
    }

    /// What was learned too late since the last call.
    pub(in crate::redact) fn late(&mut self) -> Vec<Late> {
        std::mem::take(&mut self.late)
    }
}
