//! Server-sent events as chat completions stream them: bytes in whatever pieces the network brings, the data of each
//! event out. By the WHATWG HTML standard, "Interpreting an event stream", of which only `data` matters here.

/// Bytes of one event, at most; a chunk of a completion has some hundred.
const MAX_EVENT_BYTES: usize = 1 << 20;

/// What came and is not a whole event yet.
#[derive(Default)]
pub struct EventStream {
    line: Vec<u8>,
    data: Option<String>,
}

/// The stream is none, or does not end an event.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream has more than {MAX_EVENT_BYTES} bytes")]
pub struct TooLong;

impl EventStream {
    /// Takes bytes; returns the data of the events that they end.
    ///
    /// # Errors
    /// When an event is far too long.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        let mut events = Vec::new();
        for byte in bytes {
            match byte {
                // A line ends with either or both; the empty line between the two of both says nothing, because of what
                // `end_line` does when there is no data.
                b'\n' => events.extend(self.end_line()),
                b'\r' => {}
                byte => self.line.push(*byte),
            }
            if self.line.len() + self.data.as_ref().map_or(0, String::len) > MAX_EVENT_BYTES {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    /// The data of the event, if the line is the empty one that ends it.
    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            return self.data.take();
        }
        // Whole lines only: a character may come in two pieces.
        let line = String::from_utf8_lossy(&line);
        if let Some(value) = line.strip_prefix("data:") {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            }
        }
        None
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = ": ping\n\ndata: {\"a\": \"환불\"}\n\nevent: x\r\ndata:one\r\ndata: two\r\n\r\nid: 7\n\ndata: [DONE]\n\ndata: half";
        let expected = ["{\"a\": \"환불\"}", "one\ntwo", "[DONE]"];
        for size in 1..text.len() {
            let mut stream = EventStream::default();
            let mut events = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                events.extend(stream.push(piece).unwrap());
            }
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_event_is_given_up() {
        let mut stream = EventStream::default();
        assert_eq!(stream.push(&vec![b'x'; MAX_EVENT_BYTES + 1]), Err(TooLong));
    }
}
