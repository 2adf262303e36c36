//! A minimal client. Requests are built beforehand as bytes. Replies are checked for errors and counted. A client that
//! costs more than the server would measure itself.

// Each benchmark and test uses a part of this.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Commands per batch.
pub const PIPELINE: usize = 32;

/// Commands as bytes, in batches of [`PIPELINE`].
#[derive(Default)]
pub struct Requests {
    bytes: Vec<u8>,
    /// Where each command ends.
    ends: Vec<usize>,
}

impl Requests {
    /// No commands.
    pub fn new() -> Requests {
        Requests::default()
    }

    /// Adds a command.
    pub fn push<A: AsRef<[u8]>>(&mut self, parts: &[A]) {
        write!(self.bytes, "*{}\r\n", parts.len()).expect("writing to a vector does not fail");
        for part in parts.iter().map(AsRef::as_ref) {
            write!(self.bytes, "${}\r\n", part.len()).expect("writing to a vector does not fail");
            self.bytes.extend_from_slice(part);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.ends.push(self.bytes.len());
    }

    /// How many commands there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Removes all commands.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn batches(&self) -> usize {
        self.len().div_ceil(PIPELINE)
    }

    /// The bytes of a batch and the number of its commands.
    fn batch(&self, nth: usize) -> (&[u8], usize) {
        let first = nth * PIPELINE;
        let last = (first + PIPELINE).min(self.len());
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        (&self.bytes[start..self.ends[last - 1]], last - first)
    }
}

/// A reply. Its strings are copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An integer.
    Int(i64),
    /// A string, simple or bulk.
    Text(String),
    /// Null.
    Null,
    /// An error, as the server sent it.
    Error(String),
    /// An array.
    Array(Vec<Reply>),
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// The bytes from `start` to `end` were read and not consumed yet.
    start: usize,
    end: usize,
}

impl Wire {
    /// Connects to a port of this machine.
    pub fn connect(port: u16) -> Wire {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server accepts connections");
        stream.set_nodelay(true).expect("the socket takes options");
        // A missing reply fails with a timeout.
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("the socket takes options");
        stream.set_write_timeout(Some(Duration::from_secs(60))).expect("the socket takes options");
        Wire { stream, buffer: vec![0; 256 * 1024].into_boxed_slice(), start: 0, end: 0 }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes requests");
    }

    /// Sends all requests at once. They must fit the buffers of the connection, because no reply is read meanwhile.
    pub fn send_all(&mut self, requests: &Requests) {
        self.send(&requests.bytes);
    }

    /// Reads this many replies and returns the total length of their strings. Panics if a reply is or holds an error.
    pub fn expect(&mut self, replies: usize) -> usize {
        let (mut left, mut bytes) = (replies, 0);
        while left > 0 {
            left -= 1;
            let line = self.line();
            let number = || number(&self.buffer[line.0 + 1..line.1]);
            match self.buffer[line.0] {
                b'-' => panic!("the server replied with an error: {}", self.text(line)),
                b'*' => left += usize::try_from(number()).unwrap_or(0),
                b'$' => {
                    if let Ok(len) = usize::try_from(number()) {
                        bytes += len;
                        self.skip(len + 2);
                    }
                }
                _ => {}
            }
        }
        bytes
    }

    /// Reads the next reply.
    pub fn reply(&mut self) -> Reply {
        let line = self.line();
        let rest = (line.0 + 1, line.1);
        match self.buffer[line.0] {
            b':' => Reply::Int(number(&self.buffer[rest.0..rest.1])),
            b'-' => Reply::Error(self.text(rest)),
            b'$' => match usize::try_from(number(&self.buffer[rest.0..rest.1])) {
                Ok(len) => Reply::Text(self.take(len)),
                Err(_) => Reply::Null,
            },
            b'*' => match usize::try_from(number(&self.buffer[rest.0..rest.1])) {
                Ok(len) => Reply::Array((0..len).map(|_| self.reply()).collect()),
                Err(_) => Reply::Null,
            },
            _ => Reply::Text(self.text(rest)),
        }
    }

    /// Reads the next line and returns the range of its bytes in the buffer, without the line end. The range is valid
    /// until the next read.
    fn line(&mut self) -> (usize, usize) {
        let mut searched = self.start;
        loop {
            if let Some(at) = self.buffer[searched..self.end].iter().position(|&byte| byte == b'\n') {
                let line = (self.start, searched + at - 1);
                self.start = searched + at + 1;
                return line;
            }
            let unread = self.end - self.start;
            self.fill();
            searched = self.start + unread;
        }
    }

    fn text(&self, line: (usize, usize)) -> String {
        String::from_utf8_lossy(&self.buffer[line.0..line.1]).into_owned()
    }

    /// Skips the next `len` bytes.
    fn skip(&mut self, mut len: usize) {
        loop {
            let available = len.min(self.end - self.start);
            self.start += available;
            len -= available;
            if len == 0 {
                return;
            }
            self.fill();
        }
    }

    /// Reads the next `len` bytes as text, and the line end after them.
    fn take(&mut self, len: usize) -> String {
        let mut bytes = Vec::with_capacity(len);
        loop {
            let available = (len - bytes.len()).min(self.end - self.start);
            bytes.extend_from_slice(&self.buffer[self.start..self.start + available]);
            self.start += available;
            if bytes.len() == len {
                break;
            }
            self.fill();
        }
        self.skip(2);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Reads more bytes from the connection and keeps those that were not consumed.
    fn fill(&mut self) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            assert!(self.start > 0, "a line of {} bytes", self.buffer.len());
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let read = self.stream.read(&mut self.buffer[self.end..]).expect("the server replies");
        assert!(read > 0, "the server closed the connection");
        self.end += read;
    }
}

/// An integer of the protocol.
fn number(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let value = digits.iter().fold(0, |value, &digit| value * 10 + i64::from(digit - b'0'));
    if negative {
        -value
    } else {
        value
    }
}

/// A few connections that are kept busy together. While the server works on one batch, the next ones are already sent.
pub struct Lanes(Vec<Wire>);

impl Lanes {
    /// How many connections there are.
    const COUNT: usize = 4;

    /// Connects to a port of this machine.
    pub fn open(port: u16) -> Lanes {
        Lanes((0..Lanes::COUNT).map(|_| Wire::connect(port)).collect())
    }

    /// Sends all requests, reads all replies and returns the total length of their strings. Panics if a reply is or
    /// holds an error.
    pub fn run(&mut self, requests: &Requests) -> usize {
        let (count, batches) = (self.0.len(), requests.batches());
        let mut bytes = 0;
        for nth in 0..batches + count {
            let lane = &mut self.0[nth % count];
            if nth >= count {
                bytes += lane.expect(requests.batch(nth - count).1);
            }
            if nth < batches {
                lane.send(requests.batch(nth).0);
            }
        }
        bytes
    }
}
