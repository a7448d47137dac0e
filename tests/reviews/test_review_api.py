"""Reviews over the API: the whole meeting, and what is refused."""

from typing import Any

import orjson
import pytest
from django.test import Client
from django.urls import reverse

from accounts.tenancy import tenant
from governance.models import Decision
from portfolio.models import Portfolio
from reviews.models import AgendaItem, FollowUp, Review
from tests.factories.governance import DecisionFactory
from tests.factories.okrs import CycleFactory
from tests.factories.reviews import AgendaItemFactory, FollowUpFactory, ReviewFactory
from tests.personas import World


def address(name: str, *args: object) -> str:
    return reverse(f"api:{name}", args=["acme", *args])


def send(
    client: Client, method: str, url: str, body: Any = None, version: int | None = None
) -> Any:
    headers = {} if version is None else {"If-Match": f'"{version}"'}
    return client.generic(
        method, url, orjson.dumps(body or {}), content_type="application/json", headers=headers
    )


@pytest.fixture
def lead(acme: World) -> Client:
    return acme.client("lead")


@pytest.fixture
def review(acme: World) -> Review:
    with tenant(acme.organization.pk):
        made: Review = ReviewFactory.create(portfolio=Portfolio.objects.get(), running=True)
    return made


def test_a_meeting_from_its_plan_to_its_close(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        portfolio, cycle = Portfolio.objects.get(), CycleFactory.create()
    body = {
        "portfolio": portfolio.pk, "cycle": cycle.pk, "agenda": "portfolio",
        "held_on": "2026-11-25",
    }  # fmt: skip
    made = send(lead, "POST", address("reviews"), body)
    assert made.status_code == 201
    pk = made.json()["id"]
    assert made.json()["facilitator"] == str(acme["lead"].pk)
    send(lead, "POST", address("reviews-start", pk), version=1)
    closed = send(lead, "POST", address("reviews-close", pk), version=2)
    assert (closed.status_code, closed.json()["state"]) == (200, "closed")
    found = lead.get(address("reviews-evidence", pk)).json()
    assert found["meeting"]["unit"] == "Acme portfolio"
    assert [item["question"] for item in found["meeting"]["agenda"]][1] == "on-track"


def test_a_second_close_is_refused_with_its_reason(lead: Client, review: Review) -> None:
    send(lead, "POST", address("reviews-close", review.pk), version=1)
    answer = send(lead, "POST", address("reviews-close", review.pk), version=2)
    assert answer.status_code == 422
    assert "Acme lead closed this review" in answer.json()["errors"]["state"][0]


def test_a_close_of_what_somebody_changed_is_refused(lead: Client, review: Review) -> None:
    send(lead, "PATCH", address("reviews-record", review.pk), {"summary": "New"}, version=1)
    answer = send(lead, "POST", address("reviews-close", review.pk), version=1)
    assert answer.status_code == 412


def test_a_reader_does_not_close(acme: World, review: Review) -> None:
    answer = send(
        acme.client("contributor"), "POST", address("reviews-close", review.pk), version=1
    )
    assert answer.status_code == 403


def test_the_unit_of_a_review_stays(acme: World, lead: Client, review: Review) -> None:
    with tenant(acme.organization.pk):
        other = CycleFactory.create()
    answer = send(
        lead, "PATCH", address("reviews-record", review.pk), {"cycle": other.pk}, version=1
    )
    assert answer.json()["errors"] == {"cycle": ["This cannot be changed."]}


def test_money_is_left_out_of_the_evidence_without_the_grant(acme: World, review: Review) -> None:
    path = address("reviews-evidence", review.pk)
    assert acme.client("facilitator").get(path).json()["money"] is None
    assert acme.client("admin").get(path).json()["money"] == {"lines": []}


def test_a_point_is_noted_ticked_off_and_moved_in_one_request(
    acme: World, lead: Client, review: Review
) -> None:
    with tenant(acme.organization.pk):
        items = [AgendaItemFactory.create(review=review, position=place) for place in range(1, 4)]
    body = {"note": "Ready", "is_done": True, "position": 1}
    answer = send(lead, "PATCH", address("agenda-items-record", items[2].pk), body, version=1)
    assert answer.status_code == 200
    with tenant(acme.organization.pk):
        first = AgendaItem.objects.order_by("position").first()
    assert first is not None
    assert (first.pk, first.note, first.is_done) == (items[2].pk, "Ready", True)


def test_who_owns_a_follow_up_finishes_it(acme: World, review: Review) -> None:
    with tenant(acme.organization.pk):
        task = FollowUpFactory.create(review=review, owner=acme["viewer"])
    answer = send(acme.client("viewer"), "POST", address("follow-ups-finish", task.pk), version=1)
    assert answer.status_code == 200
    with tenant(acme.organization.pk):
        assert FollowUp.objects.get().done_by == acme["viewer"]


def test_open_follow_ups_are_found_by_their_state(
    acme: World, lead: Client, review: Review
) -> None:
    with tenant(acme.organization.pk):
        FollowUpFactory.create(review=review, text="Open")
        done = FollowUpFactory.create(review=review, text="Done", owner=acme["lead"])
    send(lead, "POST", address("follow-ups-finish", done.pk), version=1)
    for state in ("open", "done"):
        found = lead.get(address("follow-ups"), {"state": state}).json()["results"]
        assert [row["text"].lower() for row in found] == [state]


def test_a_decision_that_was_made_elsewhere_is_listed(
    acme: World, lead: Client, review: Review
) -> None:
    with tenant(acme.organization.pk):
        decision = DecisionFactory.create(title="Elsewhere")
    body = {"review": review.pk, "decision": decision.pk}
    made = send(lead, "POST", address("review-decisions"), body)
    assert made.status_code == 201
    send(lead, "DELETE", address("review-decisions-record", made.json()["id"]))
    with tenant(acme.organization.pk):
        assert Decision.objects.count() == 1
    assert lead.get(address("review-decisions")).json()["results"] == []
