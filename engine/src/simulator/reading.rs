//! Reads of a room, and of the published frames.

use super::{json, Sim};
use crate::command::{commands, Command};
use crate::error::Error;
use crate::outbox::Reply;
use crate::turn;
use serde_json::Value;

impl Sim {
    /// Runs a read that must succeed.
    #[track_caller]
    pub fn peek(&self, line: &str) -> Value {
        json(&self.peek_reply(line).unwrap_or_else(|error| panic!("{line}: {error}")))
    }

    pub fn peek_reply(&self, line: &str) -> Result<Reply, Error> {
        let args: Vec<&str> = line.split_whitespace().collect();
        let name = format!("ROOM.{}", args[0]);
        let spec = commands().find(|spec| spec.name == name).expect("a command");
        let rest: Vec<&[u8]> = args[1..].iter().map(|arg| arg.as_bytes()).collect();
        match spec.parse(&rest)? {
            Command::Read(command) => turn::read(self.room.as_deref(), &command, &self.env()),
            Command::Write(_) | Command::List(_) => panic!("{name} does not read a room"),
        }
    }

    /// The members present, by the pages of MEMBERS.
    pub fn members(&self) -> Vec<String> {
        self.pages("MEMBERS -", "members", 1000)
            .iter()
            .map(|member| member["user"].as_str().expect("a name").to_owned())
            .collect()
    }

    /// All entries of a list, read in pages.
    #[track_caller]
    pub fn pages(&self, list: &str, field: &str, count: usize) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let page = self.peek(&format!("{list} CURSOR {cursor} COUNT {count}"));
            let entries = page[field].as_array().expect("a list");
            assert!(entries.len() <= count);
            all.extend(entries.iter().cloned());
            cursor = page["cursor"].as_str().expect("a cursor").to_owned();
            if cursor == "0" {
                return all;
            }
        }
    }

    /// Forgets the published frames and notifications.
    pub fn forget(&mut self) {
        self.frames.clear();
        self.notifications.clear();
    }

    /// The events of one type published since [`Sim::forget`].
    pub fn events(&self, kind: &str) -> Vec<Value> {
        let all = self.frames.iter().filter_map(|frame| frame["events"].as_array()).flatten();
        all.filter(|event| event["type"] == kind).cloned().collect()
    }

    /// The types of the events published since [`Sim::forget`], in order.
    pub fn kinds(&self) -> Vec<String> {
        let all = self.frames.iter().filter_map(|frame| frame["events"].as_array()).flatten();
        all.map(|event| event["type"].as_str().expect("a type").to_owned()).collect()
    }

    /// The direct frames published since [`Sim::forget`].
    pub fn direct(&self) -> Vec<Value> {
        self.frames.iter().filter(|frame| !frame["event"].is_null()).cloned().collect()
    }

    /// The member as the service sees it.
    #[track_caller]
    pub fn member(&self, user: &str) -> Value {
        match self.peek_reply(&format!("WHOIS - {user}")) {
            Ok(Reply::Null) => Value::Null,
            reply => json(&reply.unwrap_or_else(|error| panic!("WHOIS: {error}"))),
        }
    }

    /// All lines of the export, read in pages of `count`.
    pub fn export(&self, count: usize) -> Vec<String> {
        let (mut all, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let Ok(Reply::Array(parts)) = self.peek_reply(&format!("EXPORT {cursor} COUNT {count}")) else {
                panic!("no export")
            };
            let [Reply::Bulk(next), Reply::Array(lines)] = &parts[..] else { panic!("{parts:?}") };
            assert!(lines.len() <= count);
            all.extend(lines.iter().map(|line| match line {
                Reply::Bulk(line) => line.clone(),
                other => panic!("{other:?}"),
            }));
            cursor.clone_from(next);
            if cursor == "0" {
                return all;
            }
        }
    }
}
