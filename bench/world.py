"""The seeded organisations as jobs meet them: signed in, or bound to a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.access import Access, access_of
from accounts.models import Member, Person
from accounts.tenancy import tenant
from bench.seed import TYPICAL_KEY_RESULTS, Size, seeded_id

PERSON, MEMBER, CYCLE, OBJECTIVE, KEY_RESULT, METRIC = 1, 2, 10, 11, 13, 14


@dataclass(frozen=True)
class Place:
    """One organisation of the seed, used as its administrator."""

    number: int
    key_results: int

    @property
    def id(self) -> UUID:
        return seeded_id(0, self.number, 0)

    @property
    def slug(self) -> str:
        return f"bench-{self.number}"

    @property
    def cycle(self) -> UUID:
        return self.row(CYCLE, 0)

    def row(self, kind: int, number: int) -> UUID:
        return seeded_id(kind, self.number, number)

    def page(self, name: str, *rest: object) -> str:
        return reverse(name, args=[self.slug, *rest])

    def api(self, path: str) -> str:
        return f"/api/v1/orgs/{self.slug}/{path}"

    @contextmanager
    def bound(self) -> Iterator[None]:
        """A transaction of the application role, under row security."""
        with self.at_work(), transaction.atomic():
            yield

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """As a job is: under row security, in transactions of its own."""
        with tenant(self.id, actor_id=self.row(MEMBER, 0), request_id="bench"):
            yield

    def access(self) -> Access:
        """What the administrator may do; inside `bound`."""
        member = Member.objects.select_related("organization")
        return access_of(member.get(pk=self.row(MEMBER, 0)))

    def browser(self) -> Client:
        """The administrator, signed in, with the writes of a first page done."""
        client = Client()
        client.force_login(Person.objects.get(pk=self.row(PERSON, 0)))
        client.get(self.page("accounts:palette"))
        return client


@dataclass(frozen=True)
class World:
    """Whom the jobs are about; nobody writes to `untouched`, which is of the typical size.

    Static files are not listed anew by every test client.
    """

    largest: Place
    typical: Place
    untouched: Place

    def __post_init__(self) -> None:
        settings.WHITENOISE_AUTOREFRESH = True


def world_of(size: Size) -> World:
    typical, untouched = (Place(number, TYPICAL_KEY_RESULTS) for number in (4, 5))
    return World(Place(1, size.largest), typical, untouched)
