"""The cache, as something that pages can do without."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def or_else(answer: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answer like an empty cache while Redis is away."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def forgiving(*args: Any, **kwargs: Any) -> Any:
            try:
                return method(*args, **kwargs)
            except RedisError as error:
                logger.warning("the cache did not answer: %s", error)
                return answer

        return forgiving

    return decorate


class ForgivingRedisCache(RedisCache):
    """Counts and look-ups fail open: a page must not fail because Redis does."""

    add = or_else(answer=True)(RedisCache.add)
    set = or_else(answer=None)(RedisCache.set)
    touch = or_else(answer=False)(RedisCache.touch)
    delete = or_else(answer=False)(RedisCache.delete)
    incr = or_else(answer=1)(RedisCache.incr)
    has_key = or_else(answer=False)(RedisCache.has_key)
    delete_many = or_else(answer=None)(RedisCache.delete_many)
    set_many = or_else(answer=[])(RedisCache.set_many)

    @or_else(answer=(1, 0.0))
    def count(self, key: str, seconds: int) -> tuple[int, float]:
        """How often `key` was counted within its window, this time included, and for how many
        seconds the window lasts. It opens with the first count. One round trip.
        """
        name = self.make_and_validate_key(key)
        with self._cache.get_client(name, write=True).pipeline() as together:
            together.incr(name)
            together.expire(name, seconds, nx=True)
            together.pttl(name)
            count, _, left = together.execute()
        return count, left / 1000

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return or_else(default)(super().get)(key, default, version)

    def get_many(self, keys: Any, version: int | None = None) -> dict[str, Any]:
        found: dict[str, Any] = or_else({})(super().get_many)(keys, version)
        return found
