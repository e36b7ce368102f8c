use super::*;
use jarvis_domain::Explain;
use jarvis_domain::read::CallErrorKind;
use serde_json::json;

fn reply(status: u16, reason: &str, body: &str) -> Reply {
    let body = body.to_owned().into();
    Reply { status, reason: reason.to_owned(), date: None, body }
}

const TOKEN: Asked<'_> = Asked { what: "get /x", who: "jarvis@pve!read", login: false };

#[test]
fn data_is_what_is_answered() {
    for (body, expected) in [
        (r#"{"data":[1]}"#, json!([1])),
        (r#"{"data":null,"total":3}"#, json!(null)),
        (r#"{"data":"UPID:x"}"#, json!("UPID:x")),
    ] {
        assert_eq!(data(&TOKEN, &reply(200, "OK", body)).unwrap(), expected);
    }
    for body in ["", "<html>", "[1]", "{}", r#"{"data":"#, "\u{0}", r#"{"data":1}x"#] {
        let error = data(&TOKEN, &reply(200, "OK", body)).unwrap_err();
        assert_eq!(error.row().code, "cluster-garbled", "{body:?}: {error}");
    }
}

/// Statuses and reason phrases as pve-http-server and pve-manager say them.
#[test]
fn every_error_has_its_code_its_kind_and_its_words() {
    const FAILED: fn(i32) -> CallErrorKind = CallErrorKind::Failed;
    let errors = r#"{"data":null,"errors":{"vmid":"type check ('integer') failed - got 'x'","node":"property is missing and it is not optional"},"message":"Parameter verification failed.\n"}"#;
    let no_task = r#"{"data":null,"errors":{"upid":"no such task"}}"#;
    let told = r#"{"data":null,"message":"no quorum\n"}"#;
    for (status, reason, body, code, kind, said) in [
        (
            301,
            "Moved Permanently",
            "",
            "cluster-api-redirected",
            CallErrorKind::Garbled,
            "redirects",
        ),
        (
            400,
            "Parameter verification failed.",
            errors,
            "cluster-parameter",
            FAILED(400),
            "node: property is missing and it is not optional vmid: type check ('integer') failed - got 'x'",
        ),
        (
            400,
            "Parameter verification failed.",
            no_task,
            "cluster-not-found",
            CallErrorKind::NotFound,
            "no such task",
        ),
        (
            401,
            "No ticket",
            "",
            "cluster-api-token-refused",
            FAILED(401),
            "jarvis@pve!read: No ticket",
        ),
        (
            401,
            "invalid token value!",
            "",
            "cluster-api-token-refused",
            FAILED(401),
            "invalid token value!",
        ),
        (
            403,
            "Permission check failed (/vms/100, VM.PowerMgmt)",
            "",
            "cluster-api-forbidden",
            FAILED(403),
            "it lacks VM.PowerMgmt on /vms/100",
        ),
        (
            403,
            "Permission check failed (/vms/100, VM.Audit|VM.Monitor)",
            "",
            "cluster-api-forbidden",
            FAILED(403),
            "it lacks VM.Audit or VM.Monitor on /vms/100",
        ),
        (
            403,
            "Permission check failed",
            "",
            "cluster-api-forbidden",
            FAILED(403),
            "Permission check failed",
        ),
        (
            403,
            "Only root may use this option.",
            "",
            "cluster-api-forbidden",
            FAILED(403),
            "Only root",
        ),
        (404, "Not Found", "", "cluster-not-found", CallErrorKind::NotFound, "Not Found"),
        (
            501,
            "Method 'GET /nope' not implemented",
            "",
            "cluster-not-found",
            CallErrorKind::NotFound,
            "'GET /nope'",
        ),
        (
            500,
            "Configuration file 'nodes/a/qemu-server/9.conf' does not exist",
            "",
            "cluster-not-found",
            CallErrorKind::NotFound,
            "9.conf",
        ),
        (
            500,
            "cluster not ready - no quorum?",
            "",
            "cluster-no-quorum",
            CallErrorKind::Unavailable,
            "no quorum?",
        ),
        (500, "", told, "cluster-no-quorum", CallErrorKind::Unavailable, "no quorum"),
        (
            500,
            "can't lock file '/var/lock/x' - got timeout",
            "",
            "cluster-locked",
            CallErrorKind::Busy(10_000),
            "got timeout",
        ),
        (500, "VM is locked (backup)", "", "cluster-locked", CallErrorKind::Busy(10_000), "backup"),
        (
            500,
            "hostname lookup 'ghost' failed - failed to get address info",
            "",
            "cluster-node-unreachable",
            CallErrorKind::Unavailable,
            "ghost",
        ),
        (500, "VM 100 not running", "", "cluster-refused", FAILED(0), "VM 100 not running"),
        (
            500,
            "something new",
            "<html>",
            "cluster-refused",
            FAILED(0),
            "refuses get /x: something new",
        ),
        (500, "", "", "cluster-refused", FAILED(0), "no reason was given"),
        (503, "Service Unavailable", "", "cluster-refused", FAILED(0), "Service Unavailable"),
        (
            504,
            "Gateway Timeout",
            "",
            "cluster-api-node-silent",
            CallErrorKind::Unavailable,
            "status 504",
        ),
        (
            595,
            "No route to host",
            "",
            "cluster-node-unreachable",
            CallErrorKind::Unavailable,
            "No route to host",
        ),
        (
            596,
            "Connection timed out",
            "",
            "cluster-api-node-silent",
            CallErrorKind::Unavailable,
            "Connection timed out",
        ),
        (
            599,
            "Too many redirections",
            "",
            "cluster-api-node-silent",
            CallErrorKind::Unavailable,
            "status 599",
        ),
        (700, "odd", "", "cluster-refused", FAILED(0), "odd"),
        (100, "Continue", "", "cluster-refused", FAILED(0), "Continue"),
    ] {
        let error = data(&TOKEN, &reply(status, reason, body)).unwrap_err();
        assert_eq!((error.row().code, error.kind()), (code, kind), "{status} {reason}: {error}");
        assert!(error.to_string().contains(said), "{status} {reason}: {error}");
    }
}

#[test]
fn a_password_is_not_called_a_token() {
    let user = Asked { who: "jarvis@pve", ..TOKEN };
    for asked in [user, Asked { login: true, ..TOKEN }] {
        let error = data(&asked, &reply(401, "authentication failure", "")).unwrap_err();
        assert_eq!(error.row().code, "cluster-api-login-refused");
    }
}

#[test]
fn what_to_do_about_a_missing_privilege_is_said() {
    let reason = "Permission check failed (/nodes/pve1, Sys.PowerMgmt)";
    let fault = data(&TOKEN, &reply(403, reason, "")).unwrap_err().fault();
    assert_eq!(fault.exit, 5);
    for needle in ["jarvis@pve!read", "Sys.PowerMgmt on /nodes/pve1", "privilege separation"] {
        assert!(fault.hint.contains(needle), "{}", fault.hint);
    }
}

#[test]
fn words_of_the_far_side_are_short_and_plain() {
    let reason = format!("\u{1b}[31m{}", "x".repeat(10_000));
    let shown = words(&reply(500, &reason, ""));
    assert!(shown.chars().count() <= SHOWN && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn only_what_cannot_have_begun_is_certain() {
    for (status, doubtful) in [
        (500, false),
        (501, false),
        (503, false),
        (595, false),
        (502, true),
        (504, true),
        (596, true),
        (599, true),
    ] {
        assert_eq!(is_doubtful(status), doubtful, "{status}");
    }
}
