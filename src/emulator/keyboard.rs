//! The kitty keyboard protocol's stacks of flags: one for each screen, the top is in force.

/// Entries of a stack. The protocol leaves the number open; clients push one.
const DEPTH_MAX: usize = 16;

/// The flags that exist; other bits are ignored.
const FLAGS: u8 = 0b1_1111;

/// Both stacks.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    main: Vec<u8>,
    alternate: Vec<u8>,
}

impl Keyboard {
    /// The flags in force.
    pub(super) fn flags(&self, alternate: bool) -> u8 {
        let stack = if alternate { &self.alternate } else { &self.main };
        stack.last().copied().unwrap_or(0)
    }

    /// `CSI > flags u`. A full stack loses its oldest entry.
    pub(super) fn push(&mut self, alternate: bool, flags: u16) {
        let stack = self.stack(alternate);
        if stack.len() == DEPTH_MAX {
            stack.remove(0);
        }
        stack.push(flags as u8 & FLAGS);
    }

    /// `CSI < count u`.
    pub(super) fn pop(&mut self, alternate: bool, count: u16) {
        let stack = self.stack(alternate);
        stack.truncate(stack.len().saturating_sub(usize::from(count)));
    }

    /// `CSI = flags ; how u`: 1 replaces, 2 adds, 3 takes away.
    pub(super) fn set(&mut self, alternate: bool, flags: u16, how: u16) {
        let flags = flags as u8 & FLAGS;
        let now = self.flags(alternate);
        let new = match how {
            0 | 1 => flags,
            2 => now | flags,
            3 => now & !flags,
            _ => return,
        };
        let stack = self.stack(alternate);
        match stack.last_mut() {
            Some(top) => *top = new,
            None => stack.push(new),
        }
    }

    fn stack(&mut self, alternate: bool) -> &mut Vec<u8> {
        if alternate { &mut self.alternate } else { &mut self.main }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screens_have_their_own_bounded_stacks() {
        let mut keyboard = Keyboard::default();
        keyboard.push(false, 7);
        keyboard.push(true, 1);
        assert_eq!((keyboard.flags(false), keyboard.flags(true)), (7, 1));
        keyboard.set(true, 4, 2);
        assert_eq!(keyboard.flags(true), 5);
        keyboard.set(true, 1, 3);
        assert_eq!(keyboard.flags(true), 4);
        keyboard.pop(true, 9);
        assert_eq!((keyboard.flags(false), keyboard.flags(true)), (7, 0));
        for n in 0..1000 {
            keyboard.push(false, n);
        }
        assert_eq!(keyboard.main.len(), DEPTH_MAX);
    }
}
