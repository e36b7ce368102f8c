//! A call as arguments of `pvesh`: `--key=value` with full names, the output
//! format last, and nothing that `pvesh` could take for something else.

use jarvis_domain::{ApiCall, Field};

use crate::ClusterError;

/// Options that `pvesh` takes for itself, before it looks at the method's.
/// `quiet` alone would lose every task id.
const OWN_OPTIONS: [&str; 7] =
    ["human-readable", "noborder", "noheader", "nooutput", "noproxy", "output-format", "quiet"];

/// Parameters that hold a secret, beside those with `password` in their name
/// (PVE 9.2: access, storage, metrics, notifications, ACME plugins).
const SECRETS: [&str; 8] =
    ["client-key", "encryption-key", "key", "otp", "secret", "tfa-challenge", "ticket", "token"];

/// The arguments of `call`.
pub(crate) fn argv(call: &ApiCall) -> Result<Vec<String>, ClusterError> {
    let what = || format!("{} {}", call.verb, call.path);
    if call.path.segments().last() == Some("ticket") {
        return Err(ClusterError::SecretInArgv { what: what(), field: call.path.to_string() });
    }
    let mut argv = vec![call.verb.to_string(), call.path.to_string()];
    for Field { name, value } in &call.fields {
        if is_secret(name) {
            return Err(ClusterError::SecretInArgv { what: what(), field: name.clone() });
        }
        if is_own_option(name) {
            return Err(ClusterError::ReservedField { what: what(), field: name.clone() });
        }
        argv.push(format!("--{name}={value}"));
    }
    argv.push("--output-format=json".to_owned());
    Ok(argv)
}

/// Whether a field holds a secret, by its name or what `pvesh` takes for it.
pub(crate) fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // pvesh takes the beginning of a name for the whole.
    let begins = |secret: &&str| secret.starts_with(&name);
    name.contains("password") || ["password", "cipassword"].iter().chain(&SECRETS).any(begins)
}

/// Getopt::Long takes any unambiguous beginning of a name, in any case.
fn is_own_option(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OWN_OPTIONS.iter().any(|own| own.starts_with(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jarvis_domain::{Fields, Verb};

    fn call(verb: Verb, path: &str, fields: &[(&str, &str)]) -> ApiCall {
        let fields = fields
            .iter()
            .map(|(name, value)| Field { name: (*name).to_owned(), value: (*value).to_owned() });
        ApiCall { verb, path: path.parse().unwrap(), fields: Fields::new(fields).unwrap() }
    }

    #[test]
    fn values_stay_inside_their_own_argument() {
        let call = call(
            Verb::Create,
            "/nodes/pve1/qemu/101/snapshot",
            &[("snapname", "x"), ("description", "--forceStop=1 \"; reboot\n")],
        );
        assert_eq!(
            argv(&call).unwrap(),
            [
                "create",
                "/nodes/pve1/qemu/101/snapshot",
                "--description=--forceStop=1 \"; reboot\n",
                "--snapname=x",
                "--output-format=json"
            ]
        );
    }

    #[test]
    fn a_password_never_goes_into_the_arguments() {
        for (path, field) in [
            ("/access/ticket", "username"),
            ("/access/ticket", "password"),
            ("/ticket", "username"),
            ("/access/password", "Password"),
            ("/nodes/pve1/qemu/101/config", "cipassword"),
            ("/access/tfa/root@pam", "otp"),
            ("/storage", "encryption-key"),
        ] {
            let error = argv(&call(Verb::Create, path, &[(field, "hunter2")])).unwrap_err();
            assert!(matches!(error, ClusterError::SecretInArgv { .. }), "{path} {field}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn options_of_pvesh_itself_are_no_fields() {
        for field in ["output-format", "quiet", "QUIET", "noproxy", "out", "q", "nop"] {
            let error = argv(&call(Verb::Get, "/nodes", &[(field, "1")])).unwrap_err();
            assert!(matches!(error, ClusterError::ReservedField { .. }), "{field}: {error}");
        }
        for field in ["node", "notify", "timeout", "since"] {
            assert!(argv(&call(Verb::Get, "/nodes", &[(field, "1")])).is_ok(), "{field}");
        }
    }
}
