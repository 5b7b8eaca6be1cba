//! A proxy that cuts answers short: the n-th connection is closed after so many bytes from the server, and the next one is
//! held until the test lets it on. Later ones pass.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

pub struct CuttingProxy {
    address: SocketAddr,
    cut: watch::Receiver<usize>,
    passed: Arc<AtomicU64>,
    go: Arc<Semaphore>,
    accepting: JoinHandle<()>,
}

impl CuttingProxy {
    /// In front of `endpoint`; connection n is cut after `after[n]` bytes.
    pub async fn start(endpoint: &str, after: &[u64]) -> Self {
        let server = endpoint.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let (cutting, cut) = watch::channel(0);
        let (passed, go) = (Arc::new(AtomicU64::new(0)), Arc::new(Semaphore::new(0)));
        let (after, counted, held) = (after.to_vec(), passed.clone(), go.clone());
        let accepting = tokio::spawn(async move {
            for &limit in &after {
                let (client, _) = listener.accept().await.expect("a client");
                pass(client, &server, limit, &counted).await;
                cutting.send_modify(|cut| *cut += 1);
                held.acquire().await.expect("open").forget();
            }
            loop {
                let (client, _) = listener.accept().await.expect("a client");
                let (server, counted) = (server.clone(), counted.clone());
                tokio::spawn(async move { pass(client, &server, u64::MAX, &counted).await });
            }
        });
        Self { address, cut, passed, go, accepting }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets so many of those that wait after a cut go on.
    pub fn let_on(&self, connections: usize) {
        self.go.add_permits(connections);
    }

    pub async fn until_cut(&self, times: usize) {
        self.cut.clone().wait_for(|cut| *cut >= times).await.expect("it lives");
    }

    /// Connections cut so far.
    pub fn cut(&self) -> usize {
        *self.cut.borrow()
    }

    /// Bytes from the server so far.
    pub fn passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut client: TcpStream, server: &str, limit: u64, passed: &AtomicU64) {
    let mut upstream = TcpStream::connect(server).await.expect("the server");
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = upstream.split();
    let back = async {
        let (mut left, mut buffer) = (limit, vec![0; 64 << 10]);
        while left > 0 {
            let Ok(read) = from_server.read(&mut buffer).await else { return };
            if read == 0 {
                return;
            }
            let kept = left.min(read as u64) as usize;
            if to_client.write_all(&buffer[..kept]).await.is_err() {
                return;
            }
            passed.fetch_add(kept as u64, Ordering::Relaxed);
            left -= kept as u64;
        }
    };
    tokio::select! {
        () = back => {}
        // The client may end first, when it has what it wants.
        _ = tokio::io::copy(&mut from_client, &mut to_server) => {}
    }
}
