//! One error type that knows whose fault it is, and what that means for the exit code.
//!
//! Every failure that a person can see is an [`Error`]: a kind, one sentence, the path if there is
//! one, and hints that say what to do next. `Kind` decides the exit code and the `E_*` code of
//! `--json` (the contract of loghop 0.2.1), here and nowhere else.

use std::fmt;
use std::path::{Path, PathBuf};

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Whose fault it is, and so which codes it gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The current folder has no `.loghop/`.
    NotInitialized,
    /// The current folder is not in a Git repository.
    NotGitRepo,
    /// A provider name that nobody knows.
    UnknownProvider,
    /// The provider's program is not on PATH.
    ProviderMissing,
    /// The provider says that nobody is signed in.
    ProviderAuthMissing,
    /// The provider's program could not be started.
    ProviderLaunchFailed,
    /// The provider ran and ended with a code other than 0.
    ProviderNonzero,
    /// What the person typed is wrong.
    InvalidInput,
    /// A provider is needed and none was given.
    MissingProviderArg,
    /// Something took longer than allowed.
    Timeout,
    /// Ctrl+C, or a signal that asks to end.
    Interrupted,
    /// The machine said no: disk full, permission, a busy lock, a damaged file.
    Io,
    /// A bug of ours.
    Unexpected,
}

impl Kind {
    /// The process exit code (`docs/commands.md`).
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Io | Self::Unexpected => 1,
            Self::NotGitRepo
            | Self::UnknownProvider
            | Self::ProviderMissing
            | Self::InvalidInput
            | Self::MissingProviderArg => 2,
            Self::Timeout => 3,
            Self::ProviderAuthMissing | Self::ProviderLaunchFailed | Self::ProviderNonzero => 10,
            Self::NotInitialized => 20,
            Self::Interrupted => 130,
        }
    }

    /// The stable code in `--json` output.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInitialized => "E_NOT_INITIALIZED",
            Self::NotGitRepo => "E_NOT_GIT_REPO",
            Self::UnknownProvider => "E_UNKNOWN_PROVIDER",
            Self::ProviderMissing => "E_PROVIDER_MISSING",
            Self::ProviderAuthMissing => "E_PROVIDER_AUTH_MISSING",
            Self::ProviderLaunchFailed => "E_PROVIDER_LAUNCH_FAILED",
            Self::ProviderNonzero => "E_PROVIDER_NONZERO",
            Self::InvalidInput => "E_INVALID_INPUT",
            Self::MissingProviderArg => "E_MISSING_PROVIDER_ARG",
            Self::Timeout => "E_TIMEOUT",
            Self::Interrupted | Self::Io | Self::Unexpected => "E_UNEXPECTED",
        }
    }
}

/// A failure as a person is told about it.
#[derive(Debug)]
pub struct Error {
    /// Whose fault it is.
    pub kind: Kind,
    /// One sentence, lower case, without a full stop.
    pub message: String,
    /// The file or folder that it is about.
    pub path: Option<PathBuf>,
    /// What to do next, most useful first.
    pub hints: Vec<String>,
}

impl Error {
    /// An error of `kind` that says `message`.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), path: None, hints: Vec::new() }
    }

    /// Bad input from the person.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidInput, message)
    }

    /// Names the path that it is about.
    #[must_use]
    pub fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// What a person is told in one line: what went wrong, and the most useful next step. It says
    /// where by itself; a long path would leave it no room.
    pub fn with_next_step(&self) -> String {
        match self.hints.first() {
            Some(hint) => format!("{}; {hint}", self.message),
            None => self.to_string(),
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.path {
            Some(path) => write!(f, ": `{}`", path.display()),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(Kind::Io, system_word(&error))
    }
}

/// What the system says, in our voice: `permission denied`, and not its number.
fn system_word(error: &std::io::Error) -> String {
    let text = error.to_string();
    let Some(number) = error.raw_os_error() else { return text };
    let word = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Gives an I/O error the path that it happened at.
pub trait AtPath<T> {
    /// Turns the error into an [`Error`] of kind `Io` that names `path`.
    fn at(self, path: &Path) -> Result<T>;
}

impl<T, E: Into<std::io::Error>> AtPath<T> for std::result::Result<T, E> {
    fn at(self, path: &Path) -> Result<T> {
        self.map_err(|error| {
            let error: std::io::Error = error.into();
            Error::from(error).at(path)
        })
    }
}
