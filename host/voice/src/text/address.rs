//! Addresses of networks, and identifiers that nobody wants to hear.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::number::is_digits;
use super::said::Said;

/// An address of any kind; none where `word` is none.
pub(super) fn address(word: &str, of: &Said) -> Option<String> {
    link(word, of).or_else(|| four(word, of)).or_else(|| six(word, of)).or_else(|| mac(word, of))
}

/// What is said in place of an identifier that is only good for machines.
pub(super) fn identifier(word: &str, of: &Said) -> Option<&'static str> {
    if word.starts_with("UPID:") {
        return Some(of.task);
    }
    let hex = word.chars().filter(char::is_ascii_hexdigit).count();
    let dashes = word.chars().filter(|c| *c == '-').count();
    if word.len() == 36 && hex == 32 && dashes == 4 {
        return Some(of.identifier);
    }
    // A digest.
    (word.len() >= 32 && hex == word.len()).then_some(of.identifier)
}

/// Of a link only where it leads.
fn link(word: &str, of: &Said) -> Option<String> {
    let (scheme, rest) = word.split_once("://")?;
    if !matches!(scheme, "http" | "https" | "tcp" | "ws" | "wss" | "ssh") {
        return None;
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if is_digits(port) => (host, Some(port)),
        _ => (host, None),
    };
    let said = four(host, of).or_else(|| six(host, of)).unwrap_or_else(|| name(host, of));
    Some(with_port(said, port, of))
}

/// `said`, and its port where it has one.
fn with_port(said: String, port: Option<&str>, of: &Said) -> String {
    match port {
        Some(port) => format!("{said}, {} {port}", of.port),
        None => said,
    }
}

/// `pve1.example.org`.
fn name(host: &str, of: &Said) -> String {
    host.replace('.', of.dot).replace(['-', '_', ':', '[', ']'], " ").trim().to_owned()
}

/// `10.0.0.1`, with a port or the length of a network.
fn four(word: &str, of: &Said) -> Option<String> {
    let (address, rest) = match word.find(['/', ':']) {
        Some(at) => (word.get(..at)?, word.get(at..)?),
        None => (word, ""),
    };
    address.parse::<Ipv4Addr>().ok()?;
    let said = address.replace('.', of.dot);
    match (rest.get(..1), rest.get(1..)) {
        (None, _) => Some(said),
        (Some("/"), Some(bits)) if is_digits(bits) => Some(format!("{said}{}{bits}", of.slash)),
        (Some(":"), Some(port)) if is_digits(port) => Some(with_port(said, Some(port), of)),
        _ => None,
    }
}

/// The length of an address in brackets, and of its port, that `word` begins with:
/// `[fe80::1]:8006`.
pub(super) fn bracketed(word: &str) -> Option<usize> {
    let (address, rest) = word.strip_prefix('[')?.split_once(']')?;
    address.parse::<Ipv6Addr>().ok()?;
    let digits = rest
        .strip_prefix(':')
        .map_or(0, |port| port.find(|c: char| !c.is_ascii_digit()).unwrap_or(port.len()));
    let port = if digits == 0 { 0 } else { 1 + digits };
    Some(address.len() + 2 + port)
}

/// `fe80::1`, with the length of a network; in brackets, with a port.
fn six(word: &str, of: &Said) -> Option<String> {
    if let Some((address, rest)) = word.strip_prefix('[').and_then(|word| word.split_once(']')) {
        let said = six(address, of)?;
        let port = rest.strip_prefix(':').filter(|port| is_digits(port));
        return Some(with_port(said, port, of));
    }
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, is_digits(bits).then_some(bits).map(Some)?),
        None => (word, None),
    };
    address.parse::<Ipv6Addr>().ok()?;
    let said = spelled(address, of.colon, of);
    Some(bits.map_or(said.clone(), |bits| format!("{said}{}{bits}", of.slash)))
}

fn mac(word: &str, of: &Said) -> Option<String> {
    let pairs: Vec<&str> = word.split(':').collect();
    let pair = |pair: &&str| pair.len() == 2 && pair.chars().all(|c| c.is_ascii_hexdigit());
    (pairs.len() == 6 && pairs.iter().all(pair)).then(|| spelled(word, ",", of))
}

/// Sign by sign; `colon` stands for each colon.
fn spelled(address: &str, colon: &str, of: &Said) -> String {
    let mut said = String::new();
    for c in address.chars() {
        if c != ':' || colon.len() > 1 {
            said.push(' ');
        }
        match c {
            ':' => said.push_str(colon),
            '.' => said.push_str(of.dot.trim()),
            _ => said.extend(c.to_uppercase()),
        }
    }
    said.trim().to_owned()
}
