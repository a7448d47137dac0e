"""Updates: what the draft says, who edits and sends it, and who is told."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.notifications import standing_of
from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion
from governance.actions.decisions import record_decision
from okrs.models import KeyResult, ScorePoint
from portfolio.models import Product
from reviews.actions import updates as actions
from reviews.drafting import Material, draft
from reviews.evidence import DecisionLine, DependencyLine, KeyResultLine, Verdict
from reviews.models import TeamUpdate
from tests.factories.okrs import CycleFactory, KeyResultFactory, ObjectiveFactory
from tests.factories.reviews import TeamUpdateFactory
from tests.personas import World

FIRST, LAST = date(2026, 11, 14), date(2026, 11, 20)
LIST_QUERIES = 10


def product() -> Product:
    return Product.objects.get(slug="product")


def write(world: World, persona: str = "contributor") -> TeamUpdate:
    return actions.draft_update(world.access(persona), product=product())


def key_result(**changes: Any) -> KeyResultLine:
    return KeyResultLine(
        **{
            "page": "okrs:key-result", "argument": "1", "title": "Checkouts", "objective": "",
            "unit": "Store", "owner": "Ada", "value": "", "score": Decimal("0.6"),
            "before": Decimal("0.42"), "expected": None, "gap": None, "pace": "at-risk",
            "confidence": None, **changes,
        }
    )  # fmt: skip


# --- The draft --------------------------------------------------------------------------------
def test_a_draft_says_what_moved_what_is_stuck_and_what_was_decided() -> None:
    promise = DependencyLine(
        page="okrs:dependency", argument="1", title="Events", verdict=Verdict.LATE,
        needer="Store", provider="Warehouse", needed_by=LAST, promised_by=None,
        hurt=Decimal(1), reach=1,
    )  # fmt: skip
    decision = DecisionLine(
        page="governance:decision", argument="1", title="Two carriers", outcome="Not four.",
        decided_by="Ada", decided_on=LAST, follow_up="",
    )  # fmt: skip
    found = Material(
        unit="Store", first=FIRST, last=LAST, moved=[key_result(note="It works")],
        behind=[key_result(title="Returns")], promises=[promise], decisions=[decision],
    )  # fmt: skip
    assert draft(found).splitlines() == [
        "Store, 14 – 20 Nov 2026",
        "",
        "What moved",
        "- Checkouts: 0.42 → 0.60. “It works”",
        "",
        "What is stuck",
        "- Returns: at risk, Ada.",
        "- “Events”, which Store needs from Warehouse by 20 Nov 2026, is late.",
        "",
        "What was decided",
        "- Two carriers: Not four.",
    ]


def test_a_week_without_news_says_so() -> None:
    text = draft(Material(unit="Store", first=FIRST, last=LAST))
    assert text.count("Nothing.") == 3


def test_a_draft_is_made_from_what_the_days_brought(in_acme: World) -> None:
    goal = ObjectiveFactory.create(
        product=product(), state="committed",
        cycle=CycleFactory.create(
            starts_on=timezone.localdate() - timedelta(days=40),
            ends_on=timezone.localdate() + timedelta(days=40),
        ),
    )  # fmt: skip
    made = KeyResultFactory.create(objective=goal, title="Checkouts that end")
    now = timezone.now()
    ScorePoint.objects.create(key_result=made, at=now - timedelta(days=9), score=Decimal("0.2"))
    KeyResult.objects.filter(pk=made.pk).update(score=Decimal("0.5"), scored_at=now)
    record_decision(
        in_acme.access("lead"), title="Stop it", kind="scope", outcome="Now", touches=[product()]
    )
    text = write(in_acme).text
    assert "- Checkouts that end: 0.20 → 0.50." in text
    assert "- Stop it: Now" in text


def test_an_update_begins_where_the_last_one_ended(in_acme: World) -> None:
    TeamUpdateFactory.create(
        portfolio=None, product=product(), sent_at=timezone.now(),
        first=timezone.localdate() - timedelta(days=20),
        last=timezone.localdate() - timedelta(days=12),
    )  # fmt: skip
    assert write(in_acme).first == timezone.localdate() - timedelta(days=11)


# --- Editing and sending ----------------------------------------------------------------------
def test_only_who_contributes_to_a_unit_writes_its_update(in_acme: World) -> None:
    with pytest.raises(PermissionDenied):
        write(in_acme, "viewer")


def test_nobody_edits_the_update_of_another(in_acme: World) -> None:
    made = write(in_acme)
    with pytest.raises(PermissionDenied):
        actions.edit_update(in_acme.access("lead"), made, expected_version=1, text="Mine")


def test_an_edit_of_an_older_draft_is_refused(in_acme: World) -> None:
    made = write(in_acme)
    other = TeamUpdate.objects.get(pk=made.pk)
    actions.edit_update(in_acme.access("contributor"), made, expected_version=1, text="One")
    with pytest.raises(StaleVersion):
        actions.edit_update(in_acme.access("contributor"), other, expected_version=1, text="Two")


def test_those_around_the_unit_are_told_but_not_the_author(in_acme: World) -> None:
    ObjectiveFactory.create(
        product=product(), state="committed", owner=in_acme["viewer"], cycle=CycleFactory.create()
    )
    made = write(in_acme)
    actions.send_update(in_acme.access("contributor"), made, expected_version=1)
    told = Notification.objects.filter(about=made.pk)
    assert {row.member for row in told} == {in_acme["viewer"]}
    assert made.sent_to == 1


def sent(world: World, text: str) -> tuple[TeamUpdate, Notification]:
    """An update, and what the viewer was told of it."""
    ObjectiveFactory.create(
        product=product(), state="committed", owner=world["viewer"], cycle=CycleFactory.create()
    )
    made = write(world)
    access = world.access("contributor")
    actions.edit_update(access, made, expected_version=1, text=text)
    actions.send_update(access, made, expected_version=2)
    return made, Notification.objects.get(about=made.pk)


def test_the_letter_of_an_update_carries_it_whole(in_acme: World) -> None:
    lines = [f"{number}. {'What we did. ' * 20}".strip() for number in range(9)]
    _, told = sent(in_acme, "\n".join(lines))
    letter = standing_of(told)
    assert letter is not None
    assert [line.text for line in letter.lines] == lines
    assert len(told.text) <= 400


def test_an_update_that_was_taken_off_the_list_goes_out_in_no_letter(in_acme: World) -> None:
    made, told = sent(in_acme, "Mine")
    actions.archive_update(in_acme.access("contributor"), made, expected_version=None)
    assert standing_of(told) is None


def test_an_update_is_sent_once_and_stays_as_it_was(in_acme: World) -> None:
    made = write(in_acme)
    access = in_acme.access("contributor")
    actions.send_update(access, made, expected_version=1)
    with pytest.raises(ValidationError, match="was sent"):
        actions.send_update(access, made, expected_version=2)
    with pytest.raises(IntegrityError, match="teamupdate_stays"), transaction.atomic():
        TeamUpdate.objects.filter(pk=made.pk).update(text="Another")


# --- Pages ------------------------------------------------------------------------------------
def url(name: str, *args: object) -> str:
    return reverse(f"reviews:{name}", args=["acme", *args])


def page_of(client: Client, name: str, *args: object) -> str:
    return " ".join(client.get(url(name, *args)).content.decode().split())


def test_an_update_is_drafted_edited_and_sent_on_pages(acme: World) -> None:
    client = acme.client("contributor")
    answer = client.post(url("create-update"), {"unit": acme.product.pk})
    with tenant(acme.organization.pk):
        made = TeamUpdate.objects.get()
    assert answer.headers["Location"] == url("edit-update", made.pk)
    client.post(url("edit-update", made.pk), {"text": "Mine now", "version": 1})
    client.post(url("send-update", made.pk))
    assert "Mine now" in page_of(acme.client("viewer"), "update", made.pk)


def test_a_draft_is_its_authors_only(acme: World) -> None:
    with tenant(acme.organization.pk):
        made = TeamUpdateFactory.create(portfolio=acme.portfolio, author=acme["lead"])
    assert acme.client("admin").get(url("update", made.pk)).status_code == 404
    assert "draft" in page_of(acme.client("lead"), "updates")


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_the_list_costs_the_same_for_any_number(
    rows: int, acme: World, django_assert_num_queries: Any
) -> None:
    with tenant(acme.organization.pk):
        TeamUpdateFactory.create_batch(rows, sent_at=timezone.now())
    client = acme.client("viewer")
    client.get(url("updates"))
    with django_assert_num_queries(LIST_QUERIES):
        client.get(url("updates"))
