//! How much the redactor finds, and how much it spoils: secrets made from a table of formats, in
//! the places where they stand, and text that must stay as it is.
//!
//! `cargo test --test main corpus -- --nocapture` prints the score. The shapes are data
//! (`fixtures/redaction/formats.tsv`: kind, names it goes by, shape, whether it needs its name);
//! what is made from them depends on the seed only.

#![expect(clippy::print_stdout, reason = "the score is what it is run for")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use loghop::redact::Redactor;
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::painted::leak;
use crate::ways::WAYS;

/// The seed that rules are looked at with; `HELD_OUT` is not looked at.
const SEED: u8 = 1;

/// The seed of the score: none of its secrets was seen while the rules were made.
const HELD_OUT: u8 = 77;

/// Secrets of each format.
const PER_FORMAT: usize = 6;

/// The clean text that is read at most, in bytes.
const CLEAN_BYTES: usize = 28 << 20;

/// The same at least, where the sources of dependencies are at hand: less would say little.
const CLEAN_BYTES_MIN: usize = 20 << 20;

/// A secret in its place.
struct Case {
    lane: &'static str,
    kind: String,
    text: String,
    secret: String,
}

struct Maker {
    runner: TestRunner,
}

impl Maker {
    fn new(seed: u8) -> Self {
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
        Self { runner: TestRunner::new_with_rng(Config::default(), rng) }
    }

    fn make(&mut self, shape: &str) -> String {
        let strategy = proptest::string::string_regex(shape).expect(shape);
        strategy.new_tree(&mut self.runner).expect("regexes make texts").current()
    }
}

/// Places of tokens that are known by their own shape. `{}` is the token.
const FREE: &[&str] = &[
    "use {} for now",
    "the key is {}.",
    "`{}`",
    "<td>{}</td>",
    "https://api.host.io/v1?k={}&v=2",
    "{\"content\":\"first\\n{}\\nlast\",\"n\":1}",
    "[{}]",
    "\u{1b}[32m{}\u{1b}[0m ok",
    "トークン{}です",
    "+{}",
    "cfg('{}');",
    "\t{}\n",
];

/// Places of values with a telling name. `{n}` is the name, `{N}` the same in upper case.
const NAMED: &[&str] = &[
    "{N}={}",
    "export {N}={}",
    "{N}=\"{}\"",
    "{n}: {}",
    "{n} = '{}'",
    "\"{n}\": \"{}\",",
    "{\\\"{n}\\\":\\\"{}\\\"}",
    "{n} = \"{}\" # comment",
    "  - name: {N}\n    value: {}",
    "ENV {N} {}",
    "-e {N}={} image",
    "<{n}>{}</{n}>",
    "process.env.{N} = \"{}\"",
    "+{N}={}",
];

/// Other places, with what stands there.
const LANES: &[(&str, &str, &str)] = &[
    ("uri", "postgres://app:{}@db.host.io:5432/app", "[A-Za-z0-9]{16}"),
    ("uri", "redis://:{}@cache:6379/0", "[A-Za-z0-9_-]{20}"),
    ("uri", "mongodb+srv://root:{}@c0.mongodb.net/?w=1", "[A-Za-z0-9]{14}"),
    ("uri", "origin\thttps://x-access-token:{}@github.com/a/b.git (fetch)", "[a-z0-9]{40}"),
    ("uri", "amqps://svc:{}@mq/%2f", "[A-Za-z0-9!]{12}"),
    ("header", "Authorization: Bearer {}", "[A-Za-z0-9._-]{40}"),
    ("header", "curl -H 'Authorization: token {}' https://h", "[a-f0-9]{40}"),
    ("header", "X-Api-Key: {}", "[A-Za-z0-9]{32}"),
    ("header", "> x-auth-token: {}", "[A-Za-z0-9]{24}"),
    ("header", "Authorization: Basic {}", "[A-Za-z0-9+/]{32}"),
    ("header", "Proxy-Authorization: Basic {}", "[A-Za-z0-9+/]{28}"),
    ("header", "PRIVATE-TOKEN: {}", "[A-Za-z0-9]{20}"),
    ("header", "Cookie: theme=dark; session={}; lang=en", "[A-Za-z0-9]{40}"),
    ("header", "Set-Cookie: sid={}; HttpOnly", "[A-Za-z0-9_-]{43}"),
    ("cli", "curl -u admin:{} https://h/api", "[A-Za-z0-9]{16}"),
    ("cli", "mysql -u root -p{} shop", "[A-Za-z0-9]{5}[0-9][A-Za-z]{8}"),
    ("cli", "sshpass -p {} ssh host", "[A-Za-z]{5}[0-9][A-Za-z0-9]{8}"),
    ("cli", "docker login -u me -p {} reg.io", "[A-Za-z]{5}[0-9][A-Za-z0-9]{10}"),
    ("cli", "tool --password {} --port 1", "[A-Za-z]{5}[0-9][A-Za-z0-9]{8}"),
    ("cli", "tool --api-key={} run", "[A-Za-z0-9]{32}"),
    ("cli", "tool --token '{}'", "[A-Za-z0-9]{36}"),
    ("cli", "gh auth login --with-token <<< {}", "[A-Za-z0-9]{36}"),
    ("cli", "PGPASSWORD={} psql -h db", "[A-Za-z0-9]{14}"),
    ("cli", "redis-cli -a {} ping", "[A-Za-z]{5}[0-9][A-Za-z0-9]{10}"),
    ("config", "machine api.host.io login me password {}", "[A-Za-z]{6}[0-9][A-Za-z0-9]{9}"),
    ("config", "<password>{}</password>", "[A-Za-z]{6}[0-9][A-Za-z0-9]{9}"),
    ("config", "<add key=\"ClearTextPassword\" value=\"{}\" />", "[A-Za-z]{6}[0-9][A-Za-z0-9]{9}"),
    (
        "config",
        "//registry.npmjs.org/:_authToken={}",
        "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
    ),
    ("config", "_auth={}", "[A-Za-z0-9+/]{40}"),
    ("config", "db.password={}", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("config", "spring.datasource.password: {}", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("config", "  password: \"{}\"", "[A-Za-z0-9!#%^*_+-]{12,20}"),
    (
        "config",
        "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};EndpointSuffix=x",
        "[A-Za-z0-9+/]{86}==",
    ),
    (
        "config",
        "Server=db;Database=a;User Id=sa;Password={};Encrypt=true",
        "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}",
    ),
    ("config", "{\"auths\":{\"reg.io\":{\"auth\":\"{}\"}}}", "[A-Za-z0-9+/]{40}"),
    ("config", "    client-key-data: {}", "LS0tLS1CRUdJTi[A-Za-z0-9+/]{200}"),
    ("config", "\"SecretAccessKey\": \"{}\",", "[A-Za-z0-9+/]{40}"),
    ("config", "aws_secret_access_key = {}", "[A-Za-z0-9+/]{40}"),
    ("config", "otpauth://totp/me?secret={}&issuer=a", "[A-Z2-7]{32}"),
    ("config", "storePassword={}", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("config", "ansible_become_pass: {}", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("config", "requirepass {}", "[A-Za-z0-9]{24}"),
    ("config", "psk=\"{}\"", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("unlisted", "ACME_WIDGET_TOKEN={}", "[A-Za-z0-9]{32}"),
    ("unlisted", "X-Acme-Secret: {}", "[A-Za-z0-9]{28}"),
    ("unlisted", "acmeCredential: \"{}\"", "[A-Za-z0-9]{28}"),
    ("unlisted", "\"acme_license_key\": \"{}\"", "[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"),
    ("unlisted", "ACME_KEY={}", "[A-Za-z0-9]{32}"),
    ("unlisted", "acme.webhook.secret = {}", "[a-f0-9]{40}"),
    ("unlisted", "ACME_PASSPHRASE='{}'", "[A-Za-z]{6}[0-9!][A-Za-z0-9]{9}"),
    ("unlisted", "acme-signing-key: {}", "[A-Za-z0-9+/]{43}="),
    ("unlisted", "ENCRYPTION_SALT={}", "[a-f0-9]{32}"),
];

fn cases(seed: u8) -> Vec<Case> {
    let mut maker = Maker::new(seed);
    let mut cases = Vec::new();
    let table = fs::read_to_string(fixture("redaction/formats.tsv")).unwrap();
    for row in table.lines() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [kind, names, shape, needs_name] = cells[..] else { panic!("{row}") };
        for n in 0..PER_FORMAT {
            let secret = maker.make(shape);
            let (lane, text) = if needs_name == "yes" {
                let place = NAMED[(n * 5 + kind.len()) % NAMED.len()];
                let name = name_of(names, n);
                ("named", place.replace("{N}", &name.to_uppercase()).replace("{n}", &name))
            } else {
                ("free", FREE[(n * 5 + kind.len()) % FREE.len()].to_owned())
            };
            let text = text.replace("{}", &secret);
            cases.push(Case { lane, kind: kind.to_owned(), text, secret });
        }
    }
    for (lane, place, shape) in LANES {
        for _ in 0..PER_FORMAT {
            let secret = maker.make(shape);
            let text = place.replace("{}", &secret);
            cases.push(Case { lane, kind: (*place).to_owned(), text, secret });
        }
    }
    cases
}

/// A name for a format's value: its own if that says what it is, else one made from the vendor's.
fn name_of(names: &str, n: usize) -> String {
    let words = ["key", "secret", "password", "passwd", "pwd", "token", "Token"];
    let all: Vec<&str> = names.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    let name = all[n % all.len()].trim_matches(['_', '=']);
    if words.iter().any(|word| name.contains(word)) {
        return name.to_owned();
    }
    let suffix = ["api_key", "token", "key", "api_token", "auth_token", "secret"][n % 6];
    format!("{name}_{suffix}")
}

/// Whether a window of the secret survives that would be worth having.
fn survives(secret: &str, out: &str) -> bool {
    let len = (secret.len() * 2 / 5).clamp(8, 24).min(secret.len());
    secret.as_bytes().windows(len).any(|w| out.contains(std::str::from_utf8(w).unwrap_or("\0")))
}

struct Score {
    found: usize,
    all: usize,
    missed: BTreeMap<(String, String), usize>,
}

fn score(seed: u8) -> Score {
    let redactor = Redactor::new(&[7; 32], &[]);
    let mut score = Score { found: 0, all: 0, missed: BTreeMap::new() };
    for case in cases(seed) {
        score.all += 1;
        let out = redactor.redact(&case.text).to_string();
        if survives(&case.secret, &out) {
            if case.lane == "named" {
                println!("{} => {out}", case.text);
            }
            *score.missed.entry((case.lane.to_owned(), case.kind)).or_default() += 1;
        } else {
            score.found += 1;
        }
    }
    score
}

#[test]
fn corpus_recall() {
    for (what, seed) in [("seen", SEED), ("held out", HELD_OUT)] {
        let score = score(seed);
        let recall = score.found as f64 / score.all as f64;
        println!("{what}: {} of {} found, {:.1} %", score.found, score.all, recall * 100.0);
        for ((lane, kind), count) in &score.missed {
            println!("  missed {count} of {PER_FORMAT}: {lane} {kind}");
        }
        assert!(recall >= 0.97, "{what}: {recall}");
    }
}

#[test]
fn corpus_on_screens() {
    let mut missed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let tokens: Vec<Case> =
        cases(HELD_OUT).into_iter().filter(|case| case.lane == "free").collect();
    // Each kind's six tokens are painted in six ways, once with frames that end after every step.
    for (nth, case) in tokens.iter().enumerate() {
        let way = &WAYS[nth % WAYS.len()];
        let known = known_len(tokens.iter().filter(|other| other.kind == case.kind));
        for flushes in [false, true] {
            if leak(way, (&case.secret, &case.secret[known..]), flushes, true).is_some() {
                missed.entry(way.name).or_default().push(format!("{} f={flushes}", case.kind));
            }
        }
    }
    let (all, lost) = (2 * tokens.len(), missed.values().map(Vec::len).sum::<usize>());
    let recall = (all - lost) as f64 / all as f64;
    println!("on screens: {} of {all} found, {:.1} %", all - lost, recall * 100.0);
    for (way, kinds) in &missed {
        println!("  missed {}: {way}: {}", kinds.len(), kinds.join(", "));
    }
    assert!(recall >= 0.92, "{recall}");
}

/// How much all tokens of a kind have in common: whoever sees that knows the kind and no secret.
fn known_len<'a>(mut kind: impl Iterator<Item = &'a Case>) -> usize {
    let first = kind.next().map_or("", |case| case.secret.as_str());
    kind.fold(first.len(), |len, case| {
        first.bytes().zip(case.secret.bytes()).take(len).take_while(|(a, b)| a == b).count()
    })
}

/// Folders of this repository with recorded screens and transcripts that hold no secrets; files
/// that hold some have it in their name.
const CLEAN_FIXTURES: &[&str] = &["recordings", "transcripts", "handoff", "terminals", "stores"];

/// Files that hold no secrets: real recordings and transcripts, then source code of dependencies.
fn clean_files(registry: &Path) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = vec![root.join("Cargo.lock")];
    for folder in CLEAN_FIXTURES {
        add_files(&fixture(folder), &mut files);
    }
    files.retain(|path| !path.display().to_string().contains("-secret"));
    add_files(registry, &mut files);
    files
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut entries: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        let (inner, here): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
        folders.extend(inner);
        files.extend(here);
    }
}

/// Where Cargo keeps the sources of dependencies.
fn registry() -> PathBuf {
    let of_user = || PathBuf::from(std::env::var_os("HOME").expect("a home")).join(".cargo");
    let home = std::env::var_os("CARGO_HOME").map_or_else(of_user, PathBuf::from);
    home.join("registry/src")
}

/// Whether a file is one of those that nobody looks at while the rules are made: every crate whose
/// name's bytes have an odd sum, which is one in two.
fn is_held_out(path: &Path, registry: &Path) -> bool {
    let Ok(inner) = path.strip_prefix(registry) else { return false };
    let name = inner.components().nth(1).map_or_else(Vec::new, |name| {
        name.as_os_str().to_string_lossy().split('-').next().unwrap_or_default().bytes().collect()
    });
    name.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) % 2 == 1
}

/// Clean text that was read, and how much of it was changed.
#[derive(Default)]
struct Clean {
    bytes: usize,
    lines: u32,
    changed: u32,
}

impl Clean {
    fn read(&mut self, path: &Path, redactor: &Redactor) {
        let Ok(text) = fs::read_to_string(path) else { return };
        if text.len() > 1 << 20 || self.bytes > CLEAN_BYTES / 2 {
            return;
        }
        self.bytes += text.len();
        let out = redactor.redact(&text).to_string();
        let (was, is): (Vec<_>, Vec<_>) = (text.lines().collect(), out.lines().collect());
        // A line that is lost or made is a changed one.
        for n in 0..was.len().max(is.len()) {
            self.lines += 1;
            if was.get(n) != is.get(n) {
                self.changed += 1;
                println!("{}: {:?}", path.display(), was.get(n));
            }
        }
    }
}

#[test]
fn corpus_clean() {
    let redactor = Redactor::new(&[7; 32], &[]);
    let registry = registry();
    let (held_out, seen): (Vec<_>, Vec<_>) =
        clean_files(&registry).into_iter().partition(|path| is_held_out(path, &registry));
    let mut bytes = 0;
    for (what, files) in [("seen", seen), ("held out", held_out)] {
        let mut clean = Clean::default();
        for path in &files {
            clean.read(path, &redactor);
        }
        let Clean { lines, changed, .. } = clean;
        let share = f64::from(changed) / f64::from(lines.max(1)) * 100.0;
        println!(
            "{what}: {changed} of {lines} lines changed, {share:.4} % of {} bytes",
            clean.bytes
        );
        assert!(share <= 0.3, "{what}: {share}");
        bytes += clean.bytes;
    }
    assert!(bytes >= CLEAN_BYTES_MIN || !registry.is_dir(), "{bytes}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}
