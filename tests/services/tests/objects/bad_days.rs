use crate::cutting_proxy::CuttingProxy;
use crate::place::{Place, fetch, list};
use pagemill_pipeline::Failure;
use pagemill_test_servers::Fault;

const KEY: &str = "계약 1.pdf";

/// Bytes that show when two versions or two places are mixed.
fn content(seed: u32, bytes: usize) -> Vec<u8> {
    (0..bytes as u32).map(|at| (at.wrapping_mul(2_654_435_761).wrapping_add(seed) >> 13) as u8).collect()
}

#[tokio::test]
async fn a_server_that_says_503_for_a_while_is_asked_again() {
    let place = Place::start().await;
    let objects = place.open("s3://contracts").await;
    objects.put(KEY, b"%PDF-").await.expect("put");
    place.server.set_fault(Fault::SlowDown);
    let (fetching, listing) = (objects.clone(), objects.clone());
    let fetching = tokio::spawn(async move { fetch(fetching.as_ref(), KEY).await });
    let listing = tokio::spawn(async move { list(listing.as_ref(), None).await });
    while place.server.proxy().failed() < 2 {
        tokio::task::yield_now().await;
    }
    place.server.set_fault(Fault::None);
    assert_eq!(fetching.await.expect("ends").expect("there").0, b"%PDF-");
    assert_eq!(listing.await.expect("ends").len(), 1);
}

#[tokio::test]
async fn trouble_that_lasts_goes_back_into_the_queue_and_never_means_gone() {
    let mut place = Place::start().await;
    let objects = place.open("s3://contracts").await;
    objects.put(KEY, b"%PDF-").await.expect("put");
    for fault in [Fault::SlowDown, Fault::Disconnect] {
        place.server.set_fault(fault);
        let failure = objects.fetch(KEY).await.expect_err("it is not to be had");
        assert!(matches!(failure, Failure::Retry { .. }), "{fault:?}: {failure:?}");
    }
    place.server.set_fault(Fault::None);
    place.server.kill();
    let failure = objects.fetch(KEY).await.expect_err("nobody is there");
    assert!(matches!(failure, Failure::Retry { .. }), "{failure:?}");
    place.server.resume().await.expect("starts again");
    assert_eq!(fetch(objects.as_ref(), KEY).await.expect("there").0, b"%PDF-");
}

#[tokio::test]
async fn a_body_that_is_cut_short_is_taken_up_where_it_ended() {
    let place = Place::start().await;
    let sent = content(1, 5 << 20);
    place.open("s3://contracts").await.put(KEY, &sent).await.expect("put");
    let proxy = CuttingProxy::start(&place.server.direct_endpoint(), &[1 << 20, 300_000]).await;
    let objects = place.open_at(&proxy.endpoint(), "s3://contracts").await;
    let fetching = tokio::spawn(async move { fetch(objects.as_ref(), KEY).await });
    proxy.let_on(2);
    let (bytes, listed) = fetching.await.expect("ends").expect("there");
    assert!(bytes == sent, "the parts fit together");
    assert_eq!(listed.size_bytes, sent.len() as u64);
    assert_eq!(proxy.cut(), 2, "it was cut twice");
    assert!(proxy.passed() < sent.len() as u64 + (1 << 20), "what had come was not sent again");
}

#[tokio::test]
async fn two_versions_are_never_mixed() {
    let place = Place::start().await;
    let direct = place.open("s3://contracts").await;
    let (old, new) = (content(1, 3 << 20), content(2, 3 << 20));
    direct.put(KEY, &old).await.expect("put");
    let proxy = CuttingProxy::start(&place.server.direct_endpoint(), &[1 << 20]).await;
    let objects = place.open_at(&proxy.endpoint(), "s3://contracts").await;
    let fetching = {
        let objects = objects.clone();
        tokio::spawn(async move { objects.fetch(KEY).await })
    };
    proxy.until_cut(1).await;
    direct.put(KEY, &new).await.expect("replaced meanwhile");
    proxy.let_on(1);
    let failure = fetching.await.expect("ends").expect_err("the rest is of another version");
    assert!(matches!(failure, Failure::Retry { .. }), "{failure:?}");
    assert!(fetch(objects.as_ref(), KEY).await.expect("there").0 == new, "the next attempt has the new one");
}

#[tokio::test]
async fn one_that_is_removed_while_it_is_read_is_gone_the_next_time() {
    let place = Place::start().await;
    let direct = place.open("s3://contracts").await;
    direct.put(KEY, &content(1, 3 << 20)).await.expect("put");
    let proxy = CuttingProxy::start(&place.server.direct_endpoint(), &[1 << 20]).await;
    let objects = place.open_at(&proxy.endpoint(), "s3://contracts").await;
    let fetching = {
        let objects = objects.clone();
        tokio::spawn(async move { objects.fetch(KEY).await })
    };
    proxy.until_cut(1).await;
    direct.remove(KEY).await.expect("removed meanwhile");
    proxy.let_on(1);
    let failure = fetching.await.expect("ends").expect_err("half an object is none");
    assert!(matches!(failure, Failure::Retry { .. }), "{failure:?}");
    assert_eq!(fetch(objects.as_ref(), KEY).await, None);
}
