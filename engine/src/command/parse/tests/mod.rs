mod forms;
mod limits;
mod table;

use super::*;

fn bytes<'a>(args: &[&'a str]) -> Vec<&'a [u8]> {
    args.iter().map(|arg| arg.as_bytes()).collect()
}

fn parsed<'a>(verb: Verb, args: &[&'a str]) -> Result<Command<'a>, Error> {
    parse(verb, &bytes(args))
}

/// A command as its Debug form: JSON has no equality.
fn shown(verb: Verb, args: &[&str]) -> String {
    match parsed(verb, args) {
        Ok(command) => format!("{command:?}").replace("User(\"h\")", "h"),
        Err(error) => error.to_string(),
    }
}

fn is_invalid(verb: Verb, args: &[&str]) -> bool {
    matches!(parsed(verb, args), Err(Error::Invalid(_)))
}
