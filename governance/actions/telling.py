"""Telling members what was said and decided about what is theirs."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from accounts.access import Access, access_of
from accounts.models import Member
from accounts.notifications import Message, notify


def who_may_see(members: Iterable[Member], units: Iterable[UUID]) -> list[Member]:
    """Those from whom none of the units is hidden."""
    owning = frozenset(units)
    return [m for m in members if owning.isdisjoint(access_of(m).units.hidden)]


def tell(
    access: Access,
    told: Mapping[Member, str],
    *,
    titles: Mapping[str, str],
    key: str,
    url: str,
    units: Iterable[UUID],
    text: str = "",
    about: UUID | None = None,
) -> None:
    """Tell members one event, but not the one who acts; `told` gives each the kind of it.

    `titles` says each kind of the event in one line. Members bring their persons along.
    """
    owning = list(units)
    notify(
        Message(
            to=member,
            kind=kind,
            key=key,
            title=titles[kind],
            text=text,
            url=url,
            by=access.member,
            about=about,
            units=owning,
        )
        for member, kind in told.items()
        if member != access.member
    )
