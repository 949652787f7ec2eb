//! The rule table: tokens that are known by how they begin. A format is a row here, never code.
//!
//! Among rows whose prefixes begin alike the longest prefix is asked first, and of one prefix the
//! upper row: the first that fits wins. Bodies are judged by length and charset of the whole run, not
//! by the exact length of a format: formats grow, and a token with its neighbour glued to it is
//! still a token.

use super::charset::Set;
use super::checksum::Checksum;

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
    /// The checksum in the body, if its making is public. A right one needs neither floor nor edge.
    pub(super) checksum: Option<Checksum>,
    /// How long such bodies are, so that one is seen in a longer run too; nothing if that differs.
    pub(super) lens: &'static [usize],
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
    /// Its own first letters or digits, which are an id and no secret.
    Id,
    /// So many letters of its own, which are most of it: the prefix is a mark in its middle.
    Most(Set, usize),
}

/// How much a body must look random.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Floor {
    /// Its shape is proof enough; only placeholders are spared.
    Shape,
    /// Letters and digits mixed, no words.
    Random,
    /// The shape says little: only a right checksum is proof.
    Checked,
}

/// No upper bound of a run. The scanner's own bound on open tokens still holds.
const ANY: usize = usize::MAX;

use Checksum::{Base58, Base62, Bech32, HexReversed};
use Floor::{Checked, Random, Shape};
use Left::{Any, Edge, Id, Most};
use Part::{Lit, Run};
use Set::{Alnum, Base64, Digit, Hex, Letters, Upper, Word};

/// First in a body whose prefix is an ordinary text (`1000.`, `YCA`): what is there of it says nothing
/// before it looks random.
const ORDINARY: Part = Lit("");

const fn rule(
    kind: &'static str,
    prefixes: &'static [&'static str],
    body: &'static [Part],
    left: Left,
    floor: Floor,
    lookalike: &'static str,
) -> Rule {
    Rule { kind, prefixes, body, left, floor, checksum: None, lens: &[], lookalike }
}

impl Rule {
    /// The same, with a checksum in bodies of these lengths.
    const fn summed(self, checksum: Checksum, lens: &'static [usize]) -> Self {
        Self { checksum: Some(checksum), lens, ..self }
    }
}

/// What follows the first letters of a Discord bot token: those encode the digits of an id.
const DISCORD_BODY: &[Part] =
    &[ORDINARY, Run(Alnum, 20, 26), Lit("."), Run(Word, 6, 6), Lit("."), Run(Word, 27, 45)];

/// Every format.
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
    rule("github-pat", &["ghp_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghp_token_of_mine").summed(Base62, &[36]),
    rule("github-oauth", &["gho_"], &[Run(Alnum, 30, ANY)], Any, Shape, "gho_token").summed(Base62, &[36]),
    rule("github-user-to-server", &["ghu_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghu_token").summed(Base62, &[36]),
    rule("github-server-to-server", &["ghs_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghs_token").summed(Base62, &[36]),
    rule("github-refresh", &["ghr_"], &[Run(Alnum, 30, ANY)], Any, Shape, "ghr_token").summed(Base62, &[36, 76]),
    rule("github-fine-grained-pat", &["github_pat_"], &[Run(Word, 30, ANY)], Any, Shape, "github_pat_prefix"),
    rule("cursor-api-key", &["key_"], &[ORDINARY, Run(Hex, 64, 64)], Edge, Shape, "key_0123456789abcdef"),
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
    rule("aws-access-key-id", &["AKIA", "ASIA"], &[Run(Upper, 16, 16), Lit(":"), Run(Base64, 40, 40)], Edge, Shape, "ASIA:x"),
    rule("aws-access-key-id", &["AKIA", "ASIA"], &[Run(Upper, 16, 16), Lit(","), Run(Base64, 40, 40)], Edge, Shape, "ASIA,x"),
    rule("aws-access-key-id", &["AKIA", "ASIA", "ABIA", "ACCA"], &[Run(Upper, 16, 16)], Edge, Shape, "ASIAN_MARKETS"),
    rule("aws-access-key-id", &["A3T"], &[ORDINARY, Run(Upper, 17, 17)], Edge, Shape, "A3TYPE"),
    rule("aws-session-token", &["IQoJb3JpZ2luX2", "FwoGZXIvYXdz", "FQoGZXIvYXdz"], &[Run(Base64, 100, ANY)], Edge, Shape, "FwoGZXIvYXdz"),
    rule("aws-bedrock-api-key", &["ABSK"], &[Run(Base64, 100, ANY)], Edge, Shape, "ABSKEY"),
    rule("aws-bedrock-short-key", &["bedrock-api-key-"], &[Run(Base64, 60, ANY)], Any, Shape, "bedrock-api-key-docs"),
    rule("gitlab-pat", &["glpat-"], &[Run(Word, 20, 27), Lit(".01."), Run(Alnum, 9, 9)], Any, Shape, "glpat-name"),
    rule("gitlab-pat", &["glpat-"], &[Run(Word, 20, ANY)], Any, Shape, "glpat-name"),
    rule("gitlab-token", &["gldt-", "glrt-", "glft-", "glptt-", "gloas-", "glagent-"], &[Run(Word, 20, ANY)], Edge, Shape, "glrt-name"),
    rule("gitlab-job-token", &["glcbt-"], &[Run(Word, 20, ANY)], Edge, Shape, "glcbt-name"),
    rule("bitbucket-app-password", &["ATBB"], &[Run(Alnum, 32, 32)], Edge, Random, "ATBBstop").summed(Checksum::Hex, &[32]),
    rule("atlassian-api-token", &["ATATT3"], &[Run(Set::Bearer, 60, ANY)], Edge, Shape, "ATATT3xFfGF0").summed(Checksum::Hex, &[]),
    rule("bitbucket-access-token", &["ATCTT3"], &[Run(Set::Bearer, 60, ANY)], Edge, Shape, "ATCTT3xFfGN0").summed(Checksum::Hex, &[]),
    rule("npm-access-token", &["npm_"], &[Run(Alnum, 36, 36)], Any, Shape, "npm_lifecycle_event").summed(Base62, &[36]),
    rule("pypi-token", &["pypi-AgE"], &[Run(Word, 60, ANY)], Any, Shape, "pypi-AgE"),
    // Messengers, mail, payment.
    rule("slack-config-token", &["xoxe.xox"], &[Run(Set::Bearer, 20, ANY)], Any, Shape, "xoxe.xoxp"),
    rule("slack-token", &["xoxb-", "xoxp-", "xoxo-", "xoxs-", "xoxa-", "xoxr-", "xoxc-", "xoxe-"], &[Run(Word, 10, ANY)], Any, Shape, "xoxb-token"),
    rule("slack-app-token", &["xapp-"], &[Run(Word, 30, ANY)], Edge, Random, "xapp-name-of-some-desktop-application"),
    rule("slack-webhook", &["hooks.slack.com/services/", "hooks.slack.com/workflows/"], &[Run(Upper, 8, 16), Lit("/"), Run(Upper, 8, 16), Lit("/"), Run(Alnum, 20, ANY)], Any, Shape, "hooks.slack.com/services/T000"),
    rule("discord-webhook", &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"], &[Run(Digit, 15, 22), Lit("/"), Run(Word, 40, ANY)], Any, Shape, "discord.com/api/webhooks/1"),
    rule("discord-bot-token", &["MT", "MD", "NT", "ND", "OT", "OD"], DISCORD_BODY, Edge, Random, "MTU.size"),
    rule("sendgrid-api-key", &["SG."], &[Run(Word, 16, 40), Lit("."), Run(Word, 32, ANY)], Edge, Random, "SG.Utils.Helpers"),
    rule("stripe-secret", &["sk_live_", "sk_test_", "rk_live_", "rk_test_"], &[Run(Alnum, 10, ANY)], Any, Shape, "sk_live_key"),
    rule("stripe-publishable", &["pk_live_"], &[Run(Alnum, 10, ANY)], Any, Shape, "pk_live_key"),
    rule("stripe-token", &["tok_"], &[ORDINARY, Run(Alnum, 16, ANY)], Edge, Random, "tok_identifier_x"),
    rule("stripe-webhook-secret", &["whsec_"], &[Run(Base64, 20, ANY)], Any, Shape, "whsec_name"),
    // Registries and package hosts.
    rule("crates-io-token", &["cio"], &[ORDINARY, Run(Alnum, 32, 32)], Edge, Random, "cioppino"),
    rule("rubygems-key", &["rubygems_"], &[Run(Hex, 48, 48)], Any, Shape, "rubygems_version"),
    rule("nuget-api-key", &["oy2"], &[ORDINARY, Run(Alnum, 43, 43)], Edge, Random, "oy2mesh"),
    rule("clojars-token", &["CLOJARS_"], &[Run(Alnum, 60, ANY)], Any, Shape, "CLOJARS_TOKEN"),
    rule("packagist-token", &["packagist_ort_", "packagist_out_", "packagist_ack_", "packagist_acs_", "packagist_uut_"], &[Run(Hex, 28, ANY)], Any, Shape, "packagist_ort_"),
    rule("docker-token", &["dckr_pat_", "dckr_oat_"], &[Run(Word, 24, ANY)], Any, Shape, "dckr_pat_name"),
    rule("docker-swarm-token", &["SWMTKN-1-", "SWMKEY-1-"], &[Run(Set::Bearer, 40, ANY)], Any, Shape, "SWMTKN-1-x"),
    rule("artifactory-api-key", &["AKCp"], &[Run(Alnum, 68, ANY)], Edge, Shape, "AKCpName"),
    rule("artifactory-reference-token", &["cmVmdGtu"], &[Run(Alnum, 56, ANY)], Edge, Shape, "cmVmdGtu"),
    rule("cloudsmith-key", &["csa_"], &[Run(Alnum, 36, ANY)], Edge, Random, "csa_name"),
    rule("gitlab-token", &["glffct-", "glimt-", "glsoat-", "GR1348941"], &[Run(Word, 20, ANY)], Edge, Shape, "glimt-name"),
    rule("gitlab-session", &["_gitlab_session="], &[Run(Alnum, 32, ANY)], Any, Shape, "_gitlab_session=none"),
    rule("bitbucket-dc-token", &["BBDC-"], &[Run(Base64, 40, ANY)], Edge, Shape, "BBDC-123"),
    rule("octopus-api-key", &["API-"], &[Run(Upper, 26, 32)], Edge, Random, "API-REFERENCE"),
    // Model vendors and tools for agents.
    rule("fireworks-key", &["fw_"], &[Run(Alnum, 22, 24)], Edge, Random, "fw_version"),
    rule("zai-minimax-key", &["sk-api-"], &[Run(Word, 60, ANY)], Any, Shape, "sk-api-key"),
    rule("cartesia-key", &["sk_car_"], &[Run(Word, 20, ANY)], Any, Shape, "sk_car_name"),
    rule("firecrawl-key", &["fc-"], &[Run(Hex, 32, 32)], Edge, Shape, "fc-list"),
    rule("tavily-key", &["tvly-"], &[Run(Word, 28, ANY)], Any, Shape, "tvly-key"),
    rule("brave-search-key", &["BSA"], &[Run(Word, 24, 40)], Edge, Random, "BSAFE"),
    rule("apify-token", &["apify_api_"], &[Run(Alnum, 30, ANY)], Any, Shape, "apify_api_url"),
    rule("runpod-key", &["rpa_"], &[Run(Alnum, 40, ANY)], Edge, Shape, "rpa_name"),
    rule("devin-key", &["cog_"], &[Run(Alnum, 40, ANY)], Edge, Shape, "cog_name"),
    rule("unkey-key", &["unkey_"], &[Run(Alnum, 20, ANY)], Edge, Random, "unkey_name"),
    rule("astra-token", &["AstraCS:"], &[Run(Alnum, 20, 28), Lit(":"), Run(Hex, 60, ANY)], Any, Shape, "AstraCS:name"),
    // Clouds and hosting.
    rule("alibaba-key-id", &["LTAI"], &[Run(Alnum, 16, 24)], Edge, Random, "LTAILWIND"),
    rule("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], &[Run(Hex, 60, ANY)], Any, Shape, "dop_v1_name"),
    rule("heroku-api-key", &["HRKU-"], &[Run(Word, 36, ANY)], Any, Shape, "HRKU-AA"),
    rule("cloudflare-token", &["cfut_", "cfat_", "cfk_"], &[Run(Alnum, 40, ANY)], Edge, Shape, "cfat_name"),
    rule("cloudflare-origin-ca", &["v1.0-"], &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 100, ANY)], Edge, Shape, "v1.0-beta"),
    rule("vercel-token", &["vcp_", "vci_", "vca_", "vcr_", "vck_"], &[Run(Word, 50, ANY)], Edge, Shape, "vcp_name"),
    rule("netlify-pat", &["nfp_"], &[Run(Alnum, 32, ANY)], Edge, Shape, "nfp_name"),
    rule("supabase-secret-key", &["sb_secret_"], &[Run(Word, 24, ANY)], Any, Shape, "sb_secret_key"),
    rule("supabase-token", &["sbp_"], &[Run(Word, 40, ANY)], Edge, Shape, "sbp_name"),
    rule("planetscale-secret", &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], &[Run(Set::Bearer, 32, ANY)], Any, Shape, "pscale_pw_name"),
    rule("neon-api-key", &["napi_"], &[Run(Alnum, 48, ANY)], Edge, Shape, "napi_value"),
    rule("databricks-pat", &["dapi"], &[Run(Hex, 32, 32)], Edge, Shape, "dapi"),
    rule("mongodb-atlas-secret", &["mdb_sa_sk_"], &[Run(Word, 32, ANY)], Any, Shape, "mdb_sa_sk_name"),
    rule("mongodb-atlas-id", &["mdb_sa_id_"], &[Run(Hex, 24, 24)], Any, Shape, "mdb_sa_id_name"),
    rule("vault-token", &["hvs.", "hvb.", "hvr."], &[Run(Word, 24, ANY)], Edge, Shape, "hvs.name"),
    rule("doppler-token", &["dp.pt.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], &[Run(Alnum, 36, ANY)], Edge, Shape, "dp.pt.name"),
    rule("doppler-service-token", &["dp.st."], &[Run(Word, 0, 40), Lit("."), Run(Alnum, 36, ANY)], Edge, Shape, "dp.st.name"),
    rule("doppler-service-token", &["dp.st."], &[Run(Alnum, 36, ANY)], Edge, Shape, "dp.st.name"),
    rule("onepassword-service-token", &["ops_eyJ"], &[Run(Base64, 100, ANY)], Any, Shape, "ops_eyJ"),
    rule("onepassword-secret-key", &["A3-"], &[ORDINARY, Run(Upper, 6, 6), Lit("-"), Run(Upper, 6, 11), Lit("-"), Run(Upper, 5, 5), Lit("-"), Run(Upper, 5, 5), Lit("-"), Run(Upper, 5, 5)], Edge, Shape, "A3-PAPER"),
    rule("age-secret-key", &["AGE-SECRET-KEY-1"], &[Run(Upper, 50, ANY)], Any, Shape, "AGE-SECRET-KEY-1").summed(Bech32, &[58]),
    rule("age-secret-key", &["AGE-PLUGIN-"], &[Run(Upper, 50, ANY)], Any, Shape, "AGE-PLUGIN-NAME"),
    rule("tailscale-key", &["tskey-"], &[Run(Word, 30, ANY)], Any, Shape, "tskey-auth"),
    rule("flyio-token", &["fm2_", "fm1r_", "fm1a_"], &[Run(Base64, 80, ANY)], Edge, Shape, "fm2_name"),
    rule("flyio-token", &["fo1_"], &[Run(Word, 40, ANY)], Edge, Shape, "fo1_name"),
    rule("render-api-key", &["rnd_"], &[Run(Alnum, 28, ANY)], Edge, Random, "rnd_seed"),
    rule("pulumi-token", &["pul-"], &[Run(Hex, 40, 40)], Edge, Shape, "pul-name"),
    rule("prefect-key", &["pnu_", "pnb_"], &[Run(Alnum, 36, 36)], Edge, Shape, "pnu_name"),
    rule("openshift-token", &["sha256~"], &[Run(Word, 40, 50)], Edge, Random, "sha256~sum"),
    rule("scalingo-token", &["tk-us-"], &[Run(Word, 48, ANY)], Edge, Shape, "tk-us-name"),
    rule("deno-token", &["ddp_", "ddo_"], &[Run(Alnum, 36, 36)], Edge, Shape, "ddp_name"),
    rule("buildkite-token", &["bkua_", "bkaa_", "bkaj_", "bkar_", "bkct_", "bkpt_", "bkpat_", "bkps_"], &[Run(Alnum, 36, ANY)], Edge, Shape, "bkua_name"),
    rule("circleci-token", &["CCIPAT_", "CCIPRJ_"], &[Run(Alnum, 18, 26), Lit("_"), Run(Alnum, 40, 40)], Any, Shape, "CCIPAT_name"),
    rule("terraform-cloud-token", &[".atlasv1."], &[Run(Word, 60, ANY)], Id, Shape, "x.atlasv1.name"),
    rule("azure-client-secret", &["8Q~", "7Q~"], &[Run(Set::Bearer, 31, ANY)], Id, Random, "a8Q~name"),
    rule("infracost-key", &["ico-"], &[ORDINARY, Run(Alnum, 32, 32)], Edge, Random, "ico-images"),
    rule("yandex-key", &["AQVN"], &[Run(Word, 35, 42)], Edge, Random, "AQVNAME"),
    rule("yandex-key", &["YCA"], &[ORDINARY, Run(Word, 36, 38)], Edge, Random, "YCARD"),
    rule("yandex-iam-token", &["t1."], &[ORDINARY, Run(Word, 8, ANY), Lit("."), Run(Word, 86, 88)], Edge, Random, "t1.user2id"),
    rule("yandex-iam-token", &["t1."], &[ORDINARY, Run(Word, 8, ANY), Lit("=."), Run(Word, 86, 88)], Edge, Random, "t1.user2id=."),
    rule("yandex-iam-token", &["t1."], &[ORDINARY, Run(Word, 8, ANY), Lit("==."), Run(Word, 86, 88)], Edge, Random, "t1.user2id==."),
    rule("upcloud-token", &["ucat_"], &[Run(Alnum, 26, ANY)], Edge, Random, "ucat_name"),
    rule("configcat-key", &["configcat-sdk-1/"], &[Run(Word, 22, 22), Lit("/"), Run(Word, 22, 22)], Any, Shape, "configcat-sdk-1/name"),
    rule("devcycle-key", &["dvc_server_", "dvc_client_", "dvc_mobile_"], &[Run(Word, 8, ANY)], Any, Random, "dvc_server_name"),
    rule("harness-token", &["pat.", "sat."], &[Run(Word, 22, 22), Lit("."), Run(Hex, 24, 24), Lit("."), Run(Alnum, 20, 20)], Edge, Shape, "pat.name"),
    // Monitoring.
    rule("newrelic-key", &["NRAK-", "NRII-", "NRJS-", "NRSP-", "NRBR-"], &[Run(Word, 19, ANY)], Edge, Random, "NRAK-NAME"),
    rule("grafana-token", &["glsa_"], &[Run(Alnum, 32, 32), Lit("_"), Run(Hex, 8, 8)], Any, Shape, "glsa_name").summed(HexReversed, &[41]),
    rule("grafana-cloud-token", &["glc_eyJ"], &[Run(Base64, 60, ANY)], Any, Shape, "glc_eyJ"),
    rule("grafana-api-key", &["eyJrIjoi"], &[Run(Base64, 40, ANY)], Edge, Shape, "eyJrIjoi"),
    rule("sentry-token", &["sntryu_"], &[Run(Hex, 60, ANY)], Any, Shape, "sntryu_name"),
    rule("sentry-org-token", &["sntrys_eyJ"], &[Run(Base64, 60, ANY), Lit("_"), Run(Base64, 40, ANY)], Any, Shape, "sntrys_eyJ"),
    rule("posthog-key", &["phx_", "phs_"], &[Run(Word, 40, ANY)], Edge, Shape, "phx_name"),
    rule("dynatrace-token", &["dt0c01.", "dt0s01.", "dt0s16."], &[Run(Alnum, 24, 24), Lit("."), Run(Alnum, 60, ANY)], Any, Shape, "dt0c01.NAME"),
    rule("elastic-token", &["essu_"], &[Run(Set::Bearer, 40, ANY)], Edge, Shape, "essu_name"),
    rule("sonar-token", &["squ_", "sqp_", "sqa_"], &[Run(Hex, 40, 40)], Edge, Shape, "squ_name"),
    rule("rootly-key", &["rootly_"], &[Run(Hex, 60, ANY)], Any, Shape, "rootly_name"),
    // Work and content.
    rule("linear-key", &["lin_api_", "lin_oauth_"], &[Run(Alnum, 32, ANY)], Any, Shape, "lin_api_name"),
    rule("notion-token", &["ntn_", "secret_"], &[Run(Alnum, 40, 50)], Edge, Random, "secret_name"),
    rule("figma-token", &["figd_", "figo_", "figor_"], &[Run(Word, 36, ANY)], Edge, Shape, "figd_name"),
    rule("postman-key", &["PMAK-"], &[Run(Hex, 24, 24), Lit("-"), Run(Hex, 34, 34)], Any, Shape, "PMAK-name"),
    rule("postman-collection-key", &["PMAT-"], &[Run(Alnum, 26, ANY)], Edge, Shape, "PMAT-NAME"),
    rule("airtable-pat", &["pat"], &[ORDINARY, Run(Alnum, 14, 14), Lit("."), Run(Hex, 60, ANY)], Edge, Shape, "pathfinder.rs"),
    rule("sourcegraph-token", &["sgp_"], &[Run(Alnum, 5, 16), Lit("_"), Run(Hex, 40, 40)], Any, Shape, "sgp_name"),
    rule("sourcegraph-token", &["sgp_"], &[Run(Hex, 40, 40)], Any, Shape, "sgp_name"),
    rule("readme-key", &["rdme_"], &[Run(Alnum, 60, ANY)], Any, Shape, "rdme_name"),
    rule("asana-token", &["$aact_prod_"], &[Run(Base64, 40, ANY)], Any, Shape, "$aact_prod_"),
    rule("contentful-token", &["CFPAT-"], &[Run(Word, 40, ANY)], Any, Shape, "CFPAT-name"),
    rule("dropbox-token", &["sl."], &[Run(Word, 120, ANY)], Edge, Random, "sl.name"),
    rule("lark-app-id", &["cli_"], &[ORDINARY, Run(Hex, 16, 16)], Edge, Random, "cli_args"),
    rule("typeform-token", &["tfp_"], &[Run(Set::Bearer, 40, ANY)], Edge, Shape, "tfp_name"),
    rule("wakatime-key", &["waka_"], &[Run(Word, 36, 64)], Edge, Shape, "waka_name"),
    rule("canva-secret", &["cnvca"], &[Run(Word, 48, ANY)], Edge, Shape, "cnvca"),
    rule("zuplo-key", &["zpka_"], &[Run(Alnum, 32, 32), Lit("_"), Run(Hex, 8, 8)], Any, Shape, "zpka_name"),
    rule("zoho-token", &["1000."], &[ORDINARY, Run(Hex, 32, 32), Lit("."), Run(Hex, 32, 32)], Edge, Shape, "1000.25"),
    rule("salesforce-session", &["00D"], &[ORDINARY, Run(Alnum, 12, 12), Lit("!"), Run(Set::Bearer, 80, ANY)], Edge, Random, "00D4F7A2"),
    rule("definednet-key", &["dnkey-"], &[Run(Set::Bearer, 60, ANY)], Edge, Shape, "dnkey-name"),
    rule("pinterest-token", &["pina_"], &[Run(Word, 20, ANY)], Edge, Random, "pina_name"),
    rule("lichess-token", &["lip_"], &[Run(Word, 16, 60)], Edge, Random, "lip_name"),
    rule("mapbox-secret", &["sk.eyJ1"], &[Run(Word, 40, ANY), Lit("."), Run(Word, 20, ANY)], Any, Shape, "sk.eyJ1"),
    rule("facebook-token", &["EAAC", "EAAM", "EAAG", "EAAD", "EAAB"], &[Run(Alnum, 100, ANY)], Edge, Shape, "EAACNAME"),
    rule("twitter-bearer", &["AAAAAAAAAAAAAAAAAAAAAA"], &[Run(Set::Bearer, 20, 60), Lit("%3D"), Run(Alnum, 30, ANY)], Edge, Shape, "AAAAAAAAAAAAAAAAAAAAAA"),
    rule("telegram-bot-token", &[":AA"], &[Run(Word, 32, ANY)], Id, Random, "x:AAA"),
    // Payment and mail.
    rule("square-token", &["EAAA"], &[Run(Word, 60, 60)], Edge, Random, "EAAAname"),
    rule("square-token", &["sq0atp-", "sq0csp-", "sq0idp-"], &[Run(Word, 22, ANY)], Any, Shape, "sq0atp-name"),
    rule("braintree-token", &["access_token$production$", "access_token$sandbox$"], &[Run(Alnum, 16, 16), Lit("$"), Run(Hex, 32, 32)], Any, Shape, "access_token$production$"),
    rule("plaid-token", &["access-production-", "access-sandbox-", "access-development-"], &[Run(Word, 36, 36)], Any, Random, "access-production-database"),
    rule("shopify-token", &["shpat_", "shpss_", "shpca_", "shppa_"], &[Run(Hex, 32, 32)], Any, Shape, "shpat_name"),
    rule("twilio-api-key", &["SK"], &[Run(Hex, 32, 32)], Edge, Random, "SKABCDEF"),
    rule("mailgun-key", &["key-"], &[Run(Hex, 32, 32)], Edge, Random, "key-value"),
    rule("resend-key", &["re_"], &[ORDINARY, Run(Alnum, 8, 8), Lit("_"), Run(Alnum, 20, 28)], Edge, Random, "re_path"),
    rule("brevo-key", &["xkeysib-", "xsmtpsib-"], &[Run(Hex, 64, 64), Lit("-"), Run(Alnum, 14, 18)], Any, Shape, "xkeysib-name"),
    rule("mailersend-token", &["mlsn."], &[Run(Alnum, 40, ANY)], Edge, Shape, "mlsn.name"),
    rule("paddle-key", &["pdl_live_apikey_", "pdl_sdbx_apikey_"], &[Run(Word, 40, ANY)], Any, Shape, "pdl_live_apikey_"),
    rule("easypost-key", &["EZAK", "EZTK"], &[Run(Alnum, 54, 54)], Edge, Shape, "EZAKname"),
    rule("duffel-token", &["duffel_live_", "duffel_test_"], &[Run(Set::Bearer, 40, ANY)], Any, Shape, "duffel_live_name"),
    rule("flutterwave-key", &["FLWSECK_TEST-", "FLWSECK-"], &[Run(Alnum, 12, ANY)], Any, Random, "FLWSECK-NAME"),
    rule("frameio-token", &["fio-u-"], &[Run(Set::Bearer, 60, ANY)], Any, Shape, "fio-u-name"),
    rule("razorpay-key", &["rzp_live_", "rzp_test_"], &[Run(Alnum, 14, 14)], Any, Shape, "rzp_live_name"),
    rule("shippo-token", &["shippo_live_", "shippo_test_"], &[Run(Hex, 40, 40)], Any, Shape, "shippo_live_name"),
    rule("onfido-token", &["api_live.", "api_live_us.", "api_live_ca.", "api_sandbox."], &[Run(Word, 10, 14), Lit("."), Run(Word, 28, ANY)], Any, Shape, "api_live.name"),
    rule("persona-key", &["persona_production_", "persona_sandbox_"], &[Run(Word, 30, ANY)], Any, Random, "persona_production_key_of_the_team_that_ships"),
    rule("mercury-token", &["mercury_production_"], &[Run(Word, 20, ANY)], Any, Random, "mercury_production_name"),
    rule("ramp-key", &["ramp_sec_", "ramp_id_"], &[Run(Alnum, 32, ANY)], Any, Shape, "ramp_sec_name"),
    rule("xendit-key", &["xnd_production_", "xnd_development_"], &[Run(Alnum, 30, ANY)], Any, Shape, "xnd_production_name"),
    rule("nylas-key", &["nyk_"], &[Run(Alnum, 40, ANY)], Edge, Shape, "nyk_name"),
    rule("samsara-token", &["samsara_api_"], &[Run(Alnum, 24, ANY)], Any, Shape, "samsara_api_name"),
    rule("vertice-token", &["vtwn_", "tss_"], &[Run(Word, 20, ANY)], Edge, Random, "tss_name"),
    // Marked in their middle or at their end.
    rule("azure-devops-pat", &["AZDO"], &[Run(Alnum, 4, 4)], Most(Alnum, 76), Shape, "x76AZDO1234"),
    rule("azure-openai-key", &["JQQJ99"], &[Run(Alnum, 26, 26)], Most(Alnum, 52), Shape, "x52JQQJ99"),
    rule("azure-storage-key", &["+ASt"], &[Run(Base64, 6, 8)], Most(Letters, 76), Shape, "a+ASteroid"),
    rule("mailchimp-api-key", &["-us"], &[Run(Digit, 1, 2)], Most(Hex, 32), Shape, "a-us12"),
    // What a public scanner's list knows besides.
    rule("adobe-client-secret", &["p8e-"], &[Run(Alnum, 32, 32)], Edge, Random, "p8e-name"),
    rule("aikido-key", &["AIK_CI_", "AIK_CLIENT_", "AIK_SECRET_"], &[Run(Alnum, 20, ANY)], Any, Random, "AIK_CI_TOKEN"),
    rule("alibaba-sts-key", &["STS."], &[Run(Alnum, 16, 64)], Edge, Random, "STS.AssumeRoleWithWebIdentity"),
    rule("alibaba-sts-token", &["CAIS"], &[Run(Base64, 100, ANY)], Edge, Shape, "CAISSE"),
    rule("artifactory-reference-token", &["cmVmd"], &[Run(Alnum, 59, 59)], Edge, Random, "cmVmdGtu"),
    rule("astra-token", &["AstraCS:"], &[Run(Alnum, 20, ANY)], Any, Random, "AstraCS:name"),
    rule("clickhouse-key", &["4b1d"], &[Run(Alnum, 38, 38)], Edge, Random, "4b1d00"),
    rule("cockroach-key", &["CCDB1_"], &[Run(Alnum, 22, 22), Lit("_"), Run(Alnum, 40, ANY)], Any, Shape, "CCDB1_NAME"),
    rule("devin-key", &["apk_"], &[Run(Base64, 80, ANY)], Edge, Random, "apk_name"),
    rule("devin-key", &["apk_user_"], &[Run(Base64, 80, ANY)], Edge, Random, "apk_user_name"),
    rule("exoscale-key", &["EXO"], &[Run(Alnum, 24, 30)], Edge, Random, "EXOSCALE"),
    rule("grafana-cloud-token", &["glc_"], &[Run(Base64, 40, ANY)], Edge, Random, "glc_name"),
    rule("intra-client-secret", &["s-s4t2ud-", "s-s4t2af-"], &[Run(Hex, 64, ANY)], Edge, Shape, "s-s4t2ud-name"),
    rule("ionic-token", &["ion_"], &[Run(Alnum, 42, 42)], Edge, Random, "ion_name"),
    rule("mergify-key", &["mergify_application_key_"], &[Run(Word, 40, ANY)], Any, Shape, "mergify_application_key_name"),
    rule("miro-token", &["eyJtaXJv"], &[Run(Word, 30, ANY)], Edge, Random, "eyJtaXJv"),
    rule("onesignal-key", &["os_v2_app_", "os_v2_org_"], &[Run(Alnum, 100, ANY)], Any, Shape, "os_v2_app_name"),
    rule("polar-token", &["polar_at_", "polar_oat_", "polar_pat_"], &[Run(Word, 20, ANY)], Any, Random, "polar_pat_name"),
    rule("proof-key", &["prf_"], &[Run(Word, 20, 80)], Edge, Random, "prf_name"),
    rule("segment-token", &["sgp_"], &[Run(Alnum, 64, 64)], Edge, Random, "sgp_name"),
    rule("settlemint-token", &["sm_aat_", "sm_pat_", "sm_sat_"], &[Run(Alnum, 16, 16)], Edge, Random, "sm_pat_name"),
    rule("stripe-secret", &["sk_prod_", "rk_prod_"], &[Run(Alnum, 16, ANY)], Any, Random, "sk_prod_name"),
    rule("workato-key", &["wrka-eyJ", "wrkaus-eyJ", "wrkaeu-eyJ"], &[Run(Set::Bearer, 40, ANY)], Any, Shape, "wrka-eyJ"),
    rule("slack-cookie", &["xoxd-"], &[Run(Set::Bare, 60, ANY)], Any, Shape, "xoxd-cookie"),
    rule("slack-webhook", &["hooks.slack.com/triggers/"], &[Run(Upper, 8, 16), Lit("/"), Run(Digit, 8, 16), Lit("/"), Run(Alnum, 20, ANY)], Any, Shape, "hooks.slack.com/triggers/T000"),
    rule("teams-webhook", &["webhook.office.com/webhookb2/"], &[Run(Set::UserInfo, 36, 36), Lit("@"), Run(Word, 36, 36), Lit("/IncomingWebhook/"), Run(Hex, 32, 32), Lit("/"), Run(Word, 36, 36)], Any, Shape, "webhook.office.com/webhookb2/name"),
    rule("django-secret-key", &["django-insecure-"], &[Run(Set::Signs, 40, ANY)], Any, Shape, "django-insecure-key"),
    rule("adafruit-key", &["aio_"], &[Run(Alnum, 28, 28)], Edge, Random, "aio_read"),
    rule("atlassian-api-token", &["ATAT"], &[Run(Set::Bearer, 100, ANY)], Edge, Random, "ATATURK"),
    rule("baidu-key", &["bce-v3/ALTAK-"], &[Run(Alnum, 20, 24), Lit("/"), Run(Hex, 40, 40)], Any, Shape, "bce-v3/ALTAK-name"),
    rule("ebay-secret", &["PRD-", "SBX-"], &[Run(Hex, 8, 12), Lit("-"), Run(Hex, 4, 4), Lit("-"), Run(Hex, 4, 4), Lit("-"), Run(Hex, 4, 4), Lit("-"), Run(Hex, 4, 12)], Edge, Shape, "PRD-1234"),
    rule("endorlabs-key", &["endr+"], &[Run(Word, 16, 16)], Any, Random, "endr+name"),
    rule("freemius-secret", &["sk_"], &[Run(Alnum, 29, 32)], Edge, Random, "sk_buff_head"),
    rule("gocardless-token", &["live_", "sandbox_"], &[ORDINARY, Run(Set::Bearer, 40, 42)], Edge, Random, "live_value"),
    rule("hubspot-token", &["pat-na1-", "pat-na2-", "pat-eu1-"], &[Run(Word, 36, 36)], Any, Random, "pat-na1-name"),
    rule("intercom-token", &["dG9rO"], &[Run(Base64, 50, 60)], Edge, Random, "dG9rOg"),
    rule("localstack-token", &["ls-"], &[ORDINARY, Run(Alnum, 8, 8), Lit("-"), Run(Alnum, 4, 4), Lit("-"), Run(Alnum, 4, 4), Lit("-"), Run(Alnum, 4, 4), Lit("-"), Run(Alnum, 12, 12)], Edge, Random, "ls-files"),
    rule("midtrans-key", &["Mid-server-"], &[Run(Word, 16, ANY)], Any, Random, "Mid-server-name"),
    rule("onfido-token", &["api_live.", "api_live_us.", "api_live_ca.", "api_sandbox."], &[Run(Word, 20, ANY)], Any, Random, "api_live.name"),
    rule("rainforest-key", &["apikey_"], &[Run(Hex, 32, ANY)], Edge, Random, "apikey_name"),
    rule("tencent-key-id", &["AKID"], &[Run(Alnum, 32, 32)], Edge, Random, "AKIDNAME"),
    rule("volcengine-key-id", &["AKLT"], &[Run(Alnum, 40, ANY)], Edge, Random, "AKLTNAME"),
    rule("workos-key", &["sk_live_a2V5", "sk_test_a2V5"], &[Run(Base64, 20, ANY)], Any, Shape, "sk_live_a2V5"),
    rule("yandex-oauth", &["y0_"], &[Run(Word, 50, 64)], Edge, Random, "y0_value"),
    rule("azure-service-bus-key", &["+ASb", "+AEh"], &[Run(Base64, 6, 8)], Most(Letters, 33), Shape, "a+ASband"),
    rule("azure-registry-key", &["+ACR"], &[Run(Alnum, 6, 6)], Most(Letters, 42), Shape, "a+ACRonym"),
    rule("azure-search-key", &["AzSe"], &[Run(Alnum, 6, 6)], Most(Alnum, 42), Shape, "xAzSearch1"),
    rule("azure-account-key", &["ACDb", "+ABa"], &[Run(Base64, 6, 8)], Most(Letters, 76), Shape, "xACDb123456"),
    rule("pgpass-line", &[":5432:"], &[Run(Word, 1, 40), Lit(":"), Run(Word, 1, 40), Lit(":"), Run(Set::Bare, 8, ANY)], Id, Random, "x:5432:app"),
    // Keys of wallets and of Nostr.
    rule("nostr-secret-key", &["nsec1"], &[Run(Alnum, 58, 58)], Edge, Checked, "nsec1value").summed(Bech32, &[58]),
    rule("extended-private-key", &["xprv", "yprv", "zprv", "tprv"], &[Run(Alnum, 107, 107)], Edge, Shape, "xprv9s21ZrQH143K").summed(Base58, &[107]),
    rule("wallet-key", &["Kw", "Kx", "Ky", "Kz", "L1", "L2", "L3", "L4", "L5"], &[ORDINARY, Run(Alnum, 50, 50)], Edge, Checked, "L1Cache").summed(Base58, &[50]),
    rule("wallet-key", &["5H", "5J", "5K"], &[ORDINARY, Run(Alnum, 49, 49)], Edge, Checked, "5Key").summed(Base58, &[49]),
    // Anything signed.
    rule("jwt", &["eyJ"], &[Run(Word, 10, ANY), Lit(".eyJ"), Run(Word, 8, ANY), Lit("."), Run(Word, 0, ANY)], Edge, Shape, "eyJhbGciOiJIUzI1NiJ9"),
    rule("jwt", &["ZXlKaGJHY2lPaU", "ZXlKMGVYQWlPaU", "ZXlKcmFXUWlPaU"], &[Run(Base64, 60, ANY)], Edge, Shape, "ZXlKaGJHY2lPaU"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;
    use crate::redact::checksum::tests::signed;
    use crate::redact::prefixed::MOST_SHOWN;

    /// A token that the row describes, made here so that no source holds one.
    fn sample(rule: &Rule, prefix: &str) -> String {
        let token = shaped(rule, prefix);
        let checked = rule.checksum.filter(|_| rule.floor == Checked);
        checked.map_or(token.clone(), |sum| signed(sum, prefix, &token[prefix.len()..]))
    }

    fn shaped(rule: &Rule, prefix: &str) -> String {
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

    /// Whether what follows a token belongs to it as well.
    fn goes_on(rule: &Rule, after: &str) -> bool {
        matches!(rule.body, [.., Run(set, ..)] if set.has(after.as_bytes()[0]))
    }

    #[test]
    fn every_row_hides_its_tokens_and_spares_its_lookalike() {
        let redactor = Redactor::new(&[7; 32], &[]);
        for rule in RULES {
            for prefix in rule.prefixes {
                let token = sample(rule, prefix);
                let letters = "0123456789abcdef".repeat(5);
                let (shown, own) = match rule.left {
                    Most(_, len) => (&letters[..MOST_SHOWN], &letters[..len]),
                    Id => ("4321", "4321"),
                    Any | Edge => ("", ""),
                };
                for (before, after) in
                    [("use ", " now"), ("<td>", "</td>"), ("x\\n", "\"}"), ("?k=", "&v=2")]
                {
                    if goes_on(rule, after) {
                        continue;
                    }
                    let text = format!("{before}{own}{token}{after}");
                    let out = redactor.redact(&text).to_string();
                    let mark = if rule.left == Id { *prefix } else { "" };
                    let before = format!("{before}{shown}{mark}");
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
            assert!(
                rule.kind.len() + "[REDACTED::0123456789]".len() <= crate::redact::tag::LEN_MAX,
                "{rule:?}"
            );
            assert!(rule.prefixes.iter().all(|p| p.len() >= 2), "{rule:?}");
        }
    }

    #[test]
    fn short_prefixes_need_something_before_them() {
        for rule in RULES.iter().filter(|r| r.prefixes.iter().any(|p| p.len() < 4)) {
            assert_ne!(rule.left, Any, "{rule:?}");
        }
    }
}
