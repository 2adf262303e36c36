-- What ROOM.REACT does, over two hashes: once as a script, once as the body of a function.
--
-- KEYS  the room, its members
-- ARGV  user, kind, count, reactions a second that a user may make (0: any number)
--
-- room     state, reactions, expires (ms), seq, head (the beginning of every message), kinds (how many there are),
--          any (where every kind is allowed) or k:<kind> for each that is, t:<kind> its total
-- members  <user>: p (present), l (left) or b (blocked), and when its bucket is full again (us);
--          <user>\n<kind>: how many
local TTL, AFTER, BURST, KINDS = 259200000, 3600000, 2, 64
local call = redis.call
local user, kind, count, rate = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if #kind < 1 or #kind > 32 or kind:find('%c') then
    return redis.error_reply('INVALID kind must be 1 to 32 bytes of text')
end
local n = count:find('^[1-9]%d?%d?$') and tonumber(count)
if not n or n > 100 then
    return redis.error_reply('INVALID count must be a whole number from 1 to 100')
end

local room = call('HMGET', KEYS[1], 'state', 'reactions', 'any', 'k:' .. kind, 't:' .. kind, 'seq', 'expires', 'head')
if room[1] ~= 'live' then
    local why = { scheduled = 'NOTLIVE the room has not started', ended = 'ENDED the room has ended' }
    return redis.error_reply(why[room[1]] or 'NOROOM no room under this key')
end
local counted = user .. '\n' .. kind
local member = call('HMGET', KEYS[2], user, counted)
-- Who is blocked is in the place of who is present, so one look is both.
if not member[1] or member[1]:byte() ~= 112 then
    return redis.error_reply('NOTMEMBER the user is not present')
end
if room[2] ~= 'on' then
    return redis.error_reply('OFF a setting of the room forbids it')
end
if not room[3] and not room[4] then
    return redis.error_reply('BADOPTION no such option or kind of reaction')
end
local kinds
if not room[5] then
    kinds = tonumber(call('HGET', KEYS[1], 'kinds')) + 1
    if kinds > KINDS then
        return redis.error_reply('TOOMANY a limit of number is reached')
    end
end

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local full = 0
if rate > 0 then
    local from = math.max(tonumber(member[1]:sub(2)), now)
    local wait = from + math.floor(math.min(n, rate * BURST) * 1000000 / rate) - now - BURST * 1000000
    if wait > 0 then
        return redis.error_reply('RATELIMITED too fast, wait ms ' .. math.ceil(wait / 1000))
    end
    full = from + math.floor(n * 1000000 / rate)
end

local ms = math.floor(now / 1000)
local total, seq = (tonumber(room[5]) or 0) + n, room[6] + 1
call('HSET', KEYS[1], 't:' .. kind, total, 'seq', seq)
call('HSET', KEYS[2], user, ('p%.0f'):format(full), counted, (tonumber(member[2]) or 0) + n)
if kinds then
    call('HSET', KEYS[1], 'kinds', kinds)
end
-- Somebody is present, so the keys live on; pushed at most once an hour.
if ms >= room[7] + AFTER - TTL then
    call('HSET', KEYS[1], 'expires', ms + TTL)
    call('PEXPIREAT', KEYS[1], ms + TTL)
    call('PEXPIREAT', KEYS[2], ms + TTL)
end
local name = cjson.encode(kind)
call('PUBLISH', '__' .. KEYS[1], room[8] .. ',"seq":' .. seq .. ',"ms":' .. ms .. ',"type":"reactions","delta":{'
    .. name .. ':' .. n .. '},"total":{' .. name .. ':' .. total .. '}}')
return total
