//! Confined processes that behave and that do not. The test program is its own child: asked with `--child` it serves.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use pagemill_pipeline::{Confined, Confinement, Death};
use pagemill_sandbox::{Pool, PoolConfig, WRONG_SET_UP, serve};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const MEMORY_BYTES: u64 = 128 << 20;
const MAX_REPLY_BYTES: u64 = 1 << 20;

/// What the child does when asked.
fn child() {
    let served = serve(&mut |request, reply| match request {
        b"hang" => loop {
            std::thread::park();
        },
        b"abort" => {
            eprintln!("last words");
            std::process::abort()
        }
        b"exit" => std::process::exit(7),
        b"wrong set-up" => {
            eprintln!("no library");
            std::process::exit(WRONG_SET_UP)
        }
        b"bomb" => {
            let mut hoard: Vec<Vec<u8>> = Vec::new();
            loop {
                hoard.push(vec![1; 1 << 20]);
            }
        }
        b"flood" => reply(&vec![0; MAX_REPLY_BYTES as usize + 1]),
        b"print" => {
            println!("this must not be taken for a frame");
            reply(b"printed");
        }
        b"file" => {
            let written = std::fs::write(std::env::temp_dir().join("confined-must-not-write"), b"x");
            reply(if written.is_err() { b"refused" } else { b"written" });
        }
        b"environment" => {
            reply(std::env::vars().map(|(name, _)| name).collect::<Vec<_>>().join(",").as_bytes())
        }
        b"id" => reply(std::process::id().to_string().as_bytes()),
        b"three" => (0..3u8).for_each(|n| reply(&[n])),
        other => reply(other),
    });
    assert!(served.is_ok());
}

fn pool(processes: usize) -> Pool {
    Pool::new(PoolConfig {
        program: std::env::current_exe().expect("own path"),
        arguments: vec!["--child".into()],
        environment: vec![("ONLY".into(), "this".into())],
        processes,
        memory_bytes: MEMORY_BYTES,
        max_reply_bytes: MAX_REPLY_BYTES,
        max_requests: 1000,
    })
}

async fn ask(turn: &mut Box<dyn Confinement>, request: &[u8]) -> Result<Vec<u8>, Death> {
    turn.send(request).await?;
    turn.receive(30 * SECOND).await
}

async fn once(pool: &Pool, request: &[u8]) -> Result<Vec<u8>, Death> {
    ask(&mut pool.confine().await?, request).await
}

async fn replies_come_in_order() {
    let pool = pool(1);
    let mut turn = pool.confine().await.expect("a process");
    turn.send(b"three").await.expect("sent");
    for n in 0..3u8 {
        assert_eq!(turn.receive(30 * SECOND).await, Ok(vec![n]));
    }
    assert_eq!(ask(&mut turn, b"echo").await, Ok(b"echo".to_vec()));
    assert_eq!(ask(&mut turn, b"print").await, Ok(b"printed".to_vec()));
}

async fn a_fit_process_is_used_again() {
    let pool = pool(1);
    let first = once(&pool, b"id").await.expect("answers");
    assert_eq!(once(&pool, b"id").await.expect("answers"), first);
    let mut turn = pool.confine().await.expect("a process");
    turn.send(b"three").await.expect("sent");
    drop(turn);
    assert_ne!(once(&pool, b"id").await.expect("answers"), first, "one with replies outstanding is not");
}

async fn every_death_is_told_and_harms_nobody() {
    let pool = pool(1);
    let check = |outcome: Result<Vec<u8>, Death>, expected: fn(&Death) -> bool| {
        let death = outcome.expect_err("must die");
        assert!(expected(&death), "{death:?}");
    };
    check(
        once(&pool, b"abort").await,
        |d| matches!(d, Death::Crashed { last_words, .. } if last_words == "last words"),
    );
    check(once(&pool, b"exit").await, |d| matches!(d, Death::Crashed { how, .. } if how == "exit code 7"));
    check(once(&pool, b"wrong set-up").await, |d| *d == Death::NotStarted("no library".into()));
    check(once(&pool, b"bomb").await, |d| *d == Death::OutOfMemory { limit_bytes: MEMORY_BYTES });
    check(once(&pool, b"flood").await, |d| *d == Death::TooMuchOutput { limit_bytes: MAX_REPLY_BYTES });
    let mut turn = pool.confine().await.expect("a process");
    turn.send(b"hang").await.expect("sent");
    assert_eq!(turn.receive(SECOND / 5).await, Err(Death::TimedOut(SECOND / 5)));
    assert!(turn.send(b"after death").await.is_err());
    drop(turn);
    assert_eq!(once(&pool, b"alive").await, Ok(b"alive".to_vec()));
}

async fn a_child_can_touch_nothing() {
    let pool = pool(1);
    let wrote = once(&pool, b"file").await;
    assert!(matches!(&wrote, Err(Death::Crashed { how, .. }) if how.contains("write a file")), "{wrote:?}");
    let names = String::from_utf8(once(&pool, b"environment").await.expect("answers")).expect("names");
    assert!(names.split(',').all(|name| name == "ONLY" || name.starts_with("PAGEMILL_CONFINED")), "{names}");
}

async fn many_share_few() {
    let pool = pool(2);
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..100u32 {
        let pool = pool.clone();
        let request: Vec<u8> = if n % 10 == 0 { b"exit".to_vec() } else { n.to_string().into_bytes() };
        asking.spawn(async move { (once(&pool, &request).await, request) });
    }
    while let Some(done) = asking.join_next().await {
        let (outcome, request) = done.expect("no panic");
        assert_eq!(outcome.is_err(), request == b"exit", "{outcome:?}");
    }
}

async fn a_program_that_is_not_there_is_said() {
    let config = PoolConfig { program: "/no/such/program".into(), ..config_of_nothing() };
    let outcome = Pool::new(config).confine().await.map(|_| ());
    assert!(
        matches!(&outcome, Err(Death::NotStarted(why)) if why.contains("/no/such/program")),
        "{outcome:?}"
    );
}

fn config_of_nothing() -> PoolConfig {
    PoolConfig {
        program: "".into(),
        arguments: vec![],
        environment: vec![],
        processes: 1,
        memory_bytes: MEMORY_BYTES,
        max_reply_bytes: MAX_REPLY_BYTES,
        max_requests: 1,
    }
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--child") {
        return child();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let start = Instant::now();
    macro_rules! tests {
        ($($name:ident),* $(,)?) => {{
            let mut passed = 0;
            $(runtime.block_on($name()); println!("test {} ... ok", stringify!($name)); passed += 1;)*
            passed
        }};
    }
    let passed = tests![
        replies_come_in_order,
        a_fit_process_is_used_again,
        every_death_is_told_and_harms_nobody,
        a_child_can_touch_nothing,
        many_share_few,
        a_program_that_is_not_there_is_said,
    ];
    println!(
        "\ntest result: ok. {passed} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in {:.2}s",
        start.elapsed().as_secs_f64()
    );
}
