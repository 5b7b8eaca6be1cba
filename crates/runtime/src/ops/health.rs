//! The health check of a container: one request to the service's own endpoint. In: an address. Out: an exit code, so
//! that an image needs no other program for it.
#![allow(clippy::print_stderr, reason = "a supervisor shows what a failed check said")]

use super::Probe;
use std::io::{Error, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::process::ExitCode;
use std::time::Duration;

/// A service that takes longer to say so is not well.
const WITHIN: Duration = Duration::from_secs(3);
/// A reply is a line or two.
const MAX_REPLY_BYTES: u64 = 4096;

/// Asks the service that listens on `address`: 0 when it is well, 1 with a line on standard error when not.
pub fn health(address: SocketAddr, probe: Probe) -> ExitCode {
    let path = match probe {
        Probe::Alive => "/healthz",
        Probe::Ready => "/readyz",
    };
    let address = reachable(address);
    match ask(address, path) {
        Ok(reply) if reply.starts_with("HTTP/1.1 200 ") => ExitCode::SUCCESS,
        Ok(reply) => {
            let said = reply.rsplit("\r\n\r\n").next().unwrap_or_default().trim();
            eprintln!("http://{address}{path}: {said}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("http://{address}{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What listens on every address is asked on loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn ask(address: SocketAddr, path: &str) -> Result<String, Error> {
    let mut stream = TcpStream::connect_timeout(&address, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut reply = Vec::new();
    stream.take(MAX_REPLY_BYTES).read_to_end(&mut reply)?;
    String::from_utf8(reply).map_err(|error| Error::new(ErrorKind::InvalidData, error))
}
