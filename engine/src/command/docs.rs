//! `docs/commands.md`, written from the table of commands, the list of errors and the table of settings.

use crate::command::table::{self, Access, Arg, ArgKind, Spec};
use crate::error::Error;
use crate::settings::SETTINGS;

const INTRO: &str = "\
# Commands

<!-- Generated: change engine/src/table, then run
     cargo run -p room-engine --example commands_md > docs/commands.md -->

A room is one key of type `live-room`. User-facing commands read `ROOM.VERB key actor …`: `actor` is the authenticated
user for whom a gateway acts, or `-` for the service itself, which holds every power and is never a member. A gateway
relays exactly the commands whose second argument `COMMAND DOCS` names `actor`, and may pass on as they are the replies
of those with the tip `reply:json`.

A command is all or nothing: one that replies with an error changed nothing, beyond deadlines that were already due.
Options may come in any order and case, each at most once. \"JSON\" is one bulk string.
";

const ERRORS: &str = "
## Errors

A reply is `CODE text`. The text is fixed and never repeats what a user sent. `SLOWMODE` and `RATELIMITED` end in the
milliseconds to wait. Checks come in this order: syntax and values (`INVALID`), key, state, who may, then the rest.
Wrong numbers of arguments, `OOM`, `NOPERM`, `MOVED`, `READONLY` and `LOADING` are the server's own.

| code | text |
|---|---|
";

const VALUES: &str = "
## Values

| value | form |
|---|---|
| id of a user, gateway or session; token | 1 to 128 bytes; a user is never `-` or `*` |
| title, reason | at most 256 bytes |
| kind of reaction | 1 to 32 bytes |
| question, poll option | 1 to 512 bytes, 1 to 128 bytes |
| comment | 1 to 2000 bytes |
| profile, meta | a JSON object of at most 512 bytes, 2048 bytes, of depth at most 8, with finite numbers and no lone \
surrogate, as sent and as stored; stored compactly |
| number | decimal digits without sign or leading zeros, at most 2^53 |
| cursor | opaque; `0` starts and ends |
| key | UTF-8, not empty, and without `}` unless it has a hash tag |

Ids and texts are UTF-8 without control characters; a comment may hold newline and tab.
";

const SETTINGS_INTRO: &str = "
## Settings

Set by `CONFIG SET room.…`, in the configuration file, or as module arguments.

| setting | default | from | to | unit | |
|---|---|---|---|---|---|
";

const PUBLISH: &str = "\
| `room.publish` | auto | | | | `auto`, `global` (PUBLISH) or `shard` (SPUBLISH); auto: `shard` in cluster mode; at start \
only |
";

/// Every error, in the order of [`Error::CODES`].
const ALL_ERRORS: [Error; Error::CODES.len()] = [
    Error::NoRoom,
    Error::RoomExists,
    Error::WrongType,
    Error::NotScheduled,
    Error::NotLive,
    Error::Ended,
    Error::NotEnded,
    Error::NotMember,
    Error::NotInvited,
    Error::Blocked,
    Error::Full,
    Error::Forbidden,
    Error::OnStage,
    Error::NoSeat,
    Error::NoOffer,
    Error::Off,
    Error::SlowMode(1500),
    Error::RateLimited(1500),
    Error::NoComment,
    Error::NoPoll,
    Error::PollClosed,
    Error::BadOption,
    Error::AlreadyVoted,
    Error::TooMany,
    Error::Resync,
    Error::Broken,
    Error::Invalid("names the argument and its form"),
];

/// The whole of `docs/commands.md`.
pub fn commands_md() -> String {
    let mut page = INTRO.to_owned();
    page.push_str("\n## Contents\n\n");
    for group in table::GROUPS {
        contents(&mut page, group);
    }
    page.push_str("- [Errors](#errors)\n- [Values](#values)\n- [Settings](#settings)\n");
    for group in table::GROUPS {
        page.push_str(&format!("\n## {}\n", title(group)));
        group.iter().for_each(|spec| command(&mut page, spec));
    }
    page.push_str(ERRORS);
    for error in ALL_ERRORS {
        let reply = error.to_string();
        let text = reply.split_once(' ').map_or("", |(_, text)| text);
        page.push_str(&format!("| `{}` | {text} |\n", error.code()));
    }
    page.push_str(VALUES);
    page.push_str(SETTINGS_INTRO);
    for s in SETTINGS {
        let row = format!(
            "| `room.{}` | {} | {} | {} | {} | {} |\n",
            s.name, s.default, s.min, s.max, s.unit, s.summary
        );
        page.push_str(&row);
    }
    page.push_str(PUBLISH);
    page
}

fn title(group: &[Spec]) -> &'static str {
    group.first().map_or("", |spec| spec.group)
}

fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|c| *c != '.')
        .map(|c| if c == ' ' { '-' } else { c.to_ascii_lowercase() })
        .collect()
}

fn contents(page: &mut String, group: &[Spec]) {
    let links: Vec<String> =
        group.iter().map(|spec| format!("[{}](#{})", spec.name, anchor(spec.name))).collect();
    let title = title(group);
    page.push_str(&format!("- [{title}](#{}): {}\n", anchor(title), links.join(", ")));
}

fn command(page: &mut String, spec: &Spec) {
    page.push_str(&format!("\n### {}\n\n```\n{}\n```\n\n{}.\n\n", spec.name, syntax(spec), spec.summary));
    if spec.args.iter().any(is_told) {
        spec.args.iter().filter(|arg| is_told(arg)).for_each(|arg| argument(page, arg, 0));
        page.push('\n');
    }
    let codes: Vec<String> = spec.errors.iter().map(|code| format!("`{code}`")).collect();
    let event = if spec.event.is_empty() { "none" } else { spec.event };
    page.push_str(&format!("- Who: {}\n- Reply: {}\n", spec.notes, spec.reply));
    page.push_str(&format!("- Errors: {}\n- Events: {event}\n", codes.join(" ")));
    page.push_str(&format!("- Complexity: {}\n- Flags: {}\n", spec.complexity, flags(spec).join(", ")));
}

fn flags(spec: &Spec) -> Vec<String> {
    let access = match spec.access {
        Access::Read => "read",
        Access::Write => "write",
    };
    let named =
        [(true, access), (spec.deny_oom, "deny-oom"), (spec.fast, "fast"), (spec.admin, "@roomadmin")];
    let named = named.into_iter().filter(|(set, _)| *set).map(|(_, name)| name);
    named.chain(spec.tips.iter().copied()).map(|name| format!("`{name}`")).collect()
}

/// Whether there is more to say of an argument than its place in the syntax.
fn is_told(arg: &Arg) -> bool {
    arg.summary.is_some() || arg.args.iter().any(is_told)
}

fn argument(page: &mut String, arg: &Arg, depth: usize) {
    let single = Arg { optional: false, multiple: false, ..*arg };
    let inner = arg.args.iter().any(is_told);
    let form = if inner { arg.name.to_owned() } else { form(&single) };
    let summary = arg.summary.map_or(String::new(), |summary| format!(": {summary}"));
    let of = if inner { ", one of:" } else { "" };
    page.push_str(&format!("{}- `{form}`{summary}{of}\n", "  ".repeat(depth)));
    if inner {
        arg.args.iter().for_each(|arg| argument(page, arg, depth + 1));
    }
}

/// A command as one line, in the manner of the server's own documentation.
fn syntax(spec: &Spec) -> String {
    spec.args.iter().fold(spec.name.to_owned(), |line, arg| line + " " + &form(arg))
}

fn form(arg: &Arg) -> String {
    let forms = |args: &[Arg], between: &str| args.iter().map(form).collect::<Vec<_>>().join(between);
    let value = match arg.kind {
        ArgKind::PureToken => arg.token.unwrap_or(arg.name).to_owned(),
        // Repeated alternatives are told below the line: on it they would stand twice.
        ArgKind::OneOf if arg.multiple => arg.name.to_owned(),
        ArgKind::OneOf if arg.optional && arg.token.is_none() => forms(arg.args, " | "),
        ArgKind::OneOf => format!("<{}>", forms(arg.args, " | ")),
        ArgKind::Key | ArgKind::String | ArgKind::Integer | ArgKind::UnixTime => arg.name.to_owned(),
    };
    let whole = match arg.token {
        Some(token) if arg.kind != ArgKind::PureToken => format!("{token} {value}"),
        _ => value.clone(),
    };
    let whole = if arg.multiple { format!("{whole} [{value} ...]") } else { whole };
    if arg.optional {
        format!("[{whole}]")
    } else {
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::table::Verb;

    fn line(verb: Verb) -> String {
        syntax(table::commands().find(|spec| spec.verb == verb).unwrap())
    }

    #[test]
    fn a_syntax_line_is_what_the_server_would_print() {
        assert_eq!(line(Verb::LowerHand), "ROOM.LOWERHAND key actor [user | *]");
        assert_eq!(line(Verb::Invite), "ROOM.INVITE key actor user [user ...]");
        assert_eq!(line(Verb::Config), "ROOM.CONFIG key actor setting [setting ...]");
        assert_eq!(line(Verb::Leave), "ROOM.LEAVE key member [SESSION session] [GATEWAY gateway] [LOST]");
        assert_eq!(
            line(Verb::Create),
            "ROOM.CREATE key actor [TITLE title] [AT unix-ms] [PRIVATE] [SEATS seats] [CAPACITY capacity] \
             [META json] [HOSTLOSS <END | HANDOVER | KEEP>]"
        );
    }

    #[test]
    fn every_error_is_told_in_its_place() {
        for (error, code) in ALL_ERRORS.iter().zip(Error::CODES) {
            assert_eq!(error.code(), code);
        }
    }
}
