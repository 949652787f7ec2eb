//! Whether somebody is signed in, as far as files and variables show. Only the presence of keys is
//! looked at; their values never leave this file.

use std::path::Path;

use super::{Home, Provider};
use crate::disk::outside;
use crate::env::Env;

/// What is known about being signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignIn {
    /// A key is in the environment.
    ByKey,
    /// An account is in the assistant's files.
    ByAccount,
    /// Neither shows; a system keychain could still hold one.
    NotSeen,
}

/// Bytes of a configuration file that is looked at. Claude Code's grows with every project.
const CONFIG_MAX: u64 = 16 << 20;

/// Variables that sign in, or say that another service does.
const CLAUDE_KEYS: &[&str] = &[
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "CLAUDE_CODE_OAUTH_TOKEN",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
];
const CODEX_KEYS: &[&str] = &["OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN"];

/// Whether somebody seems to be signed in to `provider`.
pub fn sign_in(provider: Provider, env: &Env, cwd: &Path) -> SignIn {
    let Some(home) = Home::of(provider, env, cwd) else { return SignIn::NotSeen };
    let (keys, account) = if provider == Provider::Codex {
        (CODEX_KEYS, outside::exists(&home.dir.join("auth.json")))
    } else {
        (CLAUDE_KEYS, claude_account(&home, env))
    };
    let configured = provider == Provider::Codex && codex_key_is_set(&home, env);
    if configured || keys.iter().any(|key| env.os(key).is_some()) {
        SignIn::ByKey
    } else if account {
        SignIn::ByAccount
    } else {
        SignIn::NotSeen
    }
}

/// Whether `provider` most likely asks its person to sign in before it shows a prompt.
pub fn knows_nobody(provider: Provider, env: &Env, cwd: &Path) -> bool {
    !matches!(provider, Provider::Own(_)) && sign_in(provider, env, cwd) == SignIn::NotSeen
}

fn claude_account(home: &Home, env: &Env) -> bool {
    // The file lies inside the folder only when the user moved the folder.
    let beside = env.home().join(".claude.json");
    outside::exists(&home.dir.join(".credentials.json"))
        || [home.dir.join(".claude.json"), beside].iter().any(|path| {
            let bytes = outside::read(path, CONFIG_MAX).ok().flatten().unwrap_or_default();
            let config: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
            ["oauthAccount", "primaryApiKey"].iter().any(|key| !config[*key].is_null())
        })
}

/// Whether the configured model provider's key is in the environment.
fn codex_key_is_set(home: &Home, env: &Env) -> bool {
    let bytes = outside::read(&home.dir.join("config.toml"), CONFIG_MAX).ok().flatten();
    let text = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
    let Ok(config) = text.parse::<toml::Table>() else { return false };
    let key = || {
        let name = config.get("model_provider")?.as_str()?;
        config.get("model_providers")?.get(name)?.get("env_key")?.as_str()
    };
    key().is_some_and(|key| env.os(key).is_some())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make files of their own")]
mod tests {
    use super::*;

    #[test]
    fn files_and_variables_show_who_is_signed_in() {
        let temp = tempfile::tempdir().unwrap();
        let home = temp.path();
        let env = |extra: &[(&str, &str)]| {
            let mut pairs = vec![("HOME", home.to_str().unwrap())];
            pairs.extend_from_slice(extra);
            Env::from_pairs(pairs)
        };
        let of = |provider, extra: &[(&str, &str)]| sign_in(provider, &env(extra), home);
        assert_eq!(of(Provider::Claude, &[]), SignIn::NotSeen);
        assert_eq!(of(Provider::Claude, &[("ANTHROPIC_API_KEY", "x")]), SignIn::ByKey);
        std::fs::write(home.join(".claude.json"), r#"{"oauthAccount":{"a":1}}"#).unwrap();
        assert_eq!(of(Provider::Claude, &[]), SignIn::ByAccount);
        std::fs::create_dir(home.join(".codex")).unwrap();
        let config = "model_provider = \"m\"\n[model_providers.m]\nenv_key = \"MY_KEY\"\n";
        std::fs::write(home.join(".codex/config.toml"), config).unwrap();
        assert_eq!(of(Provider::Codex, &[]), SignIn::NotSeen);
        assert_eq!(of(Provider::Codex, &[("MY_KEY", "x")]), SignIn::ByKey);
        std::fs::write(home.join(".codex/auth.json"), "{}").unwrap();
        assert_eq!(of(Provider::Codex, &[]), SignIn::ByAccount);
    }
}
