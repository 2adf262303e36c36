//! The section `room` of INFO.

use std::ffi::c_int;

use room_engine::Error;

use crate::api::{self, call, raw, CText, Ctx};
use crate::state::module;

/// Registers the section. False: the server refuses it.
pub fn register(ctx: Ctx) -> bool {
    // SAFETY: the context is that of OnLoad. The callback lives as long as the module.
    unsafe { call!(RedisModule_RegisterInfoFunc(ctx.as_ptr(), Some(info))) == Some(api::OK) }
}

unsafe extern "C" fn info(ctx: *mut raw::RedisModuleInfoCtx, for_crash_report: c_int) {
    // The crash may have happened while the registry was borrowed. The report shows only the counters.
    let registry = module().registry.try_borrow().ok().filter(|_| for_crash_report == 0);
    // SAFETY: the context is valid until this returns. Without a name of its own the section has the module's name.
    if unsafe { call!(RedisModule_InfoAddSection(ctx, std::ptr::null())) } != Some(api::OK) {
        return;
    }
    let field = |name: &str, value: u64| {
        let name = CText::plain(name);
        // SAFETY: as above. The server copies the name.
        unsafe { call!(RedisModule_InfoAddFieldULongLong(ctx, name.as_ptr(), value)) };
    };
    if let Some(registry) = registry {
        let sums = registry.sums();
        field("rooms_scheduled", sums.scheduled);
        field("rooms_live", sums.live);
        field("rooms_ended", sums.ended);
        field("rooms_cancelled", sums.cancelled);
        field("rooms_broken", sums.broken);
        field("members_present", sums.present);
        let (armed, due) = registry.deadlines(api::now());
        field("deadlines_armed", armed as u64);
        field("deadlines_due", due as u64);
    }
    let totals = &module().totals;
    let counts = totals.counts.get();
    field("frames", counts.frames);
    field("events", counts.events);
    field("reactions", counts.reactions);
    field("comments", counts.comments);
    field("apply_refused", totals.apply_refused.get());
    field("apply_failed", totals.apply_failed.get());
    field("panics", totals.panics.get());
    field("generation", module().generation.get());
    for (code, counter) in Error::CODES.iter().zip(&totals.errors) {
        let name = CText::of(format_args!("errors_{}", code.to_ascii_lowercase()));
        // SAFETY: as above.
        unsafe { call!(RedisModule_InfoAddFieldULongLong(ctx, name.as_ptr(), counter.get())) };
    }
}
