//! `examples/gateway.py`, driven over WebSockets, on three versions of redis-py. `scripts/test` installs them.

use crate::support::server::free_port;
use crate::support::{wait_for, Client, Json, Server};
use std::cell::RefCell;
use std::fs::File;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// The code with which the example closes a socket that has no place in the room.
const REMOVED: u16 = 4403;

/// A running example.
struct Gateway {
    child: Child,
    port: u16,
    log: PathBuf,
}

impl Gateway {
    /// Starts the example with this major version of redis-py.
    #[track_caller]
    fn start(server: &Server, redis_py: u8) -> Gateway {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        let python = target.join(format!("python/redis-py-{redis_py}/bin/python"));
        assert!(python.exists(), "{} is missing: scripts/test example installs it", python.display());
        let port = free_port();
        let log = server.dir().join("gateway.log");
        let output = File::create(&log).expect("the log is made");
        let child = Command::new(python)
            .arg(root.join("examples/gateway.py"))
            .args([server.port().to_string(), port.to_string()])
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log has a second handle"))
            .stderr(output)
            .spawn()
            .expect("Python starts");
        let mut gateway = Gateway { child, port, log };
        wait_for("the example listens", || {
            if let Some(status) = gateway.child.try_wait().expect("the example can be asked") {
                panic!("the example ended, {status}: {}", gateway.output());
            }
            TcpStream::connect(("127.0.0.1", gateway.port)).ok()
        });
        gateway
    }

    fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    #[track_caller]
    fn open(&self, room: &str, user: &str) -> Socket {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the example accepts");
        stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout can be set");
        let url = format!("ws://127.0.0.1:{}/{room}/{user}", self.port);
        let mut request = tungstenite::client::client(url, MaybeTlsStream::Plain(stream));
        let socket = loop {
            match request {
                Ok((socket, _)) => break socket,
                Err(tungstenite::HandshakeError::Interrupted(more)) => request = more.handshake(),
                Err(error) => panic!("{error}: {}", self.output()),
            }
        };
        Socket {
            socket: RefCell::new(socket),
            received: RefCell::new(Vec::new()),
            closed: RefCell::new(None),
        }
    }

    /// Opens a socket and takes the reply of JOIN.
    #[track_caller]
    fn join(&self, room: &str, user: &str) -> Socket {
        let socket = self.open(room, user);
        let joined = socket.wait("the reply of JOIN", |message| message["you"]["user"] == user);
        assert_eq!(joined["state"], "live", "{}", self.output());
        socket
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("the example printed: {}", self.output());
        }
    }
}

/// A user's socket, and everything it received.
struct Socket {
    socket: RefCell<WebSocket<MaybeTlsStream<TcpStream>>>,
    received: RefCell<Vec<Json>>,
    /// Code and reason, once it is closed.
    closed: RefCell<Option<(u16, String)>>,
}

impl Socket {
    /// Takes what has arrived, and waits a little if that is nothing.
    fn pump(&self) {
        if self.closed.borrow().is_some() {
            return;
        }
        match self.socket.borrow_mut().read() {
            Ok(Message::Text(text)) => {
                self.received.borrow_mut().push(serde_json::from_str(&text).expect("JSON"));
            }
            Ok(Message::Close(frame)) => {
                let frame = frame.expect("a close has a code");
                *self.closed.borrow_mut() = Some((frame.code.into(), frame.reason.to_string()));
            }
            Ok(_) => {}
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(error) => panic!("{error}"),
        }
    }

    /// The first message that is accepted.
    #[track_caller]
    fn wait(&self, what: &str, accept: impl Fn(&Json) -> bool) -> Json {
        wait_for(what, || {
            self.pump();
            assert_eq!(*self.closed.borrow(), None, "closed while waiting for {what}");
            self.received.borrow().iter().find(|message| accept(message)).cloned()
        })
    }

    /// The first event of this type that is accepted.
    #[track_caller]
    fn event(&self, kind: &str, accept: impl Fn(&Json) -> bool) -> Json {
        let is_wanted = |event: &Json| event["type"] == kind && accept(event);
        let frame = self.wait(kind, |message| {
            message["events"].as_array().is_some_and(|events| events.iter().any(is_wanted))
        });
        frame["events"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|event| is_wanted(event))
            .cloned()
            .expect("was found")
    }

    /// Sends a command and takes its reply.
    #[track_caller]
    fn ask(&self, command: &[&str]) -> Json {
        let line = serde_json::to_string(command).expect("JSON");
        self.socket.borrow_mut().send(Message::text(line)).expect("the socket takes a command");
        let before = self.received.borrow().len();
        wait_for("a reply", || {
            self.pump();
            self.received
                .borrow()
                .iter()
                .skip(before)
                .find(|message| message[0] == command[0])
                .map(|reply| reply[1].clone())
        })
    }

    #[track_caller]
    fn wait_closed(&self) -> (u16, String) {
        wait_for("the socket is closed", || {
            self.pump();
            self.closed.borrow().clone()
        })
    }

    fn received(&self, text: &str) -> bool {
        self.received.borrow().iter().any(|message| message.to_string().contains(text))
    }
}

/// A server with the room `room:1` of the host ada, who is in it.
fn served() -> (Server, Client) {
    let server = Server::with().prompt().patient().start();
    let mut client = server.client();
    client.json("ROOM.CREATE room:1 ada");
    client.json("ROOM.JOIN room:1 ada");
    (server, client)
}

fn relays(redis_py: u8) {
    let (server, mut client) = served();
    let gateway = Gateway::start(&server, redis_py);
    let (ben, cy) = (gateway.join("room:1", "ben"), gateway.join("room:1", "cy"));

    // Commands of users get the room and the user in front. Nothing else is relayed.
    assert_eq!(ben.ask(&["ROOM.COMMENT", "hi 👏"]), 1);
    for socket in [&ben, &cy] {
        let event = socket.event("comment", |event| event["comment"]["text"] == "hi 👏");
        assert_eq!(event["by"], "ben");
    }
    assert_eq!(ben.ask(&["ROOM.MUTE", "ada"]), "FORBIDDEN the actor's role does not allow it");
    for verb in
        ["ROOM.CREATE", "ROOM.JOIN", "ROOM.LEAVE", "ROOM.BEAT", "ROOM.PURGE", "ROOM.INFO", "GET", "FLUSHALL"]
    {
        assert_eq!(ben.ask(&[verb]), "INVALID not a command of users", "{verb}");
    }
    let state = ben.ask(&["ROOM.STATE"]);
    let state: Json = serde_json::from_str(state.as_str().expect("STATE is text")).expect("JSON");
    assert_eq!((&state["you"]["user"], &state["counts"]["present"]), (&Json::from("ben"), &Json::from(3)));

    // A direct frame is for its users.
    client.text("ROOM.OFFER room:1 ada ben");
    ben.wait("the offer", |message| message["kind"] == "direct" && message["event"]["type"] == "offer");
    client.int("ROOM.COMMENT room:1 - after");
    cy.event("comment", |event| event["comment"]["text"] == "after");
    assert!(!cy.received(r#""offer""#));

    // A kick closes the user's sockets, and not the one with which it comes again.
    let phone = gateway.join("room:1", "ben");
    client.int("ROOM.KICK room:1 ada ben REASON loud");
    for socket in [&ben, &phone] {
        assert_eq!(socket.wait_closed(), (REMOVED, "removed".to_owned()));
        assert!(socket.received("removed_notice") && socket.received("loud"));
    }
    let again = gateway.join("room:1", "ben");
    client.int("ROOM.COMMENT room:1 - welcome");
    again.event("comment", |event| event["comment"]["text"] == "welcome");
    client.ok("ROOM.BLOCK room:1 ada ben");
    again.wait_closed();
    assert_eq!(gateway.open("room:1", "ben").wait_closed().0, REMOVED);
    for user in ["-", "*"] {
        assert_eq!(gateway.open("room:1", user).wait_closed().0, REMOVED);
    }

    // A socket that goes is LOST: the member stays in its grace.
    drop(cy);
    wait_for("cy is lost", || (client.json("ROOM.WHOIS room:1 - cy")["lost"] == true).then_some(()));
    let cy = gateway.join("room:1", "cy");
    client.json("ROOM.END room:1 ada");
    cy.event("ended", |_| true);
    assert_eq!(cy.wait_closed(), (REMOVED, "ended".to_owned()));
    assert!(gateway.open("room:9", "cy").wait_closed().1.starts_with("NOROOM"));
}

/// Another room under the key, once in sight of the gateway and once while its subscription is down.
fn leaves_a_replaced_room(redis_py: u8) {
    for blind in [false, true] {
        let (server, mut client) = served();
        let gateway = Gateway::start(&server, redis_py);
        let old = gateway.join("room:1", "eve");
        let mut replace = vec!["MULTI"];
        if blind {
            replace.push("CLIENT KILL TYPE pubsub");
        }
        replace.extend(["ROOM.END room:1 ada", "ROOM.PURGE room:1", "ROOM.CREATE room:1 ada PRIVATE"]);
        replace.extend(["ROOM.JOIN room:1 ada", "ROOM.COMMENT room:1 ada secret", "EXEC"]);
        for line in replace {
            client.cmd(line);
        }
        assert_eq!(client.json("ROOM.STATE room:1 -")["private"], true);
        client.int("ROOM.COMMENT room:1 ada secret-2");
        assert_eq!(old.wait_closed().0, REMOVED);
        assert!(!old.received("secret"), "blind {blind}: {:?}", old.received.borrow());
        assert_eq!(
            gateway.open("room:1", "eve").wait_closed().1,
            "NOTINVITED the room is private and the user is not invited"
        );
        let host = gateway.join("room:1", "ada");
        client.int("ROOM.COMMENT room:1 ada secret-3");
        host.event("comment", |event| event["comment"]["text"] == "secret-3");
    }
}

fn recovers(redis_py: u8) {
    let (server, mut client) = served();
    let before = client.cmd("DUMP room:1").bytes();
    let gateway = Gateway::start(&server, redis_py);
    let ben = gateway.join("room:1", "ben");

    // Frames that are published while the subscription is down are taken from EVENTS. A kick is among them.
    let eve = gateway.join("room:1", "eve");
    for line in [
        "MULTI",
        "CLIENT KILL TYPE pubsub",
        "ROOM.COMMENT room:1 ada missed",
        "ROOM.KICK room:1 ada eve",
        "EXEC",
    ] {
        client.cmd(line);
    }
    ben.event("comment", |event| event["comment"]["text"] == "missed");
    eve.wait_closed();

    // A room from before ben comes back. The gateway takes a new state, joins ben again, and goes on.
    client.cmd(&[&b"RESTORE"[..], b"room:1", b"0", &before, b"REPLACE"]);
    client.int("ROOM.COMMENT room:1 ada restored");
    let state = ben.wait("the new state", |message| message[0] == "ROOM.STATE");
    assert!(state[1].as_str().is_some_and(|state| state.contains("restored")), "{state}");
    wait_for("ben is a member again", || {
        ben.pump();
        (client.json("ROOM.STATE room:1 -")["counts"]["present"] == 2).then_some(())
    });
    assert!(ben.ask(&["ROOM.COMMENT", "here"]).is_number());
    ben.event("comment", |event| event["comment"]["text"] == "here");
    let output = gateway.output();
    assert!(!output.contains("handler failed") && !output.contains("never retrieved"), "{output}");
}

macro_rules! on_every_redis_py {
    ($($version:literal: $relays:ident $replaced:ident $recovers:ident;)*) => {$(
        #[test]
        fn $relays() {
            relays($version);
        }

        #[test]
        fn $replaced() {
            leaves_a_replaced_room($version);
        }

        #[test]
        fn $recovers() {
            recovers($version);
        }
    )*};
}

on_every_redis_py! {
    5: it_relays_on_redis_py_5 it_leaves_a_replaced_room_on_redis_py_5 it_recovers_on_redis_py_5;
    7: it_relays_on_redis_py_7 it_leaves_a_replaced_room_on_redis_py_7 it_recovers_on_redis_py_7;
    8: it_relays_on_redis_py_8 it_leaves_a_replaced_room_on_redis_py_8 it_recovers_on_redis_py_8;
}
