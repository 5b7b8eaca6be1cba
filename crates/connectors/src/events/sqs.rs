//! Events by Amazon SQS. In: a queue's address. Out: messages, each held for us until it is settled. A message whose
//! process ends comes again after a minute. Never reads what a message says.

use crate::s3::{aws, causes};
use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use pagemill_pipeline::{EventReceipt, EventSource, Failure, ReceivedEvent};
use serde::Deserialize;
use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// SQS's own limits: messages a call, and seconds a call may wait.
const BATCH: usize = 10;
const WAIT_SECONDS: i32 = 20;
/// How long a message stays ours when we say nothing.
const VISIBILITY_SECONDS: i32 = 60;
const PROLONG_EVERY: Duration = Duration::from_secs(20);
/// A message that nobody settles in so long comes again.
const HOLD_AT_MOST: Duration = Duration::from_secs(1800);
const PAUSE: Duration = Duration::from_secs(5);

/// A queue that a bucket, an SNS topic or an EventBridge rule sends events to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqsConfig {
    /// Such as `https://sqs.eu-central-1.amazonaws.com/123456789012/pagemill`.
    pub queue_url: String,
    /// Where the queue is; what `AWS_REGION`, the profile or the machine say when not set.
    pub region: Option<String>,
    /// The server's address where it is not AWS's own.
    pub endpoint: Option<String>,
}

/// A queue of events.
#[derive(Debug)]
pub struct SqsEvents {
    client: Client,
    queue_url: String,
    /// Received and not handed on yet.
    waiting: Mutex<VecDeque<ReceivedEvent>>,
    held: Arc<Held>,
    prolonging: JoinHandle<()>,
}

impl SqsEvents {
    /// Credentials as for S3. Must be called within a Tokio runtime.
    ///
    /// # Errors
    /// `Stop` when credentials or region are missing; `Retry` when they cannot be had now.
    pub async fn open(config: &SqsConfig) -> Result<Self, Failure> {
        let shared = aws(config.endpoint.as_deref(), config.region.as_deref()).await?;
        Ok(Self::over(Client::new(&shared), &config.queue_url, PROLONG_EVERY))
    }

    fn over(client: Client, queue_url: &str, prolong_every: Duration) -> Self {
        let held = Arc::new(Held::default());
        let prolonging =
            tokio::spawn(prolong(client.clone(), queue_url.to_owned(), held.clone(), prolong_every));
        Self { client, queue_url: queue_url.to_owned(), waiting: Mutex::default(), held, prolonging }
    }

    fn next_waiting(&self) -> Option<ReceivedEvent> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Drop for SqsEvents {
    fn drop(&mut self) {
        self.prolonging.abort();
    }
}

#[async_trait]
impl EventSource for SqsEvents {
    async fn receive(&self) -> Result<Option<ReceivedEvent>, Failure> {
        loop {
            if let Some(event) = self.next_waiting() {
                return Ok(Some(event));
            }
            let answer = self
                .client
                .receive_message()
                .queue_url(&self.queue_url)
                .max_number_of_messages(BATCH as i32)
                .wait_time_seconds(WAIT_SECONDS)
                .visibility_timeout(VISIBILITY_SECONDS)
                .send()
                .await
                .map_err(|error| failure(&self.queue_url, &error))?;
            let received = answer.messages().iter().filter_map(|message| {
                let receipt = EventReceipt(message.receipt_handle()?.to_owned());
                Some(ReceivedEvent { message: message.body().unwrap_or_default().into(), receipt })
            });
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            for event in received {
                self.held.add(event.receipt.clone());
                waiting.push_back(event);
            }
        }
    }

    async fn settle(&self, receipt: EventReceipt) -> Result<(), Failure> {
        let request = self.client.delete_message().queue_url(&self.queue_url).receipt_handle(&receipt.0);
        request.send().await.map_err(|error| failure(&self.queue_url, &error))?;
        self.held.forget(&receipt);
        Ok(())
    }
}

/// What was received and is not settled, with when it came.
#[derive(Debug, Default)]
struct Held(Mutex<HashMap<EventReceipt, Instant>>);

impl Held {
    fn lock(&self) -> MutexGuard<'_, HashMap<EventReceipt, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, receipt: EventReceipt) {
        self.lock().insert(receipt, Instant::now());
    }

    fn forget(&self, receipt: &EventReceipt) {
        self.lock().remove(receipt);
    }

    /// What is to be kept for longer.
    fn current(&self) -> Vec<EventReceipt> {
        let mut held = self.lock();
        held.retain(|_, since| since.elapsed() < HOLD_AT_MOST);
        held.keys().cloned().collect()
    }
}

/// Keeps what is held from coming again while somebody works on it.
async fn prolong(client: Client, queue_url: String, held: Arc<Held>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        for batch in held.current().chunks(BATCH) {
            let entries = batch.iter().enumerate().filter_map(|(position, receipt)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(position.to_string())
                    .receipt_handle(&receipt.0)
                    .visibility_timeout(VISIBILITY_SECONDS);
                entry.build().ok()
            });
            let request = client.change_message_visibility_batch().queue_url(&queue_url);
            match request.set_entries(Some(entries.collect())).send().await {
                // What SQS no longer keeps for us comes again, and is settled then.
                Ok(answer) => {
                    for failed in answer.failed() {
                        if let Some(receipt) = failed.id().parse().ok().and_then(|at: usize| batch.get(at)) {
                            held.forget(receipt);
                        }
                    }
                }
                Err(error) => {
                    tracing::warn!(queue = %queue_url, error = causes(&error), "events could not be held for longer");
                }
            }
        }
    }
}

fn failure<E>(queue_url: &str, error: &SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let detail = match error.code() {
        Some(code) => format!("{code}: {}", error.message().unwrap_or("nothing more is said")),
        None => causes(error),
    };
    match error.code().map(|code| code.rsplit(['.', '#']).next().unwrap_or(code)) {
        Some("NonExistentQueue" | "QueueDoesNotExist" | "InvalidAddress") => {
            Failure::stop(format!("there is no queue {queue_url} ({detail}); look at its address and region"))
        }
        Some("AccessDenied" | "AccessDeniedException") => Failure::stop(format!(
            "the queue {queue_url} may not be read ({detail}); allow sqs:ReceiveMessage, sqs:DeleteMessage and \
             sqs:ChangeMessageVisibility on it"
        )),
        Some("InvalidClientTokenId" | "SignatureDoesNotMatch" | "UnrecognizedClientException") => {
            Failure::stop(format!(
                "the credentials for the queue {queue_url} are wrong ({detail}); correct them"
            ))
        }
        _ => Failure::Retry {
            after: PAUSE,
            detail: format!("the queue {queue_url} does not answer ({detail})"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
    use aws_smithy_http_client::Builder;
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::sync::mpsc;

    /// Answers as SQS does, once for each of `answers`, and tells what was asked.
    async fn server(answers: Vec<(u16, Value)>) -> (String, mpsc::Receiver<(String, Value)>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let (asked, told) = mpsc::channel(answers.len().max(1));
        tokio::spawn(async move {
            for (status, body) in answers {
                let (stream, _) = listener.accept().await.expect("a call");
                asked.send(exchange(stream, status, &body).await).await.expect("heard");
            }
        });
        (address, told)
    }

    async fn exchange(stream: TcpStream, status: u16, body: &Value) -> (String, Value) {
        let mut stream = BufReader::new(stream);
        let (mut target, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.expect("a line");
            let Some((name, value)) = line.trim().split_once(": ") else {
                if line.trim().is_empty() { break } else { continue }
            };
            match name.to_ascii_lowercase().as_str() {
                "x-amz-target" => target = value.trim_start_matches("AmazonSQS.").to_owned(),
                "content-length" => length = value.parse().expect("a number"),
                _ => {}
            }
        }
        let mut asked = vec![0; length];
        stream.read_exact(&mut asked).await.expect("a body");
        let text = body.to_string();
        let answer = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{text}",
            text.len()
        );
        stream.write_all(answer.as_bytes()).await.expect("answered");
        (target, serde_json::from_slice(&asked).expect("JSON"))
    }

    fn events(address: &str, prolong_every: Duration) -> SqsEvents {
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("k", "s", None, None, "test"))
            .http_client(Builder::new().build_http())
            .endpoint_url(address)
            .retry_config(aws_sdk_sqs::config::retry::RetryConfig::disabled())
            .build();
        SqsEvents::over(Client::from_conf(config), &format!("{address}/1/q"), prolong_every)
    }

    fn message(receipt: &str, body: &str) -> Value {
        json!({ "MessageId": receipt, "ReceiptHandle": receipt, "Body": body })
    }

    #[tokio::test]
    async fn messages_are_received_held_and_deleted_when_settled() {
        let two = json!({ "Messages": [message("r1", "one"), message("r2", "둘")] });
        let answers = vec![(200, json!({})), (200, two), (200, json!({}))];
        let (address, mut told) = server(answers).await;
        let events = events(&address, PROLONG_EVERY);
        let first = events.receive().await.expect("received").expect("a message");
        let second = events.receive().await.expect("received").expect("a message");
        assert_eq!((first.message, second.message), (b"one".to_vec(), "둘".as_bytes().to_vec()));
        assert_eq!(events.held.current().len(), 2);
        events.settle(first.receipt).await.expect("settled");
        assert_eq!(events.held.current(), [EventReceipt("r2".into())], "what is not settled stays ours");
        for _ in 0..2 {
            let (call, asked) = told.recv().await.expect("asked");
            assert_eq!(call, "ReceiveMessage");
            assert_eq!((&asked["WaitTimeSeconds"], &asked["MaxNumberOfMessages"]), (&json!(20), &json!(10)));
        }
        let (call, asked) = told.recv().await.expect("asked");
        assert_eq!((call.as_str(), &asked["ReceiptHandle"]), ("DeleteMessage", &json!("r1")));
    }

    #[tokio::test]
    async fn what_is_held_is_prolonged_and_what_is_lost_is_let_go() {
        let one = json!({ "Messages": [message("r1", "one"), message("r2", "two")] });
        let lost = json!({ "Successful": [{ "Id": "0" }],
                           "Failed": [{ "Id": "1", "Code": "ReceiptHandleIsInvalid", "SenderFault": true }] });
        let (address, mut told) = server(vec![(200, one), (200, lost)]).await;
        let events = events(&address, Duration::from_millis(1));
        events.receive().await.expect("received").expect("a message");
        told.recv().await.expect("asked");
        let (call, asked) = told.recv().await.expect("prolonged in time");
        assert_eq!(call, "ChangeMessageVisibilityBatch");
        let entries = asked["Entries"].as_array().expect("entries");
        assert_eq!(entries.len(), 2);
        assert_eq!(entries[0]["VisibilityTimeout"], json!(60));
        while events.held.current().len() == 2 {
            tokio::task::yield_now().await;
        }
        let kept = EventReceipt(entries[0]["ReceiptHandle"].as_str().expect("a receipt").to_owned());
        assert_eq!(events.held.current(), [kept]);
    }

    #[tokio::test]
    async fn errors_are_decided_by_their_code() {
        let code =
            |code: &str| json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": "said so" });
        for (answer, stops) in [
            (code("QueueDoesNotExist"), true),
            (code("AccessDenied"), true),
            (code("ThrottlingException"), false),
        ] {
            let (address, _told) = server(vec![(400, answer.clone())]).await;
            let failure = events(&address, PROLONG_EVERY).receive().await.expect_err("it fails");
            assert_eq!(matches!(failure, Failure::Stop(_)), stops, "{answer}: {failure}");
            assert!(failure.to_string().contains("said so"), "{failure}");
        }
    }
}
