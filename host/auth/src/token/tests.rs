use jarvis_domain::identity::Secret;
use ring::hmac;
use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp(1_795_468_823_000);
const SECRET: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const LIFETIME: Duration = Duration::from_secs(8 * 3600);

fn ring(secret: &str) -> Keyring {
    crate::crypto::install();
    Keyring::from_secret(&Secret::new(secret)).unwrap()
}

fn claims() -> Claims {
    Claims::new("alice@pam".parse().unwrap(), "some-id".to_owned(), NOW, LIFETIME)
}

/// RFC 4648, section 5, without padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let wide = chunk.iter().fold(0u32, |wide, byte| wide << 8 | u32::from(*byte));
        let wide = wide << (8 * (3 - chunk.len()));
        for at in 0..=chunk.len() {
            text.push(char::from(DIGITS[(wide >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}

/// A token of any header and claims, signed as HS256 with `secret`.
fn forged(header: &Value, claims: &Value, secret: &str) -> String {
    let message = format!(
        "{}.{}",
        base64(header.to_string().as_bytes()),
        base64(claims.to_string().as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("{message}.{}", base64(hmac::sign(&key, message.as_bytes()).as_ref()))
}

fn header(keys: &Keyring, alg: &str) -> Value {
    json!({ "typ": "JWT", "alg": alg, "kid": keys.newest().unwrap().kid })
}

#[test]
fn ours_is_read_until_it_has_run_out() {
    let keys = ring(SECRET);
    let token = sign(&claims(), &keys).unwrap();
    for at in [0, 1, 8 * 3600 - 1] {
        let now = NOW.plus(Duration::from_secs(at));
        assert_eq!(read(&token, &keys, now).unwrap(), claims());
    }
    for late in [8 * 3600, 8 * 3600 + 59, 1 << 40] {
        let error = read(&token, &keys, NOW.plus(Duration::from_secs(late))).unwrap_err();
        assert!(matches!(error, AuthError::Expired), "{error}");
    }
    assert!(token.len() < 512);
    // The test's own hand makes the same as the library.
    let good = forged(&header(&keys, "HS256"), &serde_json::to_value(claims()).unwrap(), SECRET);
    assert_eq!(read(&good, &keys, NOW).unwrap(), claims());
}

#[test]
fn whatever_is_not_ours_is_refused_alike() {
    let keys = ring(SECRET);
    let other = "0f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    let good = serde_json::to_value(claims()).unwrap();
    let token = sign(&claims(), &keys).unwrap();
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        forged(&header(&keys, "HS256"), &claims, SECRET)
    };
    let without = |name: &str| {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        forged(&header(&keys, "HS256"), &claims, SECRET)
    };
    let seconds = NOW.0 / 1000;
    let parts: Vec<&str> = token.split('.').collect();
    let mut unnamed = header(&keys, "HS256");
    unnamed.as_object_mut().unwrap().remove("kid");
    let mut strange = header(&keys, "HS256");
    strange["kid"] = json!("../../dev/null");
    let mut bad = vec![
        ("nothing", String::new()),
        ("a word", "token".to_owned()),
        ("dots", "..".to_owned()),
        ("dots with more", "a.b.c.d".to_owned()),
        ("another's", sign(&claims(), &ring(other)).unwrap()),
        ("another's with our name", forged(&header(&keys, "HS256"), &good, other)),
        ("without a key's name", forged(&unnamed, &good, SECRET)),
        ("a strange key's name", forged(&strange, &good, SECRET)),
        ("another issuer", with("iss", json!("jarvi"))),
        ("several issuers", with("iss", json!(["jarvis"]))),
        ("another audience", with("aud", json!("jarvis"))),
        ("several audiences", with("aud", json!(["jarvis-api", "others"]))),
        ("of the future", with("nbf", json!(seconds + 1))),
        ("made in the future", with("iat", json!(seconds + 1))),
        ("an end in words", with("exp", json!("tomorrow"))),
        ("a negative end", with("exp", json!(-1))),
        ("a strange account", with("sub", json!("root"))),
        ("an id that is none", with("jti", json!(7))),
        ("more than we say", with("role", json!("admin"))),
        ("without a signature", format!("{}.{}.", parts[0], parts[1])),
        ("another one's signature", {
            let later = Claims { exp: claims().exp + 1, ..claims() };
            let later = sign(&later, &keys).unwrap();
            format!("{}.{}.{}", parts[0], parts[1], later.split('.').nth(2).unwrap())
        }),
        ("with a space", format!("{token} ")),
        ("too long", format!("{token}{}", "A".repeat(LONGEST))),
        ("broken text", format!("{}.\u{fffd}.{}", parts[0], parts[2])),
    ];
    for name in ["iss", "aud", "sub", "jti", "iat", "nbf", "exp"] {
        bad.push(("a claim missing", without(name)));
    }
    for alg in ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES256", "EdDSA", "HS256 ", ""] {
        bad.push(("another algorithm", forged(&header(&keys, alg), &good, SECRET)));
        let bare = forged(&header(&keys, alg), &good, SECRET);
        bad.push(("the same, unsigned", bare[..=bare.rfind('.').unwrap()].to_owned()));
    }
    for length in 0..token.len() {
        bad.push(("cut off", token[..length].to_owned()));
    }
    for (what, bad) in bad {
        match read(&bad, &keys, NOW) {
            Err(AuthError::BadToken) => {}
            other => panic!("{what}: {other:?} for {bad}"),
        }
    }
}

#[test]
fn deep_json_is_no_way_in() {
    let keys = ring(SECRET);
    let deep = format!("{}{}", "[".repeat(1500), "]".repeat(1500));
    let message = format!(
        "{}.{}",
        base64(header(&keys, "HS256").to_string().as_bytes()),
        base64(deep.as_bytes())
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let token = format!("{message}.{}", base64(hmac::sign(&key, message.as_bytes()).as_ref()));
    assert!(matches!(read(&token, &keys, NOW), Err(AuthError::BadToken)));
}
