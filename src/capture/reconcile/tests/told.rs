//! Tapes that are told here, moment by moment, and the turns that they hold.

use crate::capture::playback::{Replay, event};

/// The turns of a tape that is told here: seconds, kind, data.
fn turns_of(tape: &[(f64, &str, &str)]) -> Vec<(String, String)> {
    let mut replay = Replay::default();
    for line in tape {
        let line = serde_json::to_vec(line).unwrap();
        replay.event(&event(&line).unwrap());
    }
    let turns = replay.finish().into_iter();
    turns.map(|turn| (turn.prompt, turn.reply)).collect()
}

/// The redactor holds the end of a frame back for a moment; the mark of a key may come before it.
#[test]
fn a_mark_in_the_middle_of_a_frame_counts_from_its_end() {
    let told = turns_of(&[
        (0.1, "o", "\x1b]0;⠂ client\x07\x1b[?2026h\x1b[2J\x1b[H> first\r\n\r\nHello the"),
        (0.4, "o", "re\x1b[20;1H❯ \x1b[?2026l"),
        (0.9, "o", "\x1b]0;✳ client\x07\x1b[?2026h\x1b[5;1HWorked for 0"),
        (0.9, "m", "typed"),
        (0.9, "o", "s\x1b[20;3H\x1b[?2026l\x1b[?2026h\x1b[20;3Hsay it slow\x1b[?2026l"),
        (1.3, "m", "sent"),
        (
            1.3,
            "o",
            "\x1b]0;⠂ client\x07\x1b[?2026h\x1b[7;1H> say it slow\x1b[20;1H❯ \x1b[K\x1b[?2026l",
        ),
        (2.5, "o", "\x1b[?2026h\x1b[9;1Htok001 tok002\x1b[20;3H\x1b[?2026l"),
        (2.9, "o", "\x1b[?2026h\x1b[9;15Htok003\x1b[20;3H\x1b[?2026l"),
    ]);
    let last = told.last().unwrap();
    assert_eq!((&*last.0, &*last.1), ("> say it slow", "tok001 tok002 tok003"), "{told:?}");
}

/// Codex looks busy for an instant as it starts. What was typed by then is sent only later.
#[test]
fn a_client_that_starts_takes_nobodys_prompt() {
    let told = turns_of(&[
        (
            0.1,
            "o",
            "\x1b]0;client\x07\x1b]7501;state=idle\x1b\\\x1b[2J\x1b[20;1H› \x1b[22;1Hmodel\x1b[20;3H",
        ),
        (1.0, "m", "typed"),
        (1.1, "o", "\x1b[20;3Hsay it slow"),
        (1.2, "o", "\x1b]7501;state=working\x1b\\\x1b[23;1Hmodel of today\x1b[20;14H"),
        (1.2, "o", "\x1b]7501;state=idle\x1b\\"),
        (1.6, "m", "sent"),
        (1.6, "o", "\x1b]7501;state=working\x1b\\\x1b[5;1H› say it slow\x1b[20;3H\x1b[K"),
        (2.9, "o", "\x1b[7;1Htok001\x1b[20;3H"),
        (3.1, "o", "\x1b[7;8Htok002\x1b[20;3H"),
    ]);
    assert_eq!(told, [("say it slow".to_owned(), "tok001 tok002".to_owned())]);
}

/// On a slow machine it starts for seconds, and what was typed is sent before it is done.
#[test]
fn a_slow_start_takes_nobodys_prompt() {
    let started = "\x1b]7501;state=idle\x1b\\";
    let sent = "\x1b[5;1H› say it slow\x1b[20;3H\x1b[K";
    let working = "\x1b]7501;state=working\x1b\\";
    let tape = |first: &'static str, second: &'static str| {
        turns_of(&[
            (0.1, "o", "\x1b]0;client\x07\x1b]7501;state=idle\x1b\\\x1b[2J\x1b[20;1H› \x1b[20;3H"),
            (1.0, "m", "typed"),
            (1.1, "o", "\x1b[20;3Hsay it slow"),
            (1.2, "o", "\x1b]7501;state=working\x1b\\\x1b[23;1Hmodel of today\x1b[20;14H"),
            (2.9, "o", first),
            (3.0, "m", "sent"),
            (3.1, "o", second),
            (3.2, "o", sent),
            (3.3, "o", working),
            (3.9, "o", "\x1b[7;1Htok001\x1b[20;3H"),
            (4.4, "o", "\x1b[7;8Htok002\x1b[20;3H"),
        ])
    };
    let said = [("say it slow".to_owned(), "tok001 tok002".to_owned())];
    assert_eq!(tape(started, ""), said, "the start ends before");
    assert_eq!(tape("", started), said, "the start ends after");
    assert_eq!(tape("", ""), said, "the start is seen to end never");
}

/// A window becomes lower and narrower: a word of the reply goes on in another line.
#[test]
fn a_line_that_is_wrapped_anew_is_told_once() {
    let frame =
        |lines: &[&str]| format!("\x1b[?2026h\x1b[2J\x1b[H{}\x1b[?2026l", lines.join("\r\n"));
    let older = ["Welcome to it", "a first line", "a second one", "a third one", "", "> go on", ""];
    let high = [&older[..], &["alpha beta gamma", "delta"]].concat();
    let low = [&older[4..], &["alpha beta", "gamma delta epsilon"]].concat();
    let told = turns_of(&[
        (0.1, "o", "\x1b]0;✳ client\x07\x1b[?1049h"),
        (0.2, "o", &frame(&older[..4])),
        (6.0, "m", "typed"),
        (6.1, "o", "\x1b[20;1Hgo on"),
        (6.2, "m", "sent"),
        (6.3, "o", "\x1b]0;⠂ client\x07"),
        (6.4, "o", &frame(&older)),
        (9.0, "o", &frame(&high)),
        (9.5, "r", "40x12"),
        (9.6, "o", &frame(&low)),
        (15.0, "o", "\x1b[5;21Hzeta"),
    ]);
    let words: Vec<&str> = told[0].1.split_whitespace().collect();
    assert_eq!(words, ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"], "{told:?}");
}

/// The end of a tape is wherever its writer was killed.
#[test]
fn a_tape_that_ends_in_the_middle_of_a_frame_has_the_frames_before() {
    let mut replay = Replay::default();
    let tape = [
        r#"{"version": 2, "width": 40, "height": 10}"#,
        r#"[0.1, "o", "> "]"#,
        r#"[0.2, "i", "go on"]"#,
        r#"[0.3, "o", "go on"]"#,
        r#"[0.4, "i", "\r"]"#,
        r#"[0.5, "o", "\r\nfirst words"]"#,
        r#"[9.1, "o", " and more"]"#,
        r#"[9.2, "o", " in small frames"]"#,
        r#"[9.3, "o", "\u001b[?2026h, and one"]"#,
    ];
    for line in tape {
        replay.event(&event(line.as_bytes()).unwrap());
    }
    let turns = replay.finish();
    let [turn] = &turns[..] else { panic!("{turns:?}") };
    assert!(turn.reply.ends_with("and more in small frames, and one"), "{turn:?}");
}

/// On a machine that is busy a short turn comes out of the terminal at once.
#[test]
fn a_turn_that_begins_and_ends_in_one_piece_is_one() {
    let told = turns_of(&[
        (0.1, "o", "\x1b]0;✳ client\x07\x1b[2J\x1b[20;1H❯ \x1b[20;3H"),
        (1.0, "m", "typed"),
        (1.1, "o", "\x1b[20;3Hsay it"),
        (1.3, "m", "sent"),
        (
            1.6,
            "o",
            "\x1b]0;⠂ client\x07\x1b[?2026h\x1b[5;1H> say it\x1b[20;1H❯ \x1b[K\x1b[?2026l\
             \x1b[?2026h\x1b[7;1HIt is said.\x1b[20;3H\x1b[?2026l\x1b]0;✳ client\x07",
        ),
        (3.0, "o", "\x1b[20;3H"),
    ]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].1.contains("It is said."), "{told:?}");
}

/// A reply at once: the client never tells that it works at it.
#[test]
fn a_turn_that_is_over_before_it_is_told_is_one() {
    let reply = "It was said at once, in more words than any command is answered with.";
    let tape = |prompt: &str, answer: &str, end: (f64, &'static str, &'static str)| {
        let typed = format!("\x1b[20;3H{prompt}");
        let answer = format!("\x1b[5;1H› {prompt}\x1b[7;1H{answer}\x1b[20;3H\x1b[K");
        turns_of(&[
            (0.1, "o", "\x1b]0;✳ client\x07\x1b[2J\x1b[20;1H❯ \x1b[22;1H? for help\x1b[20;3H"),
            (1.0, "m", "typed"),
            (1.1, "o", &typed),
            (2.3, "m", "sent"),
            (2.5, "o", &answer),
            end,
        ])
    };
    let said = [("say it".to_owned(), reply.to_owned())];
    let leaves = (9.0, "o", "\x1b]0;\x07\x1b[2J\x1b[HBye, my friend.");
    assert_eq!(tape("say it", reply, leaves), said, "it is ended");
    assert_eq!(tape("say it", reply, (9.0, "m", "typed")), said, "something else is typed");
    assert_eq!(tape("say it", reply, (9.0, "o", "\x1b[20;3H")), said, "the tape is at its end");
    assert_eq!(tape("say it", reply, (2.6, "o", "\x1b]0;⠂ client\x07")), said, "it is told late");
    assert_eq!(tape("/help", reply, leaves), [], "a command of the client");
    assert_eq!(tape("!ls", reply, leaves), [], "a command of the shell");
    assert_eq!(tape("exit", "Good-bye, my friend.", leaves), [], "a last word");
}

/// A run that is cut before the reply has come holds a prompt and nothing of the client's own.
#[test]
fn what_stands_there_until_the_reply_comes_is_none() {
    let told = turns_of(&[
        (0.1, "o", "\x1b]0;client\x07\x1b]7501;state=idle\x1b\\\x1b[2J\x1b[20;1H› \x1b[20;3H"),
        (1.0, "m", "typed"),
        (1.1, "o", "\x1b[20;3Hsay it"),
        (1.3, "m", "sent"),
        (1.4, "o", "\x1b]7501;state=working\x1b\\\x1b[5;1H› say it\x1b[20;3H\x1b[K"),
        (1.5, "o", "\x1b[18;1H• Working (0s • esc to interrupt)\x1b[22;3Hmodel of today\x1b[20;3H"),
    ]);
    assert_eq!(told, [("say it".to_owned(), String::new())]);
}

/// A slow start, before anybody types, draws what stands below all turns and says nothing.
#[test]
fn what_a_client_draws_as_it_starts_is_no_turn() {
    let told = turns_of(&[
        (0.1, "o", "\x1b]0;client\x07\x1b]7501;state=idle\x1b\\\x1b[2J\x1b[20;1H› \x1b[20;3H"),
        (0.3, "o", "\x1b]7501;state=working\x1b\\"),
        (0.4, "o", "\x1b[22;1Hmodel of today\x1b[23;1Hfor agents, for shortcuts\x1b[20;3H"),
        (1.4, "o", "\x1b]7501;state=idle\x1b\\"),
        (3.0, "m", "typed"),
        (3.1, "o", "\x1b[20;3Hsay it"),
        (3.4, "m", "sent"),
        (3.5, "o", "\x1b]7501;state=working\x1b\\\x1b[5;1H› say it\x1b[20;3H\x1b[K"),
        (3.9, "o", "\x1b[7;1HIt is said.\x1b[20;3H"),
        (4.4, "o", "\x1b]7501;state=idle\x1b\\"),
        (6.0, "o", "\x1b[20;3H"),
    ]);
    assert_eq!(told, [("say it".to_owned(), "It is said.".to_owned())]);
}

/// Programs that tell nothing may repeat what they were asked, and say no more.
#[test]
fn a_reply_that_repeats_its_prompt_is_a_reply() {
    let answers = |echo: &dyn Fn(&str) -> String| {
        let mut tape = vec![(0.1, "o", "Toy\r\n> ".to_owned())];
        for (at, prompt) in [(3.0, "hello"), (6.0, "say it again"), (9.0, "bye")] {
            tape.push((at, "m", "typed".to_owned()));
            tape.push((at + 0.1, "o", prompt.to_owned()));
            tape.push((at + 0.5, "m", "sent".to_owned()));
            tape.push((at + 0.6, "o", format!("\r\n{}\r\n> ", echo(prompt))));
        }
        let tape: Vec<_> = tape.iter().map(|(at, kind, data)| (*at, *kind, &**data)).collect();
        turns_of(&tape)
    };
    let said = |echo: &dyn Fn(&str) -> String| {
        ["hello", "say it again", "bye"].map(|prompt| (prompt.to_owned(), echo(prompt)))
    };
    for echo in [&|prompt: &str| format!("reply to: {prompt}"), &|prompt: &str| prompt.to_owned()]
        as [&dyn Fn(&str) -> String; 2]
    {
        assert_eq!(answers(echo), said(echo));
    }
}
