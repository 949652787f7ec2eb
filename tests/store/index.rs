//! The index of sessions: one row of each, made again from whatever is left of it.

use std::fs;
use std::os::unix::fs::symlink;

use loghop::model::{Repo, SessionId};
use loghop::store::Store;

use super::upkeep::project;
use super::{Place, at, ended, start};

const INDEX: &str = ".loghop/sessions.jsonl";

/// Mends the index, and says how many sessions were read for it.
fn mended(store: &Store) -> (Option<String>, usize) {
    let mut read = 0;
    let told = store.repair_index(&mut |done, of| read += usize::from(done < of)).unwrap();
    (told, read)
}

#[test]
fn the_index_is_made_again_from_whatever_is_left_of_it() {
    let place = project();
    let store = place.open();
    let sessions = store.sessions().unwrap();
    let whole = place.read(INDEX);
    assert_eq!((whole.lines().count(), mended(&store)), (2, (None, 0)));
    let half = &whole[..whole.len() / 2];
    let doubled = whole.repeat(2);
    let renamed = whole.replace("S-001", "S-00");
    for damaged in ["", "\n\n", "nonsense\n", "\u{0}\u{0}", half, &doubled, &renamed] {
        place.write(INDEX, damaged);
        assert_eq!(store.sessions().unwrap(), sessions, "{damaged:?}");
        let (told, read) = mended(&store);
        assert!(told.unwrap().contains("is whole again") && read <= 2, "{damaged:?}");
        assert_eq!((place.read(INDEX), mended(&store)), (whole.clone(), (None, 0)), "said once");
    }
    fs::write(place.root().join(INDEX), vec![0xff; 4 << 20]).unwrap();
    assert_eq!(store.sessions().unwrap(), sessions);
    fs::remove_file(place.root().join(INDEX)).unwrap();
    symlink("/etc/passwd", place.root().join(INDEX)).unwrap();
    assert_eq!(store.sessions().unwrap(), sessions);
    assert_eq!(mended(&store).1, 2);
    assert_eq!(place.read(INDEX), whole, "the link is gone");
}

#[test]
fn the_index_has_one_row_of_each_session_whatever_happens() {
    let place = project();
    let store = place.open();
    let (third, _tape) = start(&store);
    let (fourth, tape) = start(&store);
    assert_eq!(mended(&store), (None, 0), "what runs is not missing");
    // In another order than they began.
    for session in [&fourth, &third, &third] {
        store.finish_session(&ended(session.clone()), &Repo::default(), at(30)).unwrap();
    }
    let mut second = store.session(SessionId(2)).unwrap().value;
    second.notes.summary = "told later".into();
    store.update_session(&second).unwrap();
    assert_eq!(place.read(INDEX).lines().count(), 4);
    drop(tape);
    store.delete_session(SessionId(4), &Repo::default(), at(31)).unwrap();
    assert_eq!(place.read(INDEX).lines().count(), 3);
    assert!(!place.read(INDEX).contains("S-004"));
    assert_eq!(mended(&store), (None, 0));
    assert_eq!(store.sessions().unwrap().items[1], second);
}

#[test]
fn a_row_counts_until_somebody_else_changes_the_session() {
    let place = project();
    let store = place.open();
    let path = place.root().join(".loghop/sessions/S-002.md");
    let text = fs::read_to_string(&path).unwrap().replace("the goal", "by hand");
    fs::write(path, text).unwrap();
    let listing = store.sessions().unwrap();
    assert_eq!(listing.items[0].goal, "by hand");
    assert!(listing.warnings[0].contains("signature of `.loghop/sessions/S-002.md`"));
    // Also in the past, and with the length that it had.
    let path = place.root().join(".loghop/sessions/S-001.md");
    let before = fs::metadata(&path).unwrap();
    let text = fs::read_to_string(&path).unwrap().replace("the goal", "THE GOAL");
    fs::write(&path, text).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    assert_eq!(store.sessions().unwrap().items[1].goal, "THE GOAL");
}

#[test]
fn who_needs_a_few_sessions_reads_those_and_who_lists_all_reads_their_rows() {
    let place = project();
    let store = place.open();
    for _ in 0..6 {
        let (session, _tape) = start(&store);
        store.finish_session(&ended(session), &Repo::default(), at(20)).unwrap();
    }
    // Far away from the newest, and not the one that tells whether the project was copied.
    let far = ".loghop/sessions/S-004.md";
    let whole = place.read(far);
    place.write(far, "damaged");
    assert_eq!(mended(&store), (None, 0));
    assert_eq!(store.newest_session().unwrap(), Some(SessionId(8)));
    assert_eq!(store.last_useful_session().unwrap().unwrap().id, SessionId(8));
    assert_eq!(store.running_sessions().unwrap(), []);
    let lookup = store.lookup().unwrap();
    let few: Vec<SessionId> = lookup.newest_first().take(3).map(|session| session.id).collect();
    assert_eq!(few, [8, 7, 6].map(SessionId));
    assert_eq!(lookup.into_warnings(), [""; 0], "nobody looked there");
    assert_eq!(store.sessions().unwrap().warnings.len(), 1, "only who wants all of them is told");

    // A row says something else than its session, which only who reads the session could know.
    place.write(far, whole);
    fs::remove_file(place.root().join(INDEX)).unwrap();
    mended(&store);
    place.write(INDEX, place.read(INDEX).replace("It is done in", "It says in"));
    let listing = store.sessions().unwrap();
    assert_eq!((listing.items.len(), listing.warnings), (8, Vec::new()));
    assert!(listing.items.iter().all(|s| s.notes.summary.starts_with("It says in")));
}

#[test]
fn a_copied_project_and_one_that_0_2_1_wrote_get_their_index_silently() {
    let place = project();
    let copy = place.dir.path().join("copy");
    fs::rename(place.root(), &copy).unwrap();
    super::copy(&copy, &place.root());
    super::make_private(&place.root().join(".loghop"));
    let store = place.open();
    assert_eq!(mended(&store), (None, 2));
    assert_eq!(mended(&store), (None, 0));

    let place = Place::fixture("0.2.1");
    let store = place.open();
    assert_eq!(mended(&store).0, None);
    assert_eq!(mended(&store), (None, 0));
    assert_eq!(store.sessions().unwrap().items.len(), 6);
}
