"""Two people in a meeting at the same moment: nothing is lost, and it is closed once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion
from reviews.actions import meetings, reviews
from reviews.models import AgendaItem, Review, ReviewSnapshot
from tests.factories.reviews import AgendaItemFactory, ReviewFactory
from tests.personas import World

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def bound(world: World) -> Iterator[None]:
    with transaction.atomic(), tenant(world.organization.pk, actor_id=world["lead"].pk):
        yield


@pytest.fixture
def review(world: World) -> Review:
    with bound(world):
        made: Review = ReviewFactory.create(portfolio=world.portfolio, running=True)
    return made


def at_once(world: World, *acts: Callable[[], object]) -> list[type[Exception] | None]:
    """What each act ran into, every one in a transaction of its own on a connection of its own."""
    start = Barrier(len(acts))
    found: list[type[Exception] | None] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            start.wait()
            with bound(world):
                act()
        except ValidationError as error:
            found[place] = type(error)
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_review_that_two_close_at_once_is_closed_once(world: World, review: Review) -> None:
    def close() -> object:
        row = Review.objects.get(pk=review.pk)
        return reviews.close_review(world.access("lead"), row, expected_version=row.version)

    found = at_once(world, close, close)
    assert sorted(map(str, found)) == sorted(map(str, [None, ValidationError]))
    with bound(world):
        assert ReviewSnapshot.objects.filter(review=review).count() == 6


def test_of_two_notes_to_a_point_at_once_the_second_is_told(world: World, review: Review) -> None:
    with bound(world):
        item = AgendaItemFactory.create(review=review)

    def note(words: str) -> Callable[[], object]:
        def act() -> object:
            row = AgendaItem.objects.select_related("review").get(pk=item.pk)
            return meetings.edit_item(
                world.access("lead"), row, expected_version=item.version, note=words
            )

        return act

    found = at_once(world, note("Mine"), note("Theirs"))
    assert sorted(map(str, found)) == sorted(map(str, [None, StaleVersion]))
    with bound(world):
        assert AgendaItem.objects.get().note in {"Mine", "Theirs"}


def test_points_that_two_add_at_once_are_both_there_in_order(world: World, review: Review) -> None:
    def add(title: str) -> Callable[[], object]:
        return lambda: meetings.add_item(world.access("lead"), review, title=title)

    assert at_once(world, add("One"), add("Two")) == [None, None]
    with bound(world):
        rows = AgendaItem.objects.order_by("position").values_list("position", flat=True)
        assert list(rows) == [1, 2]
