-- Append lines to one or more ledgers, all or nothing, if each still has the length its writer saw.
-- KEYS: [1] open ledgers (zset) · [2 .. 1+o] once-markers · then one list for each ledger
-- ARGV: [1] o, number of once-markers · [2] seconds a marker lives · [3] score for newly opened ledgers
--       then for each ledger: its name, expected length, number of lines, the lines
-- Returns {"ok"}, {"moved", index of the ledger} or {"once", index of the marker}
local once = tonumber(ARGV[1])
for i = 1, once do
  if redis.call('EXISTS', KEYS[1 + i]) == 1 then return {'once', tostring(i)} end
end
local at = 4
for k = 2 + once, #KEYS do
  if redis.call('LLEN', KEYS[k]) ~= tonumber(ARGV[at + 1]) then return {'moved', tostring(k - 1 - once)} end
  at = at + 3 + tonumber(ARGV[at + 2])
end
at = 4
for k = 2 + once, #KEYS do
  local name, expected, count = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  for i = 1, count do redis.call('RPUSH', KEYS[k], ARGV[at + 2 + i]) end
  if expected == 0 and name ~= 'workspace' then redis.call('ZADD', KEYS[1], 'NX', ARGV[3], name) end
  at = at + 3 + count
end
for i = 1, once do redis.call('SET', KEYS[1 + i], '1', 'EX', ARGV[2]) end
return {'ok'}
