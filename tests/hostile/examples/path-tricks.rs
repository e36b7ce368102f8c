//! Reads paths that look like the granted one.

use hostile::host::cluster_read;
use hostile::{Answer, Error, Field, refused};

hostile::guest!(run);

fn run() -> Answer {
    for path in [
        "/nodes/home/qemu/101/status/current/../../config",
        "/nodes/home/qemu/101/status/./current",
        "/nodes/home/qemu/%2e%2e/status/current",
        "/nodes/home/qemu/101/status%2fcurrent",
        "//nodes/home/qemu/101/status/current",
        "/nodes/home/qemu//status/current",
        "nodes/home/qemu/101/status/current",
        "/nodes/home/qemu/101/status/current/",
        "/nodes/home/qemu/101/status/current\0",
        "/nodes/home/qemu/101/status/current\n",
        "/nodes/home/qemu/101/status/current?a=b",
        "/nodes/home/qemu/101/status/current --output-format text",
        "/nodes/home/qemu/--help/status/current",
        "/nodes/home/qemu/101/status/\u{441}urrent",
        "/nodes/home/qemu/101/status/current\u{200b}",
        "/access/users",
        "/nodes/home/execute",
        "--help",
        "",
    ] {
        refused(path, cluster_read::get(path, &[]))?;
    }
    let long = format!("/nodes/home/qemu/{}/status/current", "1".repeat(100_000));
    refused("a long path", cluster_read::get(&long, &[]))?;
    for name in ["a", "--output-format", "a b", "", "a\n"] {
        let field = Field { name: name.to_owned(), value: "1".to_owned() };
        let path = "/nodes/home/qemu/101/status/current";
        refused(name, cluster_read::get(path, &[field]))?;
    }
    Err(Error::Denied("Every path was refused.".to_owned()))
}
