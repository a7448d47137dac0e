"""An invitation on its way through signing up, confirming the address and signing in."""

from django.core.exceptions import ValidationError
from django.http import HttpRequest

from accounts import actions, queries
from accounts.models import Person

KEY = "invitation"


def remember(request: HttpRequest, raw: str) -> None:
    """Keep the link in the session, so that the way back leads here."""
    request.session[KEY] = raw


def remembered(request: HttpRequest) -> str | None:
    raw: str | None = request.session.get(KEY)
    return raw


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def accept(request: HttpRequest, person: Person, raw: str) -> queries.Offer | None:
    """Make `person` a member; the next page is the organisation's. Raises `ValidationError`."""
    offer = queries.offer_of(raw)
    actions.accept_invitation(person, raw)
    forget(request)
    if offer is not None:
        request.session["last_organization"] = offer.slug
    return offer


def accept_remembered(request: HttpRequest, person: Person) -> None:
    """Accept the invitation that led here; a dead one is explained by its own page."""
    raw = remembered(request)
    if raw is None:
        return
    try:
        accept(request, person, raw)
    except ValidationError:
        return
