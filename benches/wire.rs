//! The protocol with as little between as can be: requests built beforehand as bytes, replies looked through for errors
//! and otherwise only counted. A client that costs more than the server would measure itself.

// Those who measure and those who test each use a part of it.
#![allow(dead_code)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Commands sent in one go.
pub const PIPELINE: usize = 32;

/// Commands as they are sent, in batches of [`PIPELINE`].
#[derive(Default)]
pub struct Requests {
    bytes: Vec<u8>,
    /// Where each command ends.
    ends: Vec<usize>,
}

impl Requests {
    /// None yet.
    pub fn new() -> Requests {
        Requests::default()
    }

    /// Adds a command.
    pub fn push<A: AsRef<[u8]>>(&mut self, parts: &[A]) {
        write!(self.bytes, "*{}\r\n", parts.len()).expect("a vector takes all");
        for part in parts.iter().map(AsRef::as_ref) {
            write!(self.bytes, "${}\r\n", part.len()).expect("a vector takes all");
            self.bytes.extend_from_slice(part);
            self.bytes.extend_from_slice(b"\r\n");
        }
        self.ends.push(self.bytes.len());
    }

    /// How many commands.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn batches(&self) -> usize {
        self.len().div_ceil(PIPELINE)
    }

    /// The bytes of a batch, and how many commands they are.
    fn batch(&self, nth: usize) -> (&[u8], usize) {
        let first = nth * PIPELINE;
        let last = (first + PIPELINE).min(self.len());
        let start = if first == 0 { 0 } else { self.ends[first - 1] };
        (&self.bytes[start..self.ends[last - 1]], last - first)
    }
}

/// A reply. What is text is copied out, so that it can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// An integer.
    Int(i64),
    /// A string, simple or bulk.
    Text(String),
    /// Nothing.
    Null,
    /// An error, as it was sent.
    Error(String),
    /// Several.
    Array(Vec<Reply>),
}

/// A connection.
pub struct Wire {
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// What is read and not yet taken.
    start: usize,
    end: usize,
}

impl Wire {
    /// Connects to a port of this machine.
    pub fn connect(port: u16) -> Wire {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("the server is there");
        stream.set_nodelay(true).expect("a socket can be told");
        // A reply that never comes is a failure with a name.
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a socket can be told");
        stream.set_write_timeout(Some(Duration::from_secs(60))).expect("a socket can be told");
        Wire { stream, buffer: vec![0; 256 * 1024].into_boxed_slice(), start: 0, end: 0 }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server takes requests");
    }

    /// Sends all requests in one go: no more than a server takes without being listened to.
    pub fn send_all(&mut self, requests: &Requests) {
        self.send(&requests.bytes);
    }

    /// Takes so many replies, none of which may be or hold an error. Gives the bytes of their strings.
    pub fn expect(&mut self, replies: usize) -> usize {
        let (mut left, mut bytes) = (replies, 0);
        while left > 0 {
            left -= 1;
            let line = self.line();
            let number = || number(&self.buffer[line.0 + 1..line.1]);
            match self.buffer[line.0] {
                b'-' => panic!("refused: {}", self.text(line)),
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

    /// The next reply.
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

    /// The next line: where its bytes are, without its end. They stay there until more is read.
    fn line(&mut self) -> (usize, usize) {
        let mut looked = self.start;
        loop {
            if let Some(at) = self.buffer[looked..self.end].iter().position(|&byte| byte == b'\n') {
                let line = (self.start, looked + at - 1);
                self.start = looked + at + 1;
                return line;
            }
            let seen = self.end - self.start;
            self.fill();
            looked = self.start + seen;
        }
    }

    fn text(&self, line: (usize, usize)) -> String {
        String::from_utf8_lossy(&self.buffer[line.0..line.1]).into_owned()
    }

    /// Drops the next bytes.
    fn skip(&mut self, mut len: usize) {
        loop {
            let there = len.min(self.end - self.start);
            self.start += there;
            len -= there;
            if len == 0 {
                return;
            }
            self.fill();
        }
    }

    /// The next bytes as text, and the end of line after them.
    fn take(&mut self, len: usize) -> String {
        let mut bytes = Vec::with_capacity(len);
        loop {
            let there = (len - bytes.len()).min(self.end - self.start);
            bytes.extend_from_slice(&self.buffer[self.start..self.start + there]);
            self.start += there;
            if bytes.len() == len {
                break;
            }
            self.fill();
        }
        self.skip(2);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Reads what has come, after what is not yet taken.
    fn fill(&mut self) {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        } else if self.end == self.buffer.len() {
            assert!(self.start > 0, "a line of {} bytes", self.buffer.len());
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let read = self.stream.read(&mut self.buffer[self.end..]).expect("the server replies");
        assert!(read > 0, "the server hung up");
        self.end += read;
    }
}

/// A number of the protocol.
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

/// A few connections that are kept busy together, as many clients would: while the server works on one batch, the next
/// are there already.
pub struct Lanes(Vec<Wire>);

impl Lanes {
    /// How many.
    const COUNT: usize = 4;

    /// Connects.
    pub fn open(port: u16) -> Lanes {
        Lanes((0..Lanes::COUNT).map(|_| Wire::connect(port)).collect())
    }

    /// Sends all requests and takes all replies, none of which may be an error. Gives the bytes of their strings.
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
