//! Every guest, what it does, and what has to come of it. A guest without a
//! row, or a row without its guest, fails the test and the bench.

/// What a row is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// The guest; also the name of its skill and of its file.
    pub(crate) guest: &'static str,
    /// What it does.
    pub(crate) does: &'static str,
    /// The error's code, else the reply's outcome.
    pub(crate) expects: &'static str,
    /// Where it comes from.
    pub(crate) made: Made,
    /// The declared risk of its command.
    pub(crate) risk: &'static str,
    /// `requests:` of its manifest, as flow YAML.
    pub(crate) requests: &'static str,
    /// Whether the administrator allows what it requests.
    pub(crate) allowed: bool,
    /// What stands in `limits:` of its manifest besides time and cpu.
    pub(crate) limits: &'static str,
    /// Its time, milliseconds.
    pub(crate) time: u64,
    /// Its processor time, milliseconds.
    pub(crate) cpu: u64,
}

/// Where a guest comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// `tests/hostile/examples/<guest>.rs`, built by `script/build-hostile`.
    Rust,
    /// `tests/hostile/wat/<guest>.wat`.
    Wat,
    /// By the function of that name in `folders.rs`.
    Folder,
}

const KV: &str = "[{capability: kv, reason: To try it.}]";
const READ: &str = "[{capability: cluster-read, reason: To try it., \
    paths: ['/nodes/*/qemu/*/status/current']}]";
const WRITE: &str = "[{capability: cluster-write, reason: To try it., verbs: [create], \
    paths: ['/nodes/*/qemu/*/status/start', '/nodes/*/qemu/*/status/stop']}]";
const SHELL: &str = "[{capability: node-shell, reason: To try it., \
    argv: [[systemctl, status, '*']]}]";
const BIG: &str = "memory: 64MiB";

const fn row(made: Made, guest: &'static str, expects: &'static str, does: &'static str) -> Row {
    Row {
        guest,
        does,
        expects,
        made,
        risk: "change",
        requests: "[]",
        allowed: true,
        limits: "",
        time: 120_000,
        cpu: 200,
    }
}

const fn rust(guest: &'static str, expects: &'static str, does: &'static str) -> Row {
    row(Made::Rust, guest, expects, does)
}

const fn wat(guest: &'static str, expects: &'static str, does: &'static str) -> Row {
    row(Made::Wat, guest, expects, does)
}

const fn folder(guest: &'static str, expects: &'static str, does: &'static str) -> Row {
    row(Made::Folder, guest, expects, does)
}

impl Row {
    const fn asks(self, requests: &'static str) -> Self {
        Self { requests, ..self }
    }

    const fn may(self, limits: &'static str) -> Self {
        Self { limits, ..self }
    }

    const fn patient(self) -> Self {
        Self { cpu: 10_000, ..self }
    }

    const fn hurried(self) -> Self {
        Self { time: 1_000, ..self }
    }

    /// As much as it takes to have begun before the time is up.
    const fn in_time(self) -> Self {
        Self { time: 3_000, ..self }
    }

    const fn reading(self) -> Self {
        Self { risk: "read", ..self }
    }

    const fn unallowed(self) -> Self {
        Self { allowed: false, ..self }
    }
}

/// All of them.
pub(crate) const ROWS: &[Row] = &[
    wat("well-behaved", "done", "nothing wrong: the frame is sound").reading(),
    // It computes, or waits.
    rust("spin-forever", "skill-cpu", "computes for ever"),
    wat("start-loop", "skill-cpu", "computes for ever before it is called"),
    wat("realloc-loop", "skill-cpu", "computes for ever while it takes its arguments"),
    wat("copy-loop", "skill-cpu", "copies a megabyte to and fro, in single instructions"),
    rust("sleep-forever", "skill-timeout", "sleeps in the host for an hour").hurried(),
    rust("wait-forever", "started", "starts a task and waits for ever").asks(WRITE).in_time(),
    // It takes what there is.
    rust("grow-forever", "skill-memory", "takes memory until there is none"),
    wat("grow-many-memories", "skill-memory", "grows four memories, each within the limit"),
    wat("table-bomb", "skill-memory", "grows four tables until there is no room")
        .may("memory: 512KiB"),
    rust("deep-recursion", "skill-trapped", "calls itself until the stack ends"),
    wat("timer-bomb", "skill-too-many-handles", "sets a million timers").patient(),
    wat("handle-bomb", "skill-too-many-handles", "makes a million handles of its own").patient(),
    wat("random-flood", "skill-too-much-random", "asks for random bytes for ever").patient(),
    rust("string-bomb", "skill-argument-too-large", "hands over a text of 20 MiB")
        .may(BIG)
        .patient(),
    rust("list-bomb", "skill-argument-too-large", "hands over a million fields")
        .asks(READ)
        .may(BIG)
        .patient(),
    rust("call-flood", "skill-too-many-calls", "calls the host for ever").patient(),
    rust("log-flood", "skill-too-many-calls", "writes a million lines in its log").patient(),
    rust("byte-flood", "skill-too-many-bytes", "reads its largest value for ever")
        .asks(KV)
        .may("bytes: 1MiB")
        .patient(),
    rust("print-flood", "nothing-changed", "prints 20,000 lines and 4 MiB in one").patient(),
    rust("key-flood", "skill-invalid", "stores more keys than it may").asks(KV).may("keys: 10"),
    rust("value-bomb", "skill-invalid", "stores a value that is too long").asks(KV),
    // It crashes, or leaves.
    rust("trap", "skill-trapped", "runs into an impossible instruction"),
    rust("panic-bomb", "skill-trapped", "panics with a message of 1 MiB").patient(),
    rust("exit-0", "skill-trapped", "ends itself as if all were well"),
    rust("exit-1", "skill-trapped", "ends itself with a failure"),
    wat("realloc-lie", "skill-trapped", "gives an address beyond its memory"),
    wat("reenter", "skill-trapped", "calls the host while it takes its arguments"),
    rust("drop-twice", "started", "drops an operation twice").asks(WRITE),
    rust("forged-handle", "skill-trapped", "waits for an operation it was never given").asks(WRITE),
    // It answers what is no answer.
    rust("reply-bomb", "skill-reply-too-large", "answers with 20 MiB").may(BIG).patient(),
    rust("reply-long", "skill-reply-too-large", "speaks 2,000 characters"),
    rust("reply-wide", "skill-reply-too-large", "answers with data of 300 KiB").patient(),
    rust("json-bomb", "skill-bad-reply", "answers with data nested 100,000 deep").patient(),
    rust("json-broken", "skill-bad-reply", "answers with data that is no JSON"),
    rust("silent", "skill-bad-reply", "answers nothing"),
    rust("error-bomb", "skill-error", "fails with 500 KiB of escape sequences").patient(),
    rust("terminal-tricks", "nothing-changed", "speaks and logs what a terminal would obey"),
    rust("liar", "nothing-changed", "says that it is done, and did nothing"),
    wat("reply-beyond", "skill-trapped", "answers with a text beyond its memory"),
    wat("reply-not-text", "skill-trapped", "answers with bytes that are no text"),
    wat("reply-not-a-case", "skill-trapped", "answers with an error that does not exist"),
    wat("reply-askew", "skill-trapped", "answers at an address that is not aligned"),
    // It asks for what it may not have.
    rust("path-tricks", "skill-denied", "reads paths that look like the granted one")
        .asks(READ)
        .patient(),
    rust("argv-tricks", "skill-denied", "runs words that look like the granted ones")
        .asks(SHELL)
        .patient(),
    rust("risk-lie", "skill-denied", "writes from a command that is said to read")
        .asks(WRITE)
        .reading(),
    rust("asks-ungranted", "skill-not-allowed", "uses what nobody allows it").asks(KV).unallowed(),
    rust("asks-unrequested", "skill-not-requested", "uses what its manifest does not request"),
    rust("reads-files", "skill-import", "opens a file"),
    rust("calls-out", "skill-import", "opens a connection"),
    wat("asks-unknown", "skill-import", "imports an interface that does not exist"),
    wat("asks-wrong-type", "skill-unfit", "imports a function with another type"),
    // It is not a skill of this host.
    wat("newer-wit", "skill-contract", "is built for a later contract"),
    wat("older-wit", "skill-contract", "is built for an earlier contract"),
    wat("other-types", "skill-unfit", "exports an invoke of numbers"),
    wat("no-skill", "skill-no-export", "is a component, and no skill"),
    wat("core-module", "skill-not-a-component", "is a module"),
    wat("many-memories", "skill-too-big", "is made of nine memories"),
    wat("many-instances", "skill-too-big", "is made of seventy instances"),
    wat("some-instances", "skill-too-many-parts", "is made of sixty instances, and may be of 48"),
    wat("big-memory", "skill-too-big", "begins with 4 GiB of memory"),
    wat("big-table", "skill-too-big", "begins with a hundred million elements"),
    folder("not-a-component", "skill-not-a-component", "is a shell script"),
    folder("truncated", "skill-not-a-component", "lacks its second half"),
    folder("zero-byte", "skill-not-a-component", "is empty"),
    folder("bits-flipped", "skill-not-a-component", "has a broken byte in its middle"),
    // Its files are not what they seem.
    folder("large-file", "skill-folder", "has 256 MiB"),
    folder("symlink", "skill-folder", "is a link to /etc/passwd"),
    folder("fifo", "skill-folder", "is a pipe that nobody writes to"),
    folder("linked-folder", "skill-folder", "is a link to another skill's folder"),
    folder("two-components", "skill-folder", "has two components"),
    folder("replaced-mid-read", "whole", "is replaced again and again while it is read"),
    folder("written-mid-read", "whole", "is written in place again and again while it is read"),
    // Its manifest is not what it should be.
    folder("no-manifest", "skill-folder", "has none"),
    folder("empty-manifest", "skill-manifest", "is empty"),
    folder("duplicate-names", "skill-manifest", "names a command twice"),
    folder("many-commands", "skill-manifest", "names 10,000 commands"),
    folder("other-id", "skill-folder", "names another skill"),
    folder("never-grantable", "skill-manifest", "requests commands on the node"),
    folder("yaml-bomb", "skill-manifest", "refers to itself again and again"),
    folder("large-manifest", "skill-folder", "has 2 MiB"),
    folder("not-text", "skill-folder", "is no text"),
    folder("large-examples", "skill-folder", "has sentences of 2 MiB"),
    folder(
        "bad-sentences",
        "skill-sentences",
        "has sentences with unknown slots and broken brackets",
    ),
];
