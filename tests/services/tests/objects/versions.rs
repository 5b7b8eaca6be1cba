use crate::place::{BUCKET, Place, fetch, list};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

#[tokio::test]
async fn the_current_version_counts_and_a_delete_marker_means_gone() {
    let place = Place::start().await;
    let client = place.client();
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    client
        .put_bucket_versioning()
        .bucket(BUCKET)
        .versioning_configuration(on)
        .send()
        .await
        .expect("versions kept");
    let objects = place.open("s3://contracts/in").await;
    let put = async |text: &'static [u8]| {
        let put = client.put_object().bucket(BUCKET).key("in/a.pdf").body(text.to_vec().into());
        put.send().await.expect("put").version_id().expect("a version").to_owned()
    };
    put(b"first").await;
    let first = fetch(objects.as_ref(), "a.pdf").await.expect("there");
    let second_version = put(b"second").await;
    let second = fetch(objects.as_ref(), "a.pdf").await.expect("there");
    assert_eq!((first.0.as_slice(), second.0.as_slice()), (&b"first"[..], &b"second"[..]));
    assert_ne!(first.1.etag, second.1.etag);
    assert_eq!(
        list(objects.as_ref(), None).await,
        std::slice::from_ref(&second.1),
        "one object, however many versions"
    );

    objects.remove("a.pdf").await.expect("removed");
    assert_eq!(fetch(objects.as_ref(), "a.pdf").await, None, "behind a delete marker");
    assert_eq!(list(objects.as_ref(), None).await, []);

    let versions = client.list_object_versions().bucket(BUCKET).send().await.expect("listed");
    let marker = versions.delete_markers()[0].version_id().expect("a version");
    client.delete_object().bucket(BUCKET).key("in/a.pdf").version_id(marker).send().await.expect("deleted");
    assert_eq!(
        fetch(objects.as_ref(), "a.pdf").await.as_ref(),
        Some(&second),
        "the marker is gone, the object is back"
    );

    client
        .delete_object()
        .bucket(BUCKET)
        .key("in/a.pdf")
        .version_id(second_version)
        .send()
        .await
        .expect("deleted");
    let (bytes, listed) = fetch(objects.as_ref(), "a.pdf").await.expect("the older version");
    assert_eq!((bytes.as_slice(), &listed.etag), (&b"first"[..], &first.1.etag), "as the first time");
    assert_eq!(list(objects.as_ref(), None).await, [listed]);
}
