use crate::place::{BUCKET, MAX_BYTES, Place, list, open};
use futures::{StreamExt, stream};
use pagemill_pipeline::{Failure, contract};

#[tokio::test]
async fn keeps_the_contract_in_a_bucket_and_below_a_prefix() {
    let place = Place::start().await;
    contract::objects(place.open("s3://contracts").await.as_ref()).await;
    // What lies beside the prefix, with the same beginning, is of no concern.
    let beside = place.open("s3://contracts/in put+2/받은").await;
    place.client().put_object().bucket(BUCKET).key("in put+2/받은편지/1.pdf").send().await.expect("put");
    contract::objects(beside.as_ref()).await;
}

#[tokio::test]
async fn lists_more_than_a_page_in_order_and_goes_on_anywhere() {
    const KEYS: usize = 2300;
    let place = Place::start().await;
    let objects = place.open("s3://contracts/in").await;
    let key = |number: usize| match number % 23 {
        0 => format!("{number:04}/other.txt"),
        _ => format!("{:02}/{number:04} 계약.pdf", number % 50),
    };
    let stored = stream::iter(0..KEYS).map(|number| {
        let objects = objects.clone();
        async move { objects.put(&key(number), b"%PDF-").await.expect("put") }
    });
    let mut expected: Vec<String> = stored.buffer_unordered(16).collect().await;
    expected.retain(|key| key.ends_with(".pdf"));
    expected.sort_unstable();
    assert!(expected.len() > 2000, "three pages");
    let all = list(objects.as_ref(), None).await;
    let keys: Vec<&str> = all.iter().map(|object| object.key.as_str()).collect();
    assert_eq!(keys, expected);
    for at in [0, 1, 999, 1000, 1001, 1500, expected.len() - 1] {
        assert_eq!(list(objects.as_ref(), Some(&expected[at])).await, all[at + 1..], "after key {at}");
    }
}

#[tokio::test]
async fn a_wrong_set_up_stops_and_says_what_to_do() {
    let place = Place::start().await;
    let missing = place.open("s3://no-such-bucket/in").await;
    for failure in [
        missing.fetch("a.pdf").await.expect_err("no bucket"),
        missing.list(None).next().await.expect("an entry").expect_err("no bucket"),
    ] {
        let Failure::Stop(message) = failure else { panic!("{failure:?}") };
        assert!(message.contains("`no-such-bucket`"), "{message}");
    }
    let endpoint = place.server.endpoint();
    for (key, secret) in [("nobody", "nothing"), (place.server.access_key(), "a-wrong-secret")] {
        let source = "s3://contracts";
        let objects = open(&endpoint, key, secret, source, place.folder.path()).await.expect("opens");
        let failure = objects.fetch("a.pdf").await.expect_err("wrong credentials");
        let Failure::Stop(message) = failure else { panic!("{failure:?}") };
        assert!(message.contains("credentials") && !message.contains(secret), "{message}");
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_downloaded() {
    let place = Place::start().await;
    let objects = place.open("s3://contracts").await;
    let body = vec![0; MAX_BYTES as usize + 1].into();
    place.client().put_object().bucket(BUCKET).key("big.pdf").body(body).send().await.expect("put");
    let failure = objects.fetch("big.pdf").await.expect_err("too large");
    let Failure::Reject(rejection) = failure else { panic!("{failure:?}") };
    assert!(rejection.detail.contains("67108865"), "{}", rejection.detail);
    assert_eq!(list(objects.as_ref(), None).await.len(), 1, "it is listed, so that its reason is recorded");
}
