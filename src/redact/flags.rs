//! Passwords after short options, which only their command tells: `curl -u user:password`,
//! `sshpass -p password`, `mysql -ppassword`.

use memchr::memmem;

use super::charset::Set;
use super::named;
use super::value;
use super::verdict::{Mask, NAMED, Verdict};
use super::window::Window;
use crate::model::tag;

/// An option that may carry a password.
#[derive(Debug)]
pub(super) struct Flag {
    /// How it is written, with the blank before it.
    pub(super) text: &'static str,
    /// Commands of which it is an option.
    commands: &'static [&'static str],
    form: Form,
}

/// How the password follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `-p password`
    Apart,
    /// `-ppassword`
    Glued,
    /// `-u user:password`, `-U user%password`
    AfterUser,
    /// `echo password | command`
    Piped,
}

/// All of them.
#[rustfmt::skip] // one option, one line
pub(super) const FLAGS: &[Flag] = &[
    flag(" -u", &["curl ", "http ", "https "], Form::AfterUser),
    flag(" --user", &["curl "], Form::AfterUser),
    flag(" -a", &["http ", "https "], Form::AfterUser),
    flag(" -U", &["smbclient ", "rpcclient "], Form::AfterUser),
    flag(" -p", &["sshpass ", " login ", "mongo", "zip ", "useradd ", "usermod ", "twine "], Form::Apart),
    flag(" -p", &["mysql", "mariadb", "7z ", "7za "], Form::Glued),
    flag(" -a", &["redis-cli "], Form::Apart),
    flag(" -w", &["ldapsearch ", "ldapadd ", "ldapmodify ", "ldapdelete ", "ldapwhoami "], Form::Apart),
    flag(" -P", &["mosquitto_"], Form::Apart),
    flag(" login", &["cargo ", "vault "], Form::Apart),
    flag(" pass:", &["openssl "], Form::Glued),
    flag("echo", PIPES, Form::Piped),
    flag("printf", PIPES, Form::Piped),
];

/// Commands that read a password from a pipe.
const PIPES: &[&str] =
    &["-stdin", "--with-token", "sudo -S", "chpasswd", "docker secret ", "passwd"];

const fn flag(text: &'static str, commands: &'static [&'static str], form: Form) -> Flag {
    Flag { text, commands, form }
}

/// How far before an option its command is looked for: within the text that is kept.
const COMMAND_MAX: usize = 100;

/// Nothing shorter is worth the damage of a wrong guess.
const VALUE_MIN: usize = 6;

/// How far behind a piped password the command is looked for that reads it.
const PIPE_MAX: usize = 60;

/// Checks the option whose text ends at `end`.
pub(super) fn check(window: &mut Window, start: usize, end: usize, flag: &Flag) -> Verdict {
    if flag.form != Form::Piped && !is_of_command(window, start, flag) {
        return Verdict::No;
    }
    let held = Verdict::More { from: window.sight(), mask: None };
    let Some(next) = window.get(end) else {
        return if window.is_open_at(end) { held } else { Verdict::No };
    };
    let is_apart = matches!(next, b' ' | b'=');
    if is_apart == (flag.form == Form::Glued) {
        return Verdict::No;
    }
    let mut from = end + usize::from(is_apart);
    let mut set = Set::Bare;
    match window.get(from) {
        Some(b'\'' | b'"') => (from, set) = (from + 1, Set::Quoted),
        None if window.is_open_at(from) => return held,
        _ => {}
    }
    let run = window.run(from, set);
    if flag.form == Form::AfterUser {
        let colon = window.slice(from, run.end).iter().position(|b| matches!(b, b':' | b'%'));
        match colon {
            // A token that stands for the user is hidden with what follows it.
            Some(colon) if named::is_prefixed(window, from, from + colon) => {}
            Some(colon) => from += colon + 1,
            None if run.open => return Verdict::More { from: run.end, mask: None },
            None => return Verdict::No,
        }
    }
    if flag.form == Form::Piped {
        match piped(window, run.end, flag) {
            Some(true) => {}
            Some(false) => return Verdict::No,
            None => return held,
        }
        let user = window.slice(from, run.end).iter().position(|b| *b == b':');
        from += user.map_or(0, |colon| colon + 1);
    }
    let opening = tag::BRACKET.as_bytes();
    let behind = window.ahead(run.end, opening.len());
    if run.open
        || opening.starts_with(behind)
            && window.is_open_at(run.end + behind.len())
            && behind.len() < opening.len()
    {
        let mask = Mask { kind: NAMED, to: run.end, rest: set };
        return Verdict::More { from, mask: (run.end > from).then_some(mask) };
    }
    // What was hidden in the middle of a word was seen there before, and what a row of the table
    // knows, it names better.
    if behind != opening
        && is_password(window.slice(from, run.end), flag.form)
        && !named::is_prefixed(window, from, run.end)
    {
        Verdict::Secret { from, to: run.end, kind: NAMED }
    } else {
        Verdict::No
    }
}

/// Whether the line before `start` has a command of which this is an option. What stands before a tag
/// is further away than it seems: it was looked through when it was not.
fn is_of_command(window: &Window, start: usize, flag: &Flag) -> bool {
    let line = window.line_back(start + 1, COMMAND_MAX);
    let line = &line[memmem::rfind(line, tag::SIGN.as_bytes()).unwrap_or(0)..];
    flag.commands.iter().any(|c| line.windows(c.len()).any(|w| w == c.as_bytes()))
}

/// Whether what ends at `end` is piped into one of the commands, if that is known yet.
fn piped(window: &Window, end: usize, flag: &Flag) -> Option<bool> {
    let seen = window.ahead(end, PIPE_MAX);
    let line = seen.split(|b| *b == b'\n').next().unwrap_or_default();
    let sign = line.iter().position(|b| !matches!(b, b'"' | b'\'' | b' '));
    match sign {
        Some(at) if line[at] == b'|' => {
            let has =
                flag.commands.iter().any(|c| line.windows(c.len()).any(|w| w == c.as_bytes()));
            let is_open = line.len() == seen.len() && window.is_open_at(end + seen.len());
            (has || !is_open || seen.len() == PIPE_MAX).then_some(has)
        }
        None if line.len() == seen.len() && window.is_open_at(end + seen.len()) => None,
        _ => Some(false),
    }
}

fn is_password(text: &[u8], form: Form) -> bool {
    text.len() >= VALUE_MIN
        && !value::is_placeholder(text)
        && !value::is_its_own_name(text)
        && !value::is_reference(text)
        && (matches!(form, Form::AfterUser | Form::Piped) || named::is_password(text, false))
}
