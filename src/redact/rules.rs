//! The rule table: tokens that are known by how they begin. A format is a row here, never code.
//!
//! Order matters among rows whose prefixes begin alike: the first that fits wins, so the specific
//! one stands above the general one. Bodies are judged by length and charset of the whole run, not
//! by the exact length of a format: formats grow, and a token with its neighbour glued to it is
//! still a token.

use super::charset::Set;

/// One format.
#[derive(Debug)]
pub(super) struct Rule {
    /// What its tag says.
    pub(super) kind: &'static str,
    /// How such tokens begin, in exact case.
    pub(super) prefixes: &'static [&'static str],
    /// What follows the prefix.
    pub(super) body: &'static [Part],
    /// What may stand before it.
    pub(super) left: Left,
    /// How much a body must look random.
    pub(super) floor: Floor,
    /// A text like it that must stay as it is.
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests hold the table to it"))]
    pub(super) lookalike: &'static str,
}

/// A piece of a body.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// All bytes of a set that follow: at least, at most so many.
    Run(Set, usize, usize),
    /// Exactly this.
    Lit(&'static str),
}

/// What may stand before a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Anything: the prefix is so rare that a word glued to it (`KEY_ghp_…`) changes nothing.
    Any,
    /// No letter or digit: the prefix also occurs inside words (`task-…`).
    Edge,
}

/// How much a body must look random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Floor {
    /// Its shape is proof enough; only placeholders are spared.
    Shape,
    /// Letters and digits mixed, no words.
    Random,
}

/// No upper bound of a run. The scanner's own bound on open tokens still holds.
const ANY: usize = usize::MAX;

use Floor::{Random, Shape};
use Left::{Any, Edge};
use Part::{Lit, Run};
use Set::{Alnum, Base64, Digit, Hex, Upper, Word};

const fn rule(
    kind: &'static str,
    prefixes: &'static [&'static str],
    body: &'static [Part],
    left: Left,
    floor: Floor,
    lookalike: &'static str,
) -> Rule {
    Rule { kind, prefixes, body, left, floor, lookalike }
}

/// What follows the ten possible third letters of a Discord bot token's encoded user id.
const DISCORD_BODY: &[Part] =
    &[Run(Alnum, 19, 25), Lit("."), Run(Word, 6, 6), Lit("."), Run(Word, 27, 45)];

/// Every format, specific before general.
#[rustfmt::skip] // one row, one line: a table is read by columns
pub(super) static RULES: &[Rule] = &[
    // The assistants' own credentials.
    rule("anthropic-api-key", &["sk-ant-api"], &[Run(Word, 12, ANY)], Any, Shape, "sk-ant-api03-key"),
    rule("anthropic-admin-key", &["sk-ant-admin"], &[Run(Word, 12, ANY)], Any, Shape, "sk-ant-admin01-key"),
    rule("anthropic-oauth-access", &["sk-ant-oat"], &[Run(Word, 12, ANY)], Any, Shape, "sk-ant-oat01-token"),
    rule("anthropic-oauth-refresh", &["sk-ant-ort"], &[Run(Word, 12, ANY)], Any, Shape, "sk-ant-ort01-token"),
    rule("anthropic-session", &["sk-ant-sid"], &[Run(Word, 12, ANY)], Any, Shape, "sk-ant-sid01"),
    rule("anthropic-key", &["sk-ant-"], &[Run(Word, 16, ANY)], Any, Random, "sk-ant-keys-are-secret"),
    rule("openai-project-key", &["sk-proj-"], &[Run(Word, 16, ANY)], Any, Shape, "sk-proj-name"),
    rule("openai-svcacct-key", &["sk-svcacct-"], &[Run(Word, 16, ANY)], Any, Shape, "sk-svcacct-name"),
    rule("openai-admin-key", &["sk-admin-"], &[Run(Word, 16, ANY)], Any, Shape, "sk-admin-panel"),
    rule("openrouter-api-key", &["sk-or-v1-"], &[Run(Hex, 32, ANY)], Any, Shape, "sk-or-v1-key"),
    rule("langfuse-secret-key", &["sk-lf-"], &[Run(Word, 32, ANY)], Any, Shape, "sk-lf-key"),
    rule("secret-key", &["sk-"], &[Run(Word, 20, ANY)], Edge, Random, "sk-circle-fade-dot-animation"),
    rule("openai-refresh", &["rt_"], &[Run(Word, 32, ANY)], Edge, Random, "rt_sigaction_and_rt_sigprocmask_calls"),
    rule("google-oauth-access", &["ya29."], &[Run(Word, 30, ANY)], Edge, Shape, "ya29.short"),
    rule("google-oauth-refresh", &["1//0"], &[Run(Word, 40, ANY)], Edge, Random, "1//0 is a comment"),
    rule("google-oauth-client-secret", &["GOCSPX-"], &[Run(Word, 24, ANY)], Any, Shape, "GOCSPX-prefix"),
    rule("gemini-auth-key", &["AQ.Ab8"], &[Run(Word, 40, ANY)], Edge, Shape, "AQ.Ab8"),
    rule("google-api-key", &["AIza"], &[Run(Word, 35, ANY)], Edge, Shape, "AIzaName"),
    rule("github-pat", &["ghp_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghp_token_of_mine"),
    rule("github-oauth", &["gho_"], &[Run(Alnum, 30, ANY)], Any, Shape, "gho_token"),
    rule("github-user-to-server", &["ghu_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghu_token"),
    rule("github-server-to-server", &["ghs_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghs_token"),
    rule("github-refresh", &["ghr_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghr_token"),
    rule("github-fine-grained-pat", &["github_pat_"], &[Run(Word, 30, ANY)], Any, Shape, "github_pat_prefix"),
    rule("cursor-api-key", &["key_"], &[Run(Hex, 64, 64)], Edge, Shape, "key_0123456789abcdef"),
    // Other model vendors, whose keys an assistant's environment holds.
    rule("xai-api-key", &["xai-"], &[Run(Alnum, 60, ANY)], Edge, Shape, "xai-grok"),
    rule("groq-api-key", &["gsk_"], &[Run(Alnum, 40, ANY)], Edge, Shape, "gsk_abc"),
    rule("perplexity-api-key", &["pplx-"], &[Run(Alnum, 40, ANY)], Edge, Shape, "pplx-api"),
    rule("huggingface-token", &["hf_"], &[Run(Alnum, 30, ANY)], Edge, Shape, "hf_hub_download"),
    rule("huggingface-org-token", &["api_org_"], &[Run(Alnum, 30, ANY)], Any, Shape, "api_org_name"),
    rule("replicate-token", &["r8_"], &[Run(Alnum, 37, ANY)], Edge, Shape, "r8_value"),
    rule("together-api-key", &["tgp_v1_"], &[Run(Word, 40, ANY)], Any, Shape, "tgp_v1_key"),
    rule("cerebras-api-key", &["csk-"], &[Run(Alnum, 40, ANY)], Edge, Shape, "csk-key"),
    rule("nvidia-api-key", &["nvapi-"], &[Run(Word, 50, ANY)], Any, Shape, "nvapi-key"),
    rule("langsmith-key", &["lsv2_pt_", "lsv2_sk_"], &[Run(Hex, 32, 32), Lit("_"), Run(Hex, 10, 10)], Any, Shape, "lsv2_pt_key"),
    rule("llama-cloud-key", &["llx-"], &[Run(Alnum, 40, ANY)], Edge, Shape, "llx-key"),
    rule("wandb-key", &["wandb_v1_"], &[Run(Word, 60, ANY)], Any, Shape, "wandb_v1_key"),
    rule("pinecone-api-key", &["pcsk_"], &[Run(Word, 60, ANY)], Any, Shape, "pcsk_key"),
    rule("elevenlabs-key", &["sk_"], &[Run(Hex, 48, 48)], Edge, Shape, "sk_buff_head"),
    // Clouds, forges, registries.
    rule("aws-access-key-id", &["AKIA", "ASIA", "ABIA", "ACCA"], &[Run(Upper, 16, 16)], Edge, Shape, "ASIAN_MARKETS"),
    rule("aws-session-token", &["IQoJb3JpZ2luX2", "FwoGZXIvYXdz", "FQoGZXIvYXdz"], &[Run(Base64, 100, ANY)], Edge, Shape, "FwoGZXIvYXdz"),
    rule("aws-bedrock-api-key", &["ABSK"], &[Run(Base64, 100, ANY)], Edge, Shape, "ABSKEY"),
    rule("aws-bedrock-short-key", &["bedrock-api-key-"], &[Run(Base64, 60, ANY)], Any, Shape, "bedrock-api-key-docs"),
    rule("gitlab-pat", &["glpat-"], &[Run(Word, 20, 27), Lit(".01."), Run(Alnum, 9, 9)], Any, Shape, "glpat-name"),
    rule("gitlab-pat", &["glpat-"], &[Run(Word, 20, ANY)], Any, Shape, "glpat-name"),
    rule("gitlab-token", &["gldt-", "glrt-", "glft-", "glptt-", "gloas-", "glagent-"], &[Run(Word, 20, ANY)], Edge, Shape, "glrt-name"),
    rule("gitlab-job-token", &["glcbt-"], &[Run(Word, 20, ANY)], Edge, Shape, "glcbt-name"),
    rule("bitbucket-app-password", &["ATBB"], &[Run(Alnum, 32, 32)], Edge, Random, "ATBBstop"),
    rule("atlassian-api-token", &["ATATT3"], &[Run(Set::Bearer, 60, ANY)], Edge, Shape, "ATATT3xFfGF0"),
    rule("npm-access-token", &["npm_"], &[Run(Alnum, 36, 36)], Any, Shape, "npm_lifecycle_event"),
    rule("pypi-token", &["pypi-AgE"], &[Run(Word, 60, ANY)], Any, Shape, "pypi-AgE"),
    // Messengers, mail, payment.
    rule("slack-config-token", &["xoxe.xox"], &[Run(Set::Bearer, 20, ANY)], Any, Shape, "xoxe.xoxp"),
    rule("slack-token", &["xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxa-", "xoxr-", "xoxc-", "xoxe-"], &[Run(Word, 10, ANY)], Any, Shape, "xoxb-token"),
    rule("slack-app-token", &["xapp-"], &[Run(Word, 30, ANY)], Edge, Random, "xapp-name-of-some-desktop-application"),
    rule("slack-webhook", &["hooks.slack.com/services/", "hooks.slack.com/workflows/"], &[Run(Upper, 8, 16), Lit("/"), Run(Upper, 8, 16), Lit("/"), Run(Alnum, 20, ANY)], Any, Shape, "hooks.slack.com/services/T000"),
    rule("discord-webhook", &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], &[Run(Digit, 15, 22), Lit("/"), Run(Word, 40, ANY)], Any, Shape, "discord.com/api/webhooks/1"),
    rule("discord-bot-token", &["MTA", "MTE", "MTI", "MTM", "MTQ", "MTU", "MTY", "MTc", "MTg", "MTk"], DISCORD_BODY, Edge, Random, "MTU.size"),
    rule("discord-bot-token", &["NTA", "NTE", "NTI", "NTM", "NTQ", "NTU", "NTY", "NTc", "NTg", "NTk"], DISCORD_BODY, Edge, Random, "NTE.size"),
    rule("discord-bot-token", &["NDA", "NDE", "NDI", "NDM", "NDQ", "NDU", "NDY", "NDc", "NDg", "NDk"], DISCORD_BODY, Edge, Random, "NDA.signed"),
    rule("sendgrid-api-key", &["SG."], &[Run(Word, 16, 40), Lit("."), Run(Word, 32, ANY)], Edge, Random, "SG.Utils.Helpers"),
    rule("stripe-secret", &["sk_live_", "sk_test_", "rk_live_", "rk_test_"], &[Run(Alnum, 10, ANY)], Any, Shape, "sk_live_key"),
    rule("stripe-publishable", &["pk_live_"], &[Run(Alnum, 10, ANY)], Any, Shape, "pk_live_key"),
    rule("stripe-token", &["tok_"], &[Run(Alnum, 16, ANY)], Edge, Random, "tok_identifier_x"),
    rule("stripe-webhook-secret", &["whsec_"], &[Run(Base64, 20, ANY)], Any, Shape, "whsec_name"),
    // Anything signed.
    rule("jwt", &["eyJ"], &[Run(Word, 10, ANY), Lit(".eyJ"), Run(Word, 8, ANY), Lit("."), Run(Word, 0, ANY)], Edge, Shape, "eyJhbGciOiJIUzI1NiJ9"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    /// A token that the row describes, made here so that no source holds one.
    fn sample(rule: &Rule, prefix: &str) -> String {
        let mut token = prefix.to_owned();
        let mut seed = 7_u32;
        for part in rule.body {
            match *part {
                Lit(text) => token.push_str(text),
                Run(set, least, most) => {
                    for _ in 0..least.max(20).min(most) {
                        let next = std::iter::from_fn(|| {
                            seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
                            Some((seed >> 16) as u8 & 0x7f)
                        });
                        let is_fit = |b: &u8| b.is_ascii_alphanumeric() && set.has(*b);
                        token.extend(next.filter(is_fit).take(1).map(char::from));
                    }
                }
            }
        }
        token
    }

    #[test]
    fn every_row_hides_its_tokens_and_spares_its_lookalike() {
        let redactor = Redactor::new(&[7; 32], &[]);
        for rule in RULES {
            for prefix in rule.prefixes {
                let token = sample(rule, prefix);
                for (before, after) in
                    [("use ", " now"), ("<td>", "</td>"), ("x\\n", "\"}"), ("?k=", "&v=2")]
                {
                    let out = redactor.redact(&format!("{before}{token}{after}")).to_string();
                    let tag = format!("[REDACTED:{}:", rule.kind);
                    assert!(out.starts_with(&format!("{before}{tag}")), "{token}: {out}");
                    assert!(out.ends_with(&format!("]{after}")), "{token}: {out}");
                }
            }
            let text = format!("see {} there", rule.lookalike);
            assert_eq!(redactor.redact(&text).to_string(), text, "{rule:?}");
        }
    }

    #[test]
    fn kinds_fit_into_tags() {
        for rule in RULES {
            assert!(rule.kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{rule:?}");
            assert!(rule.kind.len() + 20 < crate::redact::tag::LEN_MAX, "{rule:?}");
            assert!(rule.prefixes.iter().all(|p| p.len() >= 2), "{rule:?}");
        }
    }

    #[test]
    fn short_prefixes_need_an_edge() {
        for rule in RULES.iter().filter(|r| r.prefixes.iter().any(|p| p.len() < 4)) {
            assert_eq!(rule.left, Left::Edge, "{rule:?}");
        }
    }
}
