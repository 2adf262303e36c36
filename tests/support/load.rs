//! Traffic from a separate thread.

use super::client::error_text;
use super::{wait_for, Client, Server, Traffic, Value};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// Traffic steps, sent one by one.
pub struct Load {
    stop: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    thread: JoinHandle<Traffic>,
}

impl Load {
    /// Sends at most `most` steps to a database, until it is stopped or the server is gone.
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
                // Leaves time for others.
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

    /// Whether all steps were sent or the server is gone.
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for this many more steps.
    #[track_caller]
    pub fn wait_for(&self, steps: usize) {
        let until = self.sent() + steps;
        wait_for("more traffic", || (self.sent() >= until).then_some(()));
    }

    /// Stops. Returns the number of steps and the traffic, which can continue.
    #[track_caller]
    pub fn end(self) -> (usize, Traffic) {
        self.stop.store(true, Ordering::Relaxed);
        let traffic = self.thread.join().expect("the traffic gets sound replies");
        (self.sent.load(Ordering::Relaxed), traffic)
    }
}

/// Sends a step and checks its replies. `Err` only if the connection failed.
pub fn send(client: &mut Client, step: &[Vec<String>]) -> Result<(), redis::RedisError> {
    step.iter().try_for_each(|command| client.send(command))?;
    for command in step {
        assert_sound(command, &client.receive()?);
    }
    Ok(())
}

/// A command may be refused only by the rules of its room.
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
