//! The chain: what was changed behind loghop's back is named, and nothing else is.

use std::fs;
use std::path::Path;

use loghop::model::{Repo, SessionId};
use loghop::store::{Store, Verdict};

use super::{Place, at, ended, files, packet, start};

/// A project with three sessions, each with a transcript, a tape and a handoff.
fn project() -> Place {
    let place = Place::new();
    let store = place.open();
    let topic = store.ensure_topic("the goal", at(0)).unwrap();
    for n in 0..3 {
        let handoff = store.create_handoff(packet).unwrap();
        let (mut session, mut tape) = start(&store);
        session.handoff = Some(handoff.id);
        session.topic = Some(topic.id);
        session.goal = format!("goal {n}");
        tape.write(
            &store.redactor().redact(&format!("{{\"version\":2}}\n[0.{n}{n},\"o\",\"x{n}\"]\n")),
        )
        .unwrap();
        let mut transcript = store.transcript_writer(session.id).unwrap();
        transcript.line(&format!("{{\"role\":\"user\",\"text\":\"turn {n}{n}\"}}")).unwrap();
        transcript.commit().unwrap();
        let warnings = store.finish_session(&ended(session), &Repo::default(), at(10 + n)).unwrap();
        assert_eq!(warnings, [""; 0]);
    }
    place
}

/// What is found, as `verdict path part`.
fn found(store: &Store) -> Vec<String> {
    let verification = store.verify().unwrap();
    let findings = verification.findings.iter();
    findings
        .map(|f| format!("{} {} {}", f.verdict.as_str(), f.path, f.part).trim_end().to_owned())
        .collect()
}

fn chain(place: &Place) -> String {
    let dir = place.root().join(".loghop/chain");
    let name = fs::read_dir(dir).unwrap().next().unwrap().unwrap().file_name();
    format!(".loghop/chain/{}", name.to_str().unwrap())
}

#[test]
fn an_untouched_project_is_clean() {
    let place = project();
    let store = place.open();
    let verification = store.verify().unwrap();
    assert_eq!(verification.findings, []);
    assert_eq!(verification.verdict(), Verdict::Clean);
    assert_eq!((verification.files, verification.events), (13, 3));
    store.set_goal("other").unwrap();
    let (running, tape) = start(&store);
    assert_eq!(found(&store), [""; 0], "a session that runs is no finding");
    let mut annotated = store.session(SessionId(2)).unwrap().value;
    annotated.notes.summary = "told later".into();
    store.update_session(&annotated).unwrap();
    assert_eq!(found(&store), [""; 0]);
    drop(tape);
    let _ = store.finish_session(&ended(running), &Repo::default(), at(99)).unwrap();
    assert_eq!(found(&store), [""; 0]);
}

#[test]
fn every_flipped_byte_of_every_signed_file_is_found() {
    let place = project();
    let store = place.open();
    for path in files(&place.root().join(".loghop")) {
        let rel = format!(
            ".loghop/{}",
            path.strip_prefix(place.root().join(".loghop")).unwrap().display()
        );
        let is_record = ["sessions/", "handoffs/", "topics/"].iter().any(|f| rel.contains(f));
        if !is_record {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, &changed).unwrap();
            let told = found(&store);
            assert_eq!(told.len(), 1, "byte {at}: {told:?}");
            // Signatures are over lines: for them, one line end is like another.
            let is_line_end = bytes[at] == b'\n' && told[0].starts_with("changed_outside");
            let is_named = told[0].ends_with(&rel);
            assert!(is_named && (is_line_end || told[0].starts_with("changed ")), "{at}: {told:?}");
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(found(&store), [""; 0]);
}

#[test]
fn files_that_are_gone_swapped_emptied_or_added_are_named() {
    let place = project();
    let store = place.open();
    let session = |n: u32| place.root().join(format!(".loghop/sessions/S-00{n}.md"));
    let (first, second) = (fs::read(session(1)).unwrap(), fs::read(session(2)).unwrap());

    fs::remove_file(session(3)).unwrap();
    fs::write(place.root().join(".loghop/handoffs/H-002.md"), "").unwrap();
    let lost = ["missing .loghop/sessions/S-003.md", "changed .loghop/handoffs/H-002.md"];
    let mut told = found(&store);
    told.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(told, lost);

    let place = project();
    let store = place.open();
    let session = |n: u32| place.root().join(format!(".loghop/sessions/S-00{n}.md"));
    drop((first, second));
    let (first, second) = (fs::read(session(1)).unwrap(), fs::read(session(2)).unwrap());
    fs::write(session(1), &second).unwrap();
    fs::write(session(2), &first).unwrap();
    let swapped = ["reordered .loghop/sessions/S-001.md", "reordered .loghop/sessions/S-002.md"];
    assert_eq!(found(&store), swapped);
    fs::write(session(1), &first).unwrap();
    fs::write(session(2), &second).unwrap();

    fs::write(place.root().join(".loghop/sessions/S-002.cast"), "other\n").unwrap();
    place.write(".loghop/sessions/S-008.md", "---\nid: S-008\nstatus: succeeded\n---\n");
    assert_eq!(
        found(&store),
        ["changed .loghop/sessions/S-002.cast", "changed .loghop/sessions/S-008.md"]
    );
}

#[test]
fn events_that_are_changed_gone_or_moved_are_named() {
    let place = project();
    let store = place.open();
    let log = ".loghop/timeline.jsonl";
    let text = place.read(log);
    let lines: Vec<&str> = text.lines().collect();
    let with = |lines: &[&str]| {
        place.write(log, lines.join("\n") + "\n");
        found(&store)
    };
    let edited = lines[1].replace("goal 1", "goal 9");
    assert_eq!(with(&[lines[0], &edited, lines[2]]), [format!("changed {log} event 2 (S-002)")]);
    assert_eq!(with(&[lines[0], lines[2]]), [format!("missing {log} event 2 (S-002)")]);
    assert_eq!(with(&[lines[0], lines[1]]), [format!("missing {log} event 3 (S-003)")]);
    let moved = with(&[lines[1], lines[2], lines[0]]);
    assert_eq!(moved, [format!("reordered {log} event 3 (S-001)")]);
    let added = with(&[lines[0], lines[1], lines[2], lines[0]]);
    assert_eq!(added, [format!("changed {log} event 4 (S-001)")]);
    assert_eq!(with(&[lines[0], lines[1], lines[2], "{\"kind\": \"torn"]), [""; 0]);
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        place.write(log, &bytes);
        assert!(!found(&store).is_empty(), "byte {at}");
    }
}

#[test]
fn the_chain_cannot_be_cut_changed_or_rolled_back_unseen() {
    let place = project();
    let store = place.open();
    let path = chain(&place);
    let text = place.read(&path);
    let lines: Vec<&str> = text.lines().collect();
    let with = |kept: &[&str]| {
        place.write(&path, kept.join("\n") + "\n");
        found(&store)
    };
    let last = lines.len();
    assert!(with(&lines[..last - 1]).contains(&format!("missing {path} link {last}")));
    let without_third = [&lines[..2], &lines[3..]].concat();
    assert!(with(&without_third).contains(&format!("missing {path} link 3")));
    let mut swapped = lines.clone();
    swapped.swap(1, 2);
    assert!(with(&swapped).contains(&format!("reordered {path} link 2")));
    let forged = lines[4].replace("put", "old");
    let mut changed = lines.clone();
    changed[4] = &forged;
    assert!(with(&changed).contains(&format!("changed {path} link 5")));
    assert_eq!(with(&lines), [""; 0]);

    fs::remove_dir_all(place.root().join(".loghop/chain")).unwrap();
    assert!(found(&store)[0].starts_with(&format!("missing {path} links 1 to")));
    let (session, _tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(50)).unwrap();
    assert!(found(&store)[0].starts_with(&format!("missing {path} links 1 to")));
}

#[test]
fn putting_back_an_older_copy_of_everything_is_seen() {
    let place = project();
    let copy = place.dir.path().join("copy");
    super::copy(&place.root().join(".loghop"), &copy);
    let store = place.open();
    let (session, tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(50)).unwrap();
    drop(tape);
    fs::remove_dir_all(place.root().join(".loghop")).unwrap();
    super::copy(&copy, &place.root().join(".loghop"));
    let store = place.open();
    let told = found(&store);
    assert!(told.iter().any(|t| t.starts_with("missing") && t.contains("link")), "{told:?}");
}

#[test]
fn a_project_of_0_2_1_is_older_than_the_chain_and_its_changes_are_seen_from_then_on() {
    let place = Place::fixture("0.2.1");
    let store = place.open();
    assert_eq!(store.verify().unwrap().verdict(), Verdict::OlderThanChain);
    place.write(".loghop/sessions/S-001.md", place.read(".loghop/sessions/S-001.md") + "x");
    assert_eq!(found(&store), ["changed .loghop/sessions/S-001.md"], "by its signature");
    let (session, _tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(6)).unwrap();
    assert_eq!(found(&store), ["changed .loghop/sessions/S-001.md"], "also once it is linked");
    fs::remove_file(place.root().join(".loghop/handoffs/H-004.md")).unwrap();
    let both = ["changed .loghop/sessions/S-001.md", "missing .loghop/handoffs/H-004.md"];
    assert_eq!(found(&store), both);
}

#[test]
fn what_0_2_1_writes_afterwards_is_told_from_what_nobody_signed() {
    let place = project();
    let key = fs::read(place.root().join(".loghop/integrity.key")).unwrap();
    // The same project, as 0.2.1 has it: it signs with the same key and knows no chain.
    let other = Place::new();
    fs::write(other.root().join(".loghop/integrity.key"), key).unwrap();
    let writer = other.open();
    for _ in 0..4 {
        let (session, _tape) = start(&writer);
        writer.finish_session(&ended(session), &Repo::default(), at(7)).unwrap();
    }
    for (name, from) in [("S-004.md", "S-004.md"), ("S-002.md", "S-002.md")] {
        let from = other.root().join(".loghop/sessions").join(from);
        fs::copy(from, place.root().join(".loghop/sessions").join(name)).unwrap();
    }
    place.write(".loghop/sessions/S-004.transcript.jsonl", "{}\n");
    let line = other.read(".loghop/timeline.jsonl").lines().nth(3).unwrap().to_owned();
    place.write(".loghop/timeline.jsonl", place.read(".loghop/timeline.jsonl") + &line + "\n");
    let expected = [
        "changed_outside_chain .loghop/sessions/S-002.md",
        "changed_outside_chain .loghop/sessions/S-004.md",
        "changed_outside_chain .loghop/sessions/S-004.transcript.jsonl",
        "changed_outside_chain .loghop/timeline.jsonl event 4 (S-004)",
    ];
    assert_eq!(found(&place.open()), expected);
}

#[test]
fn another_machine_has_no_key_until_it_writes() {
    let place = project();
    let home = place.dir.path().join("other-home");
    fs::create_dir(&home).unwrap();
    let store = Store::open(&place.root(), &home).unwrap();
    assert_eq!(store.verify().unwrap().verdict(), Verdict::NoKey);
    assert_eq!(found(&store), ["no_key .loghop/chain"]);
    let (session, _tape) = start(&store);
    store.finish_session(&ended(session), &Repo::default(), at(50)).unwrap();
    assert_eq!(store.verify().unwrap().verdict(), Verdict::OlderThanChain);
    let at_home = found(&place.open());
    assert!(at_home.iter().all(|told| told.starts_with("changed_outside_chain")), "{at_home:?}");
}

#[test]
fn a_torn_chain_goes_on() {
    let place = project();
    let path = chain(&place);
    let text = place.read(&path);
    let key = key_file(&place);
    let before = fs::read(&key).unwrap();
    for cut in (0..400).step_by(7) {
        // The newest link was being written when the process was killed; the head does not know it.
        let store = place.open();
        start(&store);
        let torn = place.read(&path);
        let end = torn.len() - cut.min(torn.len() - text.len());
        place.write(&path, &torn[..end]);
        store.set_goal("x").unwrap();
        assert!(found(&store).iter().all(|t| t.starts_with("changed_outside")), "{cut}");
        fs::write(&key, &before).unwrap();
        place.write(&path, &text);
        for entry in files(&place.root().join(".loghop/sessions")) {
            if !["S-001", "S-002", "S-003"]
                .iter()
                .any(|id| entry.display().to_string().contains(id))
            {
                fs::remove_file(entry).unwrap();
            }
        }
    }
}

fn key_file(place: &Place) -> std::path::PathBuf {
    let dir = place.home().join(".loghop/keys");
    fs::read_dir(dir).unwrap().next().unwrap().unwrap().path()
}

#[test]
fn keys_that_others_can_read_are_refused_with_the_command_that_mends_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = project();
    let open_to_all = |path: &Path| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        let store = place.open();
        let warnings = store.warnings().to_vec();
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("others can read or change this key"), "{warnings:?}");
        assert!(warnings[0].contains("chmod 600"), "{warnings:?}");
        start(&store);
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    };
    open_to_all(&place.root().join(".loghop/integrity.key"));
    open_to_all(&key_file(&place));
    fs::write(key_file(&place), "nonsense\n").unwrap();
    let store = place.open();
    assert!(store.warnings()[0].contains("damaged key"), "{:?}", store.warnings());
    assert_eq!(store.verify().unwrap().verdict(), Verdict::NoKey);
}
