//! A fake master: it sends an RDB, then commands that no real master would send.

use super::{deadline, wait_for, Args};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

/// Listens from the start. [`Master::sync`] accepts a replica.
pub struct Master {
    listener: TcpListener,
    rdb: Vec<u8>,
    replica: Option<BufReader<TcpStream>>,
    /// Bytes sent since the RDB.
    offset: usize,
}

impl Master {
    /// A master that sends this RDB.
    pub fn of(rdb: Vec<u8>) -> Master {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        listener.set_nonblocking(true).unwrap();
        Master { listener, rdb, replica: None, offset: 0 }
    }

    pub fn port(&self) -> u16 {
        self.listener.local_addr().unwrap().port()
    }

    /// Drops its replica, waits for a new connection, and sends the whole RDB.
    #[track_caller]
    pub fn sync(&mut self) {
        self.replica = None;
        let (stream, _) = wait_for("a replica connects", || self.listener.accept().ok());
        stream.set_nonblocking(false).unwrap();
        stream.set_read_timeout(Some(deadline())).unwrap();
        self.replica = Some(BufReader::new(stream));
        loop {
            let answer: &[u8] = match self.receive()[0].to_ascii_uppercase().as_slice() {
                b"PING" => b"+PONG\r\n",
                b"REPLCONF" => b"+OK\r\n",
                b"PSYNC" => break,
                other => panic!("unexpected command of a replica: {}", other.escape_ascii()),
            };
            self.write(answer);
        }
        self.write(format!("+FULLRESYNC {} 0\r\n${}\r\n", "f".repeat(40), self.rdb.len()).as_bytes());
        let rdb = self.rdb.clone();
        self.write(&rdb);
        self.offset = 0;
        self.send("SELECT 0");
    }

    /// Sends a command in the replication stream.
    pub fn send<A: Args + ?Sized>(&mut self, command: &A) {
        let mut packed = redis::Cmd::new();
        for part in command.parts() {
            packed.arg(part);
        }
        let packed = packed.get_packed_command();
        self.offset += packed.len();
        self.write(&packed);
    }

    /// Waits until the replica has processed everything.
    #[track_caller]
    pub fn wait_taken(&mut self) {
        let sent = self.offset;
        self.send("REPLCONF GETACK *");
        loop {
            let command = self.receive();
            let number = std::str::from_utf8(&command[2]).unwrap().parse::<usize>().unwrap();
            if command[1].eq_ignore_ascii_case(b"ACK") && number >= sent {
                return;
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.replica.as_mut().expect("a replica").get_mut().write_all(bytes).expect("the replica receives");
    }

    /// The next command of the replica.
    #[track_caller]
    fn receive(&mut self) -> Vec<Vec<u8>> {
        let replica = self.replica.as_mut().expect("a replica");
        let number = |replica: &mut BufReader<TcpStream>| -> usize {
            let mut line = String::new();
            replica.read_line(&mut line).expect("the replica sends a line");
            // While it loads the RDB, a replica sends newlines as a sign of life.
            while line == "\n" {
                line.clear();
                replica.read_line(&mut line).expect("the replica sends a line");
            }
            line.get(1..)
                .and_then(|number| number.trim_end().parse().ok())
                .unwrap_or_else(|| panic!("{line:?}"))
        };
        let parts = number(replica);
        (0..parts)
            .map(|_| {
                let mut part = vec![0; number(replica) + 2];
                replica.read_exact(&mut part).expect("a whole command");
                part.truncate(part.len() - 2);
                part
            })
            .collect()
    }
}
