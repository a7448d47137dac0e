"""Addresses of pages by the names of their routes, for pages that are full of them.

Django tries a route's regular expression and quotes the result on every call. Here that is done
once for each route, with stand-ins for ids and for plain words such as slugs, whose places are
filled afterwards: both are written in an address as they are written anywhere.
"""

import re
from functools import lru_cache
from uuid import UUID, uuid4

from django.urls import NoReverseMatch, reverse

MOST = 8
STAND_INS = {
    UUID: [str(uuid4()) for _ in range(MOST)],
    str: [f"word{uuid4().hex}" for _ in range(MOST)],
}
PLAIN = re.compile(r"[-\w]+", re.ASCII)
# Of each argument: what stands in for it, or how it is written when nothing does.
Shape = tuple[type | str, ...]


def address_of(name: str, *arguments: object) -> str:
    """What Django's `reverse` answers. Raises `NoReverseMatch` as it does."""
    shape = tuple(map(kind_of, arguments))
    try:
        pattern = pattern_of(name, shape)
    except NoReverseMatch:  # for good, or because the route takes a word of some kind only
        return reverse(name, args=arguments)
    return pattern.format(*arguments)


def kind_of(given: object) -> type | str:
    if isinstance(given, UUID):
        return UUID
    text = str(given)
    return str if isinstance(given, str) and PLAIN.fullmatch(text) else text


@lru_cache(maxsize=4096)
def pattern_of(name: str, shape: Shape) -> str:
    """An address with places for arguments, by their numbers, where something stands in."""
    if len(shape) > MOST:
        raise NoReverseMatch(name)
    used = [
        STAND_INS[kind][number] if isinstance(kind, type) else kind
        for number, kind in enumerate(shape)
    ]
    address = reverse(name, args=used)
    for number, kind in enumerate(shape):
        if isinstance(kind, type):
            address = address.replace(used[number], f"{{{number}}}")
    return address
