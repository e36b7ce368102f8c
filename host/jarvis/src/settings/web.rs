//! The part of `server:` that is about browsers: TLS, names and origins.

use std::net::IpAddr;
use std::path::PathBuf;

use jarvis_api::http;
use jarvis_document::{Cursor, Keys, Value};
use serde::Serialize;
use utoipa::ToSchema;

use super::read::absolute;

/// What a browser meets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SettingsWeb)]
pub(crate) struct Web {
    /// TLS; none speaks plain HTTP.
    #[schema(required)]
    pub(crate) tls: Option<Tls>,
    /// What the server is called beside its addresses.
    pub(crate) names: Vec<String>,
    /// Other origins whose pages may act.
    pub(crate) origins: Vec<String>,
    /// Plain HTTP also where other machines reach it.
    pub(crate) plain_elsewhere: bool,
    /// Proxies that are believed when they say for whom they ask.
    #[schema(value_type = Vec<String>)]
    pub(crate) proxies: Vec<IpAddr>,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SettingsTls)]
pub(crate) enum Tls {
    /// Jarvis makes one, and keeps it in its state folder.
    SelfMade,
    /// From these PEM files.
    Given {
        /// The certificate with its chain.
        #[schema(value_type = String)]
        certificate: PathBuf,
        /// Its key.
        #[schema(value_type = String)]
        key: PathBuf,
    },
}

impl Web {
    /// Reads its keys out of `server:`.
    pub(crate) fn read(keys: &Keys<'_>) -> Self {
        Self {
            tls: keys.optional("tls").and_then(|c| Tls::read(&c)),
            names: keys.optional("names").map(|c| texts(&c, is_name)).unwrap_or_default(),
            origins: keys.optional("origins").map(|c| texts(&c, is_origin)).unwrap_or_default(),
            plain_elsewhere: keys
                .optional("plain_elsewhere")
                .and_then(|c| c.boolean())
                .unwrap_or_default(),
            proxies: keys.optional("proxies").map(|c| addresses(&c)).unwrap_or_default(),
        }
    }

    /// The names and origins for the HTTP door.
    pub(crate) fn names(&self) -> http::Names {
        http::Names {
            hosts: self.names.clone(),
            origins: self.origins.clone(),
            proxies: http::Proxies::at(self.proxies.clone()),
        }
    }
}

impl Tls {
    fn read(cursor: &Cursor<'_>) -> Option<Self> {
        if matches!(cursor.node().value, Value::Scalar(_)) {
            cursor.one_of(&[("self-made", ())])?;
            return Some(Self::SelfMade);
        }
        let keys = cursor.mapping()?;
        let file = |key| keys.required(key).and_then(|c| absolute(&c));
        let (certificate, key) = (file("certificate"), file("key"));
        keys.finish();
        Some(Self::Given { certificate: certificate?, key: key? })
    }
}

fn addresses(cursor: &Cursor<'_>) -> Vec<IpAddr> {
    let fits = |text: &str| match text.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err("an address belongs here, without a port: 127.0.0.1"),
    };
    texts(cursor, fits).iter().filter_map(|text| text.parse().ok()).collect()
}

fn texts(cursor: &Cursor<'_>, fits: fn(&str) -> Result<(), &'static str>) -> Vec<String> {
    let text = |item: Cursor<'_>| {
        let text = item.text()?;
        match fits(text) {
            Ok(()) => Some(text.to_owned()),
            Err(why) => {
                item.problem(why);
                None
            }
        }
    };
    cursor.one_or_more().unwrap_or_default().into_iter().filter_map(text).collect()
}

fn is_name(text: &str) -> Result<(), &'static str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if !text.is_empty() && text.len() <= 253 && text.chars().all(fits) {
        Ok(())
    } else {
        Err("a name without a port belongs here: jarvis.lan")
    }
}

fn is_origin(text: &str) -> Result<(), &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => Ok(()),
        _ => Err("a scheme and a host belong here: https://panel.lan"),
    }
}
