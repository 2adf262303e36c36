//! Rooms that come under another key with their value unchanged: RENAME, RENAMENX and MOVE.
//!
//! The registry hears of the key they leave (unlink), not of the one they come under. Keyspace notifications tell,
//! but in Valkey 8.1.0 to 9.1.1 a module that listens to them leaves the client of a MOVE, or of a COPY to another
//! database, in the other database (valkey-io/valkey#4024), whatever the key. There a value that lives on after its
//! key lost it is searched for, in slices.

use std::ffi::{c_char, c_int, CStr};
use std::sync::Weak;

use crate::api::{self, call, raw, Ctx, Key, Mode, Owned, Scan, Text};
use crate::datatype::Content;
use crate::pipeline::{self, Place};
use crate::server::server;
use crate::timer;

/// How long a value may live on before it is searched for: a large one is freed on another thread.
const FREED_MS: u64 = 200;
/// How long a slice of a search lasts, and how long the server is left alone after it.
const SLICE_MS: u64 = 1;
const PAUSE_MS: u64 = 10;

/// Starts to follow; false: the server offers no way.
pub fn follow(ctx: Ctx) -> bool {
    if notifications_move_clients(ctx) {
        server().searches.set(true);
        return true;
    }
    let class = raw::REDISMODULE_NOTIFY_GENERIC;
    // SAFETY: the context is that of OnLoad, the callback lives as long as the module.
    unsafe {
        call!(RedisModule_SubscribeToKeyspaceEvents(ctx.as_ptr(), class, Some(notified))) == Some(api::OK)
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
        let told = ctx.db();
        ctx.select_db(told);
        if holds_something(ctx, key.bytes()) {
            adopt(ctx, told, key.bytes());
        } else {
            // In a transaction Valkey 9.1 names the client's database, not that of the event: it came to another.
            (0..).take_while(|db| ctx.select_db(*db)).any(|db| adopt(ctx, db, key.bytes()));
            ctx.select_db(told);
        }
    }
    api::OK
}

fn holds_something(ctx: Ctx, key: &[u8]) -> bool {
    Key::open(ctx, Owned::new(key).text(), Mode::Peek).is_some()
}

/// The search for rooms that have come under keys unknown to the registry.
#[derive(Default)]
pub struct Search {
    /// Values that lived on when their keys had lost them.
    strays: Vec<Weak<()>>,
    /// Where it is.
    at: Option<(u32, Scan)>,
    /// When it begins, or goes on, Unix ms; None: nobody is searched for.
    pub next: Option<u64>,
}

/// A key has lost a room. If the room lives on, and nothing tells where, it is searched for.
pub fn lost(life: Weak<()>) {
    if server().searches.get() && life.strong_count() > 0 {
        let mut search = server().search.borrow_mut();
        search.strays.push(life);
        search.next.get_or_insert(api::now() + FREED_MS);
    }
}

/// Searches on, if it is time to.
pub fn search(ctx: Ctx) {
    let now = api::now();
    let mut search = server().search.borrow_mut();
    if search.next.is_none_or(|at| now < at) {
        return;
    }
    // Who strays while a search is under way may have gone where it has been: another follows.
    let at = search.at.take().or_else(|| {
        let lives = std::mem::take(&mut search.strays).iter().any(|stray| stray.strong_count() > 0);
        lives.then(|| (0, Scan::start()))
    });
    drop(search);
    let at = at.and_then(|at| slice(ctx, at));
    let mut search = server().search.borrow_mut();
    search.next = match (&at, search.strays.is_empty()) {
        (Some(_), _) => Some(now + PAUSE_MS),
        (None, false) => Some(now + FREED_MS),
        (None, true) => None,
    };
    search.at = at;
}

/// A slice of a search; None: it is at its end.
fn slice(ctx: Ctx, (mut db, mut scan): (u32, Scan)) -> Option<(u32, Scan)> {
    let until = api::real_now() + SLICE_MS;
    while ctx.select_db(db) {
        let mut found = Vec::new();
        let more = scan.step(ctx, &mut |name, key| {
            if matches!(key.content(), Content::Room(_)) {
                found.push(name.bytes().to_vec());
            }
        });
        for key in found {
            adopt(ctx, db, &key);
        }
        if !more {
            (db, scan) = (db + 1, Scan::start());
        }
        if api::real_now() >= until {
            return Some((db, scan));
        }
    }
    None
}

/// Enters the room under a key of the selected database, unless the registry has it there; false: there is none.
pub fn adopt(ctx: Ctx, db: u32, key: &[u8]) -> bool {
    // The server's own string may lie on its stack, where it must not be retained; opening a key retains its name.
    let name = Owned::new(key);
    let Some(mut open) = Key::open(ctx, name.text(), Mode::Peek) else { return false };
    let Content::Room(held) = open.content() else { return false };
    if server().registry.borrow().is_at(held.ticket, db, key) {
        return true;
    }
    let stale = std::mem::take(&mut held.ticket);
    server().registry.borrow_mut().suspect(stale, Weak::new());
    timer::schedule();
    let text = String::from_utf8_lossy(key);
    let place = Place { ctx, name: name.text(), key: &text, db };
    pipeline::list_arrival(place, &mut open);
    true
}
