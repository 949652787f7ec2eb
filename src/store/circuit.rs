//! The circuit breakers of a project, one file for each provider.

use super::format::circuit::Circuit;
use super::{Store, layout};
use crate::clock::Timestamp;
use crate::disk::Verbatim;
use crate::error::{Error, Kind, Result};
use crate::model::ProviderName;

impl Store {
    /// Lets a run of this provider through, or refuses it while the last ones failed.
    pub fn admit(&self, provider: &ProviderName, now: Timestamp) -> Result<()> {
        let mut refused = None;
        self.with_circuit(provider, |circuit| refused = circuit.admit(now).err())?;
        let Some(seconds) = refused else { return Ok(()) };
        let path = layout::circuit(provider.as_str());
        Err(Error::new(Kind::ProviderAuthMissing, format!("{provider} failed to start repeatedly"))
            .hint(format!("try again in {seconds} s; or mend it, remove `{path}` and try at once")))
    }

    /// Notes whether a run of this provider could work at all.
    pub fn note_run(&self, provider: &ProviderName, worked: bool, now: Timestamp) -> Result<()> {
        self.with_circuit(
            provider,
            |circuit| {
                if worked { circuit.succeeded() } else { circuit.failed(now) }
            },
        )
    }

    /// Changes a breaker. Its file is written where something changed, without waiting for the
    /// disk: a breaker that is lost lets one run more through.
    fn with_circuit(
        &self,
        provider: &ProviderName,
        mut change: impl FnMut(&mut Circuit),
    ) -> Result<()> {
        let path = layout::circuit(provider.as_str());
        let mut changed = || -> Result<Option<Circuit>> {
            let text = self.files.read_text(&path, layout::LINE_FILE_MAX)?.unwrap_or_default();
            let before = Circuit::read(&text);
            let mut circuit = before.clone();
            change(&mut circuit);
            Ok((circuit != before).then_some(circuit))
        };
        // Most runs go well after others that did: nobody has to wait for that.
        if changed()?.is_none() {
            return Ok(());
        }
        let _lock = self.lock()?;
        let Some(circuit) = changed()? else { return Ok(()) };
        let text = circuit.write(provider.as_str());
        self.files.write_verbatim_lazily(&path, Verbatim(text.as_bytes()))
    }
}
