mod arguments;
mod facts;
mod forms;
mod limits;
mod specs;

use super::*;

fn bytes<'a>(args: &[&'a str]) -> Vec<&'a [u8]> {
    args.iter().map(|arg| arg.as_bytes()).collect()
}

/// The command of this name, which is given without `ROOM.`.
fn spec(name: &str) -> &'static Spec {
    commands().find(|spec| spec.name == format!("ROOM.{name}")).unwrap()
}

fn parsed<'a>(name: &str, args: &[&'a str]) -> Result<Command<'a>, Error> {
    spec(name).parse(&bytes(args))
}

/// A command in its Debug form, because JSON values have no equality. The family is left out.
fn shown(name: &str, args: &[&str]) -> String {
    let shown = match parsed(name, args) {
        Ok(Command::Write(WriteCommand::Lifecycle(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Presence(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Stage(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Moderation(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Comments(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Polls(command))) => format!("{command:?}"),
        Ok(Command::Write(WriteCommand::Services(command))) => format!("{command:?}"),
        Ok(Command::Read(command)) => format!("{command:?}"),
        Ok(Command::List(command)) => format!("{command:?}"),
        Err(error) => return error.to_string(),
    };
    shown.replace("User(\"h\")", "h")
}

fn is_invalid(name: &str, args: &[&str]) -> bool {
    matches!(parsed(name, args), Err(Error::Invalid(_)))
}
