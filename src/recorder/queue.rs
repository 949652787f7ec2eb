//! Bytes on their way to the child: a queue with a limit in bytes, emptied by the writer thread.
//!
//! Nobody waits for the child here: a child that does not read must not stop keys, answers or
//! drawing.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

/// What a person may have typed or pasted ahead of the child. Far more than anyone pastes into a
/// prompt; over it input is refused instead of growing without bound.
const INPUT_MAX: usize = 16 << 20;
/// Answers to a child's questions: a child that asks and never reads gets no more of them.
const ANSWERS_MAX: usize = 64 << 10;

#[derive(Default)]
struct State {
    chunks: VecDeque<Vec<u8>>,
    bytes: usize,
    closed: bool,
}

/// The queue.
#[derive(Default)]
pub struct ToChild {
    state: Mutex<State>,
    filled: Condvar,
}

impl ToChild {
    /// Adds what the person typed; `false` when the child is so far behind that it is refused.
    pub fn input(&self, bytes: Vec<u8>) -> bool {
        self.push(bytes, INPUT_MAX)
    }

    /// Adds an answer to a question of the child; dropped when it does not read.
    pub fn answer(&self, bytes: &[u8]) {
        self.push(bytes.to_vec(), ANSWERS_MAX);
    }

    /// Waits for the next bytes; `None` when the run is over.
    pub fn next(&self) -> Option<Vec<u8>> {
        let mut state = self.state.lock();
        loop {
            if state.closed {
                return None;
            }
            if let Some(chunk) = state.chunks.pop_front() {
                state.bytes -= chunk.len();
                return Some(chunk);
            }
            self.filled.wait(&mut state);
        }
    }

    /// The run is over.
    pub fn close(&self) {
        self.state.lock().closed = true;
        self.filled.notify_all();
    }

    fn push(&self, bytes: Vec<u8>, limit: usize) -> bool {
        let mut state = self.state.lock();
        if bytes.is_empty() || state.bytes + bytes.len() > limit {
            return bytes.is_empty();
        }
        state.bytes += bytes.len();
        state.chunks.push_back(bytes);
        drop(state);
        self.filled.notify_one();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_in_order_until_it_is_closed() {
        let queue = ToChild::default();
        assert!(queue.input(b"a".to_vec()));
        queue.answer(b"b");
        assert_eq!(queue.next().unwrap(), b"a");
        assert_eq!(queue.next().unwrap(), b"b");
        queue.close();
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn a_child_that_does_not_read_costs_a_bounded_number_of_bytes() {
        let queue = ToChild::default();
        for _ in 0..ANSWERS_MAX {
            queue.answer(b"\x1b[?62c");
        }
        assert!(queue.state.lock().bytes <= ANSWERS_MAX);
        let paste = vec![b'x'; INPUT_MAX / 2];
        assert!(queue.input(paste.clone()));
        assert!(!queue.input(paste.clone()) || !queue.input(paste));
    }
}
