//! x
mod cast;
mod drawn;
mod page;
mod prose;
mod replay;
mod screen;
mod words;
#[cfg(test)]
mod dump {
    use super::cast::event;
    use super::replay::Replay;
    #[test]
    fn turns() {
        let path = std::env::var("CAST").unwrap();
        let text = std::fs::read(&path).unwrap();
        let mut replay = Replay::default();
        for line in text.split(|b| *b == b'\n') {
            if let Some(event) = event(line) { replay.event(&event); }
        }
        for turn in replay.finish() { println!("##### {:.2}-{:.2} ended {}\nPROMPT: {}\nREPLY: {}", turn.from, turn.to, turn.ended, turn.prompt, turn.reply); }
    }
}
