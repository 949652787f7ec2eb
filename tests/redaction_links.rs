//! What may stand between a name and its value, before a command's password, and around a secret.

use crate::painted::painted;
use crate::redaction::{assert_hidden, redact, redactor, stream};
use crate::redaction_keys::pem;

/// A value that no rule knows by itself.
fn value() -> String {
    ["Zk3v9QpL1x", "W8sT2yBn6M"].concat()
}

/// Every text keeps all but the value, which `{}` stands for.
fn assert_only_the_value_goes(texts: &[&str]) {
    let value = value();
    for text in texts {
        let (before, after) = text.split_once("{}").unwrap();
        let out = redact(&format!("{before}{value}{after}"));
        assert!(out.starts_with(before) && out.ends_with(after), "{text}: {out}");
        assert!(!out.contains(&value[..8]) && out.contains("REDACTED"), "{text}: {out}");
    }
}

#[test]
fn values_are_found_behind_more_than_a_sign() {
    assert_only_the_value_goes(&[
        "os.getenv(\"API_TOKEN\", \"{}\")",
        "define('DB_PASSWORD', '{}');",
        "{\"command\":[\"deploy\",\"--api-token\",\"{}\"],\"cwd\":\"/x\"}",
        "API_TOKEN,{}\nPORT,80",
        "ENV['API_TOKEN'] ||= '{}'",
        "const t = process.env.API_TOKEN || \"{}\";",
        "const t = process.env.API_TOKEN ?? '{}';",
        "api_token <- \"{}\"",
        "const API_TOKEN: &str = \"{}\";",
        "val apiToken: String = \"{}\"",
        "public string ApiToken { get; set; } = \"{}\";",
        "variable \"api_token\" {\n  type    = string\n  default = \"{}\"\n}",
        "<key>apiToken</key>\n\t<string>{}</string>",
        "api_token: >-\n  {}\nnext: 1",
        "| `API_TOKEN` | `{}` |",
        "- **API_TOKEN**: `{}`",
        "gh secret set API_TOKEN --body \"{}\" --repo a/b",
        "Content-Disposition: form-data; name=\"api_token\"\n\n{}\n--x--",
        "The API_TOKEN is {} and more",
        "Das Passwort lautet {}",
        "La contraseña es {}",
        "密码：{}",
        "ALTER USER a IDENTIFIED BY '{}';",
    ]);
}

#[test]
fn the_same_places_hold_other_things_too() {
    for text in [
        "map.get(\"token\", \"default-name\")",
        "[\"password\", \"username\", \"session\"]",
        "token: &str = name;",
        "password: Option<String> = None,",
        "| token | meaning |\n|---|---|\n| `key` | the key |",
        "the token is required, and the password is hidden",
        "if token || is_secret_value { return }",
        "token { get; }",
        "a pass to modnames2paths: and more",
        "variable \"token\" {\n  type = string\n}\n",
        "<key>token</key>\n<string>none</string>",
        "echo done | tee log && echo hello | sudo tee /etc/x",
        "mosquitto_pub -P password x",
    ] {
        assert_eq!(redact(text), text);
    }
}

#[test]
fn more_commands_take_passwords() {
    assert_only_the_value_goes(&[
        "ldapsearch -x -D cn=a -w {} -b dc=x",
        "smbclient //h/s -U ana%{}",
        "http -a ana:{} https://h/x",
        "openssl rsa -in k.pem -passin pass:{} -out o.pem",
        "vault login {}\n",
        "echo {} | sudo -S apt update",
        "echo '{}' | docker login -u ana --password-stdin",
        "echo 'ana:{}' | chpasswd",
    ]);
}

#[test]
fn keys_are_found_behind_what_each_line_begins_with() {
    let key = pem("\n");
    let body = key.lines().nth(2).unwrap();
    let ways: [fn(usize, &str) -> String; 4] = [
        |n, line| format!("{:6}\t{line}\n", n + 8),
        |_, line| format!("> {line}\n"),
        |_, line| format!("certs/k.pem:{line}\n"),
        |_, line| format!("    \"{line}\\n\" +\n"),
    ];
    for way in ways {
        let text: String = key.lines().enumerate().map(|(n, line)| way(n, line)).collect();
        let text = format!("{text}and more\n");
        let out = redact(&text);
        assert!(text.contains(body), "the control is missing");
        assert_hidden(&out, body);
        assert!(out.contains("-----END") && out.ends_with("and more\n"), "{out}");
        assert_eq!(stream(&text.as_bytes().chunks(1).collect::<Vec<_>>()), out.as_bytes());
    }
}

#[test]
fn what_a_row_below_a_secret_says_stays() {
    let text = format!("x-api-key: {}\r\nAccept: */*\r\nB=2\r\n", value());
    let out = String::from_utf8(stream(&[text.as_bytes()])).unwrap();
    assert!(out.ends_with("\r\nAccept: */*\r\nB=2\r\n") && !out.contains(&value()), "{out}");
    let pieces: Vec<&[u8]> = text.as_bytes().chunks(1).collect();
    assert_eq!(stream(&pieces), out.as_bytes());
    // What goes on with the secret is hidden: nobody said how wide the terminal is.
    let wrapped = format!("x-api-key: {}\r\n{} and\r\n", value(), value());
    let out = String::from_utf8(stream(&[wrapped.as_bytes()])).unwrap();
    assert!(!out.contains("Zk3v") && out.ends_with(" and\r\n"), "{out}");
}

#[test]
fn a_token_in_a_uri_leaves_its_host() {
    let token = format!("gsk_{}{}{}", value(), value(), value());
    let out = redact(&format!("clone https://x-access-token:{token}@github.com/a/b.git now"));
    assert!(out.ends_with("@github.com/a/b.git now") && !out.contains(&token), "{out}");
}

#[test]
fn a_password_of_a_uri_is_hidden_while_it_is_typed() {
    let uri = format!("postgres://app:{}", value());
    let mut terminal = redactor().terminal(loghop::model::Size::new(80, 24));
    let mut out = Vec::new();
    for byte in uri.bytes() {
        out.extend_from_slice(terminal.feed(&[byte]).as_bytes());
        out.extend_from_slice(terminal.flush().as_bytes());
    }
    assert_hidden(&String::from_utf8_lossy(&out), &value());
    // The rows of a box: what ends a row is a beginning as well.
    let (first, second) = uri.split_at(24);
    let out = painted(format!("│ {first} │\r\n│ {second} │\r\n").as_bytes(), &[usize::MAX]);
    assert_hidden(&String::from_utf8_lossy(&out), &value());
}

#[test]
fn a_token_that_is_glued_to_a_tag_is_hidden() {
    let token = format!("ghp_{}{}", value(), value());
    let out = redact(&format!("{token}REDACTED-jwt-0123456789 and"));
    assert!(!out.contains(&value()) && out.ends_with("REDACTED-jwt-0123456789 and"), "{out}");
}

#[test]
fn the_words_of_a_wallet_are_hidden() {
    let words = "abandon ability able about above absent absorb abstract absurd abuse access acid";
    for (before, after) in
        [("mnemonic: ", "\n"), ("\"seed_phrase\": \"", "\","), ("MNEMONIC='", "'")]
    {
        let out = redact(&format!("{before}{words}{after}"));
        assert!(out.starts_with(before) && out.ends_with(after) && !out.contains("able"), "{out}");
    }
    let text = "mnemonic: eleven words are not enough for a wallet to come back from them";
    assert_eq!(redact(text), text);
}

#[test]
fn the_secret_beside_an_access_key_is_hidden() {
    let secret = format!("{}{}", value(), value().replace('Z', "/"));
    for between in [":", ","] {
        let out = redact(&format!("id AKIA{}{between}{secret} end", &"Q7".repeat(8)));
        assert!(
            out.starts_with("id [REDACTED:aws-access-key-id:") && out.ends_with("] end"),
            "{out}"
        );
    }
    let out = redact(&format!("db.host:5432:app:ana:{}\n", value()));
    assert!(out.starts_with("db.host:5432:[REDACTED:pgpass-line:"), "{out}");
}

#[test]
fn a_list_of_yaml_without_quotes_stays_one() {
    let token = format!("ghp_{}{}", value(), value());
    for text in [format!("tokens: [{token}, other]\n"), format!("tokens: [other, {token}]\n")] {
        let parse = |text: &str| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
        let out = redact(&text);
        let (was, is) = (parse(&text).to_string(), parse(&out).to_string());
        assert!(is.contains("\"REDACTED-github-pat-"), "{out}");
        assert_eq!(was.matches(',').count(), is.matches(',').count(), "{out}");
    }
    let out = redact(&format!("[\"a\", \"{token}\"]"));
    assert!(out.contains("\"[REDACTED:github-pat:"), "{out}");
}

#[test]
fn all_parts_of_a_flushed_token_are_hidden() {
    let jwt = format!("eyJ{}.eyJ{}{}.{}", value(), value(), value(), value());
    let mut terminal = redactor().terminal(loghop::model::Size::new(200, 24));
    let mut out = Vec::new();
    for piece in jwt.as_bytes().chunks(20) {
        out.extend_from_slice(terminal.feed(piece).as_bytes());
        out.extend_from_slice(terminal.flush().as_bytes());
    }
    assert_hidden(&String::from_utf8_lossy(&out), &value());
}
