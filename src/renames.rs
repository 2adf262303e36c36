//! Rooms that come under another key with their value unchanged: RENAME, RENAMENX and MOVE.
//!
//! The registry hears of the key they leave (unlink), not of the one they come under. Keyspace notifications tell,
//! but in Valkey 8.1.0 to 9.1.1 a module that listens to them leaves the client of a MOVE, or of a COPY to another
//! database, in the other database (valkey-io/valkey#4024), whatever the key. There a command filter takes down
//! which keys to look at; what it cannot see, in a script say, is made good by the room's next write.

use std::ffi::{c_char, c_int, c_ulonglong, CStr};

use crate::api::{self, call, raw, Ctx, Key, Mode, Owned, Text};
use crate::datatype::Content;
use crate::pipeline::{self, Place};
use crate::registry::Arrival;
use crate::server::server;
use crate::timer;

/// How long a noted key is looked at: a queued command may run only with its EXEC.
const LOOK_MS: u64 = 5000;

/// Starts to follow; false: the server offers no way.
pub fn follow(ctx: Ctx) -> bool {
    // SAFETY: the context is that of OnLoad, the callbacks live as long as the module. NOSELF: nothing of our own.
    unsafe {
        if notifications_move_clients(ctx) {
            call!(RedisModule_RegisterCommandFilter(ctx.as_ptr(), Some(filter), 1))
                .is_some_and(|filter| !filter.is_null())
        } else {
            let class = raw::REDISMODULE_NOTIFY_GENERIC;
            call!(RedisModule_SubscribeToKeyspaceEvents(ctx.as_ptr(), class, Some(notified))) == Some(api::OK)
        }
    }
}

fn notifications_move_clients(ctx: Ctx) -> bool {
    // SAFETY: the context is valid; the text is the server's until the data is freed.
    let version = unsafe {
        let Some(data) = call!(RedisModule_GetServerInfo(ctx.as_ptr(), c"server".as_ptr())) else {
            return false;
        };
        let text = call!(RedisModule_ServerInfoGetFieldC(data, c"valkey_version".as_ptr()));
        let text = text.filter(|text| !text.is_null()).map(|text| CStr::from_ptr(text));
        let version = text.and_then(|text| version(text.to_str().ok()?));
        call!(RedisModule_FreeServerInfo(ctx.as_ptr(), data));
        version
    };
    version.is_some_and(|version| ((8, 1, 0)..(9, 1, 2)).contains(&version))
}

fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

unsafe extern "C" fn notified(
    ctx: *mut raw::RedisModuleCtx,
    _class: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: all are valid until this returns, the event a C string.
    let (ctx, event, key) = unsafe { (Ctx::of(ctx), CStr::from_ptr(event), Text::borrow(key)) };
    if let (b"rename_to" | b"move_to", Some(key)) = (event.to_bytes(), key) {
        adopt(ctx, ctx.db(), key.bytes());
    }
    api::OK
}

/// Looks at every command, before it runs: cheaply.
unsafe extern "C" fn filter(filtered: *mut raw::RedisModuleCommandFilterCtx) {
    let arg = |place: c_int| {
        // SAFETY: the filter's context and its arguments are valid until this returns; past the last there is none.
        unsafe { Text::borrow(call!(RedisModule_CommandFilterArgGet(filtered, place))?) }.map(Text::bytes)
    };
    let Some(name) = arg(0).filter(|name| matches!(name.len(), 4 | 6 | 8)) else { return };
    let moves = name.eq_ignore_ascii_case(b"move");
    if !moves && !name.eq_ignore_ascii_case(b"rename") && !name.eq_ignore_ascii_case(b"renamenx") {
        return;
    }
    let (Some(from), Some(second)) = (arg(1), arg(2)) else { return };
    // SAFETY: as above.
    let Some(db) = unsafe { call!(RedisModule_CommandFilterGetClientId(filtered)) }.and_then(db_of) else {
        return;
    };
    if !holds_room(db, from) {
        return;
    }
    let (db, key) = if moves {
        (std::str::from_utf8(second).ok().and_then(|db| db.parse().ok()), from)
    } else {
        (Some(db), second)
    };
    if let Some(db) = db {
        let until = api::real_now() + LOOK_MS;
        server().registry.borrow_mut().expect(Arrival { db, key: key.into(), until });
        timer::schedule();
    }
}

fn holds_room(db: u32, key: &[u8]) -> bool {
    let (ctx, name) = (api::home(), Owned::new(key));
    let key = if ctx.select_db(db) { Key::open(ctx, name.text(), Mode::Peek) } else { None };
    key.is_some_and(|mut key| matches!(key.content(), Content::Room(_)))
}

fn db_of(client: c_ulonglong) -> Option<u32> {
    let mut info = std::mem::MaybeUninit::<raw::RedisModuleClientInfo>::zeroed();
    // SAFETY: integers, for all of which zero is a value; the version says which structure the server may fill.
    unsafe {
        (*info.as_mut_ptr()).version = 1;
        let found = call!(RedisModule_GetClientInfoById(info.as_mut_ptr().cast(), client));
        (found == Some(api::OK)).then(|| u32::from(info.assume_init().db))
    }
}

/// Looks at the keys noted.
pub fn look_for_arrivals(ctx: Ctx) {
    let arrivals = server().registry.borrow_mut().take_arrivals();
    let now = api::real_now();
    for arrival in arrivals {
        if ctx.select_db(arrival.db) && !adopt(ctx, arrival.db, &arrival.key) && now < arrival.until {
            server().registry.borrow_mut().expect(arrival);
        }
    }
}

/// Enters the room under a key, unless the registry has it there; false: there was nothing to enter.
fn adopt(ctx: Ctx, db: u32, key: &[u8]) -> bool {
    // The server's own string may lie on its stack, where it must not be retained; opening a key retains its name.
    let name = Owned::new(key);
    let Some(mut open) = Key::open(ctx, name.text(), Mode::Peek) else { return false };
    let Content::Room(held) = open.content() else { return false };
    if server().registry.borrow().is_at(held.ticket, db, key) {
        return false;
    }
    let stale = std::mem::take(&mut held.ticket);
    server().registry.borrow_mut().suspect(stale);
    timer::schedule();
    let text = String::from_utf8_lossy(key);
    let place = Place { ctx, name: name.text(), key: &text, db };
    let expires = open.expires();
    pipeline::remember(place, &mut open, expires);
    true
}
