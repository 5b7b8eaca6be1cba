//! As much of Kafka's protocol as tells whether a broker is ready, and makes topics. In: an address. Out: what it says.
//! Source: <https://kafka.apache.org/43/protocol.html> (Metadata version 4, CreateTopics version 4, both before the compact encodings).
//! Never produces or consumes: tests do that with the client under test.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const METADATA: i16 = 3;
const CREATE_TOPICS: i16 = 19;
const VERSION: i16 = 4;
const CREATE_TIMEOUT_MS: i32 = 15_000;
const LONGEST_ANSWER_BYTES: usize = 8 << 20;

/// What a broker says of its cluster.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    pub brokers: usize,
    pub topics: Vec<Topic>,
}

/// One topic: how many partitions, and how many of them have a leader.
#[derive(Debug)]
pub(crate) struct Topic {
    pub name: String,
    pub partitions: usize,
    pub led: usize,
}

pub(crate) async fn metadata(port: u16) -> io::Result<Cluster> {
    let mut body = Vec::new();
    body.extend_from_slice(&(-1i32).to_be_bytes()); // every topic
    body.push(0); // makes none
    let answer = ask(port, METADATA, &body).await?;
    let mut fields = Fields(&answer);
    fields.i32()?; // throttled for
    let mut cluster = Cluster::default();
    for _ in 0..fields.count()? {
        fields.i32()?; // id
        fields.text()?; // host
        fields.i32()?; // port
        fields.text()?; // rack
        cluster.brokers += 1;
    }
    fields.text()?; // cluster id
    fields.i32()?; // controller
    for _ in 0..fields.count()? {
        fields.i16()?; // error
        let name = fields.text()?;
        fields.take(1)?; // internal
        let mut topic = Topic { name, partitions: 0, led: 0 };
        for _ in 0..fields.count()? {
            let error = fields.i16()?;
            fields.i32()?; // number
            let leader = fields.i32()?;
            for _ in 0..2 {
                let replicas = fields.count()?; // all of them, then those in step
                fields.take(4 * replicas)?;
            }
            topic.partitions += 1;
            topic.led += usize::from(error == 0 && leader >= 0);
        }
        cluster.topics.push(topic);
    }
    Ok(cluster)
}

pub(crate) async fn create_topic(port: u16, name: &str, partitions: u32) -> io::Result<()> {
    let mut body = Vec::new();
    body.extend_from_slice(&1i32.to_be_bytes());
    put_text(&mut body, name);
    body.extend_from_slice(&partitions.to_be_bytes());
    body.extend_from_slice(&1i16.to_be_bytes()); // replicas
    body.extend_from_slice(&0i32.to_be_bytes()); // no assignments
    body.extend_from_slice(&0i32.to_be_bytes()); // no settings
    body.extend_from_slice(&CREATE_TIMEOUT_MS.to_be_bytes());
    body.push(0); // not only to validate
    let answer = ask(port, CREATE_TOPICS, &body).await?;
    let mut fields = Fields(&answer);
    fields.i32()?; // throttled for
    for _ in 0..fields.count()? {
        fields.text()?; // name
        let (error, message) = (fields.i16()?, fields.text()?);
        if error != 0 {
            return Err(io::Error::other(format!("error {error}: {message}")));
        }
    }
    Ok(())
}

async fn ask(port: u16, api: i16, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    request.extend_from_slice(&api.to_be_bytes());
    request.extend_from_slice(&VERSION.to_be_bytes());
    request.extend_from_slice(&1i32.to_be_bytes()); // correlation
    put_text(&mut request, "pagemill-tests");
    request.extend_from_slice(body);
    let mut stream = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    stream.write_u32(request.len() as u32).await?;
    stream.write_all(&request).await?;
    let length = stream.read_u32().await? as usize;
    if !(4..=LONGEST_ANSWER_BYTES).contains(&length) {
        return Err(io::Error::other(format!("an answer of {length} bytes")));
    }
    stream.read_u32().await?; // correlation
    let mut answer = vec![0; length - 4];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

fn put_text(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u16).to_be_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

/// Reads fields one after the other; an answer that ends early is an error.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(io::ErrorKind::UnexpectedEof)?;
        self.0 = rest;
        Ok(taken)
    }

    fn i16(&mut self) -> io::Result<i16> {
        let bytes = self.take(2)?;
        Ok(i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    fn i32(&mut self) -> io::Result<i32> {
        let bytes = self.take(4)?;
        Ok(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    fn count(&mut self) -> io::Result<usize> {
        Ok(self.i32()?.max(0) as usize)
    }

    /// A length below zero stands for none, here an empty text.
    fn text(&mut self) -> io::Result<String> {
        let length = self.i16()?.max(0) as usize;
        Ok(String::from_utf8_lossy(self.take(length)?).into_owned())
    }
}
