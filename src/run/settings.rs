//! What a person has configured for the split screen: keys, colours, where the panel stands.
//!
//! Reading never fails: what is damaged is told once and has its default.

use crate::disk::outside;
use crate::env::{Env, var};
use crate::host::frame::Depth;
use crate::recorder::keys::{Key, Keys};
use crate::recorder::layout::Place;
use crate::store::{GLOBAL_CONFIG, GlobalConfig, RUN, Store};
use crate::theme::{self, Theme};

/// The project's settings, as people are told of them.
const PROJECT_CONFIG: &str = ".loghop/config.toml";

/// A theme is some dozens of lines.
const THEME_MAX: u64 = 64 << 10;

/// Settings of the split screen.
#[derive(Debug, Clone)]
pub struct Settings {
    /// loghop's keys.
    pub keys: Keys,
    /// Where the panel stands.
    pub place: Place,
    /// Colours of the host.
    pub depth: Depth,
    /// Colours of the panel.
    theme_depth: theme::Depth,
    /// Only ASCII.
    pub ascii: bool,
    /// Hand over by itself when a usage limit stops the assistant.
    pub on_limit: bool,
    /// Name of the theme.
    theme: Option<String>,
    /// The text of the user's own theme of that name.
    own_theme: Option<String>,
}

impl Settings {
    /// Reads the user's and the project's settings; the strings say what is wrong with them.
    pub fn read(store: &Store, env: &Env) -> (Self, Vec<String>) {
        // What is wrong with the file itself was told when the project was opened.
        let (global, mut warnings) = (GlobalConfig::load(store.home()).0, Vec::new());
        warnings.extend(global.unknown.iter().map(|key| unknown("run", key, &RUN)));
        let project = store.config().ok().and_then(|config| config.layout);
        let is_the_projects = project.is_some();
        let word = project.or_else(|| global.layout.clone());
        let own_theme = global.theme.as_deref().and_then(|name| own_theme(store, name));
        let mut settings = Self {
            keys: keys(&global, &mut warnings),
            place: Place::default(),
            depth: depth(env),
            theme_depth: theme_depth(depth(env), env),
            on_limit: on_limit(global.on_limit.as_deref(), &mut warnings),
            ascii: env.get(var::LOGHOP_ASCII).is_some(),
            theme: global.theme,
            own_theme,
        };
        let (name, own) = (settings.theme.as_deref(), settings.own_theme.as_deref());
        warnings.extend(Theme::choose(name, own, true, settings.theme_depth).1);
        let mut warnings: Vec<String> = warnings.iter().map(of(GLOBAL_CONFIG)).collect();
        let mut misplaced = Vec::new();
        settings.place = place(word.as_deref(), &mut misplaced);
        let file = if is_the_projects { PROJECT_CONFIG } else { GLOBAL_CONFIG };
        warnings.extend(misplaced.iter().map(of(file)));
        (settings, warnings)
    }

    /// The colours for a dark or a light terminal.
    pub fn theme(&self, dark: bool) -> Theme {
        let (name, own) = (self.theme.as_deref(), self.own_theme.as_deref());
        Theme::choose(name, own, dark, self.theme_depth).0
    }
}

/// The text of `~/.loghop/themes/<name>.toml`. A name is a file's name, never a path.
fn own_theme(store: &Store, name: &str) -> Option<String> {
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let path = store.home().join(".loghop/themes").join(format!("{name}.toml"));
    let bytes = is_plain.then(|| outside::read(&path, THEME_MAX).ok().flatten())??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Names the file that a warning is about.
fn of(file: &str) -> impl Fn(&String) -> String {
    move |warning| format!("`{file}`: {warning}")
}

/// A setting that means nothing, such as a misspelt one.
fn unknown(table: &str, key: &str, known: &[&str]) -> String {
    format!("`[{table}] {key}` is not known; there are {}", known.join(", "))
}

fn on_limit(word: Option<&str>, warnings: &mut Vec<String>) -> bool {
    match word {
        Some("switch") => true,
        None | Some("ask") => false,
        Some(other) => {
            warnings.push(format!("`[run] on_limit`: `{other}` means nothing; ask, switch do"));
            false
        }
    }
}

fn place(word: Option<&str>, warnings: &mut Vec<String>) -> Place {
    let Some(word) = word else { return Place::default() };
    Place::from_word(word).unwrap_or_else(|| {
        let known = "auto, right, bottom, hidden";
        warnings.push(format!("`[run] layout`: `{word}` is no place; there are {known}"));
        Place::default()
    })
}

fn keys(global: &GlobalConfig, warnings: &mut Vec<String>) -> Keys {
    let mut keys = Keys::default();
    for (action, name) in &global.keys {
        let slot = match action.as_str() {
            "panel" => &mut keys.panel,
            "tab" => &mut keys.tab,
            "hand_over" => &mut keys.hand_over,
            "prefix" => &mut keys.prefix,
            other => {
                warnings.push(unknown("keys", other, &["panel", "tab", "hand_over", "prefix"]));
                continue;
            }
        };
        match Key::parse(name) {
            Ok(key) => *slot = key,
            Err(error) => warnings.push(format!("`[keys] {action}`: {error}; its default is used")),
        }
    }
    let all = [keys.panel, keys.tab, keys.hand_over, keys.prefix];
    if (1..all.len()).any(|n| all[..n].contains(&all[n])) {
        warnings.push("`[keys]` gives one key two meanings; the defaults are used".into());
        return Keys::default();
    }
    keys
}

fn depth(env: &Env) -> Depth {
    let has = |name: &str, words: &[&str]| {
        env.get(name).is_some_and(|value| words.iter().any(|word| value.contains(word)))
    };
    if has(var::COLORTERM, &["truecolor", "24bit"]) || has(var::TERM, &["direct"]) {
        Depth::True
    } else if has(var::TERM, &["256color", "kitty", "alacritty", "ghostty"]) {
        Depth::Indexed
    } else if has(var::TERM, &["dumb", "mono"]) {
        Depth::None
    } else {
        Depth::Ansi
    }
}

/// The colours of the panel. A person who wants none gets none; the child's are its own matter.
fn theme_depth(depth: Depth, env: &Env) -> theme::Depth {
    let is_plain = [var::NO_COLOR, var::LOGHOP_NO_COLOR].iter().any(|v| env.get(v).is_some());
    match depth {
        _ if is_plain => theme::Depth::None,
        Depth::True => theme::Depth::True,
        Depth::Indexed | Depth::Ansi => theme::Depth::Ansi256,
        Depth::None => theme::Depth::None,
    }
}
