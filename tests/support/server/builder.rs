//! How a server is started: its configuration, and how it may refuse.

use super::slot::Slot;
use super::{crashed, free_port, module_path, tail, Server};
use std::fmt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;

/// The configuration of a server. Everything else is fixed, so that no machine's configuration leaks in.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) settings: Vec<(String, String)>,
    pub(super) module: Option<Vec<String>>,
    pub(super) args: Vec<String>,
}

impl Builder {
    /// One line of the configuration file: `("appendonly", "yes")`.
    pub fn set(mut self, name: &str, value: impl fmt::Display) -> Builder {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// A setting of the module in the configuration file, without its prefix: `("tick", 0)`. The last value counts.
    pub fn room(mut self, name: &str, value: impl fmt::Display) -> Builder {
        let name = format!("room.{name}");
        self.settings.retain(|(known, _)| *known != name);
        self.set(&name, value)
    }

    /// Publishes every change with its command, without rate limits.
    pub fn prompt(self) -> Builder {
        self.room("tick", 0).unlimited()
    }

    /// No rate limits.
    pub fn unlimited(self) -> Builder {
        self.room("comment-rate", 0).room("react-rate", 0).room("action-rate", 0).room("comment-room-rate", 0)
    }

    /// No member is lost and no host is missed during a test.
    pub fn patient(self) -> Builder {
        self.room("lease", 86_400).room("grace", 86_400).room("host-grace", 86_400)
    }

    /// Keeps an append-only file. Every write is in the file before its reply, so that a killed server keeps it. With
    /// the default `everysec`, writes would wait for a running sync.
    pub fn aof(self, preamble: bool) -> Builder {
        let preamble = if preamble { "yes" } else { "no" };
        self.set("appendonly", "yes").set("appendfsync", "no").set("aof-use-rdb-preamble", preamble)
    }

    /// Follows another server.
    pub fn replica_of(self, master: &Server) -> Builder {
        self.set("replicaof", format!("127.0.0.1 {}", master.port()))
    }

    /// Cluster mode. [`Server::own_all_slots`] assigns the slots.
    pub fn cluster(self) -> Builder {
        self.set("cluster-enabled", "yes")
    }

    /// Publishes keyspace notifications of these classes.
    pub fn notify(self, classes: &str) -> Builder {
        self.set("notify-keyspace-events", classes)
    }

    /// An argument of the module, after its path in `loadmodule`.
    pub fn module_arg(mut self, arg: impl fmt::Display) -> Builder {
        self.module.get_or_insert_with(Vec::new).push(arg.to_string());
        self
    }

    /// Does not load the module.
    pub fn without_module(mut self) -> Builder {
        self.module = None;
        self
    }

    /// A command-line argument after the configuration file.
    pub fn arg(mut self, arg: &str) -> Builder {
        self.args.push(arg.to_owned());
        self
    }

    /// Starts the server and waits until it answers.
    #[track_caller]
    pub fn start(self) -> Server {
        self.try_start().unwrap_or_else(|refusal| panic!("{refusal}"))
    }

    /// Starts the server, or returns its refusal.
    pub fn try_start(self) -> Result<Server, Refusal> {
        let slot = Slot::take();
        // Another process may have taken the port meanwhile. Then another port is tried.
        for _ in 0..5 {
            match Server::launch(self.clone(), Arc::clone(&slot)) {
                Err(refusal) if refusal.log.contains("Address already in use") => {}
                other => return other,
            }
        }
        panic!("five ports were taken by other processes");
    }

    pub(super) fn file(&self, port: u16, dir: &Path) -> String {
        let mut lines = vec![
            "bind 127.0.0.1".to_owned(),
            format!("port {port}"),
            format!("dir \"{}\"", dir.display()),
            "daemonize no".to_owned(),
            "loglevel notice".to_owned(),
            "save \"\"".to_owned(),
            "enable-debug-command yes".to_owned(),
            "enable-module-command yes".to_owned(),
            "repl-diskless-sync-delay 0".to_owned(),
            "shutdown-timeout 0".to_owned(),
        ];
        if let Some(args) = &self.module {
            let args: String = args.iter().map(|arg| format!(" {arg}")).collect();
            lines.push(format!("loadmodule \"{}\"{args}", module_path().display()));
        }
        lines.extend(self.settings.iter().map(|(name, value)| format!("{name} {value}")));
        if self.settings.iter().any(|(name, value)| name == "cluster-enabled" && value == "yes") {
            // The default bus port is 10,000 higher and may be out of range.
            lines.push(format!("cluster-port {}", free_port()));
        }
        lines.join("\n") + "\n"
    }
}

/// A server that did not start.
pub struct Refusal {
    /// The exit status of its process.
    pub status: ExitStatus,
    /// Its log.
    pub log: String,
}

impl Refusal {
    /// The server refused to start and exited with an error: no crash, no signal.
    #[track_caller]
    pub fn is_clean(&self) {
        assert!(!crashed(&self.log), "the server crashed instead of refusing: {self}");
        assert!(self.status.code().is_some_and(|code| code != 0), "no clean refusal: {self}");
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server did not start ({}); its log ends:\n{}", self.status, tail(&self.log))
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
