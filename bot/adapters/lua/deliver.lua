-- Put one webhook delivery into the inbox, unless its sender said just the same the last time.
-- KEYS: [1] inbox (stream) · [2] what was last said about this ; ARGV: [1] seconds it is remembered · [2] digest of the body · [3] kind · [4] ref · [5] bytes
if redis.call('GET', KEYS[2]) == ARGV[2] then return 0 end
redis.call('XADD', KEYS[1], '*', 'kind', ARGV[3], 'ref', ARGV[4], 'bytes', ARGV[5])
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[1])
return 1
