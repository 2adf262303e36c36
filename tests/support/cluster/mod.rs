//! A cluster of three masters, each with a replica, made by `redis-cli --cluster`.
//!
//! - [`routed`]: clients that find a key's node, and followers that listen again after the slot moved
//! - [`writers`]: traffic, and what was acknowledged to it

pub mod routed;
pub mod writers;

pub use routed::Routed;
pub use writers::Writers;

use super::{wait_for, Builder, Client, Reply, Server, Subscriber};
use std::env;
use std::ops::Range;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// The pause between two commands of a writer. It bounds the load on any machine.
const PAUSE: Duration = Duration::from_millis(1);

/// Six servers.
pub struct Cluster {
    /// In the order of their start.
    pub nodes: Vec<Server>,
}

/// The nodes that serve a slot, as indices of [`Cluster::nodes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The slot's owner.
    pub master: usize,
    /// The first of its replicas.
    pub replica: usize,
}

/// Where a follower listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// At the slot's owner.
    Master,
    /// At its replica, or at the owner while there is no replica.
    Replica,
}

impl Cluster {
    /// Without rate limits. No member is lost.
    #[track_caller]
    pub fn start() -> Cluster {
        Cluster::of(Server::with().unlimited().patient().room("tick", 20))
    }

    /// Starts nodes with these settings. Waits until all agree that the cluster serves.
    #[track_caller]
    pub fn of(node: Builder) -> Cluster {
        // A replica stays with its master, so that tests know where it is.
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

    /// Waits until messages from any node reach all nodes. Nodes that have just met create new links, and the bus loses
    /// messages meanwhile.
    #[track_caller]
    fn wait_linked(&self) {
        let probes: Vec<Subscriber> =
            self.nodes.iter().map(|node| Subscriber::channel(node, "probe")).collect();
        for node in &self.nodes {
            let mut client = node.client();
            let own = node.port().to_string();
            wait_for("the bus connects all nodes", || {
                client.int(&["PUBLISH", "probe", &own]);
                let reached =
                    |probe: &Subscriber| probe.messages().iter().any(|message| message.payload == own);
                probes.iter().all(reached).then_some(())
            });
        }
    }

    /// Runs `redis-cli --cluster`, which must succeed, and returns its output.
    #[track_caller]
    pub fn cli(&self, args: &[impl AsRef<str>]) -> String {
        let binary = cli_path();
        let output = Command::new(&binary).arg("--cluster").args(args.iter().map(AsRef::as_ref)).output();
        let output = output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", binary.display()));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let errors = String::from_utf8_lossy(&output.stderr);
        let asked: Vec<&str> = args.iter().map(AsRef::as_ref).collect();
        assert!(output.status.success(), "--cluster {}:\n{printed}\n{errors}", asked.join(" "));
        printed
    }

    /// Waits until every running node sees a whole cluster: three masters, each with a replica in sync.
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

    /// A node's index by its port.
    #[track_caller]
    fn at(&self, port: u16) -> usize {
        self.nodes.iter().position(|node| node.port() == port).expect("a node of this cluster")
    }

    /// The masters' indices, in the order of their slots.
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

    /// The nodes that serve a slot, as the first running node sees them.
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

    /// `count` keys without hash tags whose slots are in this range.
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

    /// Waits until every running node sees this owner of the slot.
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

/// `CLUSTER SLOTS`: ranges and the ports that serve them, master first.
fn slots(client: &mut Client) -> Option<Vec<(std::ops::RangeInclusive<u16>, Vec<u16>)>> {
    let reply = Reply { asked: "CLUSTER SLOTS".to_owned(), value: client.try_cmd("CLUSTER SLOTS").ok()? };
    let port = |node: &Reply| node.list()[1].int() as u16;
    let range = |entry: &Reply| {
        let parts = entry.list();
        (parts[0].int() as u16..=parts[1].int() as u16, parts[2..].iter().map(port).collect())
    };
    Some(reply.list().iter().map(range).collect())
}

/// The client next to the server's binary, else the one in PATH.
fn cli_path() -> PathBuf {
    let server = super::server::server_path();
    let siblings =
        server.parent().into_iter().flat_map(|dir| ["redis-cli", "valkey-cli"].map(|name| dir.join(name)));
    let in_path = env::var_os("PATH").unwrap_or_default();
    let in_path: Vec<PathBuf> = env::split_paths(&in_path)
        .flat_map(|dir| ["redis-cli", "valkey-cli"].map(|name| dir.join(name)))
        .collect();
    siblings.chain(in_path).find(|path| path.is_file()).unwrap_or_else(|| {
        panic!(
            "no redis-cli or valkey-cli next to {} or in PATH: tests create and reshard clusters with it",
            server.display()
        )
    })
}
