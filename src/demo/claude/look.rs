//! How Claude Code looks: lines that scroll away for good, and below them a part that is redrawn.
//!
//! Cursor moves are relative, lines end in `CR CR LF`, a frame is synchronized where the terminal
//! said that it can: all as in the recording, whose start and end are replayed byte by byte.

use std::time::Duration;

use crate::demo::cast::{Cast, Frame};
use crate::demo::nouns::{Action, Block, Look, Mood, Tool, View, Who};
use crate::demo::paint::{clip, wrap};
use crate::model::Size;

const RECORDING: &str = include_str!("../../../fixtures/recordings/claude-tool.cast");
/// The folder that the recording was made in.
const RECORDED_CWD: &str = "/home/dev/projects/demo1";
/// The session that the recording was made of.
const RECORDED_SESSION: &str = "bc56d133-b5ed-481c-adc9-bb9e77abc4dc";
/// The first bytes of the recorded banner; what comes before sets modes and is no picture.
const BANNER: &[u8] = b"\x1b[38;5;174m \xe2\x96\x90";
/// How much faster than recorded the start is replayed: the recording's 1.8 s were those of a busy
/// machine, and a person who only wants to see a demo should not wait for it.
const HASTE: u32 = 4;

const GREY: &str = "\x1b[38;5;246m";
const RULE: &str = "\x1b[38;5;244m";
const ORANGE: &str = "\x1b[38;5;174m";
const BLUE: &str = "\x1b[38;5;153m";
const PLAIN: &str = "\x1b[39m";
const SPINNER: [&str; 6] = ["·", "✢", "✳", "✶", "✻", "✽"];

/// The painter.
#[derive(Debug)]
pub(in crate::demo) struct ClaudeLook {
    cast: Cast,
    cwd: String,
    /// Lines of the conversation that were printed for good.
    printed: usize,
    /// Rows of the redrawn part, and the row in it that the cursor is on.
    live: usize,
    cursor: usize,
    synchronized: bool,
}

impl ClaudeLook {
    /// A painter for an assistant that works in `cwd`.
    pub(in crate::demo) fn new(cwd: String) -> Self {
        let cast = Cast::read(RECORDING);
        Self { cast, cwd, printed: 0, live: 0, cursor: 0, synchronized: false }
    }

    /// The banner, the first lines of the conversation.
    fn banner(&self, columns: usize) -> Vec<String> {
        let model = "Opus 4.8 (1M context) · API Usage Billing";
        let version = super::VERSION;
        let art = ["\x1b[38;5;174m ▐\x1b[48;5;16m▛███▜\x1b[49m▌", "▝▜\x1b[48;5;16m█████\x1b[49m▛▘"];
        [
            format!("{}   {PLAIN}\x1b[1mClaude Code\x1b[22m {GREY}v{version}{PLAIN}", art[0]),
            format!("{ORANGE}{}  {GREY}{model}{PLAIN}", art[1]),
            format!("{ORANGE}  ▘▘ ▝▝    {GREY}{}{PLAIN}", self.cwd),
            String::new(),
        ]
        .iter()
        .map(|line| clip(line, columns))
        .collect()
    }

    /// Every line of the conversation.
    fn conversation(&self, view: &View<'_>) -> Vec<String> {
        let columns = usize::from(view.size.cols);
        let mut lines = self.banner(columns);
        for block in view.blocks {
            lines.extend(block_lines(block, columns));
            // What a tool gave back hangs on its call.
            if !matches!(block, Block::Call(_)) {
                lines.push(String::new());
            }
        }
        if let Some(partial) = view.partial {
            lines.extend(bullet(partial, columns));
        }
        lines
    }

    /// The redrawn part, and the row in it where the cursor stands.
    fn live_part(view: &View<'_>, tail: &[String]) -> (Vec<String>, usize) {
        let columns = usize::from(view.size.cols);
        let mut lines = tail.to_vec();
        if let Mood::Asking(tool) = view.mood {
            lines.extend(dialog(tool, columns));
            let cursor = lines.len().saturating_sub(6);
            return (lines, cursor);
        }
        match view.mood {
            Mood::Working(turns) => {
                let spinner = SPINNER[*turns as usize % SPINNER.len()];
                lines.push(format!("{ORANGE}{spinner} Actioning… {PLAIN}"));
                lines.push(String::new());
            }
            Mood::Retrying(attempt) => {
                let wait = format!("Retrying in 1s · attempt {attempt}/10");
                lines.push(format!("\x1b[38;5;211m✻ API error{GREY} · {wait}{PLAIN}"));
                lines.push(String::new());
            }
            // The recorded start has room for a notice here.
            _ if view.blocks.is_empty() => lines.push(String::new()),
            _ => {}
        }
        let rule = format!("{RULE}{}{PLAIN}", "─".repeat(columns));
        lines.push(rule.clone());
        let cursor = lines.len();
        let draft: String = view.draft.chars().map(|c| if c < ' ' { ' ' } else { c }).collect();
        lines.push(format!("❯ {draft}\x1b[7m \x1b[27m"));
        lines.push(rule);
        lines.push(format!("  {GREY}{}{PLAIN}", hint(view.mood)));
        let lines: Vec<_> = lines.iter().map(|line| clip(line, columns)).collect();
        (lines, cursor)
    }

    fn frame(&self, body: &str) -> Vec<u8> {
        let (begin, end) =
            if self.synchronized { ("\x1b[?2026h", "\x1b[?2026l") } else { ("", "") };
        format!("{begin}{body}{end}").into_bytes()
    }
}

impl Look for ClaudeLook {
    fn who(&self) -> Who {
        Who::Claude
    }

    fn start(&mut self, size: Size) -> Vec<Frame> {
        let view = View { blocks: &[], partial: None, draft: "", mood: &Mood::Idle, size };
        let fits = (size.cols, size.rows) == self.cast.size && self.cwd == RECORDED_CWD;
        let mut frames = self.cast.start.clone();
        for frame in &mut frames {
            frame.at /= HASTE;
            if frame.bytes.starts_with(BANNER) {
                let painted = self.paint(&view);
                if !fits {
                    frame.bytes = painted;
                }
            }
        }
        frames
    }

    fn paint(&mut self, view: &View<'_>) -> Vec<u8> {
        let lines = self.conversation(view);
        // The last line of a reply that still streams may change.
        let stable = if view.partial.is_some() { lines.len() - 1 } else { lines.len() };
        let fresh = lines.get(self.printed..stable).unwrap_or_default().to_vec();
        let tail = &lines[stable..];
        let (mut live, mut cursor) = Self::live_part(view, tail);
        // What does not fit on the screen could not be reached by relative moves again.
        let most = usize::from(view.size.rows).saturating_sub(1).max(1);
        let cut = live.len().saturating_sub(most);
        live.drain(..cut);
        cursor = cursor.saturating_sub(cut);
        let mut body = String::from("\r");
        if self.cursor > 0 {
            body.extend([format!("\x1b[{}A", self.cursor)]);
        }
        for line in fresh.iter().chain(&live) {
            body.extend([format!("{line}\x1b[K\r\r\n")]);
        }
        let rows = fresh.len() + live.len();
        let left_over = self.live.saturating_sub(rows);
        for _ in 0..left_over {
            body += "\x1b[2K\r\r\n";
        }
        let up = live.len() + left_over - cursor;
        body.extend([format!("\x1b[{up}A")]);
        if !matches!(view.mood, Mood::Asking(_)) {
            let column = 2 + crate::demo::paint::width(view.draft);
            let column = column.min(usize::from(view.size.cols).saturating_sub(1));
            body.extend([format!("\x1b[{column}C")]);
        }
        self.printed = stable;
        self.live = live.len();
        self.cursor = cursor;
        self.frame(&body)
    }

    fn repaint(&mut self, view: &View<'_>) -> Vec<u8> {
        let lines = self.conversation(view);
        // It rewrites what can be seen: the scrolled rows above keep what they had.
        let rows = usize::from(view.size.rows);
        self.printed = lines.len().saturating_sub(rows.saturating_sub(5));
        self.live = 0;
        self.cursor = 0;
        let mut wipe = String::from("\x1b[H");
        for _ in 0..rows {
            wipe += "\x1b[2K\x1b[1B";
        }
        wipe += "\x1b[H";
        let mut bytes = wipe.into_bytes();
        bytes.extend(self.paint(view));
        bytes
    }

    fn announce(&self, mood: &Mood) -> Vec<u8> {
        let sign = match mood {
            Mood::Working(turns) if turns % 16 >= 8 => "⠐",
            Mood::Working(_) | Mood::Retrying(_) => "⠂",
            _ => "✳",
        };
        format!("\x1b]0;{sign} Claude Code\x07").into_bytes()
    }

    fn synchronized(&mut self, has: bool) {
        self.synchronized = has;
    }

    fn end(&mut self, session: &str) -> Vec<u8> {
        let mut out = format!("\r\x1b[{}B", self.live.saturating_sub(self.cursor)).into_bytes();
        // The first recorded bytes take the cursor out of the recorded screen; ours is ours.
        for frame in &self.cast.end {
            let text = String::from_utf8_lossy(&frame.bytes);
            let modes = text.find("\x1b(B").or(text.find("\x1b[?1006l")).unwrap_or(0);
            let text = text[modes..].replace(RECORDED_SESSION, session);
            out.extend_from_slice(text.as_bytes());
        }
        out
    }

    fn spin(&self) -> Duration {
        // The recorded spinner turns eight times a second.
        Duration::from_millis(120)
    }

    fn prompt_lag(&self) -> Duration {
        // Measured: the prompt is in the transcript 0.53 to 0.75 s after Enter.
        Duration::from_millis(550)
    }
}

fn hint(mood: &Mood) -> &'static str {
    match mood {
        Mood::Working(_) | Mood::Retrying(_) => "esc to interrupt · ← for agents",
        Mood::SureToLeave => "Press Ctrl-C again to exit",
        _ => "? for shortcuts · ← for agents",
    }
}

fn bullet(text: &str, columns: usize) -> Vec<String> {
    let mut lines = wrap(text, columns.saturating_sub(2).max(1));
    for (n, line) in lines.iter_mut().enumerate() {
        let lead = if n == 0 { "\x1b[38;5;231m●\x1b[39m " } else { "  " };
        line.insert_str(0, lead);
    }
    lines
}

fn block_lines(block: &Block, columns: usize) -> Vec<String> {
    let grey = |text: &str| format!("{GREY}{text}{PLAIN}");
    let lines = match block {
        Block::Prompt(text) => wrap(text, columns.saturating_sub(2).max(1))
            .iter()
            .enumerate()
            .map(|(n, line)| {
                let mark = if n == 0 { "❯" } else { " " };
                let line =
                    format!("\x1b[48;5;237m\x1b[38;5;239m{mark} \x1b[38;5;231m{line}\x1b[39m");
                crate::demo::paint::fill(&line, columns) + "\x1b[49m"
            })
            .collect(),
        Block::Reply(text) => return bullet(text, columns),
        Block::Call(tool) => {
            let (name, what) = named(tool);
            vec![format!("\x1b[38;5;114m●\x1b[39m \x1b[1m{name}\x1b[22m({what})")]
        }
        Block::Result(output) => {
            let mut lines: Vec<_> = output.text.lines().map(|l| format!("     {l}")).collect();
            if let Some(first) = lines.first_mut() {
                *first = format!("  {GREY}⎿{PLAIN}  {}", first.trim_start());
            }
            if output.code != 0 {
                lines.push(format!("     \x1b[38;5;211mexit code {}{PLAIN}", output.code));
            }
            lines
        }
        Block::Plan(plan) => plan
            .iter()
            .map(|todo| match todo.state {
                "completed" => format!("  {GREY}☒ {}{PLAIN}", todo.text),
                "in_progress" => format!("  \x1b[1m☐ {}\x1b[22m", todo.text),
                _ => format!("  ☐ {}", todo.text),
            })
            .collect(),
        Block::Failure(text) => vec![format!("  {GREY}⎿{PLAIN}  \x1b[38;5;211m{text}{PLAIN}")],
        Block::Interrupted => vec![grey("  ⎿  Interrupted · What should Claude do instead?")],
        Block::Worked(time) => vec![grey(&format!("✻ Worked for {}s", time.as_secs()))],
    };
    lines.iter().map(|line| clip(line, columns)).collect()
}

fn named(tool: &Tool) -> (&'static str, &str) {
    match &tool.action {
        Action::Shell(command) => ("Bash", command),
        Action::Write { path, .. } => ("Write", path),
    }
}

fn dialog(tool: &Tool, columns: usize) -> Vec<String> {
    let (title, what) = match &tool.action {
        Action::Shell(command) => ("Bash command", command),
        Action::Write { path, .. } => ("Create file", path),
    };
    [
        format!("{BLUE}{}", "─".repeat(columns)),
        format!(" \x1b[1m{title}\x1b[22m{PLAIN}"),
        String::new(),
        format!("   {what}"),
        format!("   {GREY}{}{PLAIN}", tool.about),
        String::new(),
        " Do you want to proceed?".into(),
        format!(" {BLUE}❯ {GREY}1. {BLUE}Yes{PLAIN}"),
        format!("   {GREY}2. {PLAIN}Yes, and always allow it in this project"),
        format!("   {GREY}3. {PLAIN}No"),
        String::new(),
        format!(" {GREY}Esc to cancel · Tab to amend{PLAIN}"),
    ]
    .iter()
    .map(|line| clip(line, columns))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(size: Size, cwd: &str) -> Vec<u8> {
        ClaudeLook::new(cwd.into()).start(size).into_iter().flat_map(|f| f.bytes).collect()
    }

    fn recorded() -> Vec<u8> {
        Cast::read(RECORDING).start.into_iter().flat_map(|f| f.bytes).collect()
    }

    /// What an emulator of this size shows after these bytes.
    fn screen(size: Size, bytes: &[u8]) -> String {
        let at_least_one = |n| std::num::NonZeroU16::new(n).unwrap();
        let mut emulator = vt100::Parser::new(at_least_one(size.rows), at_least_one(size.cols), 0);
        emulator.process(bytes);
        emulator.screen().contents()
    }

    #[test]
    fn the_start_is_the_recording_byte_by_byte_where_it_fits() {
        assert_eq!(start(Size::new(120, 40), RECORDED_CWD), recorded());
    }

    #[test]
    fn the_start_looks_like_the_recording_at_other_sizes() {
        let size = Size::new(130, 45);
        let rows = |bytes: &[u8]| {
            let text = screen(size, bytes);
            text.lines().take(3).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(rows(&start(size, RECORDED_CWD)), rows(&recorded()));
    }

    #[test]
    fn the_way_out_names_the_session_and_turns_everything_off() {
        let mut look = ClaudeLook::new("/tmp".into());
        look.start(Size::new(80, 24));
        let end = String::from_utf8(look.end("an-id")).unwrap();
        assert!(end.contains("claude --resume an-id"), "{end:?}");
        assert!(end.contains("\x1b[?2004l") && end.contains("\x1b[?25h"), "{end:?}");
    }
}
