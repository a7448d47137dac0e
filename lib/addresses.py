"""Addresses of pages by the names of their routes, for pages that are full of them.

Django tries a route's regular expression and quotes the result on every call. Here that is done
once for each route and organisation, with stand-ins for ids, whose places are filled afterwards:
an id is written in an address as it is written anywhere.
"""

from functools import lru_cache
from uuid import UUID, uuid4

from django.urls import reverse

STAND_INS = tuple(uuid4() for _ in range(8))


def address_of(name: str, *arguments: object) -> str:
    """What Django's `reverse` answers. Raises `NoReverseMatch` as it does."""
    ids = [argument for argument in arguments if isinstance(argument, UUID)]
    if len(ids) > len(STAND_INS):
        return reverse(name, args=arguments)
    shape = tuple(None if isinstance(given, UUID) else str(given) for given in arguments)
    return pattern_of(name, shape).format(*ids)


@lru_cache(maxsize=4096)
def pattern_of(name: str, shape: tuple[str | None, ...]) -> str:
    """An address with numbered places for ids; in `shape`, None stands for an id."""
    ids = iter(STAND_INS)
    address = reverse(name, args=[next(ids) if given is None else given for given in shape])
    for number, stand_in in enumerate(STAND_INS):
        address = address.replace(str(stand_in), f"{{{number}}}")
    return address
