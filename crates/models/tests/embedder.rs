//! The embedding model that set-up puts in place, for real: what a vector depends on, and what is said when a file is
//! missing. Needs `make models`.
#![allow(clippy::unwrap_used, reason = "a test may")]

use pagemill_models::embedder::{EmbedderConfig, LocalEmbedder};
use pagemill_pipeline::{Embedder, Failure};
use std::sync::LazyLock;
use tokio::task::JoinSet;

/// One for all tests: it is made to be shared.
fn open() -> &'static LocalEmbedder {
    static OPENED: LazyLock<LocalEmbedder> = LazyLock::new(|| {
        LocalEmbedder::open(&EmbedderConfig::default()).unwrap_or_else(|failure| panic!("{failure}"))
    });
    &OPENED
}

fn texts() -> Vec<String> {
    let sentences = [
        "환불은 구매일로부터 30일 이내에 신청할 수 있다.",
        "The warranty covers defects in material for two years.",
        "표 3은 분기별 매출과 영업이익을 보여 준다. ",
        "x",
        "",
    ];
    (0..40).map(|n| sentences[n % sentences.len()].repeat(1 + n * 7 % 11)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_has_one_vector_whoever_else_asks() {
    let embedder = open();
    let alone = embedder.embed_passages(texts()).await.unwrap();
    let mut asking = JoinSet::new();
    for turn in 0..6 {
        asking.spawn(async move {
            let mut texts = texts();
            texts.rotate_left(turn * 5);
            let _question = embedder.embed_query("환불 기간").await.unwrap();
            let mut vectors = embedder.embed_passages(texts).await.unwrap();
            vectors.rotate_right(turn * 5);
            vectors
        });
    }
    while let Some(vectors) = asking.join_next().await {
        assert!(vectors.unwrap() == alone, "the same bytes");
    }
    for vector in &alone {
        assert_eq!(vector.len(), embedder.dimensions());
        let length: f32 = vector.iter().map(|x| x * x).sum();
        assert!((length - 1.0).abs() < 1e-4, "{length}");
    }
}

/// Among passages of one language: across two, this model prefers the question's own language to the right content.
#[tokio::test]
async fn questions_find_their_passages() {
    let check = async |passages: [&str; 3], questions: [(&str, usize); 4]| {
        let vectors = open().embed_passages(passages.map(str::to_owned).to_vec()).await.unwrap();
        for (question, expected) in questions {
            let asked = open().embed_query(question).await.unwrap();
            let cosine = |vector: &[f32]| -> f32 { vector.iter().zip(&asked).map(|(a, b)| a * b).sum() };
            let best =
                (0..passages.len()).max_by(|a, b| cosine(&vectors[*a]).total_cmp(&cosine(&vectors[*b])));
            assert_eq!(best, Some(expected), "{question}");
        }
    };
    check(
        [
            "The buyer may return goods within thirty days of delivery for a full refund.",
            "The committee meets on the first Monday of each month in the main hall.",
            "Place the microwave oven on a flat surface, at least 10 cm from the wall.",
        ],
        [
            ("How long can I send something back?", 0),
            ("반품은 며칠 안에 할 수 있나요?", 0),
            ("When does the committee meet?", 1),
            ("전자레인지는 벽에서 얼마나 띄워야 하나?", 2),
        ],
    )
    .await;
    check(
        [
            "구매자는 물품을 받은 날부터 30일 이내에 반품하고 전액을 환불받을 수 있다.",
            "위원회는 매월 첫째 월요일에 대강당에서 회의를 연다.",
            "전자레인지는 벽에서 10cm 이상 떨어진 평평한 곳에 설치하십시오.",
        ],
        [
            ("반품은 며칠 안에 할 수 있나요?", 0),
            ("How long can I send something back?", 0),
            ("위원회는 언제 열리나?", 1),
            ("How far from the wall must the microwave stand?", 2),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_too_long_is_cut_at_the_end() {
    let embedder = open();
    assert_eq!((embedder.max_tokens(), embedder.dimensions()), (512, 384));
    // `<s> passage : </s>`, and the text itself.
    assert!((4..=6).contains(&embedder.count_tokens("")), "{}", embedder.count_tokens(""));
    let long = "보증 기간은 이 년이다. ".repeat(300);
    assert!(embedder.count_tokens(&long) > 1500);
    let longer = format!("{long} and something else at the end");
    let vectors = embedder.embed_passages(vec![long, longer]).await.unwrap();
    assert!(vectors[0] == vectors[1]);
}

#[tokio::test]
async fn giving_up_does_not_hurt_others() {
    let embedder = open();
    let many = (0..50).flat_map(|_| texts()).collect();
    let given_up = tokio::spawn(embedder.embed_passages(many));
    embedder.embed_query("first").await.unwrap();
    given_up.abort();
    assert!(given_up.await.unwrap_err().is_cancelled());
    embedder.embed_query("second").await.unwrap();
}

#[test]
fn a_missing_file_is_named() {
    let check = |config: &EmbedderConfig, expected: [&str; 2]| match LocalEmbedder::open(config) {
        Err(Failure::Stop(said)) => {
            assert!(expected.iter().all(|words| said.contains(words)), "{said}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    };
    let found = EmbedderConfig::default();
    let missing = EmbedderConfig { model: "/nowhere/multilingual-e5-small".into(), ..found.clone() };
    check(&missing, ["/nowhere/multilingual-e5-small", "make models"]);
}

/// In a process of its own, which has not loaded the library yet.
#[test]
fn a_missing_library_is_named() {
    const ASKED: &str = "PAGEMILL_TEST_WITHOUT_LIBRARY";
    if std::env::var_os(ASKED).is_some() {
        let config =
            EmbedderConfig { library: "/nowhere/libonnxruntime.so".into(), ..EmbedderConfig::default() };
        let said = LocalEmbedder::open(&config).err().map(|failure| failure.to_string()).unwrap_or_default();
        assert!(said.contains("/nowhere/libonnxruntime.so") && said.contains("make native"), "{said}");
        return;
    }
    let me = std::env::current_exe().unwrap();
    let status = std::process::Command::new(me)
        .args(["--exact", "a_missing_library_is_named"])
        .env(ASKED, "1")
        .status()
        .unwrap();
    assert!(status.success());
}
