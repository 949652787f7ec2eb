//! Whole screens, as text.

use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

use super::fixture::Scene;
use super::*;
use crate::model::{Captured, Drift, Failure, FailureKind};
use crate::theme::Depth;

fn screen(view: &PanelView, width: u16, height: u16) -> (Vec<String>, Drawn) {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let drawn = draw(view, area, &mut buffer, &Theme::plain());
    (rows(&buffer), drawn)
}

/// The buffer's rows as a terminal would show them, without blanks at their ends.
fn rows(buffer: &Buffer) -> Vec<String> {
    let row = |y| {
        let (mut row, mut x) = (String::new(), buffer.area.left());
        while x < buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            x += (symbol.width() as u16).max(1);
        }
        row.trim_end().to_owned()
    };
    (buffer.area.top()..buffer.area.bottom()).map(row).collect()
}

fn busy(tab: Tab, width: u16, height: u16) -> Vec<String> {
    screen(&Scene::busy().view(tab), width, height).0
}

#[test]
fn the_handoff_at_30_columns() {
    let expected = [
        " Handoff  Live  Timeline",
        "─━━━━━━━──────────────────────",
        " Project Handoff             ┃",
        "                             ┃",
        " Goal                        ┃",
        " Ship auth                   ┃",
        "                             ┃",
        " Open Todos                  ┃",
        " ☐ fix the login test (in    ┃",
        "   progress)                 ┃",
        " ☐ add migrations            ┃",
        "                             ┃",
        " Decisions                   │",
        " • use SQLite, not Postgres  │",
        "                             │",
        " Changed Files               │",
        " • M src/schema.rs           │",
        "",
        " ⠹ working · ● captured 12/12",
        " F9 hand over · F6 hide",
    ];
    assert_eq!(busy(Tab::Handoff, 30, 20), expected);
}

#[test]
fn live_at_30_columns() {
    let expected = [
        " Handoff  Live  Timeline",
        "──────────━━━━────────────────",
        " ⠹ working · claude · 14:02  ┃",
        " ● captured 12/12            ┃",
        "                             ┃",
        " you                         ┃",
        " Now make the login test     ┃",
        " pass, please.               ┃",
        "                             ┃",
        " claude                      │",
        " The test fails because the  │",
        " column `token` is missing.  │",
        " I add it to the schema and… │",
        "                             │",
        " todos 1/3                   │",
        " ☑ write schema              │",
        " ◐ fix the login test        │",
        "",
        " rec · claude S-003",
        " F9 hand over · F6 hide",
    ];
    assert_eq!(busy(Tab::Live, 30, 20), expected);
}

#[test]
fn the_timeline_at_30_columns() {
    let expected = [
        " Handoff  Live  Timeline",
        "────────────────━━━━━━━━──────",
        " ■ codex S-002",
        "   2026-11-21 00:00",
        "   Set up the schema: users,",
        "   sessions, tokens and…",
        "   ☐ add migrations",
        "",
        " ✓ codex S-001",
        "   2026-11-20 23:00",
        "   Read the code.",
        "   ☐ add migrations",
        "",
        "",
        "",
        "",
        "",
        "",
        " ⠹ working · ● captured 12/12",
        " F9 hand over · F6 hide",
    ];
    assert_eq!(busy(Tab::Timeline, 30, 20), expected);
}

#[test]
fn live_with_room() {
    let expected = [
        " Handoff  Live  Timeline                    S-003",
        "──────────━━━━────────────────────────────────────",
        " ⠹ working · claude · 14:02",
        " ● captured 12/12",
        "",
        " you",
        " Now make the login test pass, please.",
        "",
        " claude",
        " The test fails because the column `token` is",
        " missing. I add it to the schema and run the",
        " test again.",
        "",
        " todos 1/3",
        " ☑ write schema",
        " ◐ fix the login test",
        " ☐ add migrations",
        "",
        " tools 14 · 1 failed",
        " ✓ Edit src/schema.rs",
        " ✗ Bash cargo test login (101)",
        " … Bash cargo test",
        "",
        " files changed 2",
        "   src/schema.rs",
        "   src/a/rather/long/path/login.rs",
        "",
        " tokens",
        " in 1.2k · out 4.6k · cached 123k",
        " context 45 % of 200k",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        " rec · claude S-003",
        " F9 hand over · F6 hide · F7 tab",
    ];
    assert_eq!(busy(Tab::Live, 50, 40), expected);
}

#[test]
fn live_where_there_is_hardly_any_room() {
    let expected = [
        " H  Live  T   S-003",
        " ⠹ working · claude┃",
        " ● captured 12/12  │",
        "                   │",
        " rec · claude S-003",
    ];
    assert_eq!(busy(Tab::Live, 20, 5), expected);
}

#[test]
fn a_low_panel_gives_its_rows_to_the_content() {
    let rows = busy(Tab::Live, 120, 10);
    assert!(rows[0].starts_with(" Handoff  Live  Timeline"), "{}", rows[0]);
    assert!(rows[1].starts_with(" ⠹ working · claude"), "{}", rows[1]);
    assert!(rows[9].starts_with(" rec · claude S-003   "), "{}", rows[9]);
    assert!(rows[9].ends_with("F9 hand over · F6 hide · F7 tab"), "{}", rows[9]);
}

#[test]
fn empty_tabs_say_what_to_do() {
    let scene = Scene::empty();
    let shown = |tab| screen(&scene.view(tab), 60, 12).0.join("\n");
    assert!(shown(Tab::Live).contains("type your request to the assistant"));
    assert!(shown(Tab::Live).contains("○ nothing to capture yet"));
    assert!(shown(Tab::Handoff).contains("this run started without a handoff"));
    assert!(shown(Tab::Handoff).contains("goal\n Ship auth"));
    assert!(shown(Tab::Timeline).contains("no earlier session"));
}

#[test]
fn scrolling_stops_at_the_end() {
    let scene = Scene::busy();
    let mut view = scene.view(Tab::Live);
    let (top, drawn) = screen(&view, 30, 20);
    assert_eq!(drawn, Drawn { content_rows: 30, visible_rows: 15 });
    view.scroll = 15;
    let (end, _) = screen(&view, 30, 20);
    view.scroll = u16::MAX;
    assert_eq!(screen(&view, 30, 20).0, end);
    assert_eq!(end[16], " context 45 % of 200k        ┃");
    assert_ne!(top, end);
}

#[test]
fn lost_capture_is_red_on_every_tab_and_says_why() {
    let mut scene = Scene::busy();
    let reason = "the transcript\x1b[2J stopped growing".to_owned();
    scene.live.captured = Captured::Lost { reason, read: 3, known: 5 };
    let (theme, _) = Theme::choose(None, None, true, Depth::True);
    for tab in Tab::ALL {
        let area = Rect::new(0, 0, 70, 20);
        let mut buffer = Buffer::empty(area);
        draw(&scene.view(tab), area, &mut buffer, &theme);
        let shown = rows(&buffer);
        let y = shown.iter().rposition(|row| row.contains("captured 3/5")).unwrap();
        assert!(shown[y].contains("captured 3/5: the transcript stopped"), "{tab:?} {shown:?}");
        let x = shown[y].chars().take_while(|c| *c != '●').count() as u16;
        assert_eq!(Some(buffer[(x, y as u16)].fg), theme.error.fg, "{tab:?}");
    }
}

#[test]
fn the_live_tab_says_what_each_witness_has() {
    let mut scene = Scene::busy();
    (scene.live.seen, scene.live.digest.turns_ended) = (3, 2);
    let shown = screen(&scene.view(Tab::Live), 60, 20).0.concat();
    assert!(shown.contains("turns ended: screen 3, transcript 2"), "{shown}");
    scene.live = Live { captured: Captured::Screen { sent: 4 }, ..Live::default() };
    let view = PanelView { activity: Activity::Unknown, ..scene.view(Tab::Live) };
    let shown = screen(&view, 60, 20).0;
    assert!(shown.concat().contains("screen only, 4 sent"), "{shown:?}");
}

#[test]
fn a_limit_says_what_to_do() {
    let mut scene = Scene::busy();
    scene.live.digest.failure = Some(Failure {
        kind: FailureKind::UsageLimit,
        message: "You've hit your limit".into(),
        resets_at: Some(Timestamp::from_second(0)),
    });
    let unknown = [("new-kind".to_owned(), 2)].into();
    scene.live.digest.drift = Drift { unknown, bad_lines: 1, ..Drift::default() };
    let shown = screen(&scene.view(Tab::Live), 56, 50).0.join("\n");
    assert!(
        shown.contains(" ▲ usage limit reached: F9 hands over to Codex\n You've hit"),
        "{shown}"
    );
    assert!(shown.contains("until 1970-01-01 00:00"), "{shown}");
    assert!(shown.contains("3 records not recognised"), "{shown}");
}

#[test]
fn a_stopped_recording_is_told() {
    let scene = Scene::busy();
    let mut view = scene.view(Tab::Live);
    view.recording = Recording { on: true, stopped_reason: Some("disk full") };
    assert_eq!(screen(&view, 50, 20).0[18], " recording stopped: disk full · claude S-003");
    view.recording = Recording::default();
    assert_eq!(screen(&view, 50, 20).0[18], " not recorded · claude S-003");
    view.notice = Some("copied 3 lines\n");
    assert_eq!(screen(&view, 50, 20).0[18], " copied 3 lines");
}

#[test]
fn the_status_line_keeps_what_counts() {
    let scene = Scene::busy();
    let view = scene.view(Tab::Live);
    let line = |width| {
        let area = Rect::new(0, 0, width, 1);
        let mut buffer = Buffer::empty(area);
        status_line(&view, area, &mut buffer, &Theme::plain());
        rows(&buffer).remove(0)
    };
    let status = " ⠹ working · ● captured 12/12 · rec · claude S-003 · since 14:02";
    assert_eq!(line(100), format!("{status}    F9 hand over · F6 hide · F7 tab"));
    assert_eq!(line(97), format!("{status}          F9 hand over · F6 hide"));
    assert_eq!(line(52), " ⠹ working · ● captured 12/12 · rec · claude S-003");
    assert_eq!(line(10), "⠹ working");
    assert_eq!(line(6), "⠹ wor…");
}

#[test]
fn ascii_terminals_get_ascii() {
    let scene = Scene::busy();
    for tab in Tab::ALL {
        let mut view = scene.view(tab);
        view.ascii = true;
        let shown = screen(&view, 50, 40).0.join("\n");
        assert!(shown.is_ascii(), "{shown}");
    }
}

#[test]
fn text_of_others_is_clean() {
    const BAD: &str = "a\x1b[31mb\x1b]0;title\x07\u{202e}c\u{200b}\u{9b}2Jd\r\0\u{e0041}";
    let mut scene = Scene::busy();
    scene.provider = ProviderName::new(BAD);
    let digest = &mut scene.live.digest;
    digest.last_prompt.as_mut().unwrap().text = BAD.into();
    digest.last_reply.as_mut().unwrap().text = BAD.into();
    digest.todos[0].text = BAD.into();
    digest.tools[0].summary = BAD.into();
    scene.live.changed = vec![BAD.into()];
    scene.timeline[0].notes.summary = BAD.into();
    scene.timeline[0].notes.todos_pending = vec![BAD.into()];
    scene.timeline[0].provider = ProviderName::new(BAD);
    scene.handoff = Document::new(format!("# {BAD}\n\n- {BAD}\n\n```\n{BAD}\n```"));
    for tab in Tab::ALL {
        let mut view = scene.view(tab);
        view.notice = Some(BAD);
        let shown = screen(&view, 60, 45).0.join("\n");
        let bad =
            |c: char| c != '\n' && (c.is_control() || "\u{202e}\u{200b}\u{e0041}".contains(c));
        assert!(!shown.contains(bad), "{shown:?}");
        assert!(shown.contains("abc2Jd") && !shown.contains("title"), "{shown}");
    }
}

#[test]
fn every_size_works_and_nothing_outside_is_touched() {
    let (busy, empty) = (Scene::busy(), Scene::empty());
    for (scene, tab) in [&busy, &empty].into_iter().flat_map(|s| Tab::ALL.map(|t| (s, t))) {
        for (width, height) in (0..60).flat_map(|w| (0..30).map(move |h| (w, h))) {
            let mut view = scene.view(tab);
            view.scroll = width;
            let mut buffer = Buffer::filled(Rect::new(0, 0, width + 2, height + 2), '#'.into());
            let area = Rect::new(1, 1, width, height);
            draw(&view, area, &mut buffer, &Theme::plain());
            for position in buffer.area.positions().filter(|p| !area.contains(*p)) {
                assert_eq!(buffer[position].symbol(), "#", "{tab:?} {area} {position}");
            }
        }
    }
    let huge = Rect::new(0, 0, 400, 120);
    assert!(screen(&busy.view(Tab::Live), huge.width, huge.height).1.content_rows > 20);
    let mut small = Buffer::empty(Rect::new(5, 5, 10, 3));
    draw(&busy.view(Tab::Live), huge, &mut small, &Theme::plain());
}

#[test]
fn the_menu_lies_in_the_middle() {
    let area = Rect::new(0, 0, 40, 7);
    let mut buffer = Buffer::filled(area, '.'.into());
    let keys = [("F9", "hand over to the other"), ("Ctrl-\\ q", "end")];
    menu("keys", &keys, area, &mut buffer, &Theme::plain(), false);
    let expected = [
        "........................................",
        "..╭─ keys ───────────────────────────╮..",
        "..│ F9        hand over to the other │..",
        "..│ Ctrl-\\ q  end                    │..",
        "..╰──────────────────────────────────╯..",
        "........................................",
        "........................................",
    ];
    assert_eq!(rows(&buffer), expected);
    for (width, height) in (0..45).flat_map(|w| (0..9).map(move |h| (w, h))) {
        let mut buffer = Buffer::empty(area);
        menu("keys", &keys, Rect::new(0, 0, width, height), &mut buffer, &Theme::plain(), true);
    }
}

#[test]
fn the_separator_is_a_line() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 2));
    separator(Rect::new(1, 0, 1, 2), &mut buffer, &Theme::plain(), false);
    assert_eq!(rows(&buffer), [" │", " │"]);
    separator(Rect::new(0, 1, 3, 1), &mut buffer, &Theme::plain(), true);
    assert_eq!(rows(&buffer), [" │", "---"]);
}

#[test]
fn the_shown_tab_stands_out_and_the_background_stays() {
    let scene = Scene::busy();
    let area = Rect::new(0, 0, 30, 20);
    let mut buffer = Buffer::empty(area);
    let (theme, _) = Theme::choose(None, None, true, Depth::True);
    draw(&scene.view(Tab::Live), area, &mut buffer, &theme);
    let live = &buffer[(10, 0)];
    assert_eq!((live.symbol(), Some(live.fg)), ("L", theme.tab_active.fg));
    assert!(live.modifier.contains(Modifier::BOLD));
    assert!(buffer.content().iter().all(|cell| cell.bg == Color::Reset));
}

#[test]
fn tabs_go_round() {
    let mut tab = Tab::default();
    let mut seen = Vec::new();
    for _ in Tab::ALL {
        tab = tab.next();
        seen.push(tab);
    }
    assert_eq!(seen, [Tab::Timeline, Tab::Handoff, Tab::Live]);
}
