//! Traffic from a thread of its own, while something else happens to the server.

use super::client::error_text;
use super::{wait_for, Client, Server, Traffic, Value};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Steps of traffic, sent one by one.
pub struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    thread: JoinHandle<Traffic>,
}

impl Load {
    /// Sends steps to a database of a server until it is told to end or the server is gone, but `most` at most.
    #[track_caller]
    pub fn start(server: &Server, db: u32, mut traffic: Traffic, most: usize) -> Load {
        let mut client = server.client();
        client.ok(&["SELECT", &db.to_string()]);
        let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&sent));
        let thread = std::thread::spawn(move || {
            for _ in 0..most {
                if stopped.load(Ordering::Relaxed) || send(&mut client, &traffic.step()).is_err() {
                    break;
                }
                counted.fetch_add(1, Ordering::Relaxed);
                // Others need the machine too.
                std::thread::sleep(Duration::from_micros(300));
            }
            traffic
        });
        Load { stop, sent, thread }
    }

    /// Steps answered so far.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether there is no more to come.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for so many steps more.
    #[track_caller]
    pub fn wait_for(&self, steps: usize) {
        let until = self.sent() + steps;
        wait_for("more traffic", || (self.sent() >= until).then_some(()));
    }

    /// Ends it; gives how many steps there were, and the traffic to go on with.
    #[track_caller]
    pub fn end(self) -> (usize, Traffic) {
        self.stop.store(true, Ordering::Relaxed);
        let traffic = self.thread.join().expect("the traffic is answered as it should be");
        (self.sent.load(Ordering::Relaxed), traffic)
    }
}

/// Sends a step and takes its replies; `Err` only if the connection failed.
pub fn send(client: &mut Client, step: &[Vec<String>]) -> Result<(), redis::RedisError> {
    step.iter().try_for_each(|command| client.send(command))?;
    for command in step {
        assert_sound(command, &client.receive()?);
    }
    Ok(())
}

/// A command may be refused by the rules of its room, and by nothing else.
fn assert_sound(command: &[String], reply: &Value) {
    if let Value::Array(replies) = reply {
        replies.iter().for_each(|reply| assert_sound(command, reply));
    }
    if let Some(error) = error_text(reply) {
        let unsound = ["ERR", "BROKEN", "INVALID", "WRONGTYPE", "READONLY", "EXECABORT", "MISCONF"];
        let code = error.split(' ').next().unwrap_or_default();
        // RENAME of a key whose room is gone.
        assert!(error == "ERR no such key" || !unsound.contains(&code), "{command:?}: {error}");
    }
}
