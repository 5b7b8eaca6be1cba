//! The programs themselves as a cluster: planner and workers as processes, and the operator's tool that kills workers while
//! documents go in. As `pagemill selftest --kill` it is what a user runs on a cluster of their own.

use pagemill_meilisearch_stand_in::StandIn;
use pagemill_test_servers::{Kafka, Postgres, S3};
use std::path::{Path, PathBuf};
use std::process::Stdio;
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

    pub fn index(&self) -> String {
        format!(
            "[meilisearch]\nurls = ['{}']\n[artifacts]\nurl = 's3://pagemill/documents'\n",
            self.meilisearch.url()
        )
    }

    pub fn queue(&self) -> String {
        format!(
            "[kafka]\nbrokers = '{}'\npartitions = 4\n[kafka.options]\n'session.timeout.ms' = '6000'\n\
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

#[tokio::test(flavor = "multi_thread")]
async fn the_self_test_passes_while_workers_are_killed() {
    let programs = Programs::start().await;
    let url = programs.postgres.database("pagemill").await.expect("a database");
    let (index, queue) = (programs.index(), programs.queue());
    let planner = programs.configuration("planner.toml", &url, &queue).await;
    let worker_own = format!("{index}{queue}[ingest]\nlease_seconds = 6\n");
    let worker = programs.configuration("worker.toml", &url, &worker_own).await;
    let operator = programs.configuration("operator.toml", &url, &index).await;
    let mut planning = start("pagemill-planner", &planner);
    let tested = Command::new(program("pagemill"))
        .args(["selftest", &format!("s3://{BUCKET}"), "--kill", "--documents", "80", "--workers", "2"])
        .args(["--deadline-seconds", "400", "--worker-program"])
        .arg(program("pagemill-worker"))
        .arg("--worker-config")
        .arg(&worker)
        .arg("--config")
        .arg(&operator)
        .stdin(Stdio::null())
        .output()
        .await
        .expect("runs");
    let said =
        format!("{}{}", String::from_utf8_lossy(&tested.stdout), String::from_utf8_lossy(&tested.stderr));
    assert!(tested.status.success(), "{said}");
    assert!(said.contains("76 of 76 documents indexed") && said.contains("4 of 4 broken"), "{said}");
    assert!(!said.contains("0 workers killed"), "{said}");
    planning.kill().await.expect("killed");
}
