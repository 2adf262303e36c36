//! `docs/commands.md`, written from the table of commands, the list of errors and the table of settings.

use super::spec::{Access, Arg, ArgKind, Spec};
use super::GROUPS;
use crate::error::Error;
use crate::limits::*;
use crate::settings::SETTINGS;
use const_format::formatcp;

const INTRO: &str = "\
# Commands

<!-- Generated: change engine/src/command, then run
     cargo run -p room-engine --example commands_md > docs/commands.md -->

A room is one key of type `live-room`. User-facing commands read `ROOM.VERB key actor …`: `actor` is the authenticated
user for whom a gateway acts, or `-` for the service itself, which holds every power and is never a member. A gateway
relays exactly the commands whose second argument has the name `actor` in `COMMAND DOCS`. It may pass the replies of
commands with the tip `reply:json` on as they are. A reply with the tip `shared` is the same for every actor who may read
the room.

A command is all or nothing: after an error nothing has changed, except for deadlines that were already due. Options may
come in any order and case, each at most once. \"JSON\" is one bulk string.
";

const ERRORS: &str = "
## Errors

An error reply is `CODE text`. The text is fixed and never repeats input. `SLOWMODE` and `RATELIMITED` end in the
milliseconds to wait. Checks come in this order: syntax and values (`INVALID`), key, state, the actor's power, then the
rest. A wrong number of arguments, `OOM`, `NOPERM`, `MOVED`, `READONLY` and `LOADING` are errors of the server.

| code | text |
|---|---|
";

const VALUES: &str = formatcp!(
    "
## Values

| value | form |
|---|---|
| id of a user, gateway or session; token | 1 to {ID_BYTES} bytes; a user is never `-` or `*` |
| title | at most {TITLE_BYTES} bytes |
| client | 1 to {CLIENT_BYTES} bytes |
| reason | at most {REASON_BYTES} bytes |
| kind of reaction | 1 to {KIND_BYTES} bytes |
| question, poll option | 1 to {QUESTION_BYTES} bytes, 1 to {POLL_OPTION_BYTES} bytes |
| comment | 1 to {COMMENT_BYTES} bytes |
| profile, meta | a JSON object of at most {PROFILE_BYTES} bytes, {META_BYTES} bytes, of depth at most {JSON_DEPTH}, with \
finite numbers and no lone surrogate, as sent and as stored; stored compactly |
| number | decimal digits without sign or leading zeros, at most 2^{MAX_INTEGER_BITS} |
| cursor | opaque; `0` starts and ends |
| key | UTF-8, not empty, and without `}}` unless it has a hash tag |

Ids and texts are UTF-8 without control characters; a comment may hold newline and tab.
"
);

const SETTINGS_INTRO: &str = "
## Settings

Set them by `CONFIG SET room.NAME value`, in the configuration file, or as module arguments.

| setting | default | from | to | unit | |
|---|---|---|---|---|---|
";

const PUBLISH: &str = "\
| `room.publish` | auto | | | | `auto`, `global` (PUBLISH) or `shard` (SPUBLISH); auto: `shard` in cluster mode; set at \
start only |
";

/// The content of `docs/commands.md`.
pub fn commands_md() -> String {
    let mut page = INTRO.to_owned();
    page.push_str("\n## Contents\n\n");
    for group in GROUPS {
        contents(&mut page, group);
    }
    page.push_str("- [Errors](#errors)\n- [Values](#values)\n- [Settings](#settings)\n");
    for group in GROUPS {
        page.push_str(&format!("\n## {}\n", title(group)));
        group.iter().for_each(|spec| command(&mut page, spec));
    }
    page.push_str(ERRORS);
    for error in Error::EXAMPLES {
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
    if spec.args.iter().any(is_described) {
        spec.args.iter().filter(|arg| is_described(arg)).for_each(|arg| argument(page, arg, 0));
        page.push('\n');
    }
    let codes: Vec<String> = spec.errors.iter().map(|code| format!("`{code}`")).collect();
    let event = if spec.event.is_empty() { "none" } else { spec.event };
    page.push_str(&format!("- Who: {}\n- Reply: {}\n", spec.notes, spec.reply));
    page.push_str(&format!("- Errors: {}\n- Events: {event}\n", codes.join(" ")));
    page.push_str(&format!("- Complexity: {}\n- Flags: {}\n", spec.complexity, flags(spec).join(", ")));
}

fn flags(spec: &Spec) -> Vec<String> {
    let access = match spec.access() {
        Access::Read => "read",
        Access::Write => "write",
    };
    let named =
        [(true, access), (spec.deny_oom, "deny-oom"), (spec.fast, "fast"), (spec.admin, "@roomadmin")];
    let named = named.into_iter().filter(|(set, _)| *set).map(|(_, name)| name);
    named.chain(spec.tips.iter().copied()).map(|name| format!("`{name}`")).collect()
}

/// Whether the list below the syntax line describes the argument.
fn is_described(arg: &Arg) -> bool {
    arg.summary.is_some() || arg.args.iter().any(is_described)
}

fn argument(page: &mut String, arg: &Arg, depth: usize) {
    let single = Arg { optional: false, multiple: false, ..*arg };
    let inner = arg.args.iter().any(is_described);
    let form = if inner { arg.name.to_owned() } else { form(&single) };
    let summary = arg.summary.map_or(String::new(), |summary| format!(": {summary}"));
    let of = if inner { ", one of:" } else { "" };
    page.push_str(&format!("{}- `{form}`{summary}{of}\n", "  ".repeat(depth)));
    if inner {
        arg.args.iter().for_each(|arg| argument(page, arg, depth + 1));
    }
}

/// The syntax line of a command, in the form of the server's own documentation.
fn syntax(spec: &Spec) -> String {
    spec.args.iter().fold(spec.name.to_owned(), |line, arg| line + " " + &form(arg))
}

fn form(arg: &Arg) -> String {
    let forms = |args: &[Arg], between: &str| args.iter().map(form).collect::<Vec<_>>().join(between);
    let value = match arg.kind {
        ArgKind::PureToken => arg.token.unwrap_or(arg.name).to_owned(),
        // The list below the line shows repeated alternatives. The line would show them twice.
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
    use crate::command::commands;

    fn line(name: &str) -> String {
        syntax(commands().find(|spec| spec.name == name).unwrap())
    }

    #[test]
    fn a_syntax_line_is_what_the_server_would_print() {
        assert_eq!(line("ROOM.LOWERHAND"), "ROOM.LOWERHAND key actor [user | *]");
        assert_eq!(line("ROOM.INVITE"), "ROOM.INVITE key actor user [user ...]");
        assert_eq!(line("ROOM.CONFIG"), "ROOM.CONFIG key actor setting [setting ...]");
        assert_eq!(line("ROOM.LEAVE"), "ROOM.LEAVE key member [SESSION session] [GATEWAY gateway] [LOST]");
        assert_eq!(
            line("ROOM.CREATE"),
            "ROOM.CREATE key creator [TITLE title] [AT unix-ms] [PRIVATE] [SEATS seats] [CAPACITY capacity] \
             [META json] [HOSTLOSS <END | HANDOVER | KEEP>]"
        );
    }
}
