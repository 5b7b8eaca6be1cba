//! A proxy on loopback that passes HTTP on to a server and, while told to, does what servers do on bad days.
//! In: the server's port. Out: a port of its own. Bodies stream through; headers, the host's name among them, stay as
//! they are, since signatures cover them. Never alters what it passes on.

use crate::ServerError;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};

type Body = BoxBody<Bytes, hyper::Error>;

/// What the proxy does with the requests that arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Passes them on.
    None,
    /// Answers 503 as S3 does to a client that asks too much: code `SlowDown`, nothing done.
    SlowDown,
    /// Ends the connection without an answer; what is under way is cut off too.
    Disconnect,
}

/// The proxy; it ends when dropped. It runs on a thread of its own: tests that share it come and go, each with its own
/// Tokio runtime, and one that blocks its runtime must not block the proxy.
pub struct FaultProxy {
    port: u16,
    fault: watch::Sender<Fault>,
    counts: Arc<Counts>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    passed: AtomicU64,
    failed: AtomicU64,
}

/// What one connection needs.
#[derive(Clone)]
struct Route {
    client: Client<HttpConnector, Incoming>,
    server_port: u16,
    fault: watch::Receiver<Fault>,
    counts: Arc<Counts>,
}

impl FaultProxy {
    /// Listens on a free port of loopback and passes on to `server_port` there.
    ///
    /// # Errors
    /// When no port can be listened on, or no thread be started.
    pub fn in_front_of(server_port: u16) -> Result<FaultProxy, ServerError> {
        let port = crate::ports::free()?;
        let failed = |error: std::io::Error| ServerError(format!("the fault proxy on port {port}: {error}"));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (fault, receiver) = watch::channel(Fault::None);
        let counts = Arc::new(Counts::default());
        // No connection is kept: one left over from before the server's restart would fail a request for nothing.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        let route = Route { client, server_port, fault: receiver, counts: Arc::clone(&counts) };
        let (stop, stopped) = oneshot::channel();
        let work = async move {
            tokio::select! {
                _ = accept(listener, route) => {}
                _ = stopped => {}
            }
        };
        let thread = std::thread::Builder::new().name("fault-proxy".to_owned());
        let thread = thread.spawn(move || runtime.block_on(work)).map_err(failed)?;
        Ok(FaultProxy { port, fault, counts, stop: Some(stop), thread: Some(thread) })
    }

    /// The proxy's own port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// From now on, until told otherwise.
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// Requests passed on since the start.
    pub fn passed(&self) -> u64 {
        self.counts.passed.load(Ordering::Relaxed)
    }

    /// Requests that met a fault since the start.
    pub fn failed(&self) -> u64 {
        self.counts.failed.load(Ordering::Relaxed)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, route: Route) {
    // It fails only outside a runtime.
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    // Dropped with this task, and every connection with it.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, route.clone()));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, route: Route) {
    let mut fault = route.fault.clone();
    let service = service_fn(move |request| answer(request, route.clone()));
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        // A connection that fails is the client's to report.
        _ = connection => {}
        _ = fault.wait_for(|fault| *fault == Fault::Disconnect) => {}
    }
}

async fn answer(mut request: Request<Incoming>, route: Route) -> Result<Response<Body>, ServerError> {
    let fault = *route.fault.borrow();
    match fault {
        Fault::None => {}
        Fault::SlowDown => {
            route.counts.failed.fetch_add(1, Ordering::Relaxed);
            return Ok(slow_down());
        }
        Fault::Disconnect => {
            route.counts.failed.fetch_add(1, Ordering::Relaxed);
            return Err(ServerError::new("told to disconnect"));
        }
    }
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let target = format!("http://127.0.0.1:{}{path}", route.server_port);
    *request.uri_mut() = target.parse().map_err(|e| ServerError(format!("cannot be passed on: {e}")))?;
    // An error ends the connection without an answer, which is what a dead server behind a name looks like.
    let answer = route.client.request(request).await.map_err(|e| ServerError(format!("not reached: {e}")))?;
    route.counts.passed.fetch_add(1, Ordering::Relaxed);
    Ok(answer.map(BodyExt::boxed))
}

/// Shape: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>. The connection is closed, since the
/// request's body may still be on its way.
fn slow_down() -> Response<Body> {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SlowDown</Code>\
                <Message>Please reduce your request rate.</Message></Error>";
    let mut response = Response::new(Full::from(body).map_err(|never| match never {}).boxed());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/xml"));
    headers.insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    response
}
