//! The allowed crate graph, held against what cargo says: an arrow that is not listed here is a decision to be made.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Each package and the packages of ours that it may depend on (development dependencies aside).
const ALLOWED: &[(&str, &[&str])] = &[
    ("document", &[]),
    ("extract", &["document"]),
    ("pipeline", &["document", "extract"]),
    ("sandbox", &["pipeline"]),
    ("proto", &[]),
    ("tokens", &[]),
    ("connectors", &["document", "extract", "pipeline", "proto", "tokens"]),
    ("models", &["document", "extract", "pipeline", "tokens"]),
    ("runtime", &[]),
    ("generator", &["pipeline", "proto", "models", "runtime", "tokens"]),
    ("gateway", &["document", "extract", "pipeline", "sandbox", "connectors", "runtime"]),
    ("planner", &["pipeline", "connectors", "runtime"]),
    ("worker", &["extract", "pipeline", "sandbox", "connectors", "models", "runtime"]),
    (
        "cli",
        &[
            "document",
            "extract",
            "pipeline",
            "connectors",
            "models",
            "runtime",
            "gateway",
            "planner",
            "worker",
        ],
    ),
    ("tests", &["document", "extract", "pipeline", "connectors"]),
    ("test-browser", &[]),
    ("test-servers", &[]),
    ("services-tests", &[]),
    ("meilisearch-stand-in", &[]),
];

/// Heavy or dangerous libraries and the packages that may name them.
const FENCED: &[(&str, &[&str])] = &[
    (
        "tokio",
        &[
            "pipeline",
            "sandbox",
            "connectors",
            "models",
            "runtime",
            "gateway",
            "generator",
            "planner",
            "worker",
            "cli",
            "test-browser",
            "test-servers",
            "tests",
            "meilisearch-stand-in",
        ],
    ),
    ("lopdf", &["extract"]),
    ("libloading", &["extract", "models"]),
    ("tesseract-rs", &["models"]),
    ("llama-cpp-2", &["models"]),
    ("fastembed", &["models"]),
    ("tokenizers", &["tokens"]),
    ("tantivy", &["connectors"]),
    ("hannoy", &["connectors"]),
    ("sqlx", &["connectors"]),
    ("rdkafka", &["connectors"]),
    ("aws-sdk-s3", &["connectors"]),
    ("object_store", &["connectors"]),
    ("meilisearch-sdk", &["connectors"]),
    ("tonic", &["proto", "connectors", "generator"]),
    ("prost", &["proto", "connectors"]),
    ("axum", &["gateway", "runtime", "meilisearch-stand-in"]),
    ("clap", &["cli", "runtime"]),
    ("fantoccini", &["test-browser"]),
];

fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path", manifest])
        .output()
        .expect("cargo metadata runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |value: &Value| value.as_str().expect("a name").trim_start_matches("pagemill-").to_owned();
    packages
        .iter()
        .map(|package| {
            let ours = package["dependencies"].as_array().expect("dependencies");
            let kept = ours.iter().filter(|d| d["kind"].is_null()).map(|d| name(&d["name"])).collect();
            (name(&package["name"]), kept)
        })
        .collect()
}

#[test]
fn no_package_reaches_where_it_may_not() {
    let allowed: BTreeMap<&str, &[&str]> = ALLOWED.iter().copied().collect();
    let graph = dependencies();
    for (package, needs) in &graph {
        let may = allowed.get(package.as_str()).unwrap_or_else(|| panic!("`{package}` is not in the plan"));
        for need in needs.iter().filter(|need| graph.contains_key(*need)) {
            assert!(may.contains(&need.as_str()), "`{package}` must not depend on `{need}`");
        }
        for (library, packages) in FENCED {
            let fenced_off = needs.contains(*library) && !packages.contains(&package.as_str());
            assert!(!fenced_off, "`{package}` must not depend on `{library}`");
        }
    }
}
