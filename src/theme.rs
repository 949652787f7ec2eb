//! Colours by what they mean: tokens from `themes/*.toml`, as styles that the terminal can show.
//!
//! A theme never fails: what is damaged or missing is warned about and taken from the embedded
//! theme. The terminal's own background stays, unless a theme asks for `fill`.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    True,
    /// The 256 colours of xterm.
    Ansi256,
    /// None: bold, dim, underline and reverse only.
    None,
}

/// The embedded themes: name and text.
pub const EMBEDDED: [(&str, &str); 4] = [
    ("classic-dark", include_str!("../themes/classic-dark.toml")),
    ("classic-light", include_str!("../themes/classic-light.toml")),
    ("harbor-dark", include_str!("../themes/harbor-dark.toml")),
    ("harbor-light", include_str!("../themes/harbor-light.toml")),
];

/// The family that is used when nobody chose one.
const DEFAULT_FAMILY: &str = "harbor";

macro_rules! tokens {
    ($($(#[doc = $doc:literal])+ $name:ident: $plain:expr,)+) => {
        /// A style for each token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct Theme {
            /// The background, painted under everything; empty unless the theme asks for `fill`.
            pub bg: Style,
            $($(#[doc = $doc])+ pub $name: Style,)+
        }

        /// The tokens of a theme file, besides `bg` and `fill`.
        pub const TOKENS: &[&str] = &[$(stringify!($name)),+];

        impl Theme {
            /// Makes each token's style from what `style` says about it.
            fn from_tokens(mut style: impl FnMut(&str) -> Style) -> Self {
                Self { bg: Style::new(), $($name: style(stringify!($name)),)+ }
            }

            /// Styles for terminals without colours: the same meanings, told by weight alone.
            pub fn plain() -> Self {
                Self {
                    bg: Style::new(),
                    $($name: Style::new().add_modifier($plain),)+
                }
            }
        }
    };
}

tokens! {
    /// Ordinary text.
    text: Modifier::empty(),
    /// What matters less: times, hints, labels.
    dim: Modifier::DIM,
    /// What to look at first: the activity, marks of lists.
    accent: Modifier::BOLD,
    /// It works, it is done.
    ok: Modifier::empty(),
    /// It needs attention soon.
    warn: Modifier::BOLD,
    /// It is broken.
    error: Modifier::BOLD.union(Modifier::UNDERLINED),
    /// Lines between things; not for text.
    border: Modifier::DIM,
    /// Names of things.
    title: Modifier::BOLD,
    /// What is selected.
    selection: Modifier::REVERSED,
    /// The tab that is shown.
    tab_active: Modifier::BOLD.union(Modifier::UNDERLINED),
    /// The other tabs.
    tab_inactive: Modifier::DIM,
    /// Code, commands, paths.
    code: Modifier::empty(),
    /// Headings of documents.
    heading: Modifier::BOLD,
    /// Links.
    link: Modifier::UNDERLINED,
    /// What somebody said.
    quote: Modifier::DIM,
}

impl Theme {
    /// The theme for a person who chose `name` (`harbor`, `harbor-dark`, a name of their own) or
    /// nothing, on a dark or light terminal. `own` is the text of their file of that name. The
    /// strings say in one line each what could not be used.
    pub fn choose(
        name: Option<&str>,
        own: Option<&str>,
        dark: bool,
        depth: Depth,
    ) -> (Self, Vec<String>) {
        let mut warnings = Vec::new();
        let shade = if dark { "dark" } else { "light" };
        let find = |n: &str| EMBEDDED.iter().find(|(known, _)| *known == n).map(|(_, text)| *text);
        let family = |n: &str| find(n).or_else(|| find(&format!("{n}-{shade}")));
        let base = match name.map(|n| (n, family(n))) {
            Some((_, Some(text))) => text,
            Some((n, None)) => {
                if own.is_none() {
                    let names = EMBEDDED.map(|(known, _)| known).join(", ");
                    warnings.push(format!("there is no theme `{n}`; there are {names}"));
                }
                family(DEFAULT_FAMILY).unwrap_or_default()
            }
            None => family(DEFAULT_FAMILY).unwrap_or_default(),
        };
        let own = own.map(|text| read(text, name.unwrap_or("own"), &mut warnings));
        let base = read(base, "embedded", &mut warnings);
        (resolve(&base, own.as_ref(), name.unwrap_or("own"), depth, &mut warnings), warnings)
    }
}

fn read(text: &str, name: &str, warnings: &mut Vec<String>) -> toml::Table {
    text.parse().unwrap_or_else(|error: toml::de::Error| {
        let why = error.message().lines().next().unwrap_or_default().to_owned();
        warnings.push(format!("theme `{name}` is not valid TOML, the default is used: {why}"));
        toml::Table::new()
    })
}

fn resolve(
    base: &toml::Table,
    own: Option<&toml::Table>,
    name: &str,
    depth: Depth,
    warnings: &mut Vec<String>,
) -> Theme {
    for key in own.into_iter().flat_map(toml::Table::keys) {
        if !TOKENS.contains(&key.as_str()) && !["bg", "fill"].contains(&key.as_str()) {
            warnings.push(format!("theme `{name}`: there is no token `{key}`"));
        }
    }
    if depth == Depth::None {
        return Theme::plain();
    }
    let mut value = |token: &str| {
        if let Some(value) = own.and_then(|own| own.get(token)) {
            match value.as_str().and_then(style) {
                Some(style) => return style,
                None => warnings.push(format!("theme `{name}`: `{token}` is no style: {value}")),
            }
        }
        base.get(token).and_then(toml::Value::as_str).and_then(style).unwrap_or_default()
    };
    let mut theme = Theme::from_tokens(|token| at_depth(value(token), depth));
    let fill = own.and_then(|own| own.get("fill")).or_else(|| base.get("fill"));
    if fill.and_then(toml::Value::as_bool) == Some(true) {
        theme.bg.bg = at_depth(value("bg"), depth).fg;
    }
    theme
}

/// Reads `#rrggbb bold`, `default`, `#rrggbb on #rrggbb`, `reverse`.
fn style(text: &str) -> Option<Style> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        style = match word {
            "default" => style,
            "on" => style.bg(color(words.next()?)?),
            "bold" => style.add_modifier(Modifier::BOLD),
            "dim" => style.add_modifier(Modifier::DIM),
            "italic" => style.add_modifier(Modifier::ITALIC),
            "underline" => style.add_modifier(Modifier::UNDERLINED),
            "reverse" => style.add_modifier(Modifier::REVERSED),
            word => style.fg(color(word)?),
        };
    }
    (!text.trim().is_empty()).then_some(style)
}

fn color(word: &str) -> Option<Color> {
    let digits = word.strip_prefix('#').filter(|d| d.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    Some(Color::from_u32(value))
}

fn at_depth(mut style: Style, depth: Depth) -> Style {
    if depth == Depth::Ansi256 {
        style.fg = style.fg.map(nearest);
        style.bg = style.bg.map(nearest);
    }
    style
}

/// Levels of the 6×6×6 cube of xterm's colours 16 to 231.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The colour of the cube or of the 24 greys that lies nearest.
fn nearest(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let level = |v: u8| (0..6).min_by_key(|i| v.abs_diff(CUBE[*i])).unwrap_or(0);
    let (lr, lg, lb) = (level(r), level(g), level(b));
    let cube = (16 + 36 * lr + 6 * lg + lb, (CUBE[lr], CUBE[lg], CUBE[lb]));
    let greys = (0..24u8).map(|n| (232 + n as usize, (8 + 10 * n, 8 + 10 * n, 8 + 10 * n)));
    let distance = |(_, (x, y, z)): &(usize, (u8, u8, u8))| {
        let square = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
        square(r, *x) + square(g, *y) + square(b, *z)
    };
    let best = greys.chain([cube]).min_by_key(distance).unwrap_or(cube);
    Color::Indexed(best.0 as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded(name: &str, depth: Depth) -> Theme {
        let (theme, warnings) = Theme::choose(Some(name), None, true, depth);
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        theme
    }

    fn rgb(color: Color) -> [f64; 3] {
        let (r, g, b) = match color {
            Color::Rgb(r, g, b) => (r, g, b),
            Color::Indexed(n @ 16..=231) => {
                let n = usize::from(n - 16);
                (CUBE[n / 36], CUBE[n / 6 % 6], CUBE[n % 6])
            }
            Color::Indexed(n @ 232..) => {
                (8 + 10 * (n - 232), 8 + 10 * (n - 232), 8 + 10 * (n - 232))
            }
            other => panic!("{other} has no fixed value"),
        };
        [r, g, b].map(f64::from)
    }

    /// WCAG 2: relative luminance and contrast.
    fn contrast(a: Color, b: Color) -> f64 {
        let luminance = |color: Color| {
            let linear = rgb(color).map(|v| {
                let v = v / 255.0;
                if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_theme_has_the_same_keys_and_each_is_a_style() {
        let mut expected: Vec<&str> = TOKENS.iter().copied().chain(["bg", "fill"]).collect();
        expected.sort_unstable();
        for (name, text) in EMBEDDED {
            let table: toml::Table = text.parse().unwrap();
            let mut keys: Vec<&str> = table.keys().map(String::as_str).collect();
            keys.sort_unstable();
            assert_eq!(keys, expected, "{name}");
            for key in keys.iter().filter(|k| **k != "fill") {
                assert!(style(table[*key].as_str().unwrap()).is_some(), "{name}: {key}");
            }
        }
    }

    #[test]
    fn text_can_be_read_at_every_depth() {
        for (name, text) in EMBEDDED {
            let table: toml::Table = text.parse().unwrap();
            let bg = color(table["bg"].as_str().unwrap()).unwrap();
            for token in TOKENS.iter().filter(|t| **t != "border") {
                let style = style(table[*token].as_str().unwrap()).unwrap();
                for depth in [Depth::True, Depth::Ansi256] {
                    let shown = at_depth(style, depth);
                    let ratio = contrast(shown.fg.unwrap(), shown.bg.unwrap_or(bg));
                    assert!(ratio >= 4.5, "{name}: {token} has {ratio:.2} at {depth:?}");
                }
            }
        }
    }

    #[test]
    fn light_and_dark_follow_the_terminal_unless_named() {
        let choose = |name, dark| Theme::choose(name, None, dark, Depth::True).0;
        assert_eq!(choose(None, true), embedded("harbor-dark", Depth::True));
        assert_eq!(choose(None, false), embedded("harbor-light", Depth::True));
        assert_eq!(choose(Some("classic"), false), embedded("classic-light", Depth::True));
        assert_eq!(choose(Some("classic-light"), true), embedded("classic-light", Depth::True));
        let (theme, warnings) = Theme::choose(Some("nope"), None, true, Depth::True);
        assert_eq!(theme, embedded("harbor-dark", Depth::True));
        assert!(warnings[0].starts_with("there is no theme `nope`"), "{warnings:?}");
    }

    #[test]
    fn a_damaged_theme_warns_and_keeps_the_rest() {
        let own =
            "text = \"#ffffff bold\"\ndim = \"purple\"\nok = 7\nglow = \"#000000\"\nfill = true\n";
        let (theme, warnings) = Theme::choose(Some("mine"), Some(own), true, Depth::True);
        let base = embedded("harbor-dark", Depth::True);
        assert_eq!(theme.text, Style::new().fg(Color::Rgb(255, 255, 255)).bold());
        assert_eq!((theme.dim, theme.ok, theme.link), (base.dim, base.ok, base.link));
        assert_eq!(theme.bg.bg, Some(Color::Rgb(0x0f, 0x1a, 0x24)));
        let expected = [
            "theme `mine`: there is no token `glow`",
            "theme `mine`: `dim` is no style: \"purple\"",
            "theme `mine`: `ok` is no style: 7",
        ];
        assert_eq!(warnings, expected);
        let (theme, warnings) = Theme::choose(Some("mine"), Some("= ]"), true, Depth::True);
        assert_eq!(theme, base);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("theme `mine` is not valid TOML"), "{warnings:?}");
    }

    #[test]
    fn without_colours_there_are_none() {
        for (name, _) in EMBEDDED {
            assert_eq!(embedded(name, Depth::None), Theme::plain());
        }
        let plain = format!("{:?}", Theme::plain());
        assert!(!plain.contains("Rgb") && !plain.contains("Indexed"), "{plain}");
    }

    #[test]
    fn the_terminals_background_stays() {
        for (name, _) in EMBEDDED {
            assert_eq!(embedded(name, Depth::True).bg, Style::new());
        }
    }

    #[test]
    fn nearest_colours_are_near() {
        assert_eq!(nearest(Color::Rgb(0, 0, 0)), Color::Indexed(16));
        assert_eq!(nearest(Color::Rgb(255, 255, 255)), Color::Indexed(231));
        assert_eq!(nearest(Color::Rgb(0x87, 0xaf, 0xd7)), Color::Indexed(110));
        assert_eq!(nearest(Color::Rgb(0x1c, 0x1c, 0x1c)), Color::Indexed(234));
        assert_eq!(nearest(Color::Red), Color::Red);
    }
}
