//! Where the demo's story plays: a home, a small project and two assistants, all in one temporary
//! folder. Nothing outside it is read or written, and it is gone when the scene is.

use std::path::{Path, PathBuf};

use super::cue::STORY;
use super::native::put;
use super::task;
use crate::disk::{Root, outside};
use crate::env::{Env, var};
use crate::error::{Error, Kind, Result};
use crate::provider::Provider;
use crate::recorder::panel::Guide;
use crate::subprocess::{self, Exit, Request};

/// Variables of the person's terminal that the story needs to look right.
const KEPT: [&str; 6] = [var::TERM, var::COLORTERM, var::NO_COLOR, "LANG", "LC_ALL", "LC_CTYPE"];

/// The temporary folder of a demo. Dropping it removes everything.
#[derive(Debug)]
pub struct Scene {
    dir: tempfile::TempDir,
    root: PathBuf,
    env: Env,
}

/// One run of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// The assistant that runs.
    pub provider: Provider,
    /// What is asked when nobody sits there.
    pub prompt: &'static str,
    /// What a person is told to try. First lines fit on the status line of 80 columns.
    pub guide: Guide,
}

/// The story: the first assistant repairs half and hits its limit, the second finishes.
pub const STORY_PARTS: [Part; 2] = [
    Part {
        provider: Provider::Claude,
        prompt: task::PROMPT,
        guide: Guide {
            ask: &[
                "type: make the checks pass, then press Enter",
                "At the left a scripted Claude Code, where yours will be. This panel tells what it \
                 does.",
            ],
            working: &[
                "watch what it does; F6 shows or hides the panel, F7 turns its page",
                "Every turn, tool, to-do and file appears on the Live page.",
            ],
            waiting: &["it asks for your permission: Enter says yes"],
            stopped: &[
                "its usage limit is reached: press F9, and Codex goes on",
                "Nothing is lost: what was said and done goes with it.",
            ],
            answered: &["ask again: make the checks pass; or press F9: Codex goes on"],
        },
    },
    Part {
        provider: Provider::Codex,
        prompt: "go on where the last one stopped",
        guide: Guide {
            ask: &[
                "type: go on, then press Enter",
                "This scripted Codex was told where Claude Code stopped. The Handoff page has the \
                 whole of it; F7 turns the page.",
            ],
            working: &["watch what it does; F6 shows or hides the panel, F7 turns its page"],
            waiting: &["it asks for your permission: Enter says yes"],
            stopped: &["its usage limit is reached: type /exit, then press Enter"],
            answered: &[
                "done? /exit ends the demo; F9 goes back to Claude Code",
                "It goes on in its own session, and is told what Codex did.",
            ],
        },
    },
];

/// The goal of the demo's project.
pub const GOAL: &str = task::GOAL;

impl Scene {
    /// Builds the scene. `loghop` is the program that plays the assistants, `env` the person's
    /// environment, of which only the terminal's own variables and PATH are kept.
    pub fn build(loghop: &Path, env: &Env) -> Result<Self> {
        let dir = folder(env)?;
        let root = outside::resolve(dir.path()).unwrap_or_else(|| dir.path().to_owned());
        let scene = Self { env: scene_env(&root, env), dir, root };
        for folder in ["home", "bin", "slug"] {
            outside::create_dirs(&scene.root.join(folder))?;
        }
        for name in ["claude", "codex"] {
            scene.put_on_path(name, loghop)?;
        }
        for (name, text) in task::FILES {
            put(&scene.repo().join(name), text.as_bytes())?;
        }
        scene.commit()?;
        Ok(scene)
    }

    /// The project.
    pub fn repo(&self) -> PathBuf {
        self.root.join("slug")
    }

    /// The home of everything that runs in the scene.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The environment of everything that runs in the scene.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Keeps the folder when the scene ends, for whoever wants to look around, and names it.
    pub fn keep(self) -> PathBuf {
        self.dir.keep()
    }

    /// A script that turns into the assistant: the process that is started is the one that plays.
    fn put_on_path(&self, name: &str, loghop: &Path) -> Result<()> {
        let quoted = loghop.display().to_string().replace('\'', r"'\''");
        let script = format!("#!/bin/sh\nexec '{quoted}' play {name} \"$@\"\n");
        let program = self.root.join("bin").join(name);
        put(&program, script.as_bytes())?;
        self.do_in("chmod", &["+x", &program.display().to_string()])
    }

    fn commit(&self) -> Result<()> {
        self.do_in("git", &["init", "--quiet", "--initial-branch=main"])?;
        self.do_in("git", &["add", "."])?;
        let who = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"];
        let commit = ["commit", "--quiet", "--no-gpg-sign", "--message", "A slug, almost"];
        self.do_in("git", &[&who[..], &commit].concat())
    }

    fn do_in(&self, program: &str, args: &[&str]) -> Result<()> {
        let mut ask = Request::new(program, args, &self.repo());
        ask.env = Some(self.env.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect());
        let output = subprocess::run(&ask)?;
        if output.exit == Exit::Code(0) {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Err(Error::new(Kind::Unexpected, format!("the demo cannot run `{program}`: {said}")))
    }
}

/// A folder of its own, where the system keeps what is temporary.
fn folder(env: &Env) -> Result<tempfile::TempDir> {
    let own = env.get(var::TMPDIR).filter(|folder| !folder.is_empty());
    let place = Path::new(own.unwrap_or("/tmp"));
    let make = || {
        Root::open(place)?;
        let made = tempfile::Builder::new().prefix("loghop-demo-").tempdir_in(place);
        made.map_err(|error| Error::new(Kind::Io, error.kind().to_string()).at(place))
    };
    make().map_err(|Error { message, path, .. }| {
        let message = format!("the demo cannot make its folder: {message}");
        let hint = match own {
            Some(_) => "TMPDIR names it; try `TMPDIR=/tmp loghop demo`",
            None => "set TMPDIR to a folder that you can write to",
        };
        Error { path, ..Error::new(Kind::Io, message) }.hint(hint)
    })
}

fn scene_env(root: &Path, env: &Env) -> Env {
    let path = env.get(var::PATH).unwrap_or("/usr/bin:/bin");
    let path = format!("{}:{path}", root.join("bin").display());
    let home = root.join("home").display().to_string();
    let own = [
        (var::HOME, home.clone()),
        (var::PATH, path),
        (var::TMPDIR, home),
        ("GIT_CONFIG_NOSYSTEM", "1".to_owned()),
        (STORY, "1".to_owned()),
    ];
    let kept = KEPT.iter().filter_map(|name| Some((*name, env.get(name)?.to_owned())));
    Env::from_pairs(own.into_iter().chain(kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_no_folder_can_be_made_it_is_said_where_and_what_to_do() {
        for place in ["/nowhere", "/dev/null", "/proc"] {
            let env = Env::from_pairs([(var::TMPDIR, place)]);
            let error = Scene::build(Path::new("/bin/echo"), &env).unwrap_err();
            let told = error.to_string();
            assert!(told.starts_with("the demo cannot make its folder: "), "{told}");
            assert!(told.ends_with(&format!(": `{place}`")), "{told}");
            assert!(error.hints[0].contains("TMPDIR"), "{:?}", error.hints);
        }
    }

    #[test]
    fn a_scene_is_a_project_with_a_check_that_fails() {
        let env = Env::from_pairs([(var::PATH, "/usr/bin:/bin"), ("SECRET", "x")]);
        let scene = Scene::build(Path::new("/bin/echo"), &env).unwrap();
        assert_eq!(scene.env().get("SECRET"), None, "the person's own variables stay outside");
        assert!(scene.do_in("git", &["diff", "--quiet", "HEAD"]).is_ok(), "all is committed");
        assert!(scene.do_in("sh", &["check.sh"]).is_err(), "the check fails at first");
        let mut ask = Request::new(scene.root.join("bin/claude"), &["--version"], &scene.repo());
        ask.env = Some(Vec::new());
        let said = subprocess::run(&ask).unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap(), "play claude --version\n");
        let root = scene.root.clone();
        drop(scene);
        assert!(!outside::exists(&root), "nothing is left behind");
    }
}
