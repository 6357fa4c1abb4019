import { redisScript } from '@longwire/kit'
import { DIAL_KEEP_MS, ENDS_MAX } from './route-table.ts'

/**
 * What is in Redis. One hash per user: field `<appcode>/<device>`, value
 * `<fence>|<dial>|<slot>|<generation>|<gate>` with numbers in base 36 and the gate's short name; it fits
 * a listpack entry. The highest fence that is not in a route any more is in the field {@link FENCE}, and
 * the least dial of a device whose route has gone in `-<appcode>/<device>`, `<dial>|<until when>` in base
 * 36 and microseconds since 1970. The fields of routes begin with a digit, all others do not.
 */
const FENCE = 'fence'

/**
 * A user without routes is forgotten after this long. A fence of the server's clock is higher than all
 * before it anyhow, unless that clock was set back.
 */
const FORGET_SECONDS = 3_600

/** Least dials kept for one user; beyond, those that end first go. */
const DIALS_MAX = 64

const NUMBERS = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function number(text) return tonumber(text, 36) end
local function text(number)
  local out = ''
  repeat
    local digit = number % 36
    out = string.char(digit < 10 and 48 + digit or 87 + digit) .. out
    number = math.floor(number / 36)
  until number == 0
  return out
end
local dials = {}
local function noted(field, value)
  local least, till = string.match(value, '^(%w+)|(%w+)$')
  dials[#dials + 1] = {field = field, least = number(least), till = number(till)}
end
local function note(field, least)
  redis.call('HSET', KEYS[1], '-' .. field, text(least) .. '|' .. text(now + ${DIAL_KEEP_MS * 1_000}))
end
local function forgetDials()
  table.sort(dials, function(a, b) return a.till > b.till end)
  for i, dial in ipairs(dials) do
    if i >= ${DIALS_MAX} or dial.till < now then redis.call('HDEL', KEYS[1], dial.field) end
  end
end
`

/** ARGV of PUT: 1 field, 2 appcode, 3 dial, 4 slot, generation and gate as in the value. */
const READ_ALL = `${NUMBERS}
local all, top, old, least = redis.call('HGETALL', KEYS[1]), 0, nil, 0
local own, rivals, others, dead = {}, {}, {}, {}
for i = 1, #all, 2 do
  local field, value = all[i], all[i + 1]
  if field == '${FENCE}' then
    top = math.max(top, number(value))
  elseif string.sub(field, 1, 1) == '-' then
    noted(field, value)
    if string.sub(field, 2) == ARGV[1] and dials[#dials].till >= now then least = dials[#dials].least end
  else
    local fence, dial, rest = string.match(value, '^(%w+)|(%w+)|(.*)$')
    local gate, app = string.match(rest, '[^|]*$'), string.match(field, '^%d+')
    local route = {fence = number(fence), dial = number(dial), rest = rest, field = field, value = value}
    top = math.max(top, route.fence)
    if string.find(ARGV[8], ',' .. gate .. ',', 1, true) then dead[#dead + 1] = route
    elseif field == ARGV[1] then old = route
    else
      if app == ARGV[2] then own[#own + 1] = route
      elseif string.find(ARGV[7], ',' .. app .. ',', 1, true) then rivals[#rivals + 1] = route
      else others[#others + 1] = route end
    end
  end
end
table.sort(own, function(a, b) return a.fence < b.fence end)
local function listed(answer, routes)
  for _, route in ipairs(routes) do
    answer[#answer + 1] = route.field
    answer[#answer + 1] = route.value
  end
  return answer
end
local sessions, dial = tonumber(ARGV[5]), number(ARGV[3])
local ending = {}
for _, route in ipairs(rivals) do ending[#ending + 1] = route end
for i = 1, math.min(#own, #own + 1 - sessions) do ending[#ending + 1] = own[i] end
local crowd = #others + #own + #rivals - #ending >= ${ENDS_MAX}
local asked = ARGV[8] ~= ''
local function put(fence)
  forgetDials()
  for _, route in ipairs(ending) do
    redis.call('HDEL', KEYS[1], route.field)
    note(route.field, route.dial + 1)
  end
  for _, route in ipairs(dead) do redis.call('HDEL', KEYS[1], route.field) end
  redis.call('HSET', KEYS[1], ARGV[1], text(fence) .. '|' .. ARGV[3] .. '|' .. ARGV[4])
  if least > 0 then redis.call('HDEL', KEYS[1], '-' .. ARGV[1]) end
  if top > fence then redis.call('HSET', KEYS[1], '${FENCE}', text(top))
  else redis.call('HDEL', KEYS[1], '${FENCE}') end
  redis.call('PERSIST', KEYS[1])
end
`

/**
 * ARGV besides those of READ_ALL: 5 sessions, 6 full, 7 rivals (`,2,3,`), 8 short names of dead gates
 * (`,a,b,`, or '' where it is not known which of this user's gates are dead).
 *
 * Answers `ask` and all routes where it matters which gates are dead; `dial` and the fence that stays;
 * `room` and who is in the way; or `bound`, the fence, the replaced value, then field and value of each
 * route that had to go.
 */
export const BIND = redisScript(`${READ_ALL}
local late, full = old and old.dial > dial, ARGV[6] == 'refuse' and #ending > 0
if not asked and (late or full or crowd or (#ending > 0 and sessions > 1)) then
  local answer = {'ask'}
  for i = 1, #all do answer[i + 1] = all[i] end
  return answer
end
if late then return {'dial', text(old.fence)} end
if least > dial then return {'dial', '0'} end
if full then return listed({'room'}, ending) end
if crowd then return listed(listed(listed({'room'}, own), rivals), others) end
local fence = math.max(top + 1, now)
put(fence)
return listed(listed({'bound', text(fence), old and old.value or ''}, ending), dead)
`)

/**
 * ARGV as those of BIND, and 9 the fence. Answers `ask` as BIND does, `kept`, `device`, `dial`, `room`, or
 * `restored` with field and value of each route that had to go.
 */
export const RESTORE = redisScript(`${READ_ALL}
local fence = number(ARGV[9])
local same = old and old.rest == ARGV[4]
local newer = 0
for _, route in ipairs(own) do if route.fence > fence then newer = newer + 1 end end
local room = newer < sessions and not crowd
for _, route in ipairs(rivals) do if route.fence > fence then room = false end end
local lost
if old and (old.dial > dial or (old.dial == dial and old.fence >= fence)) then
  lost = same and 'kept' or old.dial > dial and old.fence < fence and 'dial' or 'device'
elseif not room then lost = 'room' end
if not asked and lost ~= 'kept' and (lost or #ending > 0) then
  local answer = {'ask'}
  for i = 1, #all do answer[i + 1] = all[i] end
  return answer
end
if lost then
  if fence > top then redis.call('HSET', KEYS[1], '${FENCE}', ARGV[9]) end
  return {lost}
end
put(fence)
if old and not same then ending[#ending + 1] = old end
return listed(listed({same and 'kept' or 'restored'}, ending), dead)
`)

/** ARGV: field, fence, 1 where the dial is kept. */
export const UNBIND = redisScript(`${NUMBERS}
local value = redis.call('HGET', KEYS[1], ARGV[1])
if not value or string.match(value, '^%w+') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local all, fence, top, routes = redis.call('HGETALL', KEYS[1]), number(ARGV[2]), 0, 0
for i = 1, #all, 2 do
  if string.sub(all[i], 1, 1) == '-' then noted(all[i], all[i + 1])
  else
    top = math.max(top, number(string.match(all[i + 1], '^%w+')))
    if all[i] ~= '${FENCE}' then routes = routes + 1 end
  end
end
if fence > top then redis.call('HSET', KEYS[1], '${FENCE}', ARGV[2]) end
forgetDials()
if ARGV[3] == '1' then note(ARGV[1], number(string.match(value, '|(%w+)'))) end
if routes == 0 then redis.call('EXPIRE', KEYS[1], ${FORGET_SECONDS}) end
return 1
`)

/**
 * A mark that is lost with everything else, and the run of the server: one that restarted, or took over
 * from another, may have lost its latest writes. ARGV: the mark to leave.
 */
export const LIFE = redisScript(`
local mark = redis.call('GET', KEYS[1])
if not mark then
  mark = ARGV[1]
  redis.call('SET', KEYS[1], mark)
end
return mark .. '@' .. (string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or '')
`)

/** ARGV: who, milliseconds. */
export const CLAIM = redisScript(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if tonumber(ARGV[2]) == 0 then redis.call('DEL', KEYS[1])
else redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1
`)
