//! What a child asks and what it gets, what the host gets, and which modes are kept.

use loghop::emulator::{CursorShape, Fed, Modes, Mouse, MouseEncoding, Pane, Traits};
use loghop::model::{Activity, Size};

fn traits() -> Traits {
    Traits {
        kitty: true,
        foreground: Some((0xff, 0xee, 0x01)),
        background: Some((0, 0, 0x10)),
        palette: vec![(1, 2, 3)],
        cell: Some((10, 20)),
        dark: Some(true),
        name: "loghop(0.0.0)".into(),
        ..Traits::default()
    }
}

fn fed_by(pane: &mut Pane, bytes: &str) -> Fed {
    let mut fed = Fed::default();
    pane.feed(bytes.as_bytes(), &mut fed);
    fed
}

fn replies(traits: Traits, bytes: &str) -> String {
    let fed = fed_by(&mut Pane::new(Size::new(80, 24), traits), bytes);
    String::from_utf8(fed.replies).unwrap().replace('\x1b', "^")
}

#[test]
fn every_query_of_the_clients_is_answered_at_once() {
    let table = [
        ("\x1b[c", "^[?62;22c"),
        ("\x1b[0c", "^[?62;22c"),
        ("\x1b[>c", "^[>1;10;0c"),
        ("\x1b[5n", "^[0n"),
        ("ab\r\ncd\x1b[6n", "^[2;3R"),
        ("\x1b[5;99H漢\x1b[6n", "^[6;3R"),
        ("\x1b[1;80Hx\x1b[6n", "^[1;80R"),
        ("\x1b[4;9r\x1b[?6h\x1b[2;3H\x1b[6n", "^[2;3R"),
        ("\x1b[?6n", "^[?1;1R"),
        ("\x1b[>0q", "^P>|loghop(0.0.0)^\\"),
        ("\x1b[>q", "^P>|loghop(0.0.0)^\\"),
        ("\x1b]10;?\x07", "^]10;rgb:ffff/eeee/0101\x07"),
        ("\x1b]11;?\x1b\\", "^]11;rgb:0000/0000/1010^\\"),
        ("\x1b]10;?;?\x07", "^]10;rgb:ffff/eeee/0101\x07^]11;rgb:0000/0000/1010\x07"),
        ("\x1b]12;?\x07", "^]12;rgb:ffff/eeee/0101\x07"),
        ("\x1b]4;0;?;9;?\x07", "^]4;0;rgb:0101/0202/0303\x07"),
        ("\x1b[?2026$p", "^[?2026;2$y"),
        ("\x1b[?2026h\x1b[?2026$p", "^[?2026;1$y"),
        ("\x1b[?25$p\x1b[?25l\x1b[?25$p", "^[?25;1$y^[?25;2$y"),
        ("\x1b[?7$p\x1b[?1049$p\x1b[?2004$p", "^[?7;1$y^[?1049;2$y^[?2004;2$y"),
        ("\x1b[?1003h\x1b[?1003$p\x1b[?1000$p", "^[?1003;1$y^[?1000;2$y"),
        ("\x1b[?1016$p\x1b[?9999$p", "^[?1016;0$y^[?9999;0$y"),
        ("\x1b[4h\x1b[4$p\x1b[20$p\x1b[12$p", "^[4;1$y^[20;2$y^[12;0$y"),
        ("\x1b[>7u\x1b[?u", "^[?7u"),
        ("\x1b[14t\x1b[16t\x1b[18t", "^[4;480;800t^[6;20;10t^[8;24;80t"),
        ("\x1b[?996n", "^[?997;1n"),
    ];
    for (asked, expected) in table {
        assert_eq!(replies(traits(), asked), expected, "{asked:?}");
    }
}

#[test]
fn what_is_not_known_is_not_answered() {
    let asked = "\x1b]10;?\x07\x1b]11;?\x07\x1b]4;0;?\x07\x1b[?996n\x1b[?u\x1b[14t\x1b[16t\x1b]52;c;?\x07\
        \x1b]7501;?\x1b\\\x1bP+q544e\x1b\\\x1b_Gi=31,a=q;AAAA\x1b\\\x1b[=c\x1b[21t";
    assert_eq!(replies(Traits::default(), asked), "");
}

#[test]
fn a_flood_of_questions_fills_nothing() {
    let fed = fed_by(&mut Pane::new(Size::new(80, 24), traits()), &"\x1b[c".repeat(100_000));
    assert!(fed.replies.len() < 70_000);
    assert!(fed.replies.ends_with(b"22c"), "replies are whole");
    let writes = format!("\x1b]52;c;{}\x07", "A".repeat(1_000_000)).repeat(5);
    let fed = fed_by(&mut Pane::new(Size::new(80, 24), traits()), &writes);
    assert!(fed.forwards.len() < 2_000_000);
}

#[test]
fn only_what_the_host_alone_can_do_is_forwarded() {
    let table = [
        ("\x1b]9;done\x07", "^]9;done^\\"),
        ("\x1b]9;4;1;50\x1b\\", "^]9;4;1;50^\\"),
        ("\x1b]777;notify;a;b\x07", "^]777;notify;a;b^\\"),
        ("\x1b]7501;state=idle:app=codex\x1b\\", "^]7501;state=idle:app=codex^\\"),
        ("\x1b]21337;x\x07", "^]21337;x^\\"),
        ("\x1b]52;c;aGk=\x07", "^]52;c;aGk=^\\"),
        ("\x1b]52;c;?\x07", ""),
        ("\x1b]52;c;not base64\x07", ""),
        ("\x1b]0;title\x07\x1b]8;;http://a\x1b\\x\x1b]8;;\x1b\\", ""),
        ("\x1b]9;\u{9c}bad\x07", ""),
        ("\x1b]7501;?\x07", ""),
    ];
    for (bytes, expected) in table {
        let fed = fed_by(&mut Pane::new(Size::new(80, 24), traits()), bytes);
        let forwards = String::from_utf8(fed.forwards).unwrap().replace('\x1b', "^");
        assert_eq!(forwards, expected, "{bytes:?}");
    }
    let fed = fed_by(&mut Pane::new(Size::new(80, 24), traits()), "a\x07b");
    assert!(fed.bell && fed.forwards.is_empty());
}

#[test]
fn modes_are_kept_and_mirrored() {
    let mut pane = Pane::new(Size::new(80, 24), traits());
    fed_by(
        &mut pane,
        "\x1b[?1h\x1b=\x1b[?2004;1004h\x1b[?2031h\x1b[?1000h\x1b[?1002h\x1b[?1003h\x1b[?1006h\
         \x1b[?1007h\x1b[>7u\x1b[>4;2m\x1b[?25l\x1b[5 q\x1b[?1049h",
    );
    let expected = Modes {
        application_cursor: true,
        application_keypad: true,
        alternate_screen: true,
        cursor_visible: false,
        cursor_shape: CursorShape(5),
        bracketed_paste: true,
        focus: true,
        theme_reports: true,
        alternate_scroll: true,
        mouse: Mouse::Motion,
        mouse_encoding: MouseEncoding::Sgr,
        keyboard: 0,
        modify_other_keys: 2,
    };
    assert_eq!(pane.modes(), &expected);
    fed_by(&mut pane, "\x1b[?1049l");
    assert_eq!(pane.modes().keyboard, 7, "each screen has its own stack");
    fed_by(&mut pane, "\x1b[<u\x1bc");
    assert_eq!(pane.modes(), &Modes::default());
}

#[test]
fn frames_titles_and_activity_are_told() {
    let mut pane = Pane::new(Size::new(80, 24), traits());
    let fed = fed_by(&mut pane, "\x1b[?2026hx\x1b[?2026l\x1b[?2026hy\x1b[?2026l\x1b[?2026h");
    assert_eq!((fed.frames, pane.in_sync()), (2, true));
    fed_by(&mut pane, "\x1b]0;✳ Claude Code\x07");
    assert_eq!((pane.title(), pane.activity()), ("✳ Claude Code", Activity::Idle));
    fed_by(&mut pane, "\x1b]2;⠐ Claude Code\x1b\\");
    assert_eq!(pane.activity(), Activity::Working);
    fed_by(&mut pane, "\x1b]7501;state=blocked:kind=permission:app=codex\x1b\\");
    assert_eq!(pane.activity(), Activity::Waiting);
    fed_by(&mut pane, &format!("\x1b]0;{}\x07", "long ".repeat(10_000)));
    assert_eq!(pane.title().len(), 256);
}

#[test]
fn the_unknown_is_swallowed_and_counted() {
    let mut pane = Pane::new(Size::new(80, 24), traits());
    let unknown = "\x1bPq#0;2;0;0;0#0~~\x1b\\\x1b_Gf=24;AAAA\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\\
        \x1b]1234;x\x07\x1b[99y\x1b[?9876h\x1bz\x1b[200m";
    fed_by(&mut pane, unknown);
    assert_eq!((pane.unknown(), pane.screen().contents().as_str()), (9, ""));
    fed_by(&mut pane, "\x1b[1;31mtext\x1b[m\x1b]0;t\x07\x1b[?2004h\x1b[5;9m");
    assert_eq!((pane.unknown(), pane.screen().contents().as_str()), (9, "text"));
}
