//! The programs themselves as a cluster: planner and workers as processes, and the operator's tool that kills workers with -9
//! while documents go in and one server after the other goes away. As `pagemill selftest --kill` it is what a user runs on a cluster of their own.
#![allow(clippy::print_stderr, reason = "a long run says what it came to")]

use crate::objects::place::open;
use crate::setting;
use pagemill_connectors::{CatalogConfig, SqlCatalog};
use pagemill_meilisearch_stand_in::StandIn;
use pagemill_pipeline::{Objects, Records};
use pagemill_test_servers::{Fault, Kafka, Postgres, S3};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::{Child, Command};

pub const BUCKET: &str = "scratch";

/// A program of this build: beside the folder of the test's own.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this test");
    let folder = test.parent().and_then(Path::parent).expect("the folder of the build");
    let program = folder.join(name);
    assert!(program.is_file(), "{} is not built; run `make build`", program.display());
    program
}

/// The bytes of one of the sample PDFs.
pub fn sample(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples").join(name);
    std::fs::read(&file).expect("a sample")
}

/// The servers that the programs of a cluster need.
pub struct Programs {
    pub kafka: Kafka,
    pub postgres: Postgres,
    pub s3: S3,
    pub meilisearch: StandIn,
    pub folder: tempfile::TempDir,
}

impl Programs {
    pub async fn start() -> Self {
        let (kafka, postgres, s3) = tokio::join!(Kafka::start(), Postgres::start(), S3::start());
        let s3 = s3.expect("an S3 server");
        for bucket in [BUCKET, "pagemill"] {
            s3.create_bucket(bucket).expect("a bucket");
        }
        Self {
            kafka: kafka.expect("a Kafka server"),
            postgres: postgres.expect("a PostgreSQL server"),
            s3,
            meilisearch: StandIn::start().await.expect("a search server"),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// What the services of a cluster share, and what one of them has beside that.
    pub async fn configuration(&self, name: &str, url: &str, own: &str) -> PathBuf {
        let credentials = self.folder.path().join("credentials");
        let text = format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            self.s3.access_key(),
            self.s3.secret_key()
        );
        std::fs::write(&credentials, text).expect("written");
        let shared = format!(
            "[catalog]\nurl = '{url}'\n[[sources.allowed]]\nprefix = 's3://{BUCKET}/'\n[s3]\nendpoint = '{}'\n\
             region = '{}'\ncredentials_file = '{}'\n",
            self.s3.endpoint(),
            self.s3.region(),
            credentials.display()
        );
        let file = self.folder.path().join(name);
        std::fs::write(&file, shared + own).expect("written");
        file
    }

    /// A folder of the bucket, opened as the program opens it.
    pub async fn objects(&self, source: &str) -> Arc<dyn Objects> {
        let (access, secret) = (self.s3.access_key(), self.s3.secret_key());
        open(&self.s3.endpoint(), access, secret, source, self.folder.path()).await.expect("opens")
    }

    /// An index over these nodes, and what else is to be said of it.
    pub fn index(&self, urls: &[&str], own: &str) -> String {
        format!("[meilisearch]\nurls = {urls:?}\n{own}[artifacts]\nurl = 's3://pagemill/documents'\n")
    }

    pub fn queue(&self) -> String {
        format!(
            "[kafka]\nbrokers = '{}'\npartitions = 4\n[kafka.consumer_options]\n'session.timeout.ms' = '6000'\n\
             [ops]\naddress = '127.0.0.1:0'\n[log]\nlevel = 'warn'\n",
            self.kafka.bootstrap()
        )
    }
}

pub fn start(name: &str, config: &Path) -> Child {
    Command::new(program(name))
        .arg("--config")
        .arg(config)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("starts")
}

/// Asks a program to stop; it must end well.
pub async fn stop(name: &str, mut child: Child) {
    let id = child.id().expect("it runs").to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().await.expect("runs").success());
    let ended = tokio::time::timeout(Duration::from_secs(60), child.wait()).await;
    let status = ended.unwrap_or_else(|_| panic!("{name} does not stop")).expect("it ended");
    assert!(status.success(), "{name}: {status}");
}

/// One in so many documents of the self-test is broken.
const BROKEN_EVERY: usize = 20;
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long the store refuses.
const STORE_AWAY: Duration = Duration::from_secs(3);

/// One server after the other goes away while documents go in.
async fn trouble(programs: &mut Programs, catalog: &SqlCatalog, documents: usize) {
    let index_away = Duration::from_secs(setting("PAGEMILL_TEST_INDEX_AWAY_SECONDS", 5) as u64);
    for day in 1..=4 {
        let so_far = (documents * day / 8) as u64;
        let mut looks = tokio::time::interval(LOOK_EVERY);
        // The catalog itself may be away.
        while !catalog.totals(None).await.is_ok_and(|totals| totals.indexed + totals.failed >= so_far) {
            looks.tick().await;
        }
        match day {
            1 => programs.kafka.restart().await.expect("Kafka restarts"),
            2 => programs.postgres.restart().await.expect("PostgreSQL restarts"),
            3 => {
                programs.s3.set_fault(Fault::SlowDown);
                tokio::time::sleep(STORE_AWAY).await;
                programs.s3.set_fault(Fault::None);
            }
            _ => {
                programs.meilisearch.faults().down(true);
                tokio::time::sleep(index_away).await;
                programs.meilisearch.faults().down(false);
            }
        }
    }
}

/// As large as `PAGEMILL_TEST_DOCUMENTS` (80), `PAGEMILL_TEST_WORKERS` (2), `PAGEMILL_TEST_INDEX_AWAY_SECONDS` (5) and
/// `PAGEMILL_TEST_DEADLINE_SECONDS` (400) say.
#[tokio::test(flavor = "multi_thread")]
async fn the_self_test_passes_while_workers_are_killed_and_servers_restart() {
    let documents = setting("PAGEMILL_TEST_DOCUMENTS", 80);
    let mut programs = Programs::start().await;
    let url = programs.postgres.database("pagemill").await.expect("a database");
    let (index, queue) = (programs.index(&[&programs.meilisearch.url()], ""), programs.queue());
    let planner = programs.configuration("planner.toml", &url, &queue).await;
    let worker_own = format!("{index}{queue}[ingest]\nlease_seconds = 6\n");
    let worker = programs.configuration("worker.toml", &url, &worker_own).await;
    let operator = programs.configuration("operator.toml", &url, &index).await;
    let mut planning = start("pagemill-planner", &planner);
    let config = CatalogConfig { url, ..CatalogConfig::default() };
    let catalog = SqlCatalog::connect(&config).await.expect("connects");
    let testing = Command::new(program("pagemill"))
        .args(["selftest", &format!("s3://{BUCKET}"), "--kill"])
        .args(["--documents", &documents.to_string()])
        .args(["--workers", &setting("PAGEMILL_TEST_WORKERS", 2).to_string()])
        .args(["--deadline-seconds", &setting("PAGEMILL_TEST_DEADLINE_SECONDS", 400).to_string()])
        .arg("--worker-program")
        .arg(program("pagemill-worker"))
        .arg("--worker-config")
        .arg(&worker)
        .arg("--config")
        .arg(&operator)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let mut testing = pin!(testing);
    let mut all_away_once = false;
    let mut troubling = pin!(trouble(&mut programs, &catalog, documents));
    let tested = loop {
        tokio::select! {
            tested = &mut testing => break tested.expect("runs"),
            () = &mut troubling, if !all_away_once => all_away_once = true,
        }
    };
    let said =
        format!("{}{}", String::from_utf8_lossy(&tested.stdout), String::from_utf8_lossy(&tested.stderr));
    assert!(tested.status.success(), "{said}");
    let broken = (documents + BROKEN_EVERY / 2 - 1) / BROKEN_EVERY;
    let good = documents - broken;
    assert!(said.contains(&format!("{good} of {good} documents indexed")), "{said}");
    assert!(said.contains(&format!("{broken} of {broken} broken")), "{said}");
    assert!(!said.lines().any(|line| line.starts_with("0 workers killed")), "{said}");
    assert!(all_away_once, "the servers were to go away while documents went in: {said}");
    eprintln!("{said}");
    planning.kill().await.expect("killed");
}
