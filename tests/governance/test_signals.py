"""Signals from outside: filed with their source, judged, and told where they hurt."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import Notification
from governance.actions.signals import assess_signal, edit_signal, file_signal
from governance.models import Signal
from governance.queries.signals import named_records, visible_signals
from okrs.models import KeyResult, Objective
from portfolio.models import Portfolio, Product
from tests.factories.governance import SignalFactory
from tests.factories.okrs import KeyResultFactory
from tests.governance.conftest import Browser, make_private
from tests.personas import World

TODAY = timezone.localdate
DAY = timedelta(days=1)


def filed(world: World, persona: str, *touches: Any, **fields: Any) -> Signal:
    given = {
        "title": "A price falls",
        "kind": "competitor",
        "happened_on": TODAY(),
        "source": "Their price page",
        **fields,
    }
    return file_signal(world.access(persona), touches=touches, **given)


def assess(world: World, persona: str, signal: Signal, assessment: str, note: str = "") -> Signal:
    return assess_signal(
        world.access(persona), signal, assessment=assessment, note=note, expected_version=None
    )


# --- Filing -----------------------------------------------------------------------------------
@pytest.mark.parametrize("persona", ["lead", "viewer", "bystander"])
def test_every_member_files_signals(persona: str, bound: World, product: Product) -> None:
    signal = filed(bound, persona, product)
    assert (signal.filed_by, named_records(signal)) == (bound[persona], [product])


def test_nothing_happens_in_the_future(bound: World) -> None:
    with pytest.raises(ValidationError, match="today or a day before"):
        filed(bound, "viewer", happened_on=TODAY() + DAY)


def test_a_signal_has_a_source(bound: World) -> None:
    with pytest.raises(ValidationError) as refusal:
        filed(bound, "viewer", source="")
    assert "source" in refusal.value.message_dict


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.com/a", "data:text/html,x", "x"])
def test_a_source_is_on_the_web(url: str, bound: World) -> None:
    with pytest.raises(ValidationError) as refusal:
        filed(bound, "viewer", source_url=url)
    assert "source_url" in refusal.value.message_dict


def test_a_signal_names_no_key_results(bound: World, objective: Objective) -> None:
    key_result: KeyResult = KeyResultFactory.create(objective=objective)
    with pytest.raises(ValidationError, match="portfolios, products and objectives"):
        filed(bound, "viewer", key_result)


# --- Correcting -------------------------------------------------------------------------------
@pytest.mark.parametrize("persona", ["bystander", "lead", "admin"])
def test_who_filed_it_and_who_judges_it_correct_it(
    persona: str, bound: World, product: Product
) -> None:
    signal = filed(bound, "bystander", product)
    edit_signal(bound.access(persona), signal, expected_version=1, title="Prices fall")
    assert Signal.objects.get().title == "Prices fall"


@pytest.mark.parametrize("persona", ["viewer", "contributor"])
def test_nobody_else_corrects_it(persona: str, bound: World, product: Product) -> None:
    signal = filed(bound, "bystander", product)
    with pytest.raises(PermissionDenied):
        edit_signal(bound.access(persona), signal, expected_version=1, title="Prices fall")


# --- Judging ----------------------------------------------------------------------------------
def test_a_judgement_says_who_and_when(bound: World, product: Product) -> None:
    signal = assess(bound, "lead", filed(bound, "viewer", product), "watch", "No move yet.")
    assert (signal.assessment, signal.assessed_by, signal.assessment_note) == (
        "watch",
        bound["lead"],
        "No move yet.",
    )


@pytest.mark.parametrize("persona", ["viewer", "contributor", "bystander"])
def test_who_does_not_lead_does_not_judge(persona: str, bound: World, product: Product) -> None:
    with pytest.raises(PermissionDenied):
        assess(bound, persona, filed(bound, "viewer", product), "watch")


def test_an_affected_strategy_is_explained(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="how the strategy is affected"):
        assess(bound, "lead", filed(bound, "viewer", product), "strategy", " ")


def test_owners_of_affected_objectives_are_told(bound: World, objective: Objective) -> None:
    signal = filed(bound, "viewer", objective)
    assess(bound, "admin", signal, "strategy", "The target is too low now.")
    told = Notification.objects.get()
    assert (told.member, told.kind) == (bound["lead"], "signal")


def test_owners_are_not_told_of_what_changes_nothing(bound: World, objective: Objective) -> None:
    assess(bound, "admin", filed(bound, "viewer", objective), "no-change")
    assert Notification.objects.count() == 0


# --- Privacy ----------------------------------------------------------------------------------
def test_a_signal_about_something_private_is_private(bound: World, product: Product) -> None:
    filed(bound, "viewer", product)
    make_private()
    seen = [visible_signals(bound.access(name)).count() for name in ("viewer", "bystander")]
    assert seen == [1, 0]


def test_a_private_signal_is_on_no_page_of_others(
    bound: World, product: Product, bystander: Browser
) -> None:
    signal = filed(bound, "viewer", product)
    make_private()
    assert "A price falls" not in bystander.text("signals")
    assert "A price falls" not in bystander.text("signals-export")
    assert bystander.get("signal", signal.pk).status_code == 404


# --- The pages --------------------------------------------------------------------------------
def titles(answer: Any) -> list[str]:
    return [row.signal.title for row in answer.context["rows"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["A price falls", "A law"]),
        ({"kind": "regulation"}, ["A law"]),
        ({"assessment": "none"}, ["A price falls"]),
        ({"assessment": "watch"}, ["A law"]),
        ({"product": "product"}, ["A price falls"]),
        ({"portfolio": "main"}, ["A law"]),
        ({"q": "law"}, ["A law"]),
    ],
)
def test_the_list_is_narrowed(
    query: dict[str, Any],
    found: list[str],
    bound: World,
    product: Product,
    portfolio: Portfolio,
    viewer: Browser,
) -> None:
    filed(bound, "viewer", product)
    law = filed(
        bound, "viewer", portfolio, title="A law", kind="regulation", happened_on=TODAY() - DAY
    )
    assess(bound, "lead", law, "watch")
    assert titles(viewer.get("signals", **query)) == found


def test_the_list_is_narrowed_to_days_both_included(bound: World, viewer: Browser) -> None:
    filed(bound, "viewer", happened_on=TODAY() - DAY)
    day = (TODAY() - DAY).isoformat()
    later = TODAY().isoformat()
    found = [len(titles(viewer.get("signals", first=d, last=d))) for d in (day, later)]
    assert found == [1, 0]


def test_a_signal_is_filed_by_the_form(product: Product, viewer: Browser) -> None:
    answer = viewer.post(
        "file-signal",
        title="A price falls",
        kind="competitor",
        happened_on=TODAY().isoformat(),
        source="Their price page",
        source_url="https://example.com/prices",
        touches=[f"product:{product.pk}"],
    )
    page = viewer.client.get(answer["Location"]).content.decode()
    assert ('href="https://example.com/prices"' in page, "Acme product" in page) == (True, True)


def test_a_judgement_by_the_form_is_shown(bound: World, product: Product, lead: Browser) -> None:
    signal = filed(bound, "viewer", product)
    given: dict[str, Any] = {
        "assessment": "watch",
        "note": "No move yet.",
        "version": signal.version,
    }
    answer = lead.post("assess-signal", signal.pk, **given)
    assert "No move yet." in lead.client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_costs_the_same_however_long(
    count: int, bound: World, product: Product, viewer: Browser, django_assert_num_queries: Any
) -> None:
    for row in SignalFactory.create_batch(count):
        row.touches.create(product=product)
    viewer.get("signals", htmx=True)
    with django_assert_num_queries(9):
        viewer.get("signals", htmx=True)
