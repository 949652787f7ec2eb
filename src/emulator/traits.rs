//! What the host terminal told about itself at start: the source of the answers that a child gets.

/// Red, green and blue.
pub type Rgb = (u8, u8, u8);

/// The host's traits. What is unknown stays `None`, and the query for it unanswered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traits {
    /// The host speaks the kitty keyboard protocol.
    pub kitty: bool,
    /// The host draws an emoji that U+FE0F makes (`❤️`) in two columns instead of one.
    pub emoji_wide: bool,
    /// The host draws emoji that U+200D joins (`👩‍💻`), or that have a skin tone, in two columns
    /// instead of two each.
    pub emoji_joined: bool,
    /// Default text colour.
    pub foreground: Option<Rgb>,
    /// Default background.
    pub background: Option<Rgb>,
    /// The palette from colour 0 on, as far as it is known.
    pub palette: Vec<Rgb>,
    /// Width and height of a cell in pixels.
    pub cell: Option<(u16, u16)>,
    /// The host's theme is a dark one.
    pub dark: Option<bool>,
    /// What XTVERSION answers, such as `loghop(0.3.0)`.
    pub name: String,
}
