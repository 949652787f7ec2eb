//! How Codex looks: the whole screen, row by row, at absolute positions.
//!
//! Only rows that changed are written, each frame synchronized without having asked, and the
//! start and the end are the recording's bytes: modes, queries, the logo.

use std::time::Duration;

use crate::demo::cast::{Cast, Frame};
use crate::demo::nouns::{Action, Block, Look, Mood, Tool, View, Who};
use crate::demo::paint::{clip, fill, width, wrap};
use crate::model::Size;

const RECORDING: &str = include_str!("../../../fixtures/recordings/codex-tool.cast");
/// The folder that the recording was made in, and its name in the window's title.
const RECORDED_CWD: &str = "/home/dev/projects/demo1";
/// The thread that the recording was made of.
const RECORDED_THREAD: &str = "01a1faed-f0a5-7693-af1b-5e7117bd17b5";
/// Rows of the recorded start that are no margin: header and logo.
const RECORDED_TOP: usize = 29;
/// Rows of the recorded header, which stays above the conversation.
const HEADER: usize = 4;
/// Rows below the conversation: spinner and its margins, composer, status.
const BOTTOM: usize = 7;
/// The last recorded byte sequence before anything is painted.
const CLEARED: &str = "\x1b[1;1H\x1b[J";

const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";
const COMPOSER: &str = "\x1b[48;5;236m";
const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];

/// The painter.
#[derive(Debug)]
pub(in crate::demo) struct CodexLook {
    cast: Cast,
    cwd: String,
    top: Vec<String>,
    shown: Vec<String>,
}

impl CodexLook {
    /// A painter for an assistant that works in `cwd`.
    pub(in crate::demo) fn new(cwd: String) -> Self {
        let cast = Cast::read(RECORDING);
        let screen = cast.start_screen();
        let columns = cast.size.0;
        let top = screen
            .screen()
            .rows_formatted(0, columns)
            .take(RECORDED_TOP)
            .map(|row| as_spaces(&row).replace(RECORDED_CWD, &cwd))
            .collect();
        Self { cast, cwd, top, shown: Vec::new() }
    }

    fn rows(&self, view: &View<'_>) -> Vec<String> {
        let (columns, rows) = (usize::from(view.size.cols), usize::from(view.size.rows));
        let room = rows.saturating_sub(BOTTOM).max(1);
        let mut all = self.middle(view, columns, room);
        all.truncate(rows);
        all.extend(bottom(view, &self.cwd, columns));
        let extra = all.len().saturating_sub(rows);
        all.drain(..extra);
        all.iter().map(|row| clip(row, columns)).collect()
    }

    /// The rows above the composer: the logo at first, then the conversation's end.
    fn middle(&self, view: &View<'_>, columns: usize, room: usize) -> Vec<String> {
        let mut lines: Vec<String> = self.top.clone();
        let talks = !view.blocks.is_empty() || !view.draft.is_empty();
        if talks || lines.len() > room {
            lines.truncate(HEADER);
        }
        for block in view.blocks {
            lines.extend(block_lines(block, columns));
            if !matches!(block, Block::Call(_)) {
                lines.push(String::new());
            }
        }
        if let Some(partial) = view.partial {
            lines.extend(bullet(partial, columns));
        }
        if let Mood::Asking(tool) = view.mood {
            lines.extend(dialog(tool));
        }
        let scrolled = lines.len().saturating_sub(room);
        lines.drain(..scrolled);
        lines.resize(room, String::new());
        lines
    }

    fn title(&self) -> &str {
        self.cwd.rsplit('/').next().unwrap_or("codex")
    }
}

/// The row of a composer and where the cursor stands in it.
fn composer(view: &View<'_>, columns: usize) -> (String, usize) {
    if view.draft.is_empty() {
        return (format!("\x1b[1m›\x1b[22m {DIM}Ask Codex to do anything\x1b[22m"), 2);
    }
    let draft: String = view.draft.chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
    let column = (2 + width(&draft)).min(columns.saturating_sub(1));
    (format!("\x1b[1m›\x1b[22m {draft}"), column)
}

fn bottom(view: &View<'_>, cwd: &str, columns: usize) -> Vec<String> {
    let work = match view.mood {
        Mood::Working(turns) => {
            let seconds = turns / 10;
            format!(
                "• {DIM}Working ({seconds}s • \x1b[22m\x1b[1mesc\x1b[22m{DIM} to interrupt){RESET}"
            )
        }
        Mood::Retrying(attempt) => format!("• {DIM}Reconnecting... {attempt}/5{RESET}"),
        _ => String::new(),
    };
    let band = |row: &str| format!("{COMPOSER}{}{RESET}", fill(row, columns));
    let model = "  \x1b[38;5;223mGPT-5.5 default\x1b[38;5;244m · \x1b[38;5;151m";
    let keys = "  \x1b[38;5;244m← for agents · ? for shortcuts";
    vec![
        work,
        String::new(),
        band(""),
        band(&composer(view, columns).0),
        band(""),
        format!("{model}{cwd}{RESET}"),
        format!("{keys}{RESET}"),
    ]
}

impl Look for CodexLook {
    fn who(&self) -> Who {
        Who::Codex
    }

    fn start(&mut self, size: Size) -> Vec<Frame> {
        let view = View { blocks: &[], partial: None, draft: "", mood: &Mood::Idle, size };
        let mut frames = Vec::new();
        let mut painted = false;
        let fits = (size.cols, size.rows) == self.cast.size && self.cwd == RECORDED_CWD;
        for frame in self.cast.start.clone() {
            if fits || !painted {
                let text = String::from_utf8_lossy(&frame.bytes).into_owned();
                painted |= text.ends_with(CLEARED);
                frames.push(frame);
            }
        }
        let at = frames.last().map_or(Duration::ZERO, |f| f.at);
        let mut bytes = self.repaint(&view);
        bytes.extend(self.announce(&Mood::Idle));
        frames.push(Frame { at, bytes });
        frames
    }

    fn paint(&mut self, view: &View<'_>) -> Vec<u8> {
        let rows = self.rows(view);
        let mut body = String::from("\x1b[?2026h\x1b[?25l");
        for (n, row) in rows.iter().enumerate() {
            if self.shown.get(n) != Some(row) {
                body.extend([format!("\x1b[{};1H{RESET}\x1b[K{row}", n + 1)]);
            }
        }
        let line = rows.len().saturating_sub(3);
        let column = composer(view, usize::from(view.size.cols)).1 + 1;
        body.extend([format!("\x1b[39m\x1b[49m{RESET}\x1b[{line};{column}H\x1b[?25h\x1b[?2026l")]);
        self.shown = rows;
        body.into_bytes()
    }

    fn repaint(&mut self, view: &View<'_>) -> Vec<u8> {
        self.shown.clear();
        let mut bytes = format!("\x1b[?2026h{CLEARED}").into_bytes();
        bytes.extend(self.paint(view));
        bytes
    }

    fn announce(&self, mood: &Mood) -> Vec<u8> {
        let name = self.title();
        let (title, state) = match mood {
            Mood::Working(turns) => {
                (format!("{} {name}", SPINNER[*turns as usize % SPINNER.len()]), "working")
            }
            Mood::Retrying(_) => (format!("{} {name}", SPINNER[0]), "working"),
            Mood::Asking(_) => {
                (format!("[ ! ] Action Required | {name}"), "blocked:kind=permission")
            }
            _ => (name.to_owned(), "idle"),
        };
        let state = match state.split_once(':') {
            Some((state, kind)) => format!("{state}:app=codex:{kind}"),
            None => format!("{state}:app=codex"),
        };
        format!("\x1b]0;{title}\x07\x1b]7501;state={state}\x1b\\").into_bytes()
    }

    /// Codex synchronizes its frames without having asked.
    fn synchronized(&mut self, _has: bool) {}

    fn end(&mut self, session: &str) -> Vec<u8> {
        let mut out = Vec::new();
        for frame in &self.cast.end {
            let text = String::from_utf8_lossy(&frame.bytes).replace(RECORDED_THREAD, session);
            // Frames of the recorded screen fit no other one.
            if !text.starts_with("\x1b[?2026h") {
                out.extend_from_slice(text.as_bytes());
            }
        }
        out
    }

    fn spin(&self) -> Duration {
        // The recorded title changes ten times a second.
        Duration::from_millis(100)
    }

    fn prompt_lag(&self) -> Duration {
        // Measured: an item is in the rollout within about 10 ms.
        Duration::from_millis(10)
    }
}

/// A recorded row whose cursor moves became spaces, so that it can be cut and moved.
fn as_spaces(row: &str) -> String {
    let mut out = String::new();
    let mut rest = row;
    while let Some(at) = rest.find("\x1b[") {
        out.push_str(&rest[..at]);
        let body = &rest[at + 2..];
        let end = body.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(body.len());
        let (parameters, tail) = body.split_at(end);
        match tail.chars().next() {
            Some('C') => out.push_str(&" ".repeat(parameters.parse().unwrap_or(1))),
            Some('m') => out.extend(["\x1b[", parameters, "m"]),
            _ => {}
        }
        rest = tail.get(1..).unwrap_or("");
    }
    out + rest + RESET
}

fn bullet(text: &str, columns: usize) -> Vec<String> {
    let mut lines = wrap(text, columns.saturating_sub(2).max(1));
    for (n, line) in lines.iter_mut().enumerate() {
        line.insert_str(0, if n == 0 { "\x1b[2m• \x1b[22m" } else { "  " });
    }
    lines
}

fn block_lines(block: &Block, columns: usize) -> Vec<String> {
    match block {
        Block::Prompt(text) => {
            let band = |row: &str| format!("\x1b[48;5;237m{}{RESET}", fill(row, columns));
            let mut lines = vec![band("")];
            for (n, line) in wrap(text, columns.saturating_sub(2).max(1)).iter().enumerate() {
                let mark = if n == 0 { "\x1b[1m\x1b[2m› \x1b[22m" } else { "  " };
                lines.push(band(&format!("{mark}{line}")));
            }
            lines.push(band(""));
            lines
        }
        Block::Reply(text) => bullet(text, columns),
        Block::Call(tool) => match &tool.action {
            Action::Shell(command) => {
                vec![format!("\x1b[1m\x1b[32m•\x1b[39m Ran\x1b[22m {command}{RESET}")]
            }
            Action::Write { path, .. } => {
                vec![format!("\x1b[1m\x1b[32m•\x1b[39m Edited\x1b[22m {path}{RESET}")]
            }
        },
        Block::Result(output) => {
            let text = if output.text.is_empty() { "(no output)" } else { &output.text };
            let lead = |n| if n == 0 { "  └ " } else { "    " };
            let lines = text.lines().enumerate();
            lines.map(|(n, line)| format!("{DIM}{}{line}{RESET}", lead(n))).collect()
        }
        Block::Plan(plan) => {
            let mut lines = vec!["• \x1b[1mUpdated Plan\x1b[22m".to_owned()];
            lines.extend(plan.iter().map(|todo| match todo.state {
                "completed" => format!("  {DIM}✔ {}{RESET}", todo.text),
                "in_progress" => format!("  \x1b[36m□ {}{RESET}", todo.text),
                _ => format!("  □ {}", todo.text),
            }));
            lines
        }
        Block::Failure(text) => vec![format!("\x1b[31m■ {text}{RESET}")],
        Block::Interrupted => {
            vec![format!("\x1b[31m■ Conversation interrupted - tell the model what to do{RESET}")]
        }
        Block::Worked(time) => vec![format!("  {DIM}Worked for {}s{RESET}", time.as_secs())],
    }
}

fn dialog(tool: &Tool) -> Vec<String> {
    let (question, what) = match &tool.action {
        Action::Shell(command) => ("Would you like to run the following command?", command),
        Action::Write { path, .. } => ("Would you like to make the following edits?", path),
    };
    vec![
        format!("  \x1b[1m{question}\x1b[22m"),
        String::new(),
        format!("  Reason: {}", tool.about),
        format!("  $ {what}"),
        String::new(),
        "\x1b[1m\x1b[36m› 1. Yes, proceed (y)\x1b[39m\x1b[22m".into(),
        "  2. Yes, and don't ask again (p)".into(),
        "  3. No, and tell Codex what to do differently (esc)".into(),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_sets_the_recorded_modes_and_asks_the_recorded_questions() {
        let frames = CodexLook::new("/tmp/somewhere".into()).start(Size::new(90, 30));
        let bytes: Vec<u8> = frames.into_iter().flat_map(|f| f.bytes).collect();
        let text = String::from_utf8(bytes).unwrap();
        for part in ["\x1b[?1049h", "\x1b[>7u", "\x1b[?1003h", "\x1b[6n", "\x1b]11;?"] {
            assert!(text.contains(part), "{part:?}");
        }
        assert!(text.contains("OpenAI Codex") && text.contains("/tmp/somewhere"));
    }

    #[test]
    fn the_logo_shows_where_there_is_room() {
        let frames = CodexLook::new("/tmp".into()).start(Size::new(120, 40));
        let bytes: Vec<u8> = frames.into_iter().flat_map(|f| f.bytes).collect();
        assert!(String::from_utf8(bytes).unwrap().contains('⣿'));
    }

    #[test]
    fn the_way_out_names_the_thread_and_turns_everything_off() {
        let end = String::from_utf8(CodexLook::new("/tmp".into()).end("a-thread")).unwrap();
        assert!(end.contains("codex resume a-thread"), "{end:?}");
        for part in ["\x1b[?1049l", "\x1b[?1003l", "\x1b[?2004l", "\x1b[?25h"] {
            assert!(end.contains(part), "{part:?} in {end:?}");
        }
    }
}
