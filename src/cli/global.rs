//! The flags that every command takes, wherever they stand on the command line.

use std::ffi::OsString;

use clap::ArgAction;

/// Heading of the flags that every command takes.
const GLOBAL: &str = "Global options";

/// Flags that may stand before or after the command.
const GLOBAL_FLAGS: &[&str] = &["--json", "--plain", "--quiet", "--verbose", "--version"];

/// The command whose arguments belong to an assistant and are left as they are.
const VERBATIM: &str = "play";

/// Which of them were given.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Global {
    /// Print one JSON object
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(super) json: bool,
    /// No colour, no alignment: `key: value` lines
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(super) plain: bool,
    /// Print errors only
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(super) quiet: bool,
    /// Print details too
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(super) verbose: bool,
    /// Print the version
    #[arg(long, global = true, help_heading = GLOBAL, action = ArgAction::SetTrue)]
    pub(super) version: bool,
}

impl Global {
    /// The flags as far as they can be read from a command line that is wrong elsewhere, so that
    /// the mistake is told in the form that was asked for.
    pub(super) fn guess(argv: &[OsString]) -> Self {
        let ours = argv.iter().take_while(|arg| *arg != "--");
        let mut global = Self::default();
        for arg in ours {
            match arg.to_str() {
                Some("--json") => global.json = true,
                Some("--plain") => global.plain = true,
                Some("--quiet") => global.quiet = true,
                Some("--verbose") => global.verbose = true,
                _ => {}
            }
        }
        global
    }
}

/// Moves global flags to the front, where they mean the same for every command: clap would take
/// `sessions --json list` for an argument of `sessions`, which excludes its subcommands.
pub(super) fn hoist(argv: Vec<OsString>) -> Vec<OsString> {
    let is_global = |arg: &OsString| arg.to_str().is_some_and(|a| GLOBAL_FLAGS.contains(&a));
    let mut argv = argv.into_iter();
    let mut front: Vec<OsString> = argv.next().into_iter().collect();
    let mut rest: Vec<OsString> = Vec::new();
    let mut verbatim = false;
    for arg in argv {
        verbatim |= arg == "--" || (rest.is_empty() && arg == VERBATIM);
        if !verbatim && is_global(&arg) {
            front.push(arg);
        } else {
            rest.push(arg);
        }
    }
    front.extend(rest);
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn what_is_the_assistants_is_not_moved() {
        let moved = hoist(argv("loghop run --plain -- --json --version"));
        assert_eq!(moved, argv("loghop --plain run -- --json --version"));
        let moved = hoist(argv("loghop --plain play claude --version"));
        assert_eq!(moved, argv("loghop --plain play claude --version"));
    }
}
