use super::*;

fn event(object: &str, kind: EventKind) -> ObjectEvent {
    ObjectEvent {
        scheme: Scheme::S3,
        bucket: "contracts".into(),
        object: object.into(),
        kind,
        etag: None,
        size_bytes: None,
        sequencer: None,
        at_ms: 1_767_323_045_678,
    }
}

fn check(message: &Value, expected: &[Result<ObjectEvent, &str>]) {
    let events =
        parse_events(message.to_string().as_bytes()).unwrap_or_else(|error| panic!("{error}: {message}"));
    assert_eq!(events.len(), expected.len(), "{events:?}");
    for (event, expected) in events.iter().zip(expected) {
        match (event, expected) {
            (Ok(event), Ok(expected)) => assert_eq!(event, expected),
            (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
            _ => panic!("{event:?} instead of {expected:?}"),
        }
    }
}

/// A record as S3 sends it.
fn record(name: &str, object: Value) -> Value {
    serde_json::json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "ap-northeast-2",
        "eventTime": "2026-01-02T03:04:05.678Z", "eventName": name,
        "userIdentity": { "principalId": "AIDAEXAMPLE" },
        "requestParameters": { "sourceIPAddress": "192.0.2.3" },
        "responseElements": { "x-amz-request-id": "C3D1", "x-amz-id-2": "FMyU" },
        "s3": {
            "s3SchemaVersion": "1.0", "configurationId": "to-pagemill",
            "bucket": { "name": "contracts", "ownerIdentity": { "principalId": "A3N" }, "arn": "arn:aws:s3:::contracts" },
            "object": object
        }
    })
}

fn put_record() -> Value {
    record(
        "ObjectCreated:Put",
        serde_json::json!({
            "key": "in/%EA%B3%84%EC%95%BD+1%2B1.pdf", "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e",
            "versionId": "096fKKXTRTtl3on89fVO.nfljtsv6qko", "sequencer": "0055AED6DCD90281E5"
        }),
    )
}

fn put() -> ObjectEvent {
    ObjectEvent {
        etag: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
        size_bytes: Some(1024),
        sequencer: Some("55AED6DCD90281E50000000000000000".into()),
        ..event("in/계약 1+1.pdf", EventKind::Put)
    }
}

#[test]
fn records_of_s3() {
    check(&serde_json::json!({ "Records": [put_record()] }), &[Ok(put())]);
    let removed = record(
        "ObjectRemoved:DeleteMarkerCreated",
        serde_json::json!({ "key": "a.pdf", "eTag": "x", "versionId": "v2", "sequencer": "0055AED6DCD90281E6" }),
    );
    let version = record("ObjectRemoved:Delete", serde_json::json!({ "key": "a.pdf", "versionId": "v2" }));
    let plain = record("ObjectRemoved:Delete", serde_json::json!({ "key": "a.pdf", "versionId": null }));
    let expired = record("LifecycleExpiration:Delete", serde_json::json!({ "key": "a.pdf" }));
    let tagged = record("ObjectTagging:Put", serde_json::json!({ "key": "a.pdf" }));
    check(
        &serde_json::json!({ "Records": [removed, version, plain, expired, tagged] }),
        &[
            Ok(ObjectEvent {
                sequencer: Some("55AED6DCD90281E60000000000000000".into()),
                ..event("a.pdf", EventKind::Removed)
            }),
            Ok(event("a.pdf", EventKind::Changed)),
            Ok(event("a.pdf", EventKind::Removed)),
            Ok(event("a.pdf", EventKind::Removed)),
        ],
    );
}

#[test]
fn envelopes_are_opened() {
    let inner = serde_json::json!({ "Records": [put_record()] }).to_string();
    let sns = serde_json::json!({ "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:x", "Message": inner });
    check(&sns, &[Ok(put())]);
    let lambda_sqs = serde_json::json!({ "Records": [
        { "messageId": "1", "eventSource": "aws:sqs", "body": inner },
        { "messageId": "2", "eventSource": "aws:sqs", "body": sns.to_string() },
    ] });
    check(&lambda_sqs, &[Ok(put()), Ok(put())]);
    let lambda_sns =
        serde_json::json!({ "Records": [{ "EventSource": "aws:sns", "Sns": { "Message": inner } }] });
    check(&lambda_sns, &[Ok(put())]);
}

#[test]
fn events_of_event_bridge() {
    let bridge = |kind: &str, more: Value| {
        let mut detail = serde_json::json!({
            "version": "0", "bucket": { "name": "contracts" },
            "object": { "key": "in/계약 1+1.pdf", "size": 1024, "etag": "d41d8cd98f00b204e9800998ecf8427e",
                        "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e", "sequencer": "55aed6dcd90281e5" },
            "request-id": "N4N7", "requester": "123456789012", "source-ip-address": "192.0.2.3"
        });
        if let (Some(detail), Some(more)) = (detail.as_object_mut(), more.as_object()) {
            detail.extend(more.clone());
        }
        serde_json::json!({
            "version": "0", "id": "17793124", "detail-type": kind, "source": "aws.s3", "account": "111122223333",
            "time": "2026-01-02T03:04:05.678Z", "region": "ca-central-1", "resources": ["arn:aws:s3:::contracts"],
            "detail": detail
        })
    };
    check(&bridge("Object Created", serde_json::json!({ "reason": "PutObject" })), &[Ok(put())]);
    let marker = serde_json::json!({ "deletion-type": "Delete Marker Created", "reason": "DeleteObject" });
    check(
        &bridge("Object Deleted", marker),
        &[Ok(ObjectEvent { kind: EventKind::Removed, etag: None, ..put() })],
    );
    let version = serde_json::json!({ "deletion-type": "Permanently Deleted", "reason": "DeleteObject" });
    check(
        &bridge("Object Deleted", version),
        &[Ok(ObjectEvent { kind: EventKind::Changed, etag: None, ..put() })],
    );
    check(&bridge("Object Tags Added", Value::Null), &[]);
    check(&bridge("Object Vanished", Value::Null), &[Err("`Object Vanished`")]);
}

#[test]
fn records_of_minio_have_no_order_that_holds() {
    let mut record = record(
        "s3:ObjectCreated:Put",
        serde_json::json!({ "key": "in%2F%EA%B3%84%EC%95%BD+1.pdf", "size": 3, "eTag": "e1", "sequencer": "17A4B1C2D3E4F506" }),
    );
    record["eventSource"] = "minio:s3".into();
    let message = serde_json::json!({ "EventName": "s3:ObjectCreated:Put", "Key": "contracts/in/x", "Records": [record] });
    let expected = ObjectEvent {
        etag: Some("e1".into()),
        size_bytes: Some(3),
        ..event("in/계약 1.pdf", EventKind::Put)
    };
    check(&message, &[Ok(expected)]);
}

#[test]
fn records_of_versitygw_have_keys_as_they_are() {
    let mut record = record(
        "s3:ObjectCreated:Put",
        serde_json::json!({ "key": "in/1+1 100%.pdf", "size": 3, "eTag": "\"e1\"", "versionId": null, "sequencer": "1F" }),
    );
    record["s3"]["configurationId"] = "webhook-global".into();
    record["eventTime"] = "2026-01-02T12:04:05.678+09:00".into();
    let expected = ObjectEvent {
        etag: Some("e1".into()),
        size_bytes: Some(3),
        ..event("in/1+1 100%.pdf", EventKind::Put)
    };
    check(&serde_json::json!({ "Records": [record] }), &[Ok(expected)]);
}

#[test]
fn tests_of_a_subscription_change_nothing() {
    let test = serde_json::json!({ "Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-02T03:04:05Z",
                                   "Bucket": "contracts", "RequestId": "5582", "HostId": "8cLe" });
    check(&test, &[]);
    check(&serde_json::json!({ "Records": [] }), &[]);
}

fn grid(kind: &str, data: Value) -> Value {
    serde_json::json!({
        "topic": "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/acc",
        "subject": "/blobServices/default/containers/contracts/blobs/in/계약 1.pdf",
        "eventType": kind, "eventTime": "2026-01-02T03:04:05.6780000Z", "id": "831e1650",
        "data": data, "dataVersion": "", "metadataVersion": "1"
    })
}

#[test]
fn events_of_azure() {
    let at_azure = |object: &str, kind| ObjectEvent {
        scheme: Scheme::Az,
        sequencer: Some("00000000000004420000000000028963".into()),
        ..event(object, kind)
    };
    let data = serde_json::json!({
        "api": "PutBlockList", "eTag": "0x8D4BCC2E4835CD0", "contentType": "application/pdf", "contentLength": 524288,
        "blobType": "BlockBlob", "url": "https://acc.blob.core.windows.net/contracts/in/%EA%B3%84%EC%95%BD%201.pdf",
        "sequencer": "00000000000004420000000000028963",
        "sourceUrl": "https://acc.dfs.core.windows.net/contracts/a%20b.pdf",
        "destinationUrl": "https://acc.dfs.core.windows.net/contracts/c.pdf"
    });
    let created = ObjectEvent {
        etag: Some("0x8D4BCC2E4835CD0".into()),
        size_bytes: Some(524_288),
        ..at_azure("in/계약 1.pdf", EventKind::Put)
    };
    let batch = serde_json::json!([
        grid("Microsoft.Storage.BlobCreated", data.clone()),
        grid("Microsoft.Storage.BlobDeleted", data.clone()),
        grid("Microsoft.Storage.BlobRenamed", data.clone()),
        grid("Microsoft.Storage.DirectoryRenamed", data.clone()),
        grid("Microsoft.EventGrid.SubscriptionValidationEvent", serde_json::json!({ "validationCode": "5" })),
    ]);
    check(
        &batch,
        &[
            Ok(created.clone()),
            Ok(at_azure("in/계약 1.pdf", EventKind::Removed)),
            Ok(at_azure("a b.pdf", EventKind::Removed)),
            Ok(at_azure("c.pdf", EventKind::Changed)),
            Err("list the source again"),
        ],
    );
    let cloud_event = serde_json::json!({
        "specversion": "1.0", "source": "/subscriptions/s", "type": "Microsoft.Storage.BlobCreated", "id": "9",
        "subject": "/blobServices/default/containers/contracts/blobs/in/계약 1.pdf",
        "time": "2026-01-02T03:04:05.678Z", "data": data
    });
    check(&cloud_event, &[Ok(created)]);
}

fn pubsub(kind: &str, more: Value) -> Value {
    let mut attributes = serde_json::json!({
        "notificationConfig": "projects/_/buckets/contracts/notificationConfigs/3", "eventType": kind,
        "payloadFormat": "NONE", "bucketId": "contracts", "objectId": "in/계약 1+1.pdf",
        "objectGeneration": "1669849871234567", "eventTime": "2026-01-02T03:04:05.678901Z"
    });
    if let (Some(attributes), Some(more)) = (attributes.as_object_mut(), more.as_object()) {
        attributes.extend(more.clone());
    }
    serde_json::json!({ "attributes": attributes, "messageId": "1", "publishTime": "2026-01-02T03:04:06Z" })
}

#[test]
fn events_of_cloud_storage() {
    let at_google = |kind, sequencer: &str| ObjectEvent {
        scheme: Scheme::Gs,
        sequencer: Some(sequencer.into()),
        ..event("in/계약 1+1.pdf", kind)
    };
    let put = at_google(EventKind::Put, "00001669849871234567.0");
    let removed = at_google(EventKind::Removed, "00001669849871234567.1");
    assert!(put.sequencer < removed.sequencer, "a generation is removed after it was made");
    let finalized = pubsub("OBJECT_FINALIZE", Value::Null);
    check(&finalized, &[Ok(put.clone())]);
    check(
        &serde_json::json!({ "message": finalized, "subscription": "projects/p/subscriptions/s" }),
        &[Ok(put.clone())],
    );
    let replaced =
        pubsub("OBJECT_DELETE", serde_json::json!({ "overwrittenByGeneration": "1669849879999999" }));
    let pulled = serde_json::json!({ "receivedMessages": [
        { "ackId": "a", "message": finalized },
        { "ackId": "b", "message": replaced },
        { "ackId": "c", "message": pubsub("OBJECT_DELETE", Value::Null) },
        { "ackId": "d", "message": pubsub("OBJECT_ARCHIVE", Value::Null) },
        { "ackId": "e", "message": pubsub("OBJECT_METADATA_UPDATE", Value::Null) },
        { "ackId": "f", "message": pubsub("OBJECT_VANISHED", Value::Null) },
        { "ackId": "g", "message": pubsub("OBJECT_DELETE", serde_json::json!({ "objectGeneration": "x" })) },
    ] });
    check(
        &pulled,
        &[Ok(put), Ok(removed.clone()), Ok(removed), Err("`OBJECT_VANISHED`"), Err("generation `x`")],
    );
}

#[test]
fn what_cannot_be_read_is_an_error_and_takes_nothing_with_it() {
    for (message, said) in [
        ("", "no JSON"),
        ("{", "no JSON"),
        ("{\"a\":1,\"b\":2}", "fields: a, b"),
        ("7", "no event"),
        ("{\"Type\":\"Notification\",\"Message\":\"hello\"}", "envelope"),
    ] {
        let error = parse_events(message.as_bytes()).expect_err(message);
        assert!(error.to_string().contains(said), "{message}: {error}");
    }
    let mut wrong_time = put_record();
    wrong_time["eventTime"] = "yesterday".into();
    let no_key = record("ObjectCreated:Put", serde_json::json!({ "size": 1 }));
    let not_utf8 = record("ObjectCreated:Put", serde_json::json!({ "key": "%FF.pdf" }));
    let unknown = record("ObjectTeleported:Beam", serde_json::json!({ "key": "a.pdf" }));
    let message = serde_json::json!({ "Records": [wrong_time, no_key, put_record(), not_utf8, unknown, {}] });
    check(
        &message,
        &[
            Err("`yesterday`"),
            Err("missing field `key`"),
            Ok(put()),
            Err("not UTF-8"),
            Err("ObjectTeleported"),
            Err("neither `s3`"),
        ],
    );
    let mut wrapped = serde_json::json!({ "Records": [] });
    for _ in 0..10 {
        wrapped = serde_json::json!([wrapped]);
    }
    check(&wrapped, &[Err("too many times")]);
}
