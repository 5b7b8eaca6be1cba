//! How the gateway listens and what it allows. Defaults suit one machine and one person.

use crate::access::{KeyConfig, OidcConfig};
use serde::Deserialize;
use std::net::{Ipv4Addr, SocketAddr};

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GatewayConfig {
    /// Without `keys` and `oidc` there is no login: anything but loopback shows the documents to whoever reaches it.
    pub address: SocketAddr,
    /// Names by which browsers may reach it, beside `localhost` and loopback addresses (`pagemill.example` or
    /// `pagemill.example:8443`). On loopback every other name is refused; elsewhere only when this is not empty.
    pub allowed_hosts: Vec<String>,
    /// A larger PDF is refused.
    pub max_upload_mib: usize,
    /// PDFs being received at the same time; each is held in memory until stored.
    pub uploads_at_once: usize,
    /// Questions being answered or waiting for the model; more are told to come again.
    pub answers_at_once: usize,
    /// A question that takes longer is given up.
    pub answer_deadline_seconds: u64,
    /// Pages being rendered at the same time.
    pub renders_at_once: usize,
    /// Memory for rendered pages.
    pub image_cache_mib: usize,
    /// On shutdown, how long requests under way may take to finish.
    pub drain_seconds: u64,
    /// Keys that are let in. With one, or with `oidc`, every request for what is stored needs one.
    pub keys: Vec<KeyConfig>,
    /// An issuer whose tokens are let in.
    pub oidc: Option<OidcConfig>,
}

impl Default for GatewayConfig {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8600)),
            allowed_hosts: Vec::new(),
            max_upload_mib: 100,
            uploads_at_once: 2,
            answers_at_once: 8,
            answer_deadline_seconds: 300,
            renders_at_once: 2,
            image_cache_mib: 64,
            drain_seconds: 10,
            keys: Vec::new(),
            oidc: None,
        }
    }
}

impl GatewayConfig {
    /// Bytes of the largest PDF that is taken.
    pub fn max_upload_bytes(&self) -> usize {
        self.max_upload_mib.saturating_mul(1 << 20)
    }
}
