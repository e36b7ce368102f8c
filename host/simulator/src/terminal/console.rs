//! What is at the other end of a terminal: a login, a prompt, a question. It
//! takes lines and says what is shown and what is run; it runs nothing itself.
//!
//! A node has one account, root; a guest's console lets nobody in.

use crate::access::PASSWORD;
use crate::cluster::Cluster;
use crate::guest::{Kind, Power};
use crate::node::Node;
use crate::ssh;
use crate::terminal::{Behind, Start};

/// How often `login` asks before it gives up; a guest's getty starts another.
const TRIES: u32 = 5;

/// What is done for a line, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// Shows this.
    Say(String),
    /// Runs this on the node.
    Run(Vec<String>),
    /// Ends the terminal.
    Finish,
}

/// One end of a terminal.
#[derive(Debug)]
pub(super) struct Console {
    /// The name before `login:`, and in the prompt.
    host: String,
    /// What is shown above `login:`.
    issue: String,
    /// What is shown after a sign-in.
    motd: String,
    /// It is a node's, where root gets in.
    opens: bool,
    tries: u32,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Shell,
    /// `login:` was asked.
    Name,
    /// `Password:` was asked, of this name.
    Password(String),
    /// Whether to upgrade was asked.
    Upgrade,
    Over,
}

impl Console {
    /// The other end of `behind`, and what it shows at once.
    pub(super) fn of(behind: &Behind, cluster: &Cluster) -> (Self, Vec<Act>) {
        match behind {
            Behind::Node(name, start) => Self::of_node(cluster.node(name.as_str()), *start),
            Behind::Guest(vmid, serial) => {
                let mut console = Self {
                    host: String::new(),
                    issue: String::new(),
                    motd: String::new(),
                    opens: false,
                    tries: 0,
                    state: State::Name,
                };
                let said = match cluster.guests.get(vmid) {
                    Some(guest) => attach(guest, serial.as_deref()),
                    None => Err(format!("no such guest {vmid}")),
                };
                let (before, tty) = match said {
                    Ok(begin) => begin,
                    Err(error) => {
                        console.state = State::Over;
                        return (console, vec![Act::Say(format!("{error}\n")), Act::Finish]);
                    }
                };
                console.host = cluster.guests.get(vmid).map(|g| g.name.clone()).unwrap_or_default();
                console.issue = format!("\nDebian GNU/Linux 13 {} {tty}\n\n", console.host);
                let asked = format!("{before}{}{}", console.issue, console.prompt());
                (console, vec![Act::Say(asked)])
            }
        }
    }

    fn of_node(node: Option<&Node>, start: Start) -> (Self, Vec<Act>) {
        let host = node.map(|node| node.name.to_string()).unwrap_or_default();
        let release = node.map(|node| node.apt.running.clone()).unwrap_or_default();
        let motd = format!("Linux {host} {release} #1 SMP PREEMPT_DYNAMIC x86_64\n\n");
        let state = match start {
            Start::Root => State::Shell,
            Start::Login => State::Name,
            Start::Upgrade => State::Upgrade,
            Start::Ceph => State::Over,
        };
        let console = Self { host, issue: String::new(), motd, opens: true, tries: 0, state };
        let acts = match start {
            Start::Root => vec![Act::Say(format!("{}{}", console.motd, console.prompt()))],
            Start::Login => vec![Act::Say(console.prompt())],
            Start::Upgrade => vec![Act::Say(format!(
                "Starting system upgrade: apt-get dist-upgrade\n{}",
                console.prompt()
            ))],
            Start::Ceph => {
                let argv = ["/usr/bin/pveceph", "install"];
                vec![Act::Run(argv.map(str::to_owned).to_vec()), Act::Finish]
            }
        };
        (console, acts)
    }

    /// Whether what is typed is not to be seen.
    pub(super) fn hides(&self) -> bool {
        matches!(self.state, State::Password(_))
    }

    /// What asks for a line.
    pub(super) fn prompt(&self) -> String {
        match &self.state {
            State::Shell => format!("root@{}:~# ", self.host),
            State::Name => format!("{} login: ", self.host),
            State::Password(_) => "Password: ".to_owned(),
            State::Upgrade => "Do you want to continue? [Y/n] ".to_owned(),
            State::Over => String::new(),
        }
    }

    /// What is done for a line.
    pub(super) fn line(&mut self, line: &str) -> Vec<Act> {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Shell => self.command(line),
            State::Name => {
                let name = line.trim();
                self.state = match name.is_empty() {
                    true => State::Name,
                    false => State::Password(name.to_owned()),
                };
                vec![Act::Say(self.prompt())]
            }
            State::Password(name) => self.sign_in(&name, line),
            State::Upgrade => {
                self.state = State::Shell;
                let yes = line.trim().is_empty() || line.trim().starts_with(['y', 'Y']);
                let act = match yes {
                    true => Act::Run(["apt-get", "-y", "dist-upgrade"].map(str::to_owned).to_vec()),
                    false => Act::Say("Abort.\n".to_owned()),
                };
                let after = format!("\nstarting shell\n{}", self.prompt());
                vec![act, Act::Say(after)]
            }
            State::Over => vec![Act::Finish],
        }
    }

    /// What is done for Ctrl-C: the line is gone, and a sign-in begins again.
    pub(super) fn interrupt(&mut self) -> Vec<Act> {
        self.state = match self.state {
            State::Shell | State::Upgrade => State::Shell,
            State::Name | State::Password(_) => State::Name,
            State::Over => State::Over,
        };
        vec![Act::Say(self.prompt())]
    }

    /// What is done for Ctrl-D.
    pub(super) fn end(&mut self) -> Vec<Act> {
        match self.state {
            State::Shell => vec![Act::Say("logout\n".to_owned()), Act::Finish],
            State::Name | State::Password(_) if !self.opens => {
                self.state = State::Name;
                vec![Act::Say(format!("{}{}", self.issue, self.prompt()))]
            }
            _ => vec![Act::Finish],
        }
    }

    fn command(&mut self, line: &str) -> Vec<Act> {
        self.state = State::Shell;
        let commands = match ssh::list(line) {
            Ok(commands) => commands,
            Err(error) => {
                return vec![Act::Say(format!("-bash: {error}\n{}", self.prompt()))];
            }
        };
        let mut acts = Vec::new();
        for argv in commands {
            if matches!(argv.first().map(String::as_str), Some("exit" | "logout")) {
                self.state = State::Over;
                acts.extend([Act::Say("logout\n".to_owned()), Act::Finish]);
                return acts;
            }
            acts.push(Act::Run(argv));
        }
        acts.push(Act::Say(self.prompt()));
        acts
    }

    fn sign_in(&mut self, name: &str, password: &str) -> Vec<Act> {
        if self.opens && name == "root" && password == PASSWORD {
            self.state = State::Shell;
            return vec![Act::Say(format!("{}{}", self.motd, self.prompt()))];
        }
        self.tries += 1;
        if self.opens && self.tries >= TRIES {
            let text = format!("\nLogin incorrect\nMaximum number of tries exceeded ({TRIES})\n");
            return vec![Act::Say(text), Act::Finish];
        }
        self.state = State::Name;
        vec![Act::Say(format!("\nLogin incorrect\n{}", self.prompt()))]
    }
}

/// Reaches a guest's console: what is said first, and the terminal's name in
/// the guest; else what `qm terminal` or `lxc-console` says.
fn attach(
    guest: &crate::guest::Guest,
    serial: Option<&str>,
) -> Result<(String, &'static str), String> {
    let vmid = guest.vmid;
    let stopped = guest.power == Power::Stopped;
    if guest.kind == Kind::Lxc {
        return match stopped {
            true => Err(format!("lxc-console: {vmid}: {vmid} is not running")),
            false => Ok((String::new(), "tty1")),
        };
    }
    let wanted = serial.unwrap_or_default();
    match wanted {
        "" if !guest.serial => Err("unable to find a serial interface".to_owned()),
        wanted if !guest.serial || !matches!(wanted, "" | "serial0") => {
            Err(format!("serial interface '{wanted}' is not configured"))
        }
        _ if stopped => Err(format!("VM {vmid} not running")),
        _ => Ok(("starting serial terminal on interface serial0\n".to_owned(), "ttyS0")),
    }
}

#[cfg(test)]
mod tests;
