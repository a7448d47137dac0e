"""A review as of a past day: what the close fixed, whatever came since."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from okrs.choices import DependencyState, LinkState
from okrs.models import ClosedUnit, Dependency, DependencyMove, ObjectiveAlignment
from portfolio.models import Portfolio
from reviews.models import Review
from tests.factories.okrs import CycleFactory, DependencyFactory
from tests.factories.reviews import ReviewFactory
from tests.okrs.overviews.conftest import Goals
from tests.okrs.quarters import Quarter, closed_quarter, correct, first_after, running_quarter
from tests.personas import World

D = Decimal


def review_of(quarter: Quarter) -> Review:
    made: Review = ReviewFactory.create(
        portfolio=Portfolio.objects.get(slug="main"),
        cycle=quarter.cycle,
        facilitator=quarter.world["lead"],
    )
    return made


@pytest.fixture
def quarter(in_acme: World) -> Quarter:
    return closed_quarter(in_acme)


@pytest.fixture
def running(in_acme: World) -> Quarter:
    return running_quarter(in_acme)


def units(quarter: Quarter, review: Review, **moment: str) -> dict[str, Decimal]:
    told = quarter.api(f"reviews/{review.pk}/evidence/", **moment)["on_track"]["units"]
    return {row["title"]: D(row["score"]) for row in told}


def fixed(revision: int) -> dict[str, Decimal | None]:
    rows = ClosedUnit.objects.filter(revision__number__lte=revision).order_by("revision__number")
    return {str(row.product or row.portfolio): row.score for row in rows}


@pytest.mark.parametrize("revision", [0, 1])
def test_units_are_what_the_revision_fixed(quarter: Quarter, revision: int) -> None:
    review = review_of(quarter)
    correct(quarter)
    assert units(quarter, review, **quarter.moment(revision)) == fixed(revision)


def test_the_close_and_its_correction_differ(quarter: Quarter) -> None:
    correct(quarter)
    assert fixed(0) != fixed(1)


@pytest.mark.parametrize(("revision", "score"), [(0, "0.43"), (1, "0.60")])
def test_the_page_shows_what_was_known(quarter: Quarter, revision: int, score: str) -> None:
    review = review_of(quarter)
    correct(quarter)
    page = quarter.page(f"reviews/{review.pk}/", **quarter.moment(revision))
    assert first_after(page, "Final score") == score
    assert "Back to today" in page


@pytest.mark.parametrize(("revision", "score"), [(0, "0.43"), (1, "0.60")])
def test_its_file_shows_what_was_known(quarter: Quarter, revision: int, score: str) -> None:
    review = review_of(quarter)
    correct(quarter)
    file = quarter.page(f"reviews/{review.pk}/export.csv", **quarter.moment(revision))
    line = next(row for row in file.splitlines() if row.startswith("On track,Units,Acme portfolio"))
    assert line.split(",")[6].startswith(score)


def test_a_moment_ago_is_what_the_running_review_showed(running: Quarter) -> None:
    review, before = review_of(running), timezone.now().isoformat()
    ObjectiveAlignment.objects.update(state=LinkState.WITHDRAWN)
    assert units(running, review, as_of=before)["Acme portfolio"] == D("0.6")


def test_a_promise_is_in_the_state_of_then(running: Quarter) -> None:
    review, row = review_of(running), running.silent
    promise = DependencyFactory.create(
        needer_key_result=row, provider_product=running.goal.product, state=DependencyState.ASKED
    )
    before = timezone.now().isoformat()
    Dependency.objects.filter(pk=promise.pk).update(state=DependencyState.BROKEN)
    DependencyMove.objects.create(
        dependency=promise,
        from_state=DependencyState.ASKED,
        to_state=DependencyState.BROKEN,
        actor=running.world["admin"],
    )
    path = f"reviews/{review.pk}/evidence/"
    then = running.api(path, as_of=before)["dependencies"]["lines"]
    now = running.api(path)["dependencies"]["lines"]
    assert [then[0]["verdict"], now[0]["verdict"]] == ["unanswered", "broken"]


def test_people_and_the_meeting_are_left_out_of_the_past(running: Quarter) -> None:
    review, before = review_of(running), timezone.now().isoformat()
    told = running.api(f"reviews/{review.pk}/evidence/", as_of=before)
    assert told["is_past"]
    assert {name for name in ("reallocate", "meeting", "money") if told[name]} == set()


def test_the_past_offers_nothing_to_do(running: Quarter) -> None:
    review, before = review_of(running), timezone.now().isoformat()
    answer = running.world.client("admin").get(f"/o/acme/reviews/{review.pk}/", {"as_of": before})
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert 'method="post"' not in page


def test_a_day_ahead_is_refused_beside_its_field(running: Quarter) -> None:
    page = running.page(f"reviews/{review_of(running).pk}/", as_of="2999-01-01")
    assert 'id="as-of-error">This lies in the future.' in page


@pytest.mark.parametrize(
    "path", ["/api/v1/orgs/acme/reviews/{}/evidence/", "/o/acme/reviews/{}/export.csv"]
)
def test_the_api_and_the_file_refuse_a_day_ahead(running: Quarter, path: str) -> None:
    address = path.format(review_of(running).pk)
    assert running.client.get(address, {"as_of": "2999-01-01"}).status_code == 400


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_past_is_read_as_often_for_one_goal_as_for_fifty(in_acme: World, rows: int) -> None:
    goals = Goals(in_acme, CycleFactory.create())
    goals.grow(rows)
    review = ReviewFactory.create(
        portfolio=goals.portfolio, cycle=goals.cycle, facilitator=in_acme["lead"]
    )
    client, asked = in_acme.client("viewer"), {"as_of": timezone.now().isoformat()}
    client.get(f"/o/acme/reviews/{review.pk}/", asked)
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/o/acme/reviews/{review.pk}/", asked)
    assert len(captured) == 46
