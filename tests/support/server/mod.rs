//! A real server with the module loaded, on a free loopback port, in a directory of its own.

mod builder;
mod files;
mod slot;

pub use builder::{Builder, Refusal};
pub use files::{module_path, server_path};

use super::{deadline, wait_for, Args, Client};
use slot::Slot;
use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The server's kind and version, for tests that depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Valkey, otherwise Redis.
    pub valkey: bool,
    /// Its own major and minor version.
    pub number: (u32, u32),
}

impl Version {
    /// Modules can add ACL categories.
    pub fn has_module_acl_categories(self) -> bool {
        if self.valkey {
            self.number >= (8, 0)
        } else {
            self.number >= (7, 4)
        }
    }

    fn parse(info: &BTreeMap<String, String>) -> Version {
        let own = info.get("valkey_version");
        let text = own.or_else(|| info.get("redis_version")).expect("INFO server gives a version");
        let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
        let number = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        Version { valkey: own.is_some(), number }
    }
}

/// A running server. It stops when dropped. A crash of the server or a panic in the module fails the test, even if
/// nothing else noticed.
pub struct Server {
    builder: Builder,
    dir: PathBuf,
    port: u16,
    child: Option<Child>,
    version: Version,
    /// Held until the test's last server is gone.
    _slot: Arc<Slot>,
}

impl Server {
    /// A server with default settings.
    #[track_caller]
    pub fn start() -> Server {
        Server::with().start()
    }

    /// A builder for settings.
    pub fn with() -> Builder {
        Builder { settings: Vec::new(), module: Some(Vec::new()), args: Vec::new() }
    }

    fn launch(builder: Builder, slot: Arc<Slot>) -> Result<Server, Refusal> {
        static COUNTER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("redis-room-{}-{}", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed));
        let dir = env::temp_dir().join(name);
        fs::create_dir_all(&dir).expect("the server's directory can be made");
        let version = Version { valkey: false, number: (0, 0) };
        let mut server = Server { port: free_port(), builder, dir, child: None, version, _slot: slot };
        fs::write(server.dir.join("server.conf"), server.builder.file(server.port, &server.dir)).unwrap();
        server.spawn()?;
        server.version = Version::parse(&server.info("server"));
        Ok(server)
    }

    fn spawn(&mut self) -> Result<(), Refusal> {
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).unwrap();
        let binary = server_path();
        let child = Command::new(&binary)
            .arg(self.dir.join("server.conf"))
            .args(&self.builder.args)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be run: {error}", binary.display()));
        self.child = Some(child);
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().unwrap()) {
                self.child = None;
                let log = self.log();
                let _ = fs::remove_dir_all(&self.dir);
                return Err(Refusal { status, log });
            }
            // While data is loaded, the reply is the error LOADING.
            let pong = Client::try_connect(self.port).and_then(|mut client| client.try_cmd("PING"));
            if pong.is_ok_and(|value| value == redis::Value::SimpleString("PONG".to_owned()))
                && self.answers()
            {
                return Ok(());
            }
            assert!(
                start.elapsed() < deadline(),
                "no PONG in {:?}; the log ends:\n{}",
                deadline(),
                tail(&self.log())
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether this server answers. Another process may have taken the port first.
    fn answers(&self) -> bool {
        let mark = format!("\r\nprocess_id:{}\r\n", self.pid());
        let received = Client::try_connect(self.port).and_then(|mut client| client.try_cmd("INFO server"));
        received.is_ok_and(|received| match received {
            redis::Value::BulkString(received) => String::from_utf8_lossy(&received).contains(&mark),
            _ => false,
        })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Neither stopped nor killed.
    pub fn is_running(&self) -> bool {
        self.child.is_some()
    }

    /// The id of its process.
    pub fn pid(&self) -> u32 {
        self.child.as_ref().map(Child::id).expect("the server runs")
    }

    /// Its directory: dump.rdb, appendonlydir, server.log.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Redis or Valkey, and which.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Started in cluster mode.
    pub fn is_cluster(&self) -> bool {
        self.builder.settings.iter().any(|(name, value)| name == "cluster-enabled" && value == "yes")
    }

    /// A new connection.
    #[track_caller]
    pub fn client(&self) -> Client {
        Client::connect(self.port)
    }

    /// A new connection that has selected a database.
    #[track_caller]
    pub fn client_in(&self, db: u32) -> Client {
        let mut client = self.client();
        if db != 0 {
            client.ok(&format!("SELECT {db}"));
        }
        client
    }

    /// Runs a command on a new connection.
    #[track_caller]
    pub fn cmd<A: Args + ?Sized>(&self, args: &A) -> super::Reply {
        self.client().cmd(args)
    }

    /// CONFIG SET, which must succeed.
    #[track_caller]
    pub fn config_set(&self, name: &str, value: impl fmt::Display) {
        self.cmd(&["CONFIG", "SET", name, &value.to_string()]).ok();
    }

    /// A setting's value.
    #[track_caller]
    pub fn config_get(&self, name: &str) -> String {
        let map = self.cmd(&["CONFIG", "GET", name]).map();
        map.get(name).cloned().unwrap_or_else(|| panic!("CONFIG GET {name}: no such setting"))
    }

    /// A section of INFO. Names are as the server prints them.
    #[track_caller]
    pub fn info(&self, section: &str) -> BTreeMap<String, String> {
        let text = self.cmd(&["INFO", section]).text();
        text.lines()
            .filter_map(|line| line.trim_end().split_once(':'))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Processor time in seconds, user and system, of all threads. INFO is more precise than /proc.
    #[track_caller]
    pub fn cpu_seconds(&self) -> f64 {
        let info = self.info("cpu");
        ["used_cpu_user", "used_cpu_sys"].iter().map(|field| info[*field].parse::<f64>().unwrap()).sum()
    }

    /// The INFO section of the module, without the prefix that the server adds to its names.
    #[track_caller]
    pub fn room_info(&self) -> BTreeMap<String, i64> {
        let strip = |name: &str| name.strip_prefix("room_").unwrap_or(name).to_owned();
        self.info("room")
            .iter()
            .map(|(name, value)| {
                let number = value.parse().unwrap_or_else(|_| panic!("INFO room: {name} is {value}"));
                (strip(name), number)
            })
            .collect()
    }

    /// A field of the section `room`, by its name without the prefix.
    #[track_caller]
    pub fn counter(&self, name: &str) -> i64 {
        let info = self.room_info();
        *info.get(name).unwrap_or_else(|| panic!("INFO room has no {name}: {info:?}"))
    }

    /// Assigns all slots to this node, and waits until the cluster serves.
    #[track_caller]
    pub fn own_all_slots(&self) {
        self.cmd("CLUSTER ADDSLOTSRANGE 0 16383").ok();
        wait_for("the cluster serves", || {
            self.cmd("CLUSTER INFO").text().contains("cluster_state:ok").then_some(())
        });
    }

    /// Waits until this replica is synchronised and has applied everything that its master sent.
    #[track_caller]
    pub fn wait_in_sync(&self, master: &Server) {
        wait_for("the replica has all that its master sent", || {
            let own = self.info("replication");
            let sent = master.info("replication");
            let up = own.get("master_link_status").is_some_and(|status| status == "up");
            let same = own.get("slave_repl_offset") == sent.get("master_repl_offset");
            (up && same).then_some(())
        });
    }

    /// Rewrites the append-only file, and waits for the end.
    #[track_caller]
    pub fn rewrite_aof(&self) {
        self.cmd("BGREWRITEAOF").text();
        self.wait_aof_rewritten();
    }

    /// Waits for the end of a rewrite.
    #[track_caller]
    pub fn wait_aof_rewritten(&self) {
        wait_for("the AOF is rewritten", || {
            let info = self.info("persistence");
            let done = info["aof_rewrite_in_progress"] == "0" && info["aof_rewrite_scheduled"] == "0";
            done.then(|| assert_eq!(info["aof_last_bgrewrite_status"], "ok"))
        });
    }

    /// The content of its log.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.log_path()).unwrap_or_default()).into_owned()
    }

    /// Shuts down as an operator would, with a save.
    #[track_caller]
    pub fn stop(&mut self) {
        // Success closes the connection. Any reply is an error.
        let answer = self.client().try_cmd("SHUTDOWN SAVE NOW");
        let child = self.child.as_mut().expect("the server runs");
        let start = Instant::now();
        while child.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < deadline(), "it does not shut down: {answer:?}");
            std::thread::sleep(Duration::from_millis(5));
        }
        self.child = None;
    }

    /// Kills the process, as a power failure would.
    pub fn kill9(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Asks the process to exit, and waits. A sanitizer reports leaks at exit.
    fn terminate(&mut self) {
        let Some(child) = self.child.as_mut() else { return };
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        let start = Instant::now();
        while start.elapsed() < deadline() && matches!(child.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts again after [`Server::stop`] or [`Server::kill9`], with the same port and files.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.child.is_none(), "the server still runs");
        self.spawn().unwrap_or_else(|refusal| panic!("{refusal}"));
    }

    /// [`Server::stop`], then [`Server::start_again`].
    #[track_caller]
    pub fn restart(&mut self) {
        self.stop();
        self.start_again();
    }

    fn log_path(&self) -> PathBuf {
        self.dir.join("server.log")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let died = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten());
        if died.is_none() && sanitized() {
            self.terminate();
        }
        self.kill9();
        let log = self.log();
        let failed = std::thread::panicking();
        let wrong = died.is_some() || crashed(&log) || panicked(&log);
        if failed || wrong {
            eprintln!("log of the server on port {} ({:?}) ends:\n{}", self.port, self.version, tail(&log));
        }
        if env::var_os("ROOM_KEEP").is_none() {
            let _ = fs::remove_dir_all(&self.dir);
        }
        assert!(failed || !wrong, "the server crashed, died or caught a panic of the module: see its log");
    }
}

/// A port of this machine that is free now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// The server was built with a sanitizer. scripts/sanitize sets its options.
pub fn sanitized() -> bool {
    env::var_os("ASAN_OPTIONS").is_some()
}

/// A crash report of the server or of a sanitizer.
fn crashed(log: &str) -> bool {
    ["BUG REPORT", "Sanitizer: "].iter().any(|mark| log.contains(mark))
}

/// The module catches a panic and logs it. A panic is still a bug.
fn panicked(log: &str) -> bool {
    ["panicked at ", "panic at ", "caught a panic"].iter().any(|mark| log.contains(mark))
}

fn tail(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}
