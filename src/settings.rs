//! The `room.*` settings: in CONFIG, and as module arguments. Both are checked against the engine's table.
//!
//! A module argument replaces a setting's default. CONFIG shows it. A value in redis.conf, in `MODULE LOADEX … CONFIG`
//! or from CONFIG SET has precedence over it, in any order. CONFIG REWRITE writes a line only for a value that differs
//! from it.

use std::ffi::{c_char, c_int, c_longlong, c_void, CString};

use room_engine::settings::{Publish, Setting, Settings, SETTINGS};

use crate::api::{self, call, raw, Argv, Ctx};
use crate::state::module;
use crate::timer;

/// The values of `room.publish`, in the order of their numbers in CONFIG.
const PUBLISH: [(&str, &std::ffi::CStr, Publish); 3] = [
    ("auto", c"auto", Publish::Auto),
    ("global", c"global", Publish::Global),
    ("shard", c"shard", Publish::Shard),
];

/// Parses the module arguments, registers every setting and makes the server set them. Called before any other
/// registration, because those cannot be undone.
///
/// # Errors
/// If an argument or a setting is not accepted. That is logged, and the module must not load.
pub fn load(ctx: Ctx, args: Argv<'_>) -> Result<(), ()> {
    let defaults = parse_arguments(args)?;
    for (index, setting) in SETTINGS.iter().enumerate() {
        register_number(ctx, index, setting, (setting.get)(&defaults))?;
    }
    register_publish(ctx, defaults.publish)?;
    // SAFETY: the context is that of OnLoad.
    if unsafe { call!(RedisModule_LoadConfigs(ctx.as_ptr())) } != Some(api::OK) {
        api::log(c"warning", format_args!("a room.* setting of the configuration is not accepted"));
        return Err(());
    }
    Ok(())
}

/// Whether frames are published by SPUBLISH.
pub fn is_shard(publish: Publish, cluster: bool) -> bool {
    match publish {
        Publish::Auto => cluster,
        Publish::Global => false,
        Publish::Shard => true,
    }
}

/// Parses module arguments: pairs `name value`. Names are those of CONFIG, with or without `room.`. A setting that is
/// not given has its default.
fn parse_arguments(args: Argv<'_>) -> Result<Settings, ()> {
    let mut settings = Settings::default();
    let mut given: Vec<&str> = Vec::new();
    let mut index = 0;
    while let Some(name) = args.get(index) {
        let name = std::str::from_utf8(name.bytes()).unwrap_or_default();
        let name = name.strip_prefix("room.").unwrap_or(name);
        let value = args.get(index + 1).and_then(|value| std::str::from_utf8(value.bytes()).ok());
        // The name from the table can be logged. The operator's own text cannot.
        let known =
            SETTINGS.iter().map(|setting| setting.name).find(|known| known.eq_ignore_ascii_case(name));
        let known = known.or_else(|| name.eq_ignore_ascii_case("publish").then_some("publish"));
        let Some(known) = known else {
            api::log(c"warning", format_args!("module argument {}: no such setting", index + 1));
            return Err(());
        };
        let accepted = !given.contains(&known) && value.is_some_and(|value| set(&mut settings, known, value));
        if !accepted {
            match SETTINGS.iter().find(|setting| setting.name == known) {
                Some(Setting { min, max, .. }) => api::log(
                    c"warning",
                    format_args!("module argument {known}: one whole number from {min} to {max} is needed"),
                ),
                None => api::log(
                    c"warning",
                    format_args!("module argument {known}: one of auto, global, shard is needed"),
                ),
            }
            return Err(());
        }
        given.push(known);
        index += 2;
    }
    Ok(settings)
}

/// Sets one setting. False: there is no such setting, or the value is not accepted.
fn set(settings: &mut Settings, name: &str, value: &str) -> bool {
    if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
        let Ok(value) = value.parse::<i64>() else { return false };
        let within = (setting.min..=setting.max).contains(&value);
        if within {
            (setting.set)(settings, value);
        }
        return within;
    }
    match PUBLISH.iter().find(|(word, _, _)| word.eq_ignore_ascii_case(value)) {
        Some((_, _, publish)) => {
            settings.publish = *publish;
            true
        }
        None => false,
    }
}

fn register_number(ctx: Ctx, index: usize, setting: &Setting, default: i64) -> Result<(), ()> {
    let name = CString::new(setting.name).map_err(|_| ())?;
    let flags = raw::REDISMODULE_CONFIG_DEFAULT;
    // SAFETY: the server copies the name. The private data is the setting's index in the table and not a pointer.
    let registered = unsafe {
        call!(RedisModule_RegisterNumericConfig(
            ctx.as_ptr(),
            name.as_ptr(),
            default,
            flags,
            setting.min,
            setting.max,
            Some(get_number),
            Some(set_number),
            None,
            index as *mut c_void,
        ))
    };
    accepted(registered, setting.name)
}

fn register_publish(ctx: Ctx, default: Publish) -> Result<(), ()> {
    let mut words = PUBLISH.map(|(_, word, _)| word.as_ptr());
    let values: [c_int; 3] = [0, 1, 2];
    // SAFETY: the server copies the name, the words and the values.
    let registered = unsafe {
        call!(RedisModule_RegisterEnumConfig(
            ctx.as_ptr(),
            c"publish".as_ptr(),
            number_of(default),
            raw::REDISMODULE_CONFIG_IMMUTABLE,
            words.as_mut_ptr(),
            values.as_ptr(),
            words.len() as c_int,
            Some(get_publish),
            Some(set_publish),
            None,
            std::ptr::null_mut(),
        ))
    };
    accepted(registered, "publish")
}

fn accepted(answer: Option<c_int>, name: &str) -> Result<(), ()> {
    if answer == Some(api::OK) {
        return Ok(());
    }
    api::log(c"warning", format_args!("the server does not take the setting room.{name}"));
    Err(())
}

fn number_of(publish: Publish) -> c_int {
    match publish {
        Publish::Auto => 0,
        Publish::Global => 1,
        Publish::Shard => 2,
    }
}

unsafe extern "C" fn get_number(_name: *const c_char, index: *mut c_void) -> c_longlong {
    SETTINGS.get(index as usize).map_or(0, |setting| (setting.get)(&module().settings.borrow()))
}

unsafe extern "C" fn set_number(
    _name: *const c_char,
    value: c_longlong,
    index: *mut c_void,
    _error: *mut *mut raw::RedisModuleString,
) -> c_int {
    match SETTINGS.get(index as usize) {
        // Every server checks the bounds for CONFIG SET. Not every server does for a line of its configuration file.
        Some(setting) if (setting.min..=setting.max).contains(&value) => {
            (setting.set)(&mut module().settings.borrow_mut(), value);
            // With a shorter grace, for example, a room may be due earlier than its entry's deadline.
            if module().is_serving() {
                module().registry.borrow_mut().recheck_all();
                timer::schedule();
            }
            api::OK
        }
        _ => api::ERR,
    }
}

unsafe extern "C" fn get_publish(_name: *const c_char, _data: *mut c_void) -> c_int {
    number_of(module().settings.borrow().publish)
}

unsafe extern "C" fn set_publish(
    _name: *const c_char,
    value: c_int,
    _data: *mut c_void,
    _error: *mut *mut raw::RedisModuleString,
) -> c_int {
    let publish = usize::try_from(value).ok().and_then(|value| PUBLISH.get(value));
    match publish {
        Some((_, _, publish)) => {
            module().settings.borrow_mut().publish = *publish;
            api::OK
        }
        None => api::ERR,
    }
}
