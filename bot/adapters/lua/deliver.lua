-- Put one webhook delivery into the inbox, once.
-- KEYS: [1] inbox (stream) · [2] marker of this delivery ; ARGV: [1] seconds the marker lives · [2] kind · [3] ref · [4] bytes
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('XADD', KEYS[1], '*', 'kind', ARGV[2], 'ref', ARGV[3], 'bytes', ARGV[4])
redis.call('SET', KEYS[2], '1', 'EX', ARGV[1])
return 1
