//! The engine's modules, for its own tests, benchmarks and fuzzers. No stable interface: it changes without notice.

/// Re-exports each module with everything that is `pub` in it, nested modules included.
macro_rules! modules {
    ($($module:ident)*) => {
        $(
            #[doc = concat!("See `crate::", stringify!($module), "`.")]
            pub mod $module {
                pub use crate::$module::*;
            }
        )*
    };
}

modules! {
    channel collections command effect env error id json outbox read room settings limits storage terms turn
}
