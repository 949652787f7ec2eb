//! Long replies of the real clients of which nothing but the tape is left: what was painted is told,
//! in its order, and no word twice.

use super::{fixture, screen, words};

/// The words of the only reply of a recording, and of the text that the client was sent.
fn told_and_sent(recording: &str) -> (Vec<u64>, Vec<u64>) {
    let [turn] = &screen(recording)[..] else { panic!("{recording}: one turn was shown") };
    assert_eq!(turn.prompt.split_whitespace().last().map(|word| &word[..5]), Some("mock:"));
    let sent = String::from_utf8(fixture(&format!("recordings/{recording}.txt"))).unwrap();
    (words::words(&turn.reply), words::words(&sent))
}

/// A window that changes its size four times while the reply comes: frames of the size before are
/// drawn once more and clipped, lines are wrapped anew, and lines come back that had gone.
#[test]
fn a_reply_that_was_drawn_in_five_sizes_is_told_once() {
    for recording in ["claude-new-resized", "claude-resized"] {
        let (told, sent) = told_and_sent(recording);
        assert!(told == sent, "{recording}: {} words of {}", told.len(), sent.len());
    }
}

/// Codex takes a paragraph away when it is whole and writes it again line by line.
#[test]
fn a_reply_that_was_cut_while_it_was_moved_about_is_told_once() {
    let (told, sent) = told_and_sent("codex-cut");
    // The last word may have been half of one.
    let (_, whole) = told.split_last().unwrap();
    assert!(whole.len() > 330, "{} words", whole.len());
    let same = whole.iter().zip(&sent).take_while(|(a, b)| a == b).count();
    assert_eq!(same, whole.len(), "of the {} words of {}", whole.len(), sent.len());
}
