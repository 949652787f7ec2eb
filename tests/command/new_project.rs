//! The commands in a project that was just made.

use serde_json::{Value, json};

use super::{assert_has_keys, envelope, project, reference, run, run_in, sandbox};

#[test]
fn init_makes_a_private_project_once_at_the_top_of_the_repository() {
    let sandbox = sandbox();
    let deep = sandbox.repo().join("src/deep");
    std::fs::create_dir_all(&deep).unwrap();
    let first = run_in(&sandbox, &deep, &["init", "--plain"]);
    let root = sandbox.repo().display().to_string();
    assert_eq!(
        first.out,
        format!(
            "loghop init\n  root: {root}\n  config: .loghop/config.toml\n  memory: loghop.md\n"
        )
    );
    assert_eq!(
        (first.code, first.err.as_str()),
        (
            0,
            "✓ made the project\nassistants on PATH: claude, codex\n\
             hint: run `loghop goal \"your goal\"`, then `loghop run`\n"
        )
    );
    let mode = std::fs::metadata(sandbox.repo().join(".loghop")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&mode.permissions());
    assert_eq!(mode & 0o777, 0o700);
    let config = std::fs::read(sandbox.repo().join(".loghop/config.toml")).unwrap();
    let ignore = std::fs::read(sandbox.repo().join(".gitignore")).unwrap();
    assert_eq!(run(&sandbox, &["init"]).code, 0);
    assert_eq!(std::fs::read(sandbox.repo().join(".loghop/config.toml")).unwrap(), config);
    assert_eq!(std::fs::read(sandbox.repo().join(".gitignore")).unwrap(), ignore);
}

#[test]
fn init_needs_a_repository_and_a_dry_run_writes_nothing() {
    let sandbox = sandbox();
    let said = run(&sandbox, &["init", "--dry-run"]);
    assert_eq!((said.code, said.err.as_str()), (0, "would make the project\n"));
    assert!(!sandbox.repo().join(".loghop").exists());
    assert!(!sandbox.home().join(".loghop").exists());
    let outside = run_in(&sandbox, &sandbox.home(), &["init"]);
    assert_eq!(
        (outside.code, outside.err.as_str()),
        (
            2,
            "error: loghop needs a Git repository\nhint: run `git init` here, then `loghop init`\n"
        )
    );
}

#[test]
fn where_init_cannot_write_it_says_so_before_it_says_anything_else() {
    let sandbox = sandbox();
    std::fs::write(sandbox.repo().join(".loghop"), "mine").unwrap();
    let said = run(&sandbox, &["init"]);
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{said:?}");
    let path = sandbox.repo().join(".loghop").display().to_string();
    assert!(said.err.starts_with(&format!("error: not a directory: `{path}`\n")), "{said:?}");
    assert!(said.err.contains("hint: "), "{said:?}");
}

#[test]
fn what_is_no_file_of_ours_stays_as_it_is_and_is_told() {
    let make: [fn(&std::path::Path); 3] = [
        |path| std::fs::write(path, "# Mine\n").unwrap(),
        |path| std::os::unix::fs::symlink("nowhere/at-all", path).unwrap(),
        |path| std::os::unix::fs::symlink("README.md", path).unwrap(),
    ];
    for make in make {
        let sandbox = sandbox();
        let memory = sandbox.repo().join("loghop.md");
        std::fs::write(sandbox.repo().join("README.md"), "# Project Memory\nmine\n").unwrap();
        make(&memory);
        let link = std::fs::read_link(&memory).ok();
        let before = std::fs::read(&memory).ok();
        let warned = format!("`{}`", memory.display());
        for args in [&["init"][..], &["run", "--headless", "--no-handoff", "--prompt", "x"]] {
            let said = run(&sandbox, args);
            let mut lines = said.err.lines();
            let line = lines
                .find(|line| line.starts_with("warning: "))
                .unwrap_or_else(|| panic!("{said:?}"));
            assert!(line.contains(&warned) && line.contains("; "), "{args:?}: {said:?}");
        }
        assert_eq!(run(&sandbox, &["projects", "purge", "repo", "-y"]).code, 0);
        assert!(!sandbox.repo().join(".loghop").exists());
        assert_eq!(std::fs::read_link(&memory).ok(), link);
        assert_eq!(std::fs::read(&memory).ok(), before);
        assert!(!sandbox.repo().join("nowhere").exists());
    }
}

#[test]
fn in_a_bare_repository_init_says_what_it_lacks() {
    let sandbox = sandbox();
    let bare = sandbox.home().join("bare.git");
    sandbox.git(&["init", "--quiet", "--bare", bare.to_str().unwrap()]);
    for (command, told) in [("init", "`git worktree add`"), ("status", "a clone or a worktree")] {
        let said = run_in(&sandbox, &bare, &[command]);
        assert!(said.err.contains(told) && !said.err.contains("git init"), "{}", said.err);
    }
}

#[test]
fn the_goal_is_set_shown_and_cleared() {
    let sandbox = project();
    let show = || run(&sandbox, &["goal", "--plain"]).out;
    assert_eq!(show(), "goal\n  current: (not set)\n");
    let set = run(&sandbox, &["goal", "Größe: \"prüfen\" # nicht"]);
    assert_eq!((set.code, set.out.as_str()), (0, ""));
    assert_eq!(set.err, "✓ set goal: Größe: \"prüfen\" # nicht\n");
    assert_eq!(show(), "goal\n  current: Größe: \"prüfen\" # nicht\n");
    assert_eq!(
        envelope(&sandbox, &["goal"])["result"],
        json!({"goal": "Größe: \"prüfen\" # nicht"})
    );
    assert_eq!(run(&sandbox, &["goal", "--clear"]).err, "✓ cleared the goal\n");
    assert_eq!(show(), "goal\n  current: (not set)\n");
    assert_eq!(run(&sandbox, &["goal", &"x".repeat(4000)]).code, 0);
    assert_eq!(run(&sandbox, &["goal", &"x".repeat(4001)]).code, 2);
}

#[test]
fn a_new_project_shows_how_it_stands() {
    let sandbox = project();
    let status = run(&sandbox, &["status", "--plain"]);
    let memory = std::fs::read_to_string(sandbox.repo().join("loghop.md")).unwrap();
    assert_eq!(
        status.out,
        format!(
            "loghop status\n  repo: repo\n  branch: main · dirty: yes\n  goal: (not set)\n  \
             providers: claude, codex\n  ready: yes\n  memory: {} lines\n  handoffs: 0\n",
            memory.lines().count()
        )
    );
    let dashboard = run(&sandbox, &[]);
    assert_eq!(
        (dashboard.code, dashboard.out.as_str(), dashboard.err.as_str()),
        (
            0,
            "loghop\n  repo              repo\n  goal              (not set)\n  \
             last session      none yet\n  default provider  claude\n",
            "hint: run `loghop run` (starts claude)\n"
        )
    );
    for (args, message) in [
        (["sessions", "list"], "no sessions yet\nhint: run `loghop run` to start one\n"),
        (
            ["handoff", "list"],
            "no handoffs yet\nhint: `loghop run` makes one and starts from it, \
             `loghop handoff build` only makes it\n",
        ),
        (
            ["timeline", "--all-status"],
            "no timeline events match\nhint: `--since` and `--provider` narrow it; it begins with \
             the first `loghop run`\n",
        ),
        (["sessions", "reconcile"], "no running sessions to reconcile\n"),
    ] {
        let said = run(&sandbox, &args);
        assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", message), "{args:?}");
    }
}

#[test]
fn providers_are_found_with_their_versions_or_reported_missing() {
    let sandbox = sandbox();
    std::fs::remove_file(sandbox.bin().join("codex")).unwrap();
    let answer = envelope(&sandbox, &["providers"]);
    assert_has_keys(&answer, &reference("providers_list.json"), "providers");
    let claude = &answer["providers"]["claude"];
    assert_eq!((&claude["installed"], &claude["version"]), (&json!(true), &json!("2.1.197")));
    assert_eq!(claude["transcripts"], "~/.claude/projects");
    assert_eq!(answer["providers"]["codex"]["installed"], false);
    assert_eq!(answer["providers"]["codex"]["path"], Value::Null);
    assert_eq!(answer["result"], envelope(&sandbox, &["providers", "list"])["result"]);
}

#[test]
fn a_handoff_is_built_listed_and_shown() {
    let sandbox = project();
    let without = run(&sandbox, &["handoff", "build"]);
    assert_eq!(
        (without.code, without.err.as_str()),
        (2, "error: a handoff needs a goal\nhint: run `loghop goal \"…\"`, or pass `--goal`\n")
    );
    let args = ["handoff", "build", "--provider", "codex", "--goal", "look only", "--plain"];
    let built = run(&sandbox, &args);
    assert_eq!(
        (built.code, built.out.as_str(), built.err.as_str()),
        (
            0,
            "handoff\n  id: H-001\n  provider: codex\n  goal: look only\n  \
             path: .loghop/handoffs/H-001.md\n",
            "✓ built handoff H-001\n"
        )
    );
    let file = std::fs::read_to_string(sandbox.repo().join(".loghop/handoffs/H-001.md")).unwrap();
    let shown = run(&sandbox, &["handoff", "show", "--latest"]);
    assert_eq!(shown.out, format!("{}\n", file.trim_end()));
    let list = envelope(&sandbox, &["handoff", "list"]);
    assert_eq!(list["handoffs"][0]["id"], "H-001");
    assert_eq!(list["handoffs"][0]["status"], "built");
    let none = envelope(&sandbox, &["handoff", "list", "--provider", "claude"]);
    assert_eq!(none["handoffs"], json!([]));
}
