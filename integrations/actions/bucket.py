"""What may still be asked of a service, counted for all processes of a connection together.

One hash in Valkey for each connection: a small budget of our own, so that nothing is asked in
bursts, and beside it what the service last said that is left, by the names that it uses. A
request is taken off all of them before it is sent; the next answer corrects the count, less what
others have on the way, which the service may not have counted yet. An answer that another one has
overtaken may be from before that one: it lowers the count, and never raises it.
Without Valkey nothing is counted, and each process finds out by itself.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import cast
from uuid import UUID

import redis
from django.conf import settings

from accounts.tenancy import current_organization_id
from integrations.ports import Allowance

logger = logging.getLogger(__name__)
# Our own manners: so many requests a second for a connection, after as many at once as BURST.
PER_SECOND = 50.0
BURST = 100.0
# A count that nobody needed for so long is forgotten.
KEPT_SECONDS = 2 * 3600
# A request that has not been answered for so long is given up for lost.
AWAY_SECONDS = 60

# KEYS: the hash, and what is on the way. ARGV: per second, burst, longest wait that is worth
# reserving for (ms), kept (s), the ticket. Answers the milliseconds to wait; what is not worth
# waiting for takes nothing.
TAKE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local rate, burst, patience = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do held[flat[i]] = flat[i + 1] end

local level = burst
if held['level'] then
  level = math.min(burst, tonumber(held['level']) + (now - tonumber(held['at'])) * rate / 1000)
end
local wait = math.max(0, math.ceil((1 - level) * 1000 / rate))
local left = {}
for name, value in pairs(held) do
  if string.sub(name, 1, 5) == 'told:' then
    local amount, limit, refill, reset, cost, at = unpack(cjson.decode(value))
    if reset > 0 and now >= reset then
      redis.call('HDEL', KEYS[1], name)
    else
      amount = math.min(math.max(limit, amount), amount + (now - at) * refill / 1000)
      if amount < cost then
        local back = reset > 0 and reset - now or patience + 1
        if refill > 0 then back = math.ceil((cost - amount) * 1000 / refill) end
        wait = math.max(wait, back)
      end
      left[name] = cjson.encode({amount - cost, limit, refill, reset, cost, now})
    end
  end
end
if wait > patience then return wait end
redis.call('HSET', KEYS[1], 'level', tostring(level - 1), 'at', now)
for name, value in pairs(left) do redis.call('HSET', KEYS[1], name, value) end
redis.call('ZADD', KEYS[2], clock[1] * 1000 + clock[2] / 1000, ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return wait
"""
# KEYS: as before. ARGV: kept (s), the ticket that is back, how long one may be away (ms), then for
# each budget its name and numbers.
NOTE = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local sent = tonumber(redis.call('ZSCORE', KEYS[2], ARGV[2]))
local noted = tonumber(redis.call('HGET', KEYS[1], 'noted'))
local overtaken = sent and noted and noted > sent
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - tonumber(ARGV[3]))
local away = redis.call('ZCARD', KEYS[2])
for i = 4, #ARGV, 6 do
  local amount, limit, refill = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local reset, cost = tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5])
  local left = amount - away * cost
  local before = overtaken and redis.call('HGET', KEYS[1], 'told:' .. ARGV[i])
  if before then left = math.min(left, cjson.decode(before)[1]) end
  local told = cjson.encode({left, limit, refill, reset, cost, now})
  redis.call('HSET', KEYS[1], 'told:' .. ARGV[i], told)
end
redis.call('HSET', KEYS[1], 'noted', clock[1] * 1000 + clock[2] / 1000)
redis.call('EXPIRE', KEYS[1], ARGV[1])
"""


@lru_cache(maxsize=2)
def client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


def keys_of(connection_id: UUID) -> tuple[str, str]:
    """Where the budgets are counted, and the requests that are on the way."""
    key = f"flotilla/bucket/{current_organization_id()}/{connection_id}"
    return key, f"{key}/away"


def take(connection_id: UUID, patience: float, ticket: str) -> float:
    """Seconds until a request may go; it is counted if they are no more than `patience`."""
    sent: list[str | float] = [PER_SECOND, BURST, int(patience * 1000), KEPT_SECONDS, ticket]
    try:
        answer = client(settings.REDIS_URL).eval(TAKE, 2, *keys_of(connection_id), *sent)
    except redis.RedisError as error:
        logger.warning("requests are not counted: %s", error)
        return 0
    return cast("int", answer) / 1000


def note(connection_id: UUID, allowances: Sequence[Allowance], ticket: str) -> None:
    """Believe what the service said last, in answer to the request with this ticket."""
    told: list[str | float] = [KEPT_SECONDS, ticket, AWAY_SECONDS * 1000]
    for it in allowances:
        reset = it.resets_at.timestamp() * 1000 if it.resets_at else 0
        told += [it.name, it.left, it.limit, it.per_second, int(reset), it.cost]
    try:
        client(settings.REDIS_URL).eval(NOTE, 2, *keys_of(connection_id), *told)
    except redis.RedisError as error:
        logger.warning("requests are not counted: %s", error)


def forget(connection_id: UUID) -> None:
    """Count afresh."""
    try:
        client(settings.REDIS_URL).delete(*keys_of(connection_id))
    except redis.RedisError as error:
        logger.warning("requests are not counted: %s", error)
