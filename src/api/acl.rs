//! ACL users and their permissions.

use std::ffi::c_int;

use super::{call, raw, Ctx, RedisStr, RedisString, OK};

/// An ACL user of the server.
pub struct AclUser(*mut raw::RedisModuleUser);

impl Ctx {
    /// The ACL user behind the running command. None: there is no user, so there are no permissions to check.
    pub fn acl_user(self) -> Option<AclUser> {
        // SAFETY: the context is that of a command. A script's client cannot be found by its id, but it runs as its
        // caller. For any other client the lookup by id is the one that is safe for a client without a user.
        unsafe {
            let name = if self.flags() & raw::REDISMODULE_CTX_FLAGS_LUA != 0 {
                call!(RedisModule_GetCurrentUserName(self.as_ptr()))
            } else {
                let id = call!(RedisModule_GetClientId(self.as_ptr())).unwrap_or(0);
                call!(RedisModule_GetClientUserNameById(self.as_ptr(), id))
            };
            let name = RedisString::from_ptr(name?)?;
            let user = call!(RedisModule_GetModuleUserFromUserName(name.as_redis_str().as_ptr()))?;
            (!user.is_null()).then_some(AclUser(user))
        }
    }
}

impl AclUser {
    /// Whether the user may read the key. True on a server that cannot check it.
    pub fn may_read(&self, key: RedisStr<'_>) -> bool {
        let access = raw::REDISMODULE_CMD_KEY_ACCESS as c_int;
        // SAFETY: the user handle is ours, and the key lives through the call.
        let answer = unsafe { call!(RedisModule_ACLCheckKeyPermissions(self.0, key.as_ptr(), access)) };
        answer.is_none_or(|answer| answer == OK)
    }
}

impl Drop for AclUser {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and is freed once. The server's own user is not affected.
        unsafe { call!(RedisModule_FreeModuleUser(self.0)) };
    }
}
