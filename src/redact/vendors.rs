//! Values that only a vendor's name says something about: `adafruit_io = …`.
//!
//! A vendor's name says less than `key` or `token`: much of what stands behind it is an id, an
//! address or the hash of a release. So every other word of the name must leave it open, and the
//! value must be random through and through.

use super::value;

/// Vendors whose keys have no form of their own, in lower case; they are looked for in any case.
/// No word of another meaning is among them.
#[rustfmt::skip] // a list is read by lines, not by words
pub(super) const VENDORS: &[&str] = &[
    "abuseipdb", "adafruit", "adobe", "airtable", "aiven", "algolia", "alibaba", "asaas", "asana",
    "assemblyai", "bitbucket", "bitly", "bitrise", "bittrex", "browserstack", "circleci", "civo",
    "clickup", "cloudflare", "cloudinary", "codecov", "cohere", "coinbase", "configcat",
    "confluent", "contentful", "coveralls", "databento", "datadog", "datagov", "deepgram",
    "deepseek", "discord", "disqus", "droneci", "dropbox", "ebay", "endorlabs", "etsy",
    "exoscale", "facebook", "fastly", "figma", "finicity", "finnhub", "flickr", "freemius",
    "freshbooks", "fullstory", "gitea", "gitter", "gocardless", "greptile", "gumroad", "heroku",
    "honeycomb", "hubspot", "influxdb", "infomaniak", "intercom", "jumpcloud", "kagi", "klaviyo",
    "kucoin", "launchdarkly", "linkedin", "mailchimp", "mailgun", "mapbox", "mattermost",
    "maxmind", "meraki", "messagebird", "midtrans", "mistral", "netlify", "new-relic",
    "new_relic", "newrelic", "ngrok", "nytimes", "okta", "ollama", "openai", "openweather",
    "opsgenie", "pagerduty", "paypal", "plaid", "plivo", "polymarket", "postmark", "privateai",
    "rapidapi", "razorpay", "retell", "salesforce", "scaleway", "sendbird", "sendinblue",
    "sentry", "sidekiq", "snyk", "squarespace", "sslmate", "sumologic", "tableau", "telegram",
    "telnyx", "thunderstore", "travisci", "twilio", "twitch", "twitter", "typeform", "upstash",
    "vercel", "virustotal", "voyageai", "vultr", "wakatime", "wandb", "weatherstack",
    "woocommerce", "workos", "yandex", "zendesk", "zoho",
];

/// Words that say that a name is one of something else.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "account", "action", "app", "branch", "build", "bundle", "checksum", "client", "commit",
    "deploy", "digest", "domain", "email", "endpoint", "etag", "file", "fingerprint", "hash",
    "host", "id", "ids", "image", "integrity", "link", "md5", "name", "org", "page", "path",
    "project", "public", "ref", "region", "release", "request", "rev", "revision", "sha", "sha1",
    "sha256", "sha512", "site", "sum", "tag", "team", "trace", "uri", "url", "user", "username",
    "uuid", "version", "zone",
];

/// Hexadecimal digits of a hash: SHA-1, SHA-256, SHA-512.
const HASHES: [usize; 3] = [40, 64, 128];

/// Letters and digits without a sign between them, of which a key has that many: a UUID's last part.
const PIECE_MIN: usize = 12;

/// Whether a name with a vendor's in it may be a secret's: no word of it says otherwise.
pub(super) fn is_open(name: &[u8]) -> bool {
    let mut rest = name;
    while !rest.is_empty() {
        let (word, len) = next_word(rest);
        if OTHERS.iter().any(|other| word.eq_ignore_ascii_case(other.as_bytes())) {
            return false;
        }
        rest = &rest[len..];
    }
    true
}

/// The first word of `my_name`, `my-name`, `myName` or `MY_NAME`, and where the next one begins.
fn next_word(name: &[u8]) -> (&[u8], usize) {
    let is_end = |pair: &[u8]| {
        !pair[1].is_ascii_alphanumeric()
            || pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()
    };
    let len = name.windows(2).position(is_end).map_or(name.len(), |at| at + 1);
    let is_apart = name.get(len).is_some_and(|byte| !byte.is_ascii_alphanumeric());
    (&name[..len], len + usize::from(is_apart))
}

/// Whether a random value may be a key: not one made of short pieces, as the names of models and
/// the times of day are, and no hash.
pub(super) fn may_be_key(value: &[u8]) -> bool {
    let pieces = || value.split(|byte| !byte.is_ascii_alphanumeric());
    let is_hash =
        |piece: &[u8]| HASHES.contains(&piece.len()) && piece.iter().all(u8::is_ascii_hexdigit);
    pieces().any(|piece| piece.len() >= PIECE_MIN && value::is_uneven(piece))
        && !pieces().any(is_hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    #[test]
    fn a_vendors_name_is_enough_before_what_is_random() {
        let redactor = Redactor::new(&[7; 32], &[]);
        let value = ["Zk3v9QpL1xW8", "sT2yBn6Mq4Rd7"].concat();
        for name in ["adafruit_io", "DATADOG_PROD", "mailgunDefault", "okta"] {
            for text in [format!("{name} = {value}\n"), format!("\"{name}\": \"{value}\"")] {
                assert!(!redactor.redact(&text).as_str().contains(&value), "{text}");
            }
        }
        let hash = "3f786850e387550fdab836ed7e6dc881de23001b";
        for text in [
            format!("adafruit_release_id = {value}"),
            format!("datadogSiteId: \"{value}\""),
            format!("heroku: {hash}"),
            format!("okta {value}"),
            "openai = \"gpt-4o-mini-2024-07-18\"".to_owned(),
            "ollama: llama3.1:8b-instruct-q4_K_M".to_owned(),
            format!("heroku: sha256:{}", "3f7868e0".repeat(8)),
            "okta = authorization-code-flow-2".to_owned(),
            "heroku = https://git.heroku.com/app-7f3k2m.git".to_owned(),
        ] {
            assert_eq!(redactor.redact(&text).as_str(), text);
        }
    }

    #[test]
    fn names_fall_into_words() {
        assert!(!is_open(b"DATADOG_APP_ID") && !is_open(b"oktaClient") && !is_open(b"okta-url"));
        assert!(is_open(b"datadog") && is_open(b"oktaIdle") && is_open(b"_okta__"));
    }
}
