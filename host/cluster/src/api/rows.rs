//! The rows of the HTTPS API in the table of errors.

use jarvis_domain::Row;

use crate::error::row;

pub(crate) const UNREACHABLE: Row = row(
    "cluster-api-unreachable",
    "No host that the settings name under cluster.api.endpoints can be reached.",
    "Check that the host is on, that its name and port (8006) are right, and that no firewall stands between. Nothing was changed.",
    1,
    503,
);
pub(crate) const FINGERPRINT: Row = row(
    "cluster-api-fingerprint-changed",
    "The certificate of the Proxmox API is not the one that the settings name.",
    "Compare with `pvenode cert info` on that node. If it is the node's new certificate, put its fingerprint under cluster.api.fingerprint; if not, somebody stands between. Nothing was sent.",
    1,
    502,
);
pub(crate) const UNTRUSTED: Row = row(
    "cluster-api-untrusted",
    "The certificate of the Proxmox API is not signed by an authority that the settings trust, or not for this name, or out of date.",
    "Set cluster.api.ca to the cluster's /etc/pve/pve-root-ca.pem and name hosts as the certificate does, or pin it with cluster.api.fingerprint. Nothing was sent.",
    1,
    502,
);
pub(crate) const TLS: Row = row(
    "cluster-api-tls",
    "What listens there does not speak TLS 1.2 or 1.3.",
    "Check the port: pveproxy's is 8006. Nothing was sent.",
    1,
    502,
);
pub(crate) const NO_AUTHORITY: Row = row(
    "cluster-api-no-authority",
    "The authority for certificates that the settings name cannot be used.",
    "cluster.api.ca names a PEM file, such as a copy of /etc/pve/pve-root-ca.pem, that jarvis may read.",
    2,
    500,
);
pub(crate) const NO_ENDPOINT: Row = row(
    "cluster-api-no-endpoint",
    "The settings name no host of the Proxmox API.",
    "Name at least one node under cluster.api.endpoints.",
    2,
    500,
);
pub(crate) const TOKEN: Row = row(
    "cluster-api-token-refused",
    "Proxmox does not accept jarvis's API token.",
    "Check its id and its secret, and whether it or its user has expired: pveum user token list USER. A secret is shown only once; make a new token if it is lost.",
    5,
    401,
);
pub(crate) const LOGIN: Row = row(
    "cluster-api-login-refused",
    "Proxmox refuses jarvis's user name or password.",
    "Check the user, its realm and its password; after many wrong ones Proxmox may have locked it. An API token is the better way.",
    5,
    401,
);
pub(crate) const TFA: Row = row(
    "cluster-api-needs-tfa",
    "The account has a second factor, which jarvis cannot give.",
    "Use an API token in place of the password.",
    5,
    401,
);
pub(crate) const SECRET: Row = row(
    "cluster-api-secret",
    "The secret of a token or user cannot be sent.",
    "Put exactly the secret into its file, one line, nothing else.",
    2,
    500,
);
pub(crate) const FORBIDDEN: Row = row(
    "cluster-api-forbidden",
    "Jarvis's account at Proxmox lacks a privilege.",
    "Give it a role with the privilege that is named, under Datacenter, Permissions.",
    5,
    403,
);
pub(crate) const NO_RIGHTS: Row = row(
    "cluster-api-no-rights",
    "Proxmox shows nothing, since jarvis's account may not see it.",
    "Give it the role PVEAuditor on /; a token with privilege separation needs a permission of its own.",
    5,
    403,
);
pub(crate) const READ_ONLY: Row = row(
    "cluster-api-read-only",
    "The settings give jarvis a credential to read with, and none to act with.",
    "Set cluster.api.act to a token that may do what jarvis is to do. Nothing was changed.",
    5,
    403,
);
pub(crate) const INTERRUPTED: Row = row(
    "cluster-api-interrupted",
    "The connection to the Proxmox API ended in the middle of an answer.",
    "Try again. If it stays so, look at `journalctl -u pveproxy` on that node.",
    1,
    502,
);
pub(crate) const TIMEOUT: Row = row(
    "cluster-api-timeout",
    "The Proxmox API gave no answer in time.",
    "Try again. If one node is always slow, look at its storages: a dead network share makes Proxmox hang.",
    1,
    504,
);
pub(crate) const REDIRECTED: Row = row(
    "cluster-api-redirected",
    "Something else than Proxmox answers; jarvis follows no redirects.",
    "Name the node itself and its port 8006 under cluster.api.endpoints, not a page in front of it.",
    1,
    502,
);
pub(crate) const NODE_SILENT: Row = row(
    "cluster-api-node-silent",
    "The node that was asked passed the call on to another, which does not answer.",
    "See whether that node is on and its services run (systemctl status pveproxy pvedaemon).",
    1,
    503,
);
pub(crate) const SECRET_IN_URL: Row = row(
    "cluster-api-secret-in-url",
    "A password would be visible in a URL, and so in logs.",
    "Set it in Proxmox's own pages. If a skill made the call, tell its author.",
    5,
    400,
);
