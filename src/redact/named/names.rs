//! The names that tell of a secret behind them, and the words that make them tell of something else.

/// What a name promises about its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::redact) enum Name {
    /// Made by a generator: must look random.
    Token,
    /// The same, but the name says so little that its value must say more (`ACME_KEY`, not `key`).
    Key,
    /// A vendor's, which says even less.
    Vendor,
    /// Made by a person: may be a word with a digit or a sign.
    Password,
    /// A cookie's name, in a line that says that it is one.
    Cookie,
    /// `Authorization`, in front of a scheme.
    Authorization,
    /// The scheme itself, without its header.
    Bearer,
    /// Words that a wallet is restored from.
    Phrase,
}

/// Names, in lower case; they are looked for in any case.
pub(in crate::redact) const NAMES: &[(&str, Name)] = &[
    ("token", Name::Token),
    ("secret", Name::Token),
    ("api_key", Name::Token),
    ("api-key", Name::Token),
    ("apikey", Name::Token),
    ("access_key", Name::Token),
    ("accesskey", Name::Token),
    ("authkey", Name::Token),
    ("accountkey", Name::Token),
    ("privatekey", Name::Token),
    ("privkey", Name::Token),
    ("private-mac", Name::Token),
    ("credential", Name::Token),
    ("credentials", Name::Token),
    ("key", Name::Key),
    ("salt", Name::Key),
    ("auth", Name::Key),
    ("_pat", Name::Key),
    ("pepper", Name::Key),
    ("x-amz-signature", Name::Token),
    ("x-goog-signature", Name::Token),
    ("&sig", Name::Token),
    ("?sig", Name::Token),
    ("password", Name::Password),
    ("pass", Name::Password),
    ("psk", Name::Password),
    ("passwd", Name::Password),
    ("passphrase", Name::Password),
    ("pwd", Name::Password),
    ("authorization", Name::Authorization),
    ("passwort", Name::Password),
    ("kennwort", Name::Password),
    ("mot de passe", Name::Password),
    ("contraseña", Name::Password),
    ("senha", Name::Password),
    ("wachtwoord", Name::Password),
    ("hasło", Name::Password),
    ("пароль", Name::Password),
    ("Пароль", Name::Password),
    ("密码", Name::Password),
    ("密碼", Name::Password),
    ("パスワード", Name::Password),
    ("비밀번호", Name::Password),
    ("identified by", Name::Password),
    ("bearer", Name::Bearer),
    ("mnemonic", Name::Phrase),
    ("seed phrase", Name::Phrase),
    ("seed_phrase", Name::Phrase),
    ("seedphrase", Name::Phrase),
    ("recovery phrase", Name::Phrase),
    ("recovery_phrase", Name::Phrase),
    ("session", Name::Cookie),
    ("sessionid", Name::Cookie),
    ("sid", Name::Cookie),
];

/// Words that may follow in a name without changing what it names (`SECRET_KEY_BASE`).
const SUFFIXES: &[&str] = &[
    "access",
    "key",
    "base",
    "value",
    "string",
    "data",
    "production",
    "prod",
    "staging",
    "dev",
    "test",
    "live",
    "default",
    "new",
    "old",
    "legacy",
    "hex",
    "b",
];

/// Words that make a name harmless when they end what stands before (`next_token`, `cache_key`).
const HARMLESS: &[&str] = &[
    "next",
    "page",
    "cursor",
    "continuation",
    "public",
    "csrf",
    "xsrf",
    "cache",
    "primary",
    "foreign",
    "sort",
    "partition",
    "idempotency",
    "hash",
    "lookup",
    "object",
    "group",
    "by",
];

/// Whether what follows a telling word leaves it telling.
pub(in crate::redact) fn is_suffix(rest: &[u8]) -> bool {
    if rest.is_empty() {
        return true;
    }
    let rest: String = rest
        .iter()
        .filter(|b| b.is_ascii_alphabetic())
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    let mut rest = rest.as_str();
    while let Some(next) = SUFFIXES.iter().find_map(|s| rest.strip_prefix(s)) {
        rest = next;
    }
    rest.is_empty()
}

/// Whether what stands before a telling word makes it harmless.
pub(in crate::redact) fn is_harmless(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let before = before.strip_suffix(b"_").or(before.strip_suffix(b"-")).unwrap_or(before);
    HARMLESS.iter().any(|word| {
        let at = before.len().checked_sub(word.len());
        at.is_some_and(|at| before[at..].eq_ignore_ascii_case(word.as_bytes()))
    })
}
