-- One token bucket. KEYS[1]: the bucket. ARGV: tokens a second, burst.
-- Returns the milliseconds to wait; 0 means that a token was taken. Time is Redis's own.
local moment = redis.call('TIME')
local now = moment[1] * 1000 + math.floor(moment[2] / 1000)
local rate, burst = tonumber(ARGV[1]) / 1000, tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'closed')
local closed = tonumber(held[3] or 0)
if closed > now then
  return closed - now
end
local tokens, at = tonumber(held[1] or burst), tonumber(held[2] or now)
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then
  tokens = tokens - 1
else
  wait = math.ceil((1 - tokens) / rate)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / rate) + 60000)
return wait
