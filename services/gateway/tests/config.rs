//! The shipped configuration is one that the gateway understands, and what is wrong in one is named.

#![allow(clippy::unwrap_used, reason = "a test may")]

use pagemill_gateway::service::Config;
use pagemill_runtime::config::load;
use std::io::Write;
use std::path::Path;

#[test]
fn the_shipped_file_is_understood() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/gateway.toml");
    let config: Config = load(Some(&file)).unwrap();
    assert!(!config.gateway.address.ip().is_loopback());
    assert_eq!(config.generator.service.unwrap().url, config.embedder.service.unwrap().url);
    assert_eq!(config.sources.allowed.len(), 1);
}

#[test]
fn keys_tokens_and_upstreams_are_read_and_secrets_are_not_shown() {
    let load_text = |text: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        load::<Config>(Some(file.path())).map_err(|error| error.to_string())
    };
    let config = load_text(
        "[[gateway.keys]]\nname = 'intranet'\nhash = 'blake3:00'\nread = ['hr']\n\
         [gateway.oidc]\nissuer = 'https://idp.example'\naudience = 'pagemill'\njwks_url = 'https://idp.example/keys'\n\
         [generator.openai]\nmodel = 'llama'\napi_key = 'sk-secret'\n[uploads]\nsource = 's3://pdfs/uploads/'\n",
    )
    .unwrap();
    assert_eq!((config.gateway.keys[0].name.as_str(), config.gateway.keys[0].admin), ("intranet", false));
    assert_eq!(config.gateway.oidc.as_ref().unwrap().read_claim, "pagemill_read");
    assert!(!format!("{config:?}").contains("sk-secret"));
    let wrong = load_text("[[gateway.keys]]\nname = 'x'\nreads = ['hr']\n").unwrap_err();
    assert!(wrong.contains("gateway.keys") && wrong.contains("reads"), "{wrong}");
    let wrong = load_text("[generator]\nurl = 'http://generator:8614'\n").unwrap_err();
    assert!(wrong.contains("generator") && wrong.contains("service"), "{wrong}");
}
