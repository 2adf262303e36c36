//! COMMAND INFO and COMMAND DOCS, from the engine's table.

use std::ffi::{c_char, c_int, CString};
use std::mem;
use std::ptr;

use room_engine::command::spec::{Arg, ArgKind, KeyUse, Spec};

use crate::api::{self, call, raw};

/// The layout of the structures in this build. The server steps through arrays of them by it.
static VERSION: raw::RedisModuleCommandInfoVersion = raw::RedisModuleCommandInfoVersion {
    version: 1,
    sizeof_historyentry: size_of::<raw::RedisModuleCommandHistoryEntry>(),
    sizeof_keyspec: size_of::<raw::RedisModuleCommandKeySpec>(),
    sizeof_arg: size_of::<raw::RedisModuleCommandArg>(),
};

/// Keeps the texts and lists alive to which the structures point, until the server has copied them.
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

    /// A list. An element without a name ends it, as the server expects.
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

/// Gives the server a command's arity, key and documentation. False: the server refuses all of it.
pub fn describe(command: *mut raw::RedisModuleCommand, spec: &Spec) -> bool {
    let mut texts = Texts::default();
    // SAFETY: an element of zeroes ends the list of key specs.
    let mut keys = key_flags(spec.key_use()).map(|flags| [key_spec(flags), unsafe { mem::zeroed() }]);
    let info = raw::RedisModuleCommandInfo {
        version: &VERSION,
        summary: texts.text(spec.summary),
        complexity: texts.text(spec.complexity),
        since: texts.text(spec.since),
        history: ptr::null_mut(),
        tips: if spec.tips.is_empty() { ptr::null() } else { texts.text(&spec.tips.join(" ")) },
        arity: spec.arity,
        key_specs: keys.as_mut().map_or(ptr::null_mut(), |keys| keys.as_mut_ptr()),
        args: texts.list(spec.args),
    };
    // SAFETY: the command is registered; the server copies all of it within the call, while `texts` lives.
    unsafe { call!(RedisModule_SetCommandInfo(command, &info)) == Some(api::OK) }
}

/// The same for an internal command: its key, without documentation.
pub fn describe_internal(command: *mut raw::RedisModuleCommand) -> bool {
    let flags =
        raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE;
    // SAFETY: an element of zeroes ends the list of key specs.
    let mut keys = [key_spec(flags), unsafe { mem::zeroed() }];
    let info = raw::RedisModuleCommandInfo {
        version: &VERSION,
        summary: c"Internal: carries rooms in replication and the AOF".as_ptr(),
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

/// The flags by which ACL rules such as `%R~` judge a command. None: the command names no key.
fn key_flags(key_use: KeyUse) -> Option<u32> {
    match key_use {
        KeyUse::None => None,
        KeyUse::Read => Some(raw::REDISMODULE_CMD_KEY_RO | raw::REDISMODULE_CMD_KEY_ACCESS),
        KeyUse::Insert => Some(raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_INSERT),
        KeyUse::Update => Some(
            raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_ACCESS | raw::REDISMODULE_CMD_KEY_UPDATE,
        ),
        KeyUse::Delete => Some(raw::REDISMODULE_CMD_KEY_RW | raw::REDISMODULE_CMD_KEY_DELETE),
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
