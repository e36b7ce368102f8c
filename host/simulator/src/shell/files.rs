//! The files of a node that a shell can read: what `/etc` and `/proc` say of
//! it, and its sensors in `/sys`.

use std::collections::BTreeMap;

use jarvis_domain::Timestamp;

use crate::cluster::Version;
use crate::node::Node;
use crate::sensors;

/// A node's files, by path.
#[derive(Debug)]
pub(super) struct Tree(BTreeMap<String, String>);

impl Tree {
    /// The files of `node` at `now`.
    pub(super) fn of(node: &Node, version: Version, now: Timestamp) -> Self {
        let (debian, codename) = match version {
            Version::V9_2 => (13, "trixie"),
            Version::V8_4 => (12, "bookworm"),
        };
        let mut files = BTreeMap::from([
            ("/etc/hostname".to_owned(), format!("{}\n", node.name)),
            (
                "/etc/os-release".to_owned(),
                format!(
                    "PRETTY_NAME=\"Debian GNU/Linux {debian} ({codename})\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"{debian}\"\nID=debian\n"
                ),
            ),
            ("/proc/uptime".to_owned(), format!("{}.00 0.00\n", node.uptime(now))),
            ("/proc/loadavg".to_owned(), "0.16 0.10 0.02 1/812 30372\n".to_owned()),
        ]);
        if node.apt.needs_reboot() {
            for file in ["/run/reboot-required", "/var/run/reboot-required"] {
                files.insert(file.to_owned(), "*** System restart required ***\n".to_owned());
            }
        }
        for (index, chip) in sensors::of(node, now).iter().enumerate() {
            let folder = format!("/sys/class/hwmon/hwmon{index}");
            files.insert(format!("{folder}/name"), format!("{}\n", chip.driver));
            for (n, sensor) in chip.sensors.iter().enumerate() {
                let file = format!("{folder}/temp{}", n + 1);
                files.insert(format!("{file}_label"), format!("{}\n", sensor.label));
                if let Some(input) = sensor.input {
                    files.insert(format!("{file}_input"), format!("{:.0}\n", input * 1000.0));
                }
                for (end, value) in sensor.limits.iter().filter(|(end, _)| *end == "crit") {
                    files.insert(format!("{file}_{end}"), format!("{:.0}\n", value * 1000.0));
                }
            }
            if index == 0 {
                let zone = "/sys/class/thermal/thermal_zone0";
                let first = chip.sensors.first().and_then(|sensor| sensor.input);
                files.insert(format!("{zone}/type"), "x86_pkg_temp\n".to_owned());
                let degrees = first.unwrap_or(27.8) * 1000.0;
                files.insert(format!("{zone}/temp"), format!("{degrees:.0}\n"));
            }
        }
        Self(files)
    }

    /// Whether there is such a file or folder.
    pub(super) fn has(&self, path: &str) -> bool {
        !self.matching(path).is_empty() || self.is_folder(path)
    }

    /// The text of a file, or of all that a pattern with `*` names.
    pub(super) fn cat(&self, path: &str) -> Result<String, String> {
        let found = self.matching(path);
        if found.is_empty() {
            let why =
                if self.is_folder(path) { "Is a directory" } else { "No such file or directory" };
            return Err(format!("cat: {path}: {why}\n"));
        }
        Ok(found.into_iter().map(|(_, text)| text.as_str()).collect())
    }

    /// The names in a folder, or the paths that a pattern with `*` names.
    pub(super) fn ls(&self, path: &str) -> Result<String, String> {
        let found = self.matching(path);
        if !found.is_empty() {
            return Ok(found.into_iter().map(|(path, _)| format!("{path}\n")).collect());
        }
        let folder = format!("{}/", path.trim_end_matches('/'));
        let mut names: Vec<&str> = self
            .0
            .keys()
            .filter_map(|file| file.strip_prefix(&folder)?.split('/').next())
            .collect();
        names.dedup();
        if names.is_empty() {
            return Err(format!("ls: cannot access '{path}': No such file or directory\n"));
        }
        Ok(names.into_iter().map(|name| format!("{name}\n")).collect())
    }

    /// `path:line` for every line of the files, and of those in folders.
    pub(super) fn grep(&self, paths: &[&str]) -> String {
        let wanted = |file: &str| {
            paths.iter().filter(|path| !path.starts_with('-')).any(|path| {
                glob(path, file) || file.starts_with(&format!("{}/", path.trim_end_matches('/')))
            })
        };
        let found = self.0.iter().filter(|(file, _)| wanted(file));
        found
            .flat_map(|(file, text)| text.lines().map(move |line| format!("{file}:{line}\n")))
            .collect()
    }

    /// The same for files whose names one of the `--include=PATTERN` among
    /// `words` fits.
    pub(super) fn grep_named(&self, words: &[&str]) -> String {
        let patterns: Vec<&str> =
            words.iter().filter_map(|word| word.strip_prefix("--include=")).collect();
        let fits = |line: &&str| {
            let path = line.split(':').next().unwrap_or_default();
            let name = path.rsplit('/').next().unwrap_or_default();
            patterns.iter().any(|pattern| piece(pattern, name))
        };
        let lines = self.grep(words);
        lines.lines().filter(fits).map(|line| format!("{line}\n")).collect()
    }

    /// `find [-L] FOLDER… [-name PATTERN]… [-path PATTERN]…`, and with
    /// `-exec grep -H . {} +` the lines of what was found.
    pub(super) fn find(&self, words: &[&str]) -> Result<String, String> {
        let after = |flag: &str| -> Vec<&str> {
            let pairs = words.iter().zip(words.iter().skip(1));
            pairs.filter(|(word, _)| **word == flag).map(|(_, pattern)| *pattern).collect()
        };
        let plain = words.iter().skip_while(|word| word.starts_with('-')).copied();
        let folders: Vec<&str> = plain.take_while(|w| !w.starts_with(['-', '('])).collect();
        if let Some(missing) = folders.iter().find(|folder| !self.has(folder)) {
            return Err(format!("find: '{missing}': No such file or directory\n"));
        }
        let (names, paths) = (after("-name"), after("-path"));
        let found = self.0.iter().filter(|(file, _)| {
            let name = file.rsplit('/').next().unwrap_or_default();
            folders.iter().any(|folder| file.starts_with(&format!("{folder}/")))
                && (names.is_empty() || names.iter().any(|pattern| piece(pattern, name)))
                // Here a `*` stands for slashes too.
                && paths.iter().all(|pattern| piece(pattern, file))
        });
        let mut text = String::new();
        for (file, content) in found {
            if words.contains(&"grep") {
                content.lines().for_each(|line| text.push_str(&format!("{file}:{line}\n")));
            } else {
                text.push_str(&format!("{file}\n"));
            }
        }
        Ok(text)
    }

    fn is_folder(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.0.keys().any(|file| file.starts_with(&folder))
    }

    fn matching(&self, pattern: &str) -> Vec<(&String, &String)> {
        self.0.iter().filter(|(file, _)| glob(pattern, file)).collect()
    }
}

/// Whether `pattern`, where `*` stands for anything but a slash, names `file`.
fn glob(pattern: &str, file: &str) -> bool {
    let (patterns, parts) = (pattern.split('/'), file.split('/'));
    pattern.split('/').count() == file.split('/').count()
        && patterns.zip(parts).all(|(pattern, part)| piece(pattern, part))
}

/// Whether `pattern`, where `*` stands for anything, is `text`.
fn piece(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(head) else { return false };
    let mut pieces: Vec<&str> = tail.split('*').collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = rest.get(at + piece.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_name_files_within_one_folder_level() {
        for (pattern, file, fits) in [
            ("/a/b", "/a/b", true),
            ("/a/hwmon*/temp*_input", "/a/hwmon0/temp12_input", true),
            ("/a/hwmon*/temp*_input", "/a/hwmon0/temp1_label", false),
            ("/a/*", "/a/b/c", false),
            ("*", "/a", false),
        ] {
            assert_eq!(glob(pattern, file), fits, "{pattern} {file}");
        }
    }
}
