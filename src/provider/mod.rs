//! The assistants that loghop knows: finding their programs, starting them so that nothing of the
//! user's is lost, and knowing where their transcripts lie.
//!
//! Everything that is particular to Claude Code or Codex *as a program* is in this room; what is
//! particular to their transcripts is in `transcript`.

mod arguments;
mod capabilities;
mod environment;
mod home;
mod launch;
mod locate;
mod signed_in;
mod stream;

pub use arguments::are_settings;
pub use capabilities::{Capabilities, capabilities};
pub use environment::{HostTraits, check_depth, nested_in};
pub use home::{Home, encode_folder};
pub use launch::{Brief, LaunchRequest, LaunchSpec, Mode, UserInstructions, launch, plan};
pub use locate::{Installed, installed, locate};
pub use signed_in::{SignIn, sign_in};
pub use stream::EventStream;

use crate::error::{Error, Kind, Result};
use crate::model::ProviderName;
use crate::transcript::Format;

/// An assistant that loghop can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// Anthropic's Claude Code.
    Claude,
    /// OpenAI's Codex.
    Codex,
}

impl Provider {
    /// All of them, in the order in which a default is chosen.
    pub const ALL: [Self; 2] = [Self::Claude, Self::Codex];

    /// The name that people type, which is also the program's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
        }
    }

    /// The name as a session stores it.
    pub fn name(self) -> ProviderName {
        ProviderName::new(self.as_str())
    }

    /// What the product is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Claude => "Claude Code",
            Self::Codex => "Codex",
        }
    }

    /// The company that gets what the assistant is told.
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Claude => "Anthropic",
            Self::Codex => "OpenAI",
        }
    }

    /// The form of its transcripts.
    pub fn format(self) -> Format {
        match self {
            Self::Claude => Format::Claude,
            Self::Codex => Format::Codex,
        }
    }
}

/// The assistant of this name. Anything else is an error that names those there are.
pub fn find(name: &str) -> Result<Provider> {
    let wanted = name.trim().to_ascii_lowercase();
    Provider::ALL.into_iter().find(|p| p.as_str() == wanted).ok_or_else(|| {
        Error::new(Kind::UnknownProvider, format!("`{name}` is not an assistant that loghop knows"))
            .hint("use `claude` or `codex`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_others_are_explained() {
        assert_eq!(find("claude").unwrap(), Provider::Claude);
        assert_eq!(find(" Codex ").unwrap(), Provider::Codex);
        let error = find("gemini").unwrap_err();
        assert_eq!(error.kind, Kind::UnknownProvider);
        assert!(error.to_string().contains("gemini"));
        assert!(error.hints[0].contains("`claude`"));
    }
}
