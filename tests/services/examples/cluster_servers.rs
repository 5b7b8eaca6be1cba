//! The servers of a cluster, for measuring: `cluster_servers FOLDER ROUNDS`. Starts Kafka, PostgreSQL, S3 and a server that
//! answers as Meilisearch does, puts the PDFs of a folder into the bucket `bench`, and prints where everything is as
//! `NAME=VALUE` lines, then `READY`. Each round has a database and a bucket of its own. Ends when its input ends. Measures nothing.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a tool for developers")]

use pagemill_connectors::{AllowedPrefix, AllowedSources, S3Config, SourcesConfig};
use pagemill_meilisearch_stand_in::StandIn;
use pagemill_pipeline::Sources;
use pagemill_test_servers::{Kafka, Postgres, S3};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const BUCKET: &str = "bench";

/// What holds the keys of the S3 server, in the form of the AWS tools.
fn write_credentials(server: &S3, folder: &Path) -> PathBuf {
    let file = folder.join("credentials");
    let text = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        server.access_key(),
        server.secret_key()
    );
    std::fs::write(&file, text).expect("written");
    file
}

async fn upload(server: &S3, credentials: &Path, scratch: &Path, folder: &Path) -> usize {
    let s3 = S3Config {
        endpoint: Some(server.endpoint()),
        region: Some(server.region().into()),
        credentials_file: Some(credentials.to_owned()),
        ..S3Config::default()
    };
    let source = format!("s3://{BUCKET}");
    let config = SourcesConfig {
        allowed: vec![AllowedPrefix { prefix: format!("{source}/") }],
        spool_dir: Some(scratch.join("spool")),
        ..SourcesConfig::default()
    };
    let sources = AllowedSources::new(&config, &s3, 1 << 30).expect("right");
    let objects = sources.open(&source).await.expect("allowed");
    let mut put = 0;
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let key = path.file_name().and_then(|name| name.to_str()).expect("a UTF-8 name").to_owned();
        objects.put(&key, &std::fs::read(&path).expect("read")).await.expect("put");
        put += 1;
    }
    put
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().expect("usage: cluster_servers FOLDER ROUNDS"));
    let rounds: u32 = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(1);
    let (kafka, postgres, s3) = tokio::join!(Kafka::start(), Postgres::start(), S3::start());
    let (kafka, postgres, s3) =
        (kafka.expect("a Kafka server"), postgres.expect("a PostgreSQL server"), s3.expect("an S3 server"));
    let meilisearch = StandIn::start().await.expect("a search server");
    let scratch = tempfile::tempdir().expect("a folder");
    s3.create_bucket(BUCKET).expect("a bucket");
    let credentials = write_credentials(&s3, scratch.path());
    let put = upload(&s3, &credentials, scratch.path(), &folder).await;
    let mut lines = vec![
        format!("KAFKA={}", kafka.bootstrap()),
        format!("S3={}", s3.endpoint()),
        format!("REGION={}", s3.region()),
        format!("CREDENTIALS={}", credentials.display()),
        format!("MEILISEARCH={}", meilisearch.url()),
        format!("SOURCE=s3://{BUCKET}"),
        format!("DOCUMENTS={put}"),
    ];
    for round in 0..rounds {
        s3.create_bucket(&format!("artifacts-{round}")).expect("a bucket");
        let url = postgres.database(&format!("round{round}")).await.expect("a database");
        lines.push(format!("DATABASE_{round}={url}"));
    }
    lines.push("READY".to_owned());
    println!("{}", lines.join("\n"));
    std::io::stdout().flush().expect("somebody reads");
    // Whoever started this closes its input when the measuring is done.
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()))
        .await
        .expect("waits")
        .expect("reads");
}
