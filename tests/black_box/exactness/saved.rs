//! Files that are written while rooms change, or that are truncated.

use super::{lively, open, save, traffic, Picture, Reader};
use crate::support::{Builder, Client, Server, Traffic};
use std::fs;

/// Only commands change a room: no frame waits and no deadline falls due. The traffic's EXPIRE does not shorten an
/// expiry, because the module would push a shorter one.
fn uneventful() -> Builder {
    Server::with().prompt().patient().room("ttl", 86_400).aof(true).set("appendfsync", "always")
}

/// A random mix, with the digest of all data after each step.
struct Witness {
    client: Client,
    traffic: Traffic,
    seen: Vec<String>,
}

impl Witness {
    fn new(server: &Server, seed: u64) -> Witness {
        Witness { client: server.client(), traffic: open(server, 0, traffic(seed)), seen: Vec::new() }
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            let mut step: Vec<Vec<String>> = self.traffic.step();
            step.retain(|command| !["MULTI", "EXEC"].contains(&command[0].as_str()));
            step.iter_mut().for_each(|command| far_off(command));
            step.insert(0, vec!["MULTI".to_owned()]);
            step.extend([vec!["DEBUG".to_owned(), "DIGEST".to_owned()], vec!["EXEC".to_owned()]]);
            let digest = self.client.pipeline(&step).last().unwrap().list().last().unwrap().text();
            self.seen.push(digest);
        }
    }

    /// The step after which all data had this digest.
    #[track_caller]
    fn step_of(&self, loaded: &Picture) -> usize {
        let place = self.seen.iter().rposition(|digest| loaded["digest of all"] == digest.as_str());
        place.expect("the loaded data are those after some step")
    }
}

/// Makes every duration in the command longer than a test.
fn far_off(command: &mut [String]) {
    if let Some(at) = command.iter().position(|word| word == "FOR") {
        command[at + 1] = "300".to_owned();
    }
    // Commands within a script, too.
    for word in command.iter_mut().filter(|word| word.starts_with("[[")) {
        let mut inner: Vec<Vec<String>> = serde_json::from_str(word).unwrap();
        inner.iter_mut().for_each(|command| far_off(command));
        *word = serde_json::to_string(&inner).unwrap();
    }
}

#[test]
fn a_file_saved_while_rooms_change_holds_the_data_after_some_step() {
    let master = uneventful().start();
    let (mut dump, mut aof) = (Reader::start(lively()), Reader::start(lively().aof(true)));
    let mut witness = Witness::new(&master, 33);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| witness.steps(1_500));
        let mut saves = 0;
        while !writer.is_finished() {
            save(&master);
            master.rewrite_aof();
            saves += 1;
        }
        assert!(saves > 0);
    });
    let saved = dump.load(&master, "dump.rdb");
    assert!(witness.step_of(&saved) > 0);
    let last = witness.seen.len() - 1;
    assert_eq!(witness.step_of(&aof.load(&master, "appendonlydir")), last);
}

#[test]
fn an_aof_holds_all_acknowledged_changes_and_a_truncated_one_holds_a_prefix() {
    let mut master = uneventful().start();
    let mut aof = Reader::start(lively().aof(true));
    let mut witness = Witness::new(&master, 44);
    witness.steps(1_000);
    master.kill9();
    let mut before = witness.seen.len() - 1;
    assert_eq!(witness.step_of(&aof.load(&master, "appendonlydir")), before, "all acknowledged changes");

    let file = fs::read_dir(master.dir().join("appendonlydir")).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|path| path.extension().is_some_and(|end| end == "aof")).unwrap();
    let tail = fs::OpenOptions::new().write(true).open(&file).unwrap();
    let mut size = tail.metadata().unwrap().len();
    for torn in [1, 2, 40, 333, size / 5, size / 5 + 7, size / 5 + 77] {
        size -= torn;
        tail.set_len(size).unwrap();
        let place = witness.step_of(&aof.load(&master, "appendonlydir"));
        assert!(place <= before, "cut by {torn} more bytes: {place}, {before}");
        before = place;
    }
    assert!(before < 700, "most of the file was cut off: {before}");
}
