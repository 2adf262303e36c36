//! The engine's private modules, for its own benchmarks and fuzzers. No stable interface: it changes without notice.

/// Re-exports each module with everything that is `pub` in it, nested modules included.
macro_rules! modules {
    ($($module:ident)*) => {
        $(
            #[allow(missing_docs)]
            pub mod $module {
                pub use crate::$module::*;
            }
        )*
    };
}

modules! {
    collections command effect env error id json limits outbox read room server_clock settings terms turn
}

#[allow(missing_docs)]
pub mod storage {
    pub mod codec {
        pub use crate::storage::codec::*;
        pub mod effect {
            pub use crate::storage::codec::effect::*;
        }
    }
}
