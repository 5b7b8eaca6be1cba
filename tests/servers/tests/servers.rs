//! Each server is started and spoken to with a program that is not ours: psql, curl, Kafka's own consumer.

use pagemill_test_servers::{Events, Fault, Kafka, Postgres, S3};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().expect("the program runs")
}

fn succeed(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

async fn curl(s3: &S3, arguments: &[&str], path: &str) -> Output {
    let url = format!("{}{path}", s3.endpoint());
    let user = format!("{}:{}", s3.access_key(), s3.secret_key());
    let provider = format!("aws:amz:{}:s3", s3.region());
    tokio::process::Command::new("curl")
        .args(["--silent", "--show-error", "--aws-sigv4", &provider, "--user", &user])
        .args(["--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--write-out", "\n%{http_code}"])
        .args(arguments)
        .arg(url)
        .output()
        .await
        .expect("curl runs")
}

/// Comes back once the client's query runs.
fn stay_connected(database: &str) -> std::io::Result<Child> {
    let client =
        Command::new("psql").args([database, "-c", "select pg_sleep(600)"]).stderr(Stdio::null()).spawn()?;
    let running = "select count(*) from pg_stat_activity where query = 'select pg_sleep(600)'";
    let deadline = Instant::now() + Duration::from_secs(30);
    while succeed(run("psql", &[database, "-Atc", running])) != "1" {
        assert!(Instant::now() < deadline, "the client did not connect");
    }
    Ok(client)
}

#[tokio::test]
async fn postgres_keeps_what_was_committed() -> Outcome {
    let mut postgres = Postgres::start().await?;
    let (one, other) = (postgres.database("jobs").await?, postgres.database("jobs").await?);
    assert_ne!(one, other, "a fresh database each time");
    succeed(run("psql", &[&one, "-c", "create table t (n int); insert into t values (7)"]));
    assert!(!run("psql", &[&other, "-c", "select n from t"]).status.success());

    // A client that stays connected must not keep the server from stopping, nor from coming back after a crash.
    let mut client = stay_connected(&one)?;
    postgres.restart().await?;
    assert!(!client.wait()?.success(), "the client is cut off");
    assert_eq!(succeed(run("psql", &[&one, "-Atc", "select n from t"])), "7");

    succeed(run("psql", &[&one, "-c", "insert into t values (8)"]));
    let mut client = stay_connected(&one)?;
    postgres.kill();
    assert!(!client.wait()?.success(), "the client is cut off");
    assert!(!run("psql", &[&one, "-Atc", "select 1"]).status.success(), "it is dead");
    postgres.resume().await?;
    assert_eq!(succeed(run("psql", &[&one, "-Atc", "select sum(n) from t"])), "15");
    Ok(())
}

#[tokio::test]
async fn s3_stores_and_the_proxy_fails_when_told() -> Outcome {
    let mut s3 = S3::start().await?;
    s3.create_bucket("pdfs")?;
    assert!(s3.create_bucket("pdfs").is_err(), "a bucket is made once");
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), "a page of text")?;
    let put = ["--upload-file", file.path().to_str().expect("a path")];

    assert_eq!(succeed(curl(&s3, &put, "/pdfs/a/b.pdf").await), "200");
    assert_eq!(succeed(curl(&s3, &[], "/pdfs/a/b.pdf").await), "a page of text\n200");
    let passed = s3.proxy().passed();

    s3.set_fault(Fault::SlowDown);
    let answer = succeed(curl(&s3, &[], "/pdfs/a/b.pdf").await);
    assert!(answer.contains("<Code>SlowDown</Code>") && answer.ends_with("503"), "{answer}");
    let answer = succeed(curl(&s3, &put, "/pdfs/never.pdf").await);
    assert!(answer.ends_with("503"), "{answer}");
    s3.set_fault(Fault::Disconnect);
    let cut_off = curl(&s3, &[], "/pdfs/a/b.pdf").await;
    assert!(!cut_off.status.success(), "no answer at all");
    assert_eq!(s3.proxy().passed(), passed, "nothing reached the server");
    s3.set_fault(Fault::None);

    s3.restart().await?;
    assert_eq!(succeed(curl(&s3, &[], "/pdfs/a/b.pdf").await), "a page of text\n200");
    assert!(succeed(curl(&s3, &[], "/pdfs/never.pdf").await).ends_with("404"));

    s3.kill();
    assert!(!curl(&s3, &[], "/pdfs/a/b.pdf").await.status.success(), "it is dead");
    s3.resume().await?;
    let enabled = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let answer = succeed(curl(&s3, &["--request", "PUT", "--data", enabled], "/pdfs?versioning=").await);
    assert_eq!(answer, "200");
    succeed(curl(&s3, &put, "/pdfs/a/b.pdf").await);
    let versions = succeed(curl(&s3, &[], "/pdfs?versions=").await);
    assert_eq!(versions.matches("<Key>a/b.pdf</Key>").count(), 2, "{versions}");
    Ok(())
}

#[tokio::test]
async fn kafka_keeps_its_topics_and_hears_of_changes_in_s3() -> Outcome {
    let mut kafka = Kafka::start().await?;
    kafka.create_topic("changes", 1).await?;
    let twice = kafka.create_topic("changes", 1).await.expect_err("it exists").to_string();
    assert!(twice.contains("already exists"), "{twice}");

    let s3 =
        S3::start_with_events(Events { bootstrap: kafka.bootstrap(), topic: "changes".to_owned() }).await?;
    s3.create_bucket("pdfs")?;
    assert_eq!(succeed(curl(&s3, &["--request", "PUT", "--data", "text"], "/pdfs/a%20b.pdf").await), "200");
    assert_eq!(succeed(curl(&s3, &["--request", "DELETE"], "/pdfs/a%20b.pdf").await), "204");

    kafka.restart().await?;
    kafka.kill();
    assert!(kafka.create_topic("more", 1).await.is_err(), "it is dead");
    kafka.resume().await?;
    kafka.create_topic("more", 3).await?;

    // A test event at the start of the S3 server, then the two changes.
    let jars = kafka_jars();
    let consumer = ["-cp", &jars, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--from-beginning"];
    let heard = Command::new("java")
        .args(consumer)
        .args(["--bootstrap-server", &kafka.bootstrap(), "--topic", "changes", "--max-messages", "3"])
        .args(["--timeout-ms", "60000"])
        .output()?;
    let heard = succeed(heard);
    assert!(heard.contains("ObjectCreated:Put") && heard.contains("ObjectRemoved:Delete"), "{heard}");
    Ok(())
}

fn kafka_jars() -> String {
    let home = std::env::var_os("PAGEMILL_HOME").map(PathBuf::from).unwrap_or_else(|| {
        let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
        let data =
            data.or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/share")));
        data.expect("HOME is set").join("pagemill")
    });
    home.join("servers/kafka/jars/*").display().to_string()
}

/// The next two tests run this one again as a process of its own, told by this variable what to do.
const ROLE: &str = "PAGEMILL_TEST_SERVERS_ROLE";

fn again(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program has a path"));
    command.args(["--exact", "as_told", "--nocapture"]).env(ROLE, role);
    command
}

#[tokio::test]
async fn as_told() -> Outcome {
    match std::env::var(ROLE).as_deref() {
        Ok("abort") => {
            let s3 = S3::start().await?;
            std::fs::write(std::env::var("PAGEMILL_TEST_SERVERS_NOTE")?, s3.direct_endpoint())?;
            std::process::abort();
        }
        Ok("start") => {
            S3::start().await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

#[test]
fn no_server_outlives_a_test_that_was_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let note = folder.path().join("note");
    let output =
        again("abort").env("TMPDIR", folder.path()).env("PAGEMILL_TEST_SERVERS_NOTE", &note).output();
    assert!(!output.expect("it runs").status.success());
    let endpoint = std::fs::read_to_string(&note).expect("the server was up");
    let address = endpoint.strip_prefix("http://").expect("an address");
    let deadline = Instant::now() + Duration::from_secs(30);
    let left = || std::fs::read_dir(folder.path()).expect("a folder").count() > 1;
    while TcpStream::connect(address).is_ok() || left() {
        assert!(Instant::now() < deadline, "the server or its folder is still there");
        std::thread::yield_now();
    }
}

#[test]
fn a_missing_server_is_named_with_what_to_do() {
    let empty = tempfile::tempdir().expect("a folder");
    let output = again("start").env("PAGEMILL_HOME", empty.path()).output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success() && said.contains("Run `make servers`"), "{said}");
}
