//! What COMMAND INFO and COMMAND DOCS say, from the engine's table.

use std::ffi::{c_char, c_int, CString};
use std::mem;
use std::ptr;

use room_engine::command::table::{Access, Arg, ArgKind, Spec, Verb, SINCE};

use crate::api::{self, call, raw};

/// Layout of the structures as this is built; the server steps through them by it.
static VERSION: raw::RedisModuleCommandInfoVersion = raw::RedisModuleCommandInfoVersion {
    version: 1,
    sizeof_historyentry: size_of::<raw::RedisModuleCommandHistoryEntry>(),
    sizeof_keyspec: size_of::<raw::RedisModuleCommandKeySpec>(),
    sizeof_arg: size_of::<raw::RedisModuleCommandArg>(),
};

/// Keeps alive what the structures point at, until the server has copied it.
#[derive(Default)]
struct Texts {
    texts: Vec<CString>,
    args: Vec<Vec<raw::RedisModuleCommandArg>>,
}

impl Texts {
    fn text(&mut self, text: &str) -> *const c_char {
        let text = CString::new(text).unwrap_or_default();
        let pointer = text.as_ptr();
        self.texts.push(text);
        pointer
    }

    /// A list ended by an element without a name, as the server wants it.
    fn list(&mut self, args: &[Arg]) -> *mut raw::RedisModuleCommandArg {
        if args.is_empty() {
            return ptr::null_mut();
        }
        let mut list: Vec<_> = args.iter().map(|arg| self.arg(arg)).collect();
        // SAFETY: pointers and integers, for all of which zero is a value.
        list.push(unsafe { mem::zeroed() });
        let pointer = list.as_mut_ptr();
        self.args.push(list);
        pointer
    }

    fn arg(&mut self, arg: &Arg) -> raw::RedisModuleCommandArg {
        let flags = [
            (arg.optional, raw::REDISMODULE_CMD_ARG_OPTIONAL),
            (arg.multiple, raw::REDISMODULE_CMD_ARG_MULTIPLE),
        ];
        let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |sum, (_, flag)| sum | flag);
        raw::RedisModuleCommandArg {
            name: self.text(arg.name),
            type_: match arg.kind {
                ArgKind::Key => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_KEY,
                ArgKind::String => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_STRING,
                ArgKind::Integer => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_INTEGER,
                ArgKind::UnixTime => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_UNIX_TIME,
                ArgKind::PureToken => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_PURE_TOKEN,
                ArgKind::OneOf => raw::RedisModuleCommandArgType_REDISMODULE_ARG_TYPE_ONEOF,
            },
            key_spec_index: if matches!(arg.kind, ArgKind::Key) { 0 } else { -1 },
            token: arg.token.map_or(ptr::null(), |token| self.text(token)),
            summary: arg.summary.map_or(ptr::null(), |summary| self.text(summary)),
            since: ptr::null(),
            flags: flags as c_int,
            deprecated_since: ptr::null(),
            subargs: self.list(arg.args),
            display_text: ptr::null(),
        }
    }
}

/// Hands the server a command's arity, key and documentation; false: it takes none of it.
pub fn describe(command: *mut raw::RedisModuleCommand, spec: &Spec) -> bool {
    let mut texts = Texts::default();
    // SAFETY: an element of zeroes ends the list of key specs.
    let mut keys = [key_spec(key_flags(spec)), unsafe { mem::zeroed() }];
    let info = raw::RedisModuleCommandInfo {
        version: &VERSION,
        summary: texts.text(spec.summary),
        complexity: texts.text(spec.complexity),
        since: texts.text(SINCE),
        history: ptr::null_mut(),
        tips: if spec.tips.is_empty() { ptr::null() } else { texts.text(&spec.tips.join(" ")) },
        arity: spec.arity,
        key_specs: if spec.verb == Verb::List { ptr::null_mut() } else { keys.as_mut_ptr() },
        args: texts.list(spec.args),
    };
    // SAFETY: the command is registered; the server copies all of it within the call, while `texts` lives.
    unsafe { call!(RedisModule_SetCommandInfo(command, &info)) == Some(api::OK) }
}

/// The same for an internal command: its key, and nothing to read.
pub fn describe_internal(command: *mut raw::RedisModuleCommand) -> bool {
    let flags =
        raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE;
    // SAFETY: an element of zeroes ends the list of key specs.
    let mut keys = [key_spec(flags), unsafe { mem::zeroed() }];
    let info = raw::RedisModuleCommandInfo {
        version: &VERSION,
        summary: c"Internal: replication and the AOF carry rooms by it".as_ptr(),
        complexity: ptr::null(),
        since: ptr::null(),
        history: ptr::null_mut(),
        tips: ptr::null(),
        arity: -3,
        key_specs: keys.as_mut_ptr(),
        args: ptr::null_mut(),
    };
    // SAFETY: the command is registered; the server copies all of it within the call.
    unsafe { call!(RedisModule_SetCommandInfo(command, &info)) == Some(api::OK) }
}

/// What a command does with its key: an ACL rule such as `%R~` goes by it.
fn key_flags(spec: &Spec) -> u32 {
    match (spec.verb, spec.access) {
        (_, Access::Read) => raw::REDISMODULE_CMD_KEY_RO | raw::REDISMODULE_CMD_KEY_ACCESS,
        (Verb::Create, _) => raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_INSERT,
        (Verb::Purge, _) => raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_DELETE,
        _ => raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE,
    }
}

/// The key is the first argument.
fn key_spec(flags: u32) -> raw::RedisModuleCommandKeySpec {
    raw::RedisModuleCommandKeySpec {
        notes: ptr::null(),
        flags: u64::from(flags),
        begin_search_type: raw::RedisModuleKeySpecBeginSearchType_REDISMODULE_KSPEC_BS_INDEX,
        bs: raw::RedisModuleCommandKeySpec__bindgen_ty_1 {
            index: raw::RedisModuleCommandKeySpec__bindgen_ty_1__bindgen_ty_1 { pos: 1 },
        },
        find_keys_type: raw::RedisModuleKeySpecFindKeysType_REDISMODULE_KSPEC_FK_RANGE,
        fk: raw::RedisModuleCommandKeySpec__bindgen_ty_2 {
            range: raw::RedisModuleCommandKeySpec__bindgen_ty_2__bindgen_ty_1 {
                lastkey: 0,
                keystep: 1,
                limit: 0,
            },
        },
    }
}
