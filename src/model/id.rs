//! Names of sessions, handoffs, topics and providers.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

macro_rules! numbered_id {
    ($name:ident, $prefix:literal, $what:literal) => {
        #[doc = concat!("The id of a ", $what, ": `", $prefix, "-` and at least three digits.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// The letter that starts it.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}-{:03}", $prefix, self.0)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                let digits = text
                    .strip_prefix(concat!($prefix, "-"))
                    .filter(|d| d.len() >= 3 && d.bytes().all(|b| b.is_ascii_digit()));
                digits.and_then(|d| d.parse().ok()).map(Self).ok_or_else(|| {
                    Error::invalid(format!("`{text}` is not a {} id", $what)).hint(concat!(
                        "ids look like `",
                        $prefix,
                        "-001`"
                    ))
                })
            }
        }
    };
}

numbered_id!(SessionId, "S", "session");
numbered_id!(HandoffId, "H", "handoff");
numbered_id!(TopicId, "T", "topic");

/// The name of an assistant, such as `claude` or `codex`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderName(String);

impl ProviderName {
    /// Anthropic's Claude Code.
    pub fn claude() -> Self {
        Self("claude".into())
    }

    /// OpenAI's Codex.
    pub fn codex() -> Self {
        Self("codex".into())
    }

    /// Takes a name as it stands in a file; use `provider::find` for what a person typed.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_show() {
        for n in [0, 1, 12, 999, 1000, 123_456] {
            assert_eq!(SessionId(n).to_string().parse::<SessionId>().unwrap(), SessionId(n));
        }
        for bad in ["", "S", "S-", "S-1", "S-01", "s-001", "S-0x1", "T-001", "S-99999999999"] {
            assert!(bad.parse::<SessionId>().is_err(), "{bad}");
        }
    }
}
