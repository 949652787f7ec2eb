//! The assistants that loghop knows: finding their programs, starting them so that nothing of the
//! user's is lost, and knowing where their transcripts lie.
//!
//! Everything that is particular to Claude Code or Codex *as a program* is in this room; what is
//! particular to their transcripts is in `transcript`. Beside these two, a person can make any
//! terminal program an assistant (`own`).

mod arguments;
mod capabilities;
mod environment;
mod home;
mod launch;
mod locate;
mod own;
mod signed_in;
mod stream;

pub use arguments::are_settings;
pub use capabilities::{Capabilities, capabilities};
pub use environment::{HostTraits, check_depth, nested_in};
pub use home::{Home, encode_folder};
pub use launch::{Brief, LaunchRequest, LaunchSpec, Mode, UserInstructions, WAIT, launch, plan};
pub use locate::{Installed, installed, locate};
pub use own::{Defined, Inject, Own, defined};
pub use signed_in::{SignIn, knows_nobody, sign_in};
pub use stream::EventStream;

use crate::env::Env;
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
    /// A program that the person's configuration names.
    Own(&'static Own),
}

impl Provider {
    /// Those that loghop knows by itself, in the order in which a default is chosen.
    pub const ALL: [Self; 2] = [Self::Claude, Self::Codex];

    /// The name that people type; that of the program, except where a person chose it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claude => "claude",
            Self::Codex => "codex",
            Self::Own(own) => &own.name,
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
            Self::Own(own) => &own.title,
        }
    }

    /// Who gets what the assistant is told: a company, or a program of the person's own, which
    /// alone knows whom it talks to.
    pub fn vendor(self) -> &'static str {
        match self {
            Self::Claude => "Anthropic",
            Self::Codex => "OpenAI",
            Self::Own(own) => &own.title,
        }
    }

    /// The form of its transcripts; `None` where loghop can read none.
    pub fn format(self) -> Option<Format> {
        match self {
            Self::Claude => Some(Format::Claude),
            Self::Codex => Some(Format::Codex),
            Self::Own(_) => None,
        }
    }

    /// Whether it can be told a handoff; else the person is shown where it lies.
    pub fn is_told(self) -> bool {
        !matches!(self, Self::Own(Own { inject: Inject::None, .. }))
    }
}

/// The assistant of this name that loghop knows by itself.
pub fn known(name: &str) -> Option<Provider> {
    Provider::ALL.into_iter().find(|provider| provider.as_str() == name)
}

/// The assistant of this name, also one of the person's own. Anything else is an error that names
/// those there are, and what is wrong with the definitions.
pub fn find(name: &str, env: &Env) -> Result<Provider> {
    let wanted = name.trim().to_ascii_lowercase();
    if let Some(provider) = known(&wanted) {
        return Ok(provider);
    }
    let Defined { providers, problems } = defined(env);
    providers.iter().copied().find(|own| own.as_str() == wanted).ok_or_else(|| {
        let names: Vec<String> = Provider::ALL
            .iter()
            .chain(&providers)
            .map(|provider| format!("`{}`", provider.as_str()))
            .collect();
        let message = format!("`{name}` is not an assistant that loghop knows");
        let error = Error::new(Kind::UnknownProvider, message)
            .hint(format!("use {}", names.join(" or ")))
            .hint("`[[provider]]` in `~/.loghop/config.toml` makes any program one");
        problems.into_iter().fold(error, Error::hint)
    })
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files of their own")]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_others_are_explained() {
        let temp = tempfile::tempdir().unwrap();
        let env = Env::from_pairs([("HOME", temp.path())]);
        assert_eq!(find("claude", &env).unwrap(), Provider::Claude);
        assert_eq!(find(" Codex ", &env).unwrap(), Provider::Codex);
        let error = find("gemini", &env).unwrap_err();
        assert_eq!(error.kind, Kind::UnknownProvider);
        assert!(error.to_string().contains("gemini"));
        assert_eq!(error.hints[0], "use `claude` or `codex`");
        let config = "[[provider]]\nname = 'gemini'\ncommand = 'g'\n[[provider]]\nname = 'x'\n";
        std::fs::create_dir(temp.path().join(".loghop")).unwrap();
        std::fs::write(temp.path().join(".loghop/config.toml"), config).unwrap();
        assert_eq!(find("gemini", &env).unwrap().as_str(), "gemini");
        let error = find("x", &env).unwrap_err();
        assert!(error.hints[0].contains("`gemini`"), "{error:?}");
        assert!(error.hints[2].contains("x: it has no `command`"), "{error:?}");
        assert_eq!(known("gemini"), None);
    }
}
