//! Rooms that move to another key with their value unchanged: RENAME, RENAMENX and MOVE.
//!
//! The server reports the old key to the type (`unlink2`), but not the new key. Keyspace notifications report the new
//! key. In Valkey 8.1.0 to 9.1.1 they cannot be used. If a module subscribes to them, MOVE, and COPY to another
//! database, leave the client with the other database selected, for keys of every type (valkey-io/valkey#4024). On
//! these versions, the module searches the databases for a room whose value is still alive after its key lost it. The
//! search runs in slices.

use std::ffi::{c_char, c_int, CStr};
use std::sync::Weak;

use crate::api::{self, call, raw, Ctx, Key, Mode, RedisStr, RedisString, Scan};
use crate::datatype::Content;
use crate::pipeline::{self, KeyCtx};
use crate::state::module;
use crate::timer;

/// How long after a key lost its value a search starts, if the value is still alive then. It must be longer than
/// freeing a large value takes on another thread.
const FREE_MS: u64 = 200;
/// How long a slice of a search lasts.
const SLICE_MS: u64 = 1;
/// Pause between two slices of a search.
const PAUSE_MS: u64 = 10;

/// Starts to find renamed rooms. False: the server supports no way to do so.
pub fn subscribe(ctx: Ctx) -> bool {
    if notifications_change_db(ctx) {
        module().searches_renames.set(true);
        return true;
    }
    let class = raw::REDISMODULE_NOTIFY_GENERIC;
    // SAFETY: the context is that of OnLoad. The callback lives as long as the module.
    unsafe {
        call!(RedisModule_SubscribeToKeyspaceEvents(ctx.as_ptr(), class, Some(on_notification)))
            == Some(api::OK)
    }
}

/// Whether the server has the defect described above.
fn notifications_change_db(ctx: Ctx) -> bool {
    // SAFETY: the context is valid. The server owns the text, which is valid until the data is freed.
    let version = unsafe {
        let Some(data) = call!(RedisModule_GetServerInfo(ctx.as_ptr(), c"server".as_ptr())) else {
            return false;
        };
        let text = call!(RedisModule_ServerInfoGetFieldC(data, c"valkey_version".as_ptr()));
        let text = text.filter(|text| !text.is_null()).map(|text| CStr::from_ptr(text));
        let version = text.and_then(|text| parse_version(text.to_str().ok()?));
        call!(RedisModule_FreeServerInfo(ctx.as_ptr(), data));
        version
    };
    version.is_some_and(|version| ((8, 1, 0)..(9, 1, 2)).contains(&version))
}

fn parse_version(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??, parts.next()??))
}

unsafe extern "C" fn on_notification(
    ctx: *mut raw::RedisModuleCtx,
    _class: c_int,
    event: *const c_char,
    key: *mut raw::RedisModuleString,
) -> c_int {
    // SAFETY: all are valid until this returns. The event is a C string.
    let (ctx, event, key) = unsafe { (Ctx::of(ctx), CStr::from_ptr(event), RedisStr::borrow(key)) };
    if let (b"rename_to" | b"move_to", Some(key)) = (event.to_bytes(), key) {
        let selected = ctx.db();
        ctx.select_db(selected);
        if exists(ctx, key.bytes()) {
            track(ctx, selected, key.bytes());
        } else {
            // In a transaction, Valkey 9.1 selects the client's database and not that of the event.
            (0..).take_while(|db| ctx.select_db(*db)).any(|db| track(ctx, db, key.bytes()));
            ctx.select_db(selected);
        }
    }
    api::OK
}

fn exists(ctx: Ctx, key: &[u8]) -> bool {
    Key::open(ctx, RedisString::new(key).as_redis_str(), Mode::Peek).is_some()
}

/// Plans a search for a room that its key has lost, if its value is alive and this server needs the search.
pub fn search_for(alive: Weak<()>) {
    if module().searches_renames.get() && alive.strong_count() > 0 {
        let mut search = module().rename_search.borrow_mut();
        search.lost.push(alive);
        search.next_ms.get_or_insert(api::now() + FREE_MS);
    }
}

/// Runs a slice of the search, if one is due.
pub fn search(ctx: Ctx) {
    let now = api::now();
    let mut search = module().rename_search.borrow_mut();
    if search.next_ms.is_none_or(|at| now < at) {
        return;
    }
    // A room that is lost during a search may have moved to a key that was already scanned. It needs another search.
    let position = search.position.take().or_else(|| {
        let alive = std::mem::take(&mut search.lost).iter().any(|lost| lost.strong_count() > 0);
        alive.then(|| (0, Scan::start()))
    });
    drop(search);
    let position = position.and_then(|position| run_slice(ctx, position));
    let mut search = module().rename_search.borrow_mut();
    search.next_ms = match (&position, search.lost.is_empty()) {
        (Some(_), _) => Some(now + PAUSE_MS),
        (None, false) => Some(now + FREE_MS),
        (None, true) => None,
    };
    search.position = position;
}

/// Runs a slice of the search. Returns where the next slice continues. None: the search is complete.
fn run_slice(ctx: Ctx, (mut db, mut scan): (u32, Scan)) -> Option<(u32, Scan)> {
    let until = api::monotonic_now() + SLICE_MS;
    while ctx.select_db(db) {
        let mut found = Vec::new();
        let more = scan.step(ctx, &mut |name, key| {
            if matches!(key.content(), Content::Room(_)) {
                found.push(name.bytes().to_vec());
            }
        });
        for key in found {
            track(ctx, db, &key);
        }
        if !more {
            (db, scan) = (db + 1, Scan::start());
        }
        if api::monotonic_now() >= until {
            return Some((db, scan));
        }
    }
    None
}

/// Gives the room at a key of the selected database an entry in the registry, if it has none for this key. False: the
/// key holds no room.
pub fn track(ctx: Ctx, db: u32, key: &[u8]) -> bool {
    // Opening a key retains its name. The server's own string may be on its stack, and must not be retained then.
    let name = RedisString::new(key);
    let Some(mut open) = Key::open(ctx, name.as_redis_str(), Mode::Peek) else { return false };
    let Content::Room(value) = open.content() else { return false };
    if module().registry.borrow().is_at(value.entry_id, db, key) {
        return true;
    }
    let stale = std::mem::take(&mut value.entry_id);
    module().registry.borrow_mut().unlink(stale, Weak::new());
    timer::schedule();
    let text = String::from_utf8_lossy(key);
    let key_ctx = KeyCtx { ctx, name: name.as_redis_str(), key: &text, db };
    pipeline::track(key_ctx, &mut open);
    true
}
