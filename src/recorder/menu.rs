//! A small question to the person, over everything else: rows to choose from. Pure.
//!
//! While it is open every key is its own: none of them reaches the client.

use super::keys::{Stroke, character};
use crate::host::reply::{self, Cut};

/// The keys that a menu knows among the host's bytes; the rest is dropped.
pub fn keys(mut bytes: &[u8]) -> impl Iterator<Item = MenuKey> {
    let sequences = std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let len = match reply::cut(bytes) {
            Cut::Whole(len) => len,
            Cut::Open => bytes.len(),
        };
        let sequence;
        (sequence, bytes) = bytes.split_at(len);
        Some(sequence)
    });
    sequences.filter_map(key)
}

fn key(sequence: &[u8]) -> Option<MenuKey> {
    match sequence {
        b"\r" | b"\n" => Some(MenuKey::Enter),
        b"\x1b" | b"\x03" => Some(MenuKey::Escape),
        b"\x1b[A" | b"\x1bOA" | b"\x1b[1;1:1A" => Some(MenuKey::Up),
        b"\x1b[B" | b"\x1bOB" | b"\x1b[1;1:1B" => Some(MenuKey::Down),
        _ => match character(sequence)? {
            (_, Stroke::Release) => None,
            ('\r', _) => Some(MenuKey::Enter),
            ('\u{1b}', _) => Some(MenuKey::Escape),
            (c, _) => Some(MenuKey::Letter(c)),
        },
    }
}

/// A question with its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu<T> {
    /// What is asked.
    pub title: String,
    /// The answers; the first one is what Enter says.
    pub rows: Vec<Row<T>>,
    /// The row that Enter picks.
    pub selected: usize,
    /// What a person should know before they answer.
    pub note: Option<String>,
    /// What Esc says.
    pub escape: T,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// The letter that picks it.
    pub key: char,
    /// What it says.
    pub text: String,
    /// What it means.
    pub choice: T,
}

/// A key that a menu knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuKey {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// The row that is selected.
    Enter,
    /// None of them.
    Escape,
    /// The row with this letter.
    Letter(char),
}

impl<T: Copy> Menu<T> {
    /// A menu with its first row selected. Esc says what the last row says.
    pub fn new(title: String, rows: Vec<Row<T>>, escape: T) -> Self {
        Self { title, rows, selected: 0, note: None, escape }
    }

    /// Takes a key; the answer, once there is one.
    pub fn on(&mut self, key: MenuKey) -> Option<T> {
        let count = self.rows.len().max(1);
        match key {
            MenuKey::Up => self.selected = (self.selected + count - 1) % count,
            MenuKey::Down => self.selected = (self.selected + 1) % count,
            MenuKey::Enter => return self.rows.get(self.selected).map(|row| row.choice),
            MenuKey::Escape => return Some(self.escape),
            MenuKey::Letter(c) => {
                let row = self.rows.iter().find(|row| row.key.eq_ignore_ascii_case(&c));
                return row.map(|row| row.choice);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_in_both_protocols() {
        use MenuKey::{Down, Enter, Escape, Letter};
        let read = |bytes| keys(bytes).collect::<Vec<_>>();
        assert_eq!(read(b"\x1b[B\r"), [Down, Enter]);
        assert_eq!(read(b"\x1b[13u\x1b[13;1:3u\x1b[115u"), [Enter, Letter('s')]);
        assert_eq!(read(b"\x1b"), [Escape]);
        assert_eq!(read(b""), []);
    }

    #[test]
    fn keys_move_and_pick() {
        let row = |key, choice| Row { key, text: String::new(), choice };
        let mut menu = Menu::new(String::new(), vec![row('a', 1), row('b', 2)], 9);
        assert_eq!(menu.on(MenuKey::Letter('x')), None);
        assert_eq!(menu.on(MenuKey::Enter), Some(1));
        assert_eq!(menu.on(MenuKey::Up), None);
        assert_eq!(menu.on(MenuKey::Enter), Some(2));
        assert_eq!(menu.on(MenuKey::Down), None);
        assert_eq!(menu.on(MenuKey::Enter), Some(1));
        assert_eq!(menu.on(MenuKey::Letter('B')), Some(2));
        assert_eq!(menu.on(MenuKey::Escape), Some(9));
    }
}
