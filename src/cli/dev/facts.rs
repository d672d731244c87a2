//! What `purser dev` tells scripts about itself.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What `purser dev` writes down for scripts, once everything is ready.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct DevFacts {
    pub(super) base_url: String,
    pub(super) docs_url: String,
    pub(super) database_url: String,
    pub(super) database_owner_url: String,
    pub(super) nats_url: String,
    pub(super) kubeconfig: PathBuf,
    pub(super) kubernetes_url: String,
    pub(super) mailbox_url: String,
    pub(super) smtp: String,
    pub(super) midtrans_url: String,
    pub(super) clock_url: String,
    pub(super) log: PathBuf,
    pub(super) sign_ins: Vec<SignIn>,
    pub(super) pid: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SignIn {
    pub(super) role: String,
    pub(super) email: String,
    pub(super) password: String,
    /// The secret of the second factor (RFC 6238) in base32, where the account has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) totp_secret: Option<String>,
}

/// The name of the file in the data directory.
pub(super) const FACTS: &str = "dev.json";
