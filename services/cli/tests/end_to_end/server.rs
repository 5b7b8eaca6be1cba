//! The server over the ingested samples: pages, answers, an upload that is ingested and found.

use crate::machine::{Machine, folder_with, path, samples};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

struct Server {
    child: Child,
    address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Serves on a port that was free a moment ago, with quotes for answers, and waits until it is ready.
    fn start(machine: &Machine) -> Self {
        let port =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let mut command = machine.command(&["serve", "--address", &address]);
        command.env("PAGEMILL__GENERATOR__MODEL", "").stdout(Stdio::piped());
        let mut child = command.spawn().expect("runs");
        let mut said = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut said).expect("a line");
        assert!(said.contains(&address), "{said}");
        let server = Self { child, address };
        server.until("it is ready", |server| server.get("/readyz").0 == 200);
        server
    }

    /// Asks again until it holds; the server answers in milliseconds, so this is no busy wait worth speaking of.
    fn until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + Duration::from_secs(120);
        while !holds(self) {
            assert!(Instant::now() < end, "in two minutes never: {what}");
            let (_keep, never) = std::sync::mpsc::channel::<()>();
            let _ = never.recv_timeout(Duration::from_millis(100));
        }
    }

    fn get(&self, target: &str) -> (u16, Vec<u8>) {
        self.send("GET", target, "application/json", b"")
    }

    fn json(&self, target: &str) -> Value {
        serde_json::from_slice(&self.get(target).1).expect("JSON")
    }

    fn send(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let Ok(mut stream) = TcpStream::connect(&self.address) else { return (0, Vec::new()) };
        let head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body)).expect("sent");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("received");
        let text = String::from_utf8_lossy(&reply);
        let status = text.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
        let start = reply.windows(4).position(|four| four == b"\r\n\r\n").map_or(reply.len(), |at| at + 4);
        (status, reply.split_off(start))
    }
}

#[test]
fn an_upload_is_ingested_found_shown_and_removed() {
    let machine = Machine::new();
    machine.run(&["ingest", path(folder_with(&["supply-contract.pdf"]).path())]);
    let server = Server::start(&machine);
    assert!(String::from_utf8_lossy(&server.get("/").1).contains("<html"), "the page");

    let invoice = std::fs::read(samples().join("invoice-2025-0417.pdf")).expect("read");
    let (status, _) = server.send("POST", "/api/v1/documents?name=invoice.pdf", "application/pdf", &invoice);
    assert_eq!(status, 202);
    let listed = |server: &Server| -> Option<Value> {
        let documents = server.json("/api/v1/documents");
        let documents = documents["documents"].as_array().expect("documents").clone();
        documents.into_iter().find(|d| d["key"] == "invoice.pdf" && d["state"] == "indexed")
    };
    server.until("the upload is indexed", |server| listed(server).is_some());
    let id = listed(&server).and_then(|d| d["id"].as_str().map(str::to_owned)).expect("an id");

    let (status, image) = server.get(&format!("/api/v1/documents/{id}/pages/1/image"));
    assert_eq!(status, 200);
    assert!(image.starts_with(b"\x89PNG"), "an image of the page");
    let ask = br#"{"question": "What is the total of the invoice?"}"#;
    let (status, answer) = server.send("POST", "/api/v1/ask", "application/json", ask);
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    assert_eq!((status, answer["kind"].as_str()), (200, Some("quoted")), "{answer}");
    assert!(String::from_utf8_lossy(&server.get("/metrics").1).contains("pagemill_documents_total"));

    let (status, _) = server.send("DELETE", &format!("/api/v1/documents/{id}"), "application/json", b"");
    assert!((200..300).contains(&status), "{status}");
    server.until("it is gone", |server| listed(server).is_none());

    // Ingesting from another process works beside the server.
    let more = folder_with(&["energy-chart.pdf"]);
    server.until("the other process gets its turn", |_| {
        machine.run(&["ingest", path(more.path())]).status.success()
    });
    assert_eq!(server.json("/api/v1/status")["index"]["documents"], 2);
}
