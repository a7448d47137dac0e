"""Governance over the API."""

from typing import Any

import pytest

from governance.api import Comments, Decisions, Risks, Signals
from governance.models import Comment, Decision, Risk
from okrs.models import Objective
from portfolio.models import Portfolio, Product
from tests.factories.governance import (
    CommentFactory,
    DecisionFactory,
    RiskFactory,
    SignalFactory,
)
from tests.governance.conftest import Script, make_private
from tests.personas import World

LISTS = ["comments/", "decisions/", "risks/", "risk-moves/", "signals/"]


# --- Comments ---------------------------------------------------------------------------------
def test_the_example_of_a_comment_is_accepted(script: Script, objective: Objective) -> None:
    body = {**Comments.examples["create"], "objective": str(objective.pk)}
    answer = script.post("comments/", body)
    assert (answer.status_code, answer.json()["text"]) == (201, body["text"])


@pytest.mark.parametrize("keys", [[], ["objective", "product"]])
def test_a_comment_is_about_one_record(
    keys: list[str], script: Script, objective: Objective, product: Product
) -> None:
    ids = {"objective": str(objective.pk), "product": str(product.pk)}
    answer = script.post("comments/", {"text": "Why?", **{key: ids[key] for key in keys}})
    assert (answer.status_code, Comment.objects.count()) == (422, 0)


def test_only_the_words_of_a_comment_can_be_changed(
    script: Script, bound: World, objective: Objective, product: Product
) -> None:
    comment = CommentFactory.create(objective=objective, author=bound["admin"])
    moved = script.patch(f"comments/{comment.pk}/", {"product": str(product.pk)})
    edited = script.patch(f"comments/{comment.pk}/", Comments.examples["partial_update"])
    assert (moved.status_code, edited.status_code) == (422, 200)


def test_a_deleted_comment_is_shown_when_asked_for(
    script: Script, bound: World, objective: Objective
) -> None:
    comment = CommentFactory.create(objective=objective, author=bound["admin"])
    assert script.delete(f"comments/{comment.pk}/") == 204
    usual, all_of_them = script.get("comments/"), script.get("comments/", archived="yes")
    assert usual.json()["results"] == []
    assert [row["text"] for row in all_of_them.json()["results"]] == [""]


# --- Decisions --------------------------------------------------------------------------------
def test_the_example_of_a_decision_is_accepted(script: Script, product: Product) -> None:
    body = {**Decisions.examples["create"], "products": [str(product.pk)]}
    stored = script.post("decisions/", body).json()
    assert (stored["state"], stored["products"], stored["objectives"]) == (
        "decided",
        [str(product.pk)],
        [],
    )


def test_without_a_day_it_is_a_proposal(script: Script) -> None:
    stored = script.post("decisions/", {"title": "A", "kind": "scope"}).json()
    assert stored["state"] == "proposed"


def test_an_edit_leaves_the_kinds_that_it_does_not_name(
    script: Script, objective: Objective, product: Product, portfolio: Portfolio
) -> None:
    row = DecisionFactory.create()
    row.touches.create(objective=objective)
    row.touches.create(product=product)
    stored = script.patch(
        f"decisions/{row.pk}/", {"products": [], "portfolios": [str(portfolio.pk)]}
    ).json()
    assert (stored["objectives"], stored["products"], stored["portfolios"]) == (
        [str(objective.pk)],
        [],
        [str(portfolio.pk)],
    )


def test_a_proposal_is_decided(script: Script) -> None:
    row = DecisionFactory.create()
    answer = script.post(f"decisions/{row.pk}/decide/", Decisions.examples["decide"], '"1"')
    assert (answer.json()["state"], answer.headers["ETag"]) == ("decided", '"2"')


def test_what_was_decided_is_not_edited(script: Script) -> None:
    row = DecisionFactory.create()
    script.post(f"decisions/{row.pk}/decide/", Decisions.examples["decide"], '"1"')
    assert script.patch(f"decisions/{row.pk}/", {"title": "B"}, '"2"').status_code == 422


def test_a_lost_race_is_told(script: Script) -> None:
    row = DecisionFactory.create(version=2)
    assert script.patch(f"decisions/{row.pk}/", {"title": "B"}, '"1"').status_code == 412


def test_decisions_are_found_by_what_they_touch(script: Script, product: Product) -> None:
    wanted = DecisionFactory.create()
    wanted.touches.create(product=product)
    DecisionFactory.create()
    rows = script.get("decisions/", product=str(product.pk)).json()["results"]
    assert [row["id"] for row in rows] == [str(wanted.pk)]


# --- Risks ------------------------------------------------------------------------------------
def test_the_example_of_a_risk_is_accepted(script: Script, objective: Objective) -> None:
    body = {**Risks.examples["create"], "objective": str(objective.pk)}
    stored = script.post("risks/", body).json()
    assert (stored["exposure"], stored["state"]) == (12, "open")


def test_a_risk_stays_with_its_record(script: Script, product: Product) -> None:
    row = RiskFactory.create()
    answer = script.patch(f"risks/{row.pk}/", {"product": str(product.pk)})
    assert (answer.status_code, Risk.objects.get().product) == (422, None)


def test_the_example_of_a_move_is_accepted_and_kept(script: Script) -> None:
    row = RiskFactory.create()
    answer = script.post(f"risks/{row.pk}/move/", Risks.examples["move"], '"1"')
    moves = script.get("risk-moves/", risk=str(row.pk)).json()["results"]
    assert (answer.json()["state"], [move["to_state"] for move in moves]) == (
        "mitigated",
        ["mitigated"],
    )


# --- Signals ----------------------------------------------------------------------------------
def test_the_example_of_a_signal_is_accepted(script: Script, product: Product) -> None:
    body = {
        **Signals.examples["create"],
        "happened_on": "2026-01-12",
        "products": [str(product.pk)],
    }
    stored = script.post("signals/", body).json()
    assert (stored["assessment"], stored["products"]) == ("", [str(product.pk)])


def test_the_example_of_a_judgement_is_accepted(script: Script) -> None:
    row = SignalFactory.create()
    answer = script.post(f"signals/{row.pk}/assess/", Signals.examples["assess"], '"1"')
    assert answer.json()["assessment"] == "watch"


# --- Privacy ----------------------------------------------------------------------------------
@pytest.fixture
def outsider(bound: World, objective: Objective, product: Product) -> Script:
    """A member without a role, after everything became private."""
    CommentFactory.create(objective=objective)
    decision = DecisionFactory.create()
    decision.touches.create(objective=objective)
    CommentFactory.create(objective=None, decision=decision)
    risk = RiskFactory.create(objective=objective)
    risk.moves.create(
        from_state="open", to_state="open", likelihood=3, impact=4, actor=bound["admin"]
    )
    SignalFactory.create().touches.create(product=product)
    make_private()
    return Script(bound.client("bystander"))


@pytest.mark.parametrize("path", LISTS)
def test_what_is_private_is_not_listed_for_others(path: str, outsider: Script) -> None:
    assert outsider.get(path).json()["results"] == []


def test_a_private_record_is_unknown_to_those_who_write(
    outsider: Script, objective: Objective
) -> None:
    body = {"text": "Why?", "objective": str(objective.pk)}
    answer = outsider.post("comments/", body)
    assert (answer.status_code, answer.json()["errors"]) == (
        422,
        {"objective": ["Choose one that exists."]},
    )


def test_a_signal_names_nothing_private(outsider: Script, product: Product) -> None:
    body = {
        "title": "A",
        "kind": "market",
        "happened_on": "2026-01-12",
        "source": "B",
        "products": [str(product.pk)],
    }
    assert outsider.post("signals/", body).json()["errors"] == {
        "products": ["Choose one that exists."]
    }


# --- What it costs ----------------------------------------------------------------------------
@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_list_costs_the_same_however_long(
    path: str,
    count: int,
    bound: World,
    script: Script,
    objective: Objective,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(count):
        CommentFactory.create(objective=objective)
        DecisionFactory.create().touches.create(objective=objective)
        SignalFactory.create().touches.create(objective=objective)
        RiskFactory.create(objective=objective).moves.create(
            from_state="open", to_state="open", likelihood=3, impact=4, actor=bound["admin"]
        )
    script.get(path)
    with django_assert_num_queries(8):
        assert len(script.get(path).json()["results"]) == count


def test_a_decision_that_is_withdrawn_leaves_the_list(script: Script) -> None:
    row = DecisionFactory.create()
    assert script.delete(f"decisions/{row.pk}/") == 204
    assert Decision.objects.get().archived_at is not None
