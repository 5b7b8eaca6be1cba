//! The service over twins of its models, through real sockets: streams, turns, limits, ends.
#![allow(clippy::unwrap_used, reason = "a test may")]

mod remote;
mod twins;

use pagemill_proto::models::{self as wire, EmbedKind};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tonic::{Code, Request};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;
use twins::{asked, cold, http, read, warm};

const HERE: [u8; 4] = [127, 0, 0, 1];
const THERE: [u8; 4] = [127, 0, 0, 2];

#[tokio::test]
async fn an_answer_is_streamed_as_it_is_written() {
    let service = warm(4).await;
    let mut client = service.client(HERE).await;
    let mut stream = client.generate(asked("one two three")).await.unwrap().into_inner();
    service.echo.words.add_permits(1);
    let first = stream.message().await.unwrap().unwrap();
    assert_eq!(first.event, Some(wire::generate_response::Event::Piece("one ".into())));
    service.echo.words.add_permits(2);
    let (rest, end) = read(stream).await;
    let end = end.unwrap();
    assert_eq!((rest.as_str(), end.prompt_tokens, end.generated_tokens), ("two three", 7, 3));

    let failed = read(client.generate(asked("fail")).await.unwrap().into_inner()).await.1.unwrap_err();
    assert_eq!(failed.code(), Code::FailedPrecondition);
    assert!(failed.message().contains("generator.context_tokens"), "{failed}");
    let (_, metrics) = http(service.http_address, "/metrics").await;
    assert!(metrics.contains("pagemill_model_calls_total{code=\"Ok\",method=\"generate\"}"), "{metrics}");
}

#[tokio::test]
async fn what_is_asked_wrongly_or_of_another_model_is_refused() {
    let service = warm(4).await;
    let mut client = service.client(HERE).await;
    let check = |outcome: Result<(), tonic::Status>, code: Code, said: &str| {
        let status = outcome.unwrap_err();
        assert_eq!(status.code(), code, "{status}");
        assert!(status.message().contains(said), "{status}");
    };
    let nothing = wire::GenerateRequest { messages: vec![], ..asked("") };
    check(client.generate(nothing).await.map(|_| ()), Code::InvalidArgument, "`messages`");
    let other = wire::GenerateRequest { identity: "llama".into(), ..asked("x") };
    check(client.generate(other).await.map(|_| ()), Code::FailedPrecondition, "echo is loaded here");
    let other = wire::EmbedRequest { identity: "e5".into(), ..wire::EmbedRequest::default() };
    check(client.embed(other).await.map(|_| ()), Code::FailedPrecondition, "lengths is loaded here");
    let neither = wire::EmbedRequest { texts: vec!["a".into()], ..wire::EmbedRequest::default() };
    check(client.embed(neither).await.map(|_| ()), Code::InvalidArgument, "`kind`");
    let many = wire::CountTokensRequest { texts: vec![String::new(); 257], identity: String::new() };
    check(client.count_tokens(many).await.map(|_| ()), Code::InvalidArgument, "at most 256");
    let passages = wire::EmbedRequest {
        kind: EmbedKind::Passage.into(),
        texts: vec!["abc".into()],
        identity: "lengths".into(),
    };
    assert_eq!(client.embed(passages).await.unwrap().into_inner().vectors[0].values, [3.0, 0.0]);
}

#[tokio::test]
async fn callers_take_turns_and_a_full_line_says_when_to_come_again() {
    let service = warm(3).await;
    let (mut here, mut there) = (service.client(HERE).await, service.client(THERE).await);
    let writing = here.generate(asked("first")).await.unwrap().into_inner();
    service.echo.begun.acquire().await.unwrap().forget();
    let mut greedy = Vec::new();
    for text in ["a", "b", "c"] {
        greedy.push(here.generate(asked(text)).await.unwrap().into_inner());
    }
    let full = here.generate(asked("d")).await.unwrap_err();
    assert_eq!(full.code(), Code::ResourceExhausted);
    let after = full.get_details_retry_info().unwrap().retry_delay.unwrap();
    assert!(after >= Duration::from_secs(1), "{after:?}");

    let modest = there.generate(asked("modest")).await.unwrap().into_inner();
    let gave_way = read(greedy.pop().unwrap()).await.1.unwrap_err();
    assert_eq!(gave_way.code(), Code::ResourceExhausted, "the last of who asked most");

    // One word each: `first`, then one of the greedy caller's and the modest one's only.
    service.echo.words.add_permits(3);
    assert_eq!(read(writing).await.0, "first");
    assert_eq!(read(modest).await.0, "modest");
    let second = greedy.pop().unwrap();
    assert_eq!(read(greedy.pop().unwrap()).await.0, "a");
    service.echo.words.add_permits(1);
    assert_eq!(read(second).await.0, "b");
}

#[tokio::test]
async fn who_goes_away_or_has_waited_too_long_frees_the_model() {
    let service = warm(4).await;
    let mut client = service.client(HERE).await;
    let stream = client.generate(asked("one two")).await.unwrap().into_inner();
    service.echo.begun.acquire().await.unwrap().forget();
    let waiting = client.generate(asked("never")).await.unwrap().into_inner();
    drop((stream, waiting));

    let mut late = Request::new(asked("late"));
    late.set_timeout(Duration::from_millis(50));
    let (_, end) = read(client.generate(late).await.unwrap().into_inner()).await;
    assert_eq!(end.unwrap_err().code(), Code::DeadlineExceeded);
    while service.echo.abandoned.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    service.echo.words.add_permits(1);
    assert_eq!(read(client.generate(asked("next")).await.unwrap().into_inner()).await.0, "next");
}

#[tokio::test]
async fn it_is_ready_when_its_models_have_shown_that_they_work() {
    let service = cold(4).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", service.address)).unwrap();
    let mut health = HealthClient::new(channel.connect().await.unwrap());
    let mut serving = async |name: &str| {
        health.check(HealthCheckRequest { service: name.into() }).await.unwrap().into_inner().status
    };
    assert_eq!(http(service.http_address, "/healthz").await.0, 200);
    assert_eq!(http(service.http_address, "/readyz").await.0, 503);
    assert_eq!(serving("pagemill.models.v1.Models").await, 2, "NOT_SERVING");
    service.echo.words.add_permits(1);
    while http(service.http_address, "/readyz").await.0 != 200 {
        tokio::task::yield_now().await;
    }
    assert_eq!(serving("pagemill.models.v1.Models").await, 1, "SERVING");
}

#[tokio::test]
async fn what_is_under_way_is_finished_before_it_ends() {
    let service = warm(4).await;
    let mut client = service.client(HERE).await;
    let stream = client.generate(asked("one two")).await.unwrap().into_inner();
    service.echo.begun.acquire().await.unwrap().forget();
    service.shutdown.cancel();
    while http(service.http_address, "/readyz").await != (503, "draining\n".to_owned()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(http(service.http_address, "/healthz").await.0, 200, "draining is alive");
    service.echo.words.add_permits(2);
    let (text, end) = read(stream).await;
    assert!(text == "one two" && end.is_ok(), "{end:?}");
    service.served.await.unwrap().unwrap();
    assert!(client.generate(asked("late")).await.is_err());
}

#[tokio::test]
async fn a_model_that_does_not_work_ends_the_service() {
    let service = cold(4).await;
    service.echo.words.close();
    // The twin's panic stands for a model that fails: warming up must not hang.
    assert!(service.served.await.is_err());
}
