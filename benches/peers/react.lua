-- The rules of ROOM.REACT over one hash per room. Used as a script and as the body of a function.
--
-- KEYS  the key of the room
-- ARGV  user, kind, count, reactions per second that a user may make (0: any number)
--
-- Fields of the hash:
-- state, reactions, expires (ms), seq, head (the constant start of a message), kinds (the number of used kinds)
-- any               set if every kind is allowed
-- k:<kind>          set if the kind is allowed: its name as JSON
-- t:<kind>          the total of the kind
-- m:<user>          p (present), l (left) or b (blocked), then the time at which the user's bucket is full again (us)
-- c:<user>\n<kind>   the user's count of the kind
--
-- The script makes few calls, because a call costs about as much as a HINCRBY. It formats numbers itself, because the
-- server formats the number arguments of a call slowly.
local TTL, AFTER, BURST, KINDS = 259200000, 3600000, 2, 64
local call, refuse, format, floor = redis.call, redis.error_reply, string.format, math.floor
local key, user, kind, count, rate = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if #kind < 1 or #kind > 32 or kind:find('%c') then
    return refuse('INVALID kind must be 1 to 32 bytes of text')
end
local n = count:find('^[1-9]%d?%d?$') and tonumber(count)
if not n or n > 100 then
    return refuse('INVALID count must be a whole number from 1 to 100')
end

local total, member, counted = 't:' .. kind, 'm:' .. user, 'c:' .. user .. '\n' .. kind
local room = call('HMGET', key, 'state', 'reactions', 'k:' .. kind, total, 'seq', 'expires', 'head', member, counted)
if room[1] ~= 'live' then
    local why = { scheduled = 'NOTLIVE the room has not started', ended = 'ENDED the room has ended' }
    return refuse(why[room[1]] or 'NOROOM no room under this key')
end
-- One field says both whether the user is present and whether it is blocked.
if not room[8] or room[8]:byte() ~= 112 then
    return refuse('NOTMEMBER the user is not present')
end
if room[2] ~= 'on' then
    return refuse('OFF a setting of the room forbids it')
end
local name = room[3]
if not name then
    if not call('HGET', key, 'any') then
        return refuse('BADOPTION no such option or kind of reaction')
    end
    name = cjson.encode(kind)
end
local kinds
if not room[4] then
    kinds = call('HGET', key, 'kinds') + 1
    if kinds > KINDS then
        return refuse('TOOMANY a limit of number is reached')
    end
end

local time = call('TIME')
local now = time[1] * 1000000 + time[2]
local bucket = room[8]
if rate > 0 then
    local from, most = tonumber(bucket:sub(2)), rate * BURST
    if from < now then
        from = now
    end
    local wait = from + floor((n < most and n or most) * 1000000 / rate) - now - BURST * 1000000
    if wait > 0 then
        return refuse('RATELIMITED too fast, wait ms ' .. math.ceil(wait / 1000))
    end
    bucket = format('p%d', from + floor(n * 1000000 / rate))
end

local ms, seq, sum = floor(now / 1000), format('%d', room[5] + 1), (room[4] or 0) + n
local sum_text = format('%d', sum)
call('HSET', key, total, sum_text, 'seq', seq, member, bucket, counted, format('%d', (room[9] or 0) + n))
if kinds then
    call('HSET', key, 'kinds', kinds)
end
-- A member is present, so the expiry moves later, at most once an hour.
if ms >= room[6] + AFTER - TTL then
    call('HSET', key, 'expires', ms + TTL)
    call('PEXPIREAT', key, ms + TTL)
end
local message = '%s,"seq":%s,"ms":%d,"type":"reactions","delta":{%s:%s},"total":{%s:%s}}'
call('PUBLISH', '__' .. key, format(message, room[7], seq, ms, name, count, name, sum_text))
return sum
