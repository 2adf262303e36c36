//! A cluster of three masters, each with a replica, made by `redis-cli --cluster`; clients that find a key's node, and
//! followers that listen again where a slot went.

use super::follower::Source;
use super::subscriber::Kind;
use super::{
    channel, deadline, wait_for, Args, Builder, Client, Follower, Reply, Server, Subscriber, Traffic,
};
use std::collections::btree_map::{BTreeMap, Entry};
use std::env;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two commands of a writer: its load stays bounded on any machine.
const PAUSE: Duration = Duration::from_millis(1);

/// Six servers.
pub struct Cluster {
    /// In the order in which they were started.
    pub nodes: Vec<Server>,
}

/// Who serves a slot: places in [`Cluster::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The slot's owner.
    pub master: usize,
    /// The first of its replicas.
    pub replica: usize,
}

/// Where a follower listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seat {
    /// At the slot's owner.
    Master,
    /// At its replica, or at the owner while that has none.
    Replica,
}

impl Cluster {
    /// Without limits of rate, and nobody is lost.
    #[track_caller]
    pub fn start() -> Cluster {
        Cluster::of(Server::with().unlimited().patient().room("tick", 20))
    }

    /// Nodes of this kind; waits until all agree that the cluster serves.
    #[track_caller]
    pub fn of(node: Builder) -> Cluster {
        // A replica stays with its master, so that a test knows where it is.
        let node = node.cluster().set("cluster-allow-replica-migration", "no");
        let nodes: Vec<Server> = (0..6).map(|_| node.clone().start()).collect();
        let cluster = Cluster { nodes };
        let addresses = cluster.nodes.iter().map(address);
        let mut create = vec!["create".to_owned()];
        create.extend(addresses);
        create.extend(["--cluster-replicas", "1", "--cluster-yes"].map(str::to_owned));
        cluster.cli(&create);
        cluster.wait_well();
        cluster.wait_linked();
        cluster
    }

    /// Waits until what any node publishes reaches all: nodes that have just met make new links, and what the bus
    /// should carry meanwhile is lost.
    #[track_caller]
    fn wait_linked(&self) {
        let probes: Vec<Subscriber> =
            self.nodes.iter().map(|node| Subscriber::channel(node, "probe")).collect();
        for node in &self.nodes {
            let mut client = node.client();
            let own = node.port().to_string();
            wait_for("the bus carries from each node to each", || {
                client.int(&["PUBLISH", "probe", &own]);
                let heard =
                    |probe: &Subscriber| probe.messages().iter().any(|message| message.payload == own);
                probes.iter().all(heard).then_some(())
            });
        }
    }

    /// `redis-cli --cluster …`, which must succeed; gives what it said.
    #[track_caller]
    pub fn cli(&self, args: &[impl AsRef<str>]) -> String {
        let binary = cli_path();
        let output = Command::new(&binary).arg("--cluster").args(args.iter().map(AsRef::as_ref)).output();
        let output = output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", binary.display()));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complained = String::from_utf8_lossy(&output.stderr);
        let asked: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        assert!(output.status.success(), "--cluster {}:\n{said}\n{complained}", asked.join(" "));
        said
    }

    /// Waits until every node that runs sees a whole cluster, three masters each with a replica in sync.
    #[track_caller]
    pub fn wait_well(&self) {
        for node in self.running() {
            wait_for("the cluster serves, as this node sees it", || {
                let ok = node.cmd("CLUSTER INFO").text().contains("cluster_state:ok");
                let map = slots(&mut node.client())?;
                (ok && map.iter().all(|(_, ports)| ports.len() == 2)).then_some(())
            });
            wait_for("a node of the cluster is master or in sync", || {
                let info = node.info("replication");
                let master = info["role"] == "master";
                (master || info["master_link_status"] == "up").then_some(())
            });
        }
    }

    /// Nodes that were not killed.
    pub fn running(&self) -> impl Iterator<Item = &Server> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    /// A node's place by its port.
    #[track_caller]
    fn at(&self, port: u16) -> usize {
        self.nodes.iter().position(|node| node.port() == port).expect("a node of this cluster")
    }

    /// The masters' places, in the order of their slots.
    #[track_caller]
    pub fn masters(&self) -> Vec<usize> {
        let map = slots(&mut self.first().client()).expect("CLUSTER SLOTS");
        let mut found: Vec<usize> = Vec::new();
        for (_, ports) in map {
            let place = self.at(ports[0]);
            if !found.contains(&place) {
                found.push(place);
            }
        }
        found
    }

    fn first(&self) -> &Server {
        self.running().next().expect("a node that runs")
    }

    /// Who serves a slot, as the first node that runs sees it.
    #[track_caller]
    pub fn shard(&self, slot: u16) -> Shard {
        let map = slots(&mut self.first().client()).expect("CLUSTER SLOTS");
        let (_, ports) = map.iter().find(|(range, _)| range.contains(&slot)).expect("the slot is served");
        let replica = *ports.get(1).expect("the slot's owner has a replica");
        Shard { master: self.at(ports[0]), replica: self.at(replica) }
    }

    /// The shard of a key.
    #[track_caller]
    pub fn shard_of(&self, key: &str) -> Shard {
        self.shard(self.slot(key))
    }

    /// A key's slot, or a channel's.
    #[track_caller]
    pub fn slot(&self, key: &str) -> u16 {
        self.first().client().int(&["CLUSTER", "KEYSLOT", key]) as u16
    }

    /// A node's id in the cluster.
    #[track_caller]
    pub fn id(&self, place: usize) -> String {
        self.nodes[place].cmd("CLUSTER MYID").text()
    }

    /// So many keys, without hash tags, of which the slots lie in this range.
    #[track_caller]
    pub fn keys_in(&self, range: Range<u16>, count: usize) -> Vec<String> {
        let mut client = self.first().client();
        let mut found = Vec::new();
        for from in (0..).step_by(5000) {
            let keys: Vec<String> = (from..from + 5000).map(|nth| format!("room:{nth}")).collect();
            let asked: Vec<Vec<&str>> = keys.iter().map(|key| vec!["CLUSTER", "KEYSLOT", key]).collect();
            let slots = client.pipeline(&asked);
            let fits = keys.iter().zip(&slots).filter(|(_, slot)| range.contains(&(slot.int() as u16)));
            found.extend(fits.map(|(key, _)| key.clone()));
            if found.len() >= count {
                found.truncate(count);
                return found;
            }
        }
        unreachable!("numbers do not end")
    }

    /// Waits until every node that runs sees this owner of the slot.
    #[track_caller]
    pub fn wait_owner(&self, slot: u16, master: usize) {
        let port = self.nodes[master].port();
        for node in self.running() {
            wait_for("every node knows the slot's new owner", || {
                let map = slots(&mut node.client())?;
                map.iter().any(|(range, ports)| range.contains(&slot) && ports[0] == port).then_some(())
            });
        }
    }

    /// A client that finds each key's node.
    pub fn routed(&self) -> Routed {
        let ports = self.nodes.iter().map(Server::port).collect();
        Routed { ports, owners: BTreeMap::new(), connections: BTreeMap::new(), redirections: 0 }
    }

    /// A follower that listens at this seat, and listens again there when the slot, or its master, is another.
    #[track_caller]
    pub fn follower(&self, key: &str, seat: Seat) -> Follower {
        let mut source = At { routed: self.routed(), seat, port: 0 };
        let subscriber = source.listen(key);
        Follower::of(Box::new(source), subscriber, 0, key)
    }

    /// The rooms that a node lists.
    #[track_caller]
    pub fn listed(&self, place: usize) -> Vec<String> {
        let page = self.nodes[place].cmd("ROOM.LIST COUNT 1000").list();
        assert_eq!(page[0].text(), "0");
        let mut keys = page[1].texts();
        keys.sort();
        keys
    }
}

fn address(node: &Server) -> String {
    format!("127.0.0.1:{}", node.port())
}

/// `CLUSTER SLOTS`: ranges, and the ports that serve them, master first.
fn slots(client: &mut Client) -> Option<Vec<(std::ops::RangeInclusive<u16>, Vec<u16>)>> {
    let reply = Reply { asked: "CLUSTER SLOTS".to_owned(), value: client.try_cmd("CLUSTER SLOTS").ok()? };
    let port = |node: &Reply| node.list()[1].int() as u16;
    let range = |entry: &Reply| {
        let parts = entry.list();
        (parts[0].int() as u16..=parts[1].int() as u16, parts[2..].iter().map(port).collect())
    };
    Some(reply.list().iter().map(range).collect())
}

/// The tool beside the server, else the one in PATH.
fn cli_path() -> PathBuf {
    let server = super::server::server_path();
    let beside =
        server.parent().into_iter().flat_map(|dir| ["redis-cli", "valkey-cli"].map(|name| dir.join(name)));
    let in_path = env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = env::split_paths(&in_path)
        .flat_map(|dir| ["redis-cli", "valkey-cli"].map(|name| dir.join(name)))
        .collect();
    beside.chain(in_path).find(|path| path.is_file()).unwrap_or_else(|| {
        panic!(
            "no redis-cli or valkey-cli beside {} or in PATH: clusters are made and resharded with it",
            server.display()
        )
    })
}

/// A client of a cluster: goes where MOVED and ASK send it.
pub struct Routed {
    ports: Vec<u16>,
    /// The port that served a key last.
    owners: BTreeMap<Vec<u8>, u16>,
    connections: BTreeMap<u16, Client>,
    /// Times that it was sent elsewhere.
    pub redirections: usize,
}

impl Routed {
    /// Sends a command about the key in its second place. None: the connection broke before the reply came, so that
    /// nobody knows whether it took place.
    #[track_caller]
    pub fn try_cmd<A: Args + ?Sized>(&mut self, args: &A) -> Option<Reply> {
        let parts = args.parts();
        let key = parts[1].clone();
        let asked = parts.iter().map(|part| String::from_utf8_lossy(part)).collect::<Vec<_>>().join(" ");
        let until = Instant::now() + deadline();
        let (mut asking, mut last) = (None, String::new());
        while Instant::now() < until {
            let port = asking.unwrap_or_else(|| self.owners.get(&key).copied().unwrap_or(self.ports[0]));
            let Some(client) = self.connected(port) else {
                // Nothing was sent. Somebody else may know the key's owner.
                "nobody answers".clone_into(&mut last);
                (asking, _) = (None, self.owners.insert(key.clone(), self.after(port)));
                std::thread::sleep(PAUSE);
                continue;
            };
            let sent = match asking.take() {
                Some(_) => client.try_cmd("ASKING").and_then(|_| client.try_cmd(&parts)),
                None => client.try_cmd(&parts),
            };
            let Ok(value) = sent else {
                self.connections.remove(&port);
                return None;
            };
            let reply = Reply { asked: asked.clone(), value };
            let Some(error) = reply.error() else {
                self.owners.entry(key).or_insert(port);
                return Some(reply);
            };
            let words: Vec<&str> = error.split(' ').collect();
            let named = words.get(2).and_then(|node| node.rsplit(':').next()?.parse().ok());
            match (words[0], named) {
                ("MOVED", Some(port)) => {
                    self.redirections += 1;
                    // From a node that does not know better yet it may be back to one that is gone.
                    if self.owners.insert(key.clone(), port) == Some(port) {
                        std::thread::sleep(PAUSE);
                    }
                }
                ("ASK", Some(port)) => {
                    self.redirections += 1;
                    asking = Some(port);
                }
                ("TRYAGAIN" | "CLUSTERDOWN" | "LOADING" | "MASTERDOWN", _) => std::thread::sleep(PAUSE),
                _ => return Some(reply),
            }
            last = error;
        }
        panic!("{asked}: sent around for {:?}, last with {last}", deadline());
    }

    /// The same for what may be asked twice.
    #[track_caller]
    pub fn cmd<A: Args + ?Sized>(&mut self, args: &A) -> Reply {
        wait_for("a reply", || self.try_cmd(args))
    }

    /// The connection to the node that served a key last.
    #[track_caller]
    pub fn node_of(&mut self, key: &str) -> &mut Client {
        let port = self.owners[key.as_bytes()];
        self.connected(port).expect("the node that just answered")
    }

    fn connected(&mut self, port: u16) -> Option<&mut Client> {
        match self.connections.entry(port) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => Some(new.insert(Client::try_connect(port).ok()?)),
        }
    }

    fn after(&self, port: u16) -> u16 {
        let place = self.ports.iter().position(|other| *other == port).unwrap_or(0);
        self.ports[(place + 1) % self.ports.len()]
    }

    /// The ports that serve a slot, as the first node sees it that answers.
    fn serving(&mut self, slot: u16) -> Option<Vec<u16>> {
        let ports = self.ports.clone();
        let map = ports.into_iter().find_map(|port| {
            let map = slots(self.connected(port)?);
            if map.is_none() {
                self.connections.remove(&port);
            }
            map
        })?;
        map.into_iter().find(|(range, _)| range.contains(&slot)).map(|(_, ports)| ports)
    }

    fn slot(&mut self, key: &str) -> Option<u16> {
        let ports = self.ports.clone();
        let value = ports
            .into_iter()
            .find_map(|port| self.connected(port)?.try_cmd(&["CLUSTER", "KEYSLOT", key]).ok())?;
        Some(Reply { asked: "CLUSTER KEYSLOT".to_owned(), value }.int() as u16)
    }
}

/// A follower's place in a cluster. It asks the master, wherever it listens: a replica's answer may be older than the
/// frame that made it ask.
struct At {
    routed: Routed,
    seat: Seat,
    /// Where it listens.
    port: u16,
}

impl At {
    #[track_caller]
    fn listen(&mut self, key: &str) -> Subscriber {
        let slot = wait_for("a node that knows the key's slot", || self.routed.slot(key));
        wait_for("a subscription at the slot's node", || {
            let ports = self.routed.serving(slot)?;
            let seats = if self.seat == Seat::Replica { ports.last() } else { ports.first() };
            self.port = *seats?;
            Subscriber::try_start(self.port, Kind::Shard, &channel(0, key)).ok()
        })
    }
}

impl Source for At {
    #[track_caller]
    fn ask(&mut self, command: &[&str]) -> Option<Reply> {
        Some(self.routed.cmd(command))
    }

    /// At the node where it listens, be it a replica.
    #[track_caller]
    fn look(&mut self, command: &[&str]) -> Option<Reply> {
        let here = self.routed.connected(self.port).and_then(|client| {
            client.try_cmd("READONLY").ok()?;
            client.try_cmd(command).ok()
        });
        match here {
            Some(value) => {
                let reply = Reply { asked: command.join(" "), value };
                let elsewhere = reply.error().is_some_and(|error| {
                    ["MOVED ", "ASK ", "CLUSTERDOWN ", "MASTERDOWN ", "LOADING "]
                        .iter()
                        .any(|code| error.starts_with(code))
                });
                if elsewhere {
                    self.ask(command)
                } else {
                    Some(reply)
                }
            }
            None => {
                self.routed.connections.remove(&self.port);
                self.ask(command)
            }
        }
    }

    #[track_caller]
    fn listen_again(&mut self, key: &str) -> Option<Subscriber> {
        Some(self.listen(key))
    }
}

/// Random commands for some rooms from a thread of its own, and between them comments of the service that are kept in
/// mind: what was acknowledged must be there in the end.
pub struct Writers {
    stop: Arc<AtomicBool>,
    accepted: Arc<AtomicUsize>,
    thread: JoinHandle<Ledger>,
}

/// What a writer was promised.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Room, id and text of acknowledged comments.
    comments: Vec<(String, i64, String)>,
    /// Commands of which nobody knows whether they took place.
    pub unknown: usize,
    /// Times that it was sent to another node.
    pub redirections: usize,
}

impl Writers {
    /// Creates the rooms, then writes until it is stopped. `replicated`: only what the replica has as well counts as
    /// acknowledged (WAIT).
    #[track_caller]
    pub fn start(cluster: &Cluster, seed: u64, keys: &[String], replicated: bool) -> Writers {
        let mut routed = cluster.routed();
        let mut traffic = Traffic::new(seed, keys).plain();
        for command in traffic.opening() {
            assert_eq!(routed.cmd(&command).error(), None, "{command:?}");
        }
        let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted, keys) = (Arc::clone(&stop), Arc::clone(&accepted), keys.to_vec());
        let thread = std::thread::spawn(move || {
            let mut ledger = Ledger::default();
            for nth in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    break;
                }
                match routed.try_cmd(&traffic.write()) {
                    Some(reply) if reply.error().is_none() => drop(counted.fetch_add(1, Ordering::Relaxed)),
                    Some(_) => {}
                    None => ledger.unknown += 1,
                }
                if nth % 4 == 0 {
                    let key = &keys[nth / 4 % keys.len()];
                    ledger.comment(&mut routed, key, nth, replicated);
                }
                std::thread::sleep(PAUSE);
            }
            ledger.redirections = routed.redirections;
            ledger
        });
        let writers = Writers { stop, accepted, thread };
        writers.wait_more(200);
        writers
    }

    /// Waits until so many more commands have been accepted.
    #[track_caller]
    pub fn wait_more(&self, count: usize) {
        let from = self.accepted.load(Ordering::Relaxed);
        wait_for("the writer goes on", || {
            assert!(!self.thread.is_finished(), "the writer gave up");
            (self.accepted.load(Ordering::Relaxed) >= from + count).then_some(())
        });
    }

    /// Stops, and gives what was promised.
    #[track_caller]
    pub fn stop(self) -> Ledger {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Ledger {
    fn comment(&mut self, routed: &mut Routed, key: &str, nth: usize, replicated: bool) {
        let text = format!("acknowledged {nth}");
        let Some(reply) = routed.try_cmd(&["ROOM.COMMENT", key, "-", &text]) else {
            self.unknown += 1;
            return;
        };
        let id = reply.int();
        // On the connection that wrote.
        let safe = !replicated || {
            let waited = routed.node_of(key).try_cmd("WAIT 1 1000");
            waited.is_ok_and(|value| value == redis::Value::Int(1))
        };
        if safe {
            self.comments.push((key.to_owned(), id, text));
        }
    }

    /// How many comments were acknowledged.
    pub fn len(&self) -> usize {
        self.comments.len()
    }

    /// Every comment is in its room: as it was, or deleted by somebody.
    #[track_caller]
    pub fn assert_kept(&self, routed: &mut Routed) {
        let mut rooms: BTreeMap<&str, BTreeMap<i64, String>> = BTreeMap::new();
        for (key, id, text) in &self.comments {
            let found = rooms.entry(key).or_insert_with(|| comments(routed, key));
            let held = found.get(id).unwrap_or_else(|| panic!("{key}: comment {id} is lost ({text})"));
            assert!(held == text || held.is_empty(), "{key}: comment {id} was {text}, and is {held}");
        }
    }
}

/// All comments of a room; the text of a deleted one is empty.
#[track_caller]
fn comments(routed: &mut Routed, key: &str) -> BTreeMap<i64, String> {
    let mut found = BTreeMap::new();
    loop {
        let mut read = vec!["ROOM.COMMENTS", key, "-", "COUNT", "500"];
        let oldest = found.keys().next().map(i64::to_string);
        if let Some(oldest) = &oldest {
            read.extend(["BEFORE", oldest]);
        }
        let page = routed.cmd(&read).json();
        let comments = page["comments"].as_array().expect("comments");
        if comments.is_empty() {
            return found;
        }
        for comment in comments {
            found.insert(comment["id"].as_i64().unwrap(), comment["text"].as_str().unwrap().to_owned());
        }
    }
}
