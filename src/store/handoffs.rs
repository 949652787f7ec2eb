//! Handoffs: built once, told their outcome later, all kept.

use super::chain::Durability;
use super::format::{config, handoff};
use super::records::{Draft, Listing, Stored};
use super::{Store, layout};
use crate::error::{Error, Result};
use crate::model::{Handoff, HandoffId};

impl Store {
    /// All handoffs, newest first.
    pub fn handoffs(&self) -> Result<Listing<Handoff>> {
        let mut listing =
            self.records(layout::HANDOFFS, HandoffId::PREFIX, |number, document| {
                handoff::read(HandoffId(number), &document.fields, &document.body)
            })?;
        listing.items.reverse();
        Ok(listing)
    }

    /// How many there are.
    pub fn handoff_count(&self) -> Result<usize> {
        Ok(self.numbers(layout::HANDOFFS, HandoffId::PREFIX)?.len())
    }

    /// The newest one that can be read, and what is wrong with newer ones.
    pub fn newest_handoff(&self) -> Result<Listing<Handoff>> {
        let mut listing = Listing { items: Vec::new(), warnings: Vec::new() };
        for number in self.numbers(layout::HANDOFFS, HandoffId::PREFIX)?.into_iter().rev() {
            match self.handoff(HandoffId(number)) {
                Ok(stored) => {
                    listing.warnings.extend(stored.warnings);
                    listing.items.push(stored.value);
                    break;
                }
                Err(error) => listing.warnings.push(error.to_string()),
            }
        }
        Ok(listing)
    }

    /// One handoff with its file.
    pub fn handoff(&self, id: HandoffId) -> Result<Stored<Handoff>> {
        let path = layout::handoff(id);
        let record = self.record(&path)?.ok_or_else(|| {
            Error::invalid(format!("handoff {id} not found"))
                .hint("run `loghop handoff list` to see what there is")
        })?;
        let value = handoff::read(id, &record.document.fields, &record.document.body);
        Ok(record.stored(value, path))
    }

    /// Makes a handoff with the next free id, and returns it as it was stored: redacted.
    pub fn create_handoff(&self, make: impl FnOnce(HandoffId) -> Handoff) -> Result<Handoff> {
        let _lock = self.lock()?;
        let counter = self.config()?.handoff_counter;
        let number = self.next_number(layout::HANDOFFS, HandoffId::PREFIX, counter)?;
        let made = make(HandoffId(number));
        self.edit_config(|doc| config::set(doc, "handoff_counter", i64::from(number)))?;
        self.write_drafts(&[self.handoff_draft(&made)?], Durability::Later)?;
        Ok(self.handoff(made.id)?.value)
    }

    /// A handoff's file, relative to the project's root.
    pub fn handoff_path(&self, id: HandoffId) -> String {
        layout::handoff(id)
    }

    pub(super) fn handoff_draft(&self, value: &Handoff) -> Result<Draft> {
        let mut body = value.body.trim_end().to_owned();
        body.push('\n');
        self.draft(layout::handoff(value.id), |over| handoff::write(value, over), |_| body)
    }
}
