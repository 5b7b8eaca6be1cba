//! The child's side: takes over the standard streams, limits itself, then answers requests until its parent closes
//! the pipe. In: frames on standard input. Out: frames on what was standard output.
#![allow(clippy::print_stderr, reason = "a confined process has no log: its parent reads its last words")]

use crate::frame::{DATA, END, HEADER_BYTES, header, parse};
use crate::{MEMORY_VARIABLE, WRONG_SET_UP};
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::fd::AsFd;
use std::process::ExitCode;

/// Open files are the pipes, the file that is read and what libraries load.
const MAX_OPEN_FILES: u64 = 64;

/// Answers a request by replies, which it hands to its second argument.
pub type Answer<'a> = dyn FnMut(&[u8], &mut dyn FnMut(&[u8])) + 'a;

/// Why a child could not serve.
#[derive(Debug)]
pub enum ServeError {
    /// The pipe to the parent broke or a limit could not be set.
    Io(std::io::Error),
}

impl std::fmt::Display for ServeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Io(error) => write!(f, "a confined process could not serve: {error}"),
        }
    }
}

impl From<std::io::Error> for ServeError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<rustix::io::Errno> for ServeError {
    fn from(error: rustix::io::Errno) -> Self {
        Self::Io(error.into())
    }
}

/// The whole of a confined process. `load` makes what answers, within the limits, at the first request; where it cannot, the
/// process ends with [`WRONG_SET_UP`]. `answer` gets a request and sends any number of replies; its errors, and why the
/// process ended, are told on standard error.
pub fn work<W>(
    load: impl Fn() -> Result<W, String>,
    mut answer: impl FnMut(&mut W, &[u8], &mut dyn FnMut(&[u8])) -> Result<(), String>,
) -> ExitCode {
    let mut loaded = None;
    let served = serve(&mut |request, reply| {
        let worker = loaded.get_or_insert_with(|| {
            load().unwrap_or_else(|error| {
                eprintln!("{error}");
                std::process::exit(WRONG_SET_UP)
            })
        });
        if let Err(error) = answer(worker, request, reply) {
            eprintln!("{error}");
        }
    });
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Answers requests with `handler`, which sends any number of replies through its second argument, until the parent is
/// done. What libraries print goes to standard error, so that it cannot be taken for a frame.
///
/// # Errors
/// When the pipe breaks or the limits cannot be set.
pub fn serve(handler: &mut Answer<'_>) -> Result<(), ServeError> {
    let mut requests = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let mut replies = BufWriter::new(File::from(std::io::stdout().as_fd().try_clone_to_owned()?));
    rustix::stdio::dup2_stdout(std::io::stderr())?;
    limit()?;
    while let Some(request) = read_frame(&mut requests)? {
        let mut broken = None;
        handler(&request, &mut |reply| {
            if broken.is_none() {
                broken = write_frame(&mut replies, DATA, reply).and_then(|()| replies.flush()).err();
            }
        });
        if let Some(error) = broken {
            return Err(error.into());
        }
        write_frame(&mut replies, END, &[])?;
        replies.flush()?;
    }
    Ok(())
}

fn limit() -> Result<(), ServeError> {
    let at_most = |limit: u64| Rlimit { current: Some(limit), maximum: Some(limit) };
    // A parent that is killed takes its children along.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    setrlimit(Resource::Core, at_most(0))?;
    // Nothing here writes files.
    setrlimit(Resource::Fsize, at_most(0))?;
    setrlimit(Resource::Nofile, at_most(MAX_OPEN_FILES))?;
    if let Some(bytes) = std::env::var(MEMORY_VARIABLE).ok().and_then(|text| text.parse().ok()) {
        // Data (heap and private maps) and not address space: libraries and mapped files are no danger, and mapping a
        // large PDF must not count as using it.
        setrlimit(Resource::Data, at_most(bytes))?;
    }
    Ok(())
}

/// The next request; `None` when the parent has closed the pipe.
fn read_frame(requests: &mut File) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = [0; HEADER_BYTES];
    match requests.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let (_, length) = parse(head);
    let mut request = vec![0; length as usize];
    requests.read_exact(&mut request)?;
    Ok(Some(request))
}

fn write_frame(replies: &mut impl Write, kind: u8, bytes: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len())
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidInput, "a reply of more than 4 GiB"))?;
    replies.write_all(&header(kind, length))?;
    replies.write_all(bytes)
}
