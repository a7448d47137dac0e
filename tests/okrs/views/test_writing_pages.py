"""Advice beside the forms, on the page of a draft, and over the API."""

from typing import Any

import pytest

from okrs.choices import ObjectiveState, Shape
from okrs.models import KeyResult, Objective
from okrs.queries.writing import remarks_on_objective
from okrs.writing import PROMPT
from tests.factories.okrs import CycleFactory, KeyResultFactory, TierFactory
from tests.factories.portfolio import MeasureUnitFactory, ProductFactory
from tests.okrs.api.test_goals import Script
from tests.okrs.goals import a_key_result, an_objective, product
from tests.okrs.views.conftest import Browser
from tests.okrs.views.test_objective_pages import private_objective
from tests.personas import World

S = ObjectiveState
TASK = "Launch the new pricing page"


def entries(world: World, **changes: Any) -> dict[str, Any]:
    TierFactory.create()
    return {
        "title": "Improve quality",
        "unit": str(product().pk),
        "cycle": str(CycleFactory.create().pk),
        "owner": str(world["admin"].pk),
        "roll_up": "own",
        **changes,
    }


# --- While typing ---------------------------------------------------------------------------------
def test_a_task_is_told_and_the_question_asked(bound: World, as_contributor: Browser) -> None:
    objective = an_objective(bound)
    answer = as_contributor.post("check-key-result", objective.pk, htmx=True, title=TASK)
    html = answer.content.decode()
    assert "reads like a task" in html
    assert PROMPT in html


def test_the_same_advice_is_not_read_out_twice(bound: World, as_contributor: Browser) -> None:
    objective = an_objective(bound)
    first = as_contributor.post("check-key-result", objective.pk, title=TASK).content.decode()
    said = first.split('name="said" value="')[1].split('"')[0]
    again = as_contributor.post("check-key-result", objective.pk, title=f"{TASK} ", said=said)
    assert again.status_code == 204


def test_numbers_in_their_fields_count(bound: World, as_contributor: Browser) -> None:
    objective, unit = an_objective(bound), MeasureUnitFactory.create()
    typed: dict[str, Any] = {"title": "Days to the first sale", "shape": "from-to", "target": "7"}
    more: dict[str, Any] = {"baseline": "14", "unit": str(unit.pk)}
    told = [
        as_contributor.post("check-key-result", objective.pk, **entered).content.decode()
        for entered in (typed, {**typed, **more})
    ]
    assert ["does not say where it starts" in html for html in told] == [True, False]
    assert ["have no unit" in html for html in told] == [True, False]


def test_a_change_in_percent_is_a_target(bound: World, as_contributor: Browser) -> None:
    typed: dict[str, Any] = {
        "title": "Defects a month",
        "shape": "from-to",
        "baseline": "40",
        "change": "-30",
    }
    unit = MeasureUnitFactory.create()
    answer = as_contributor.post(
        "check-key-result", an_objective(bound).pk, **typed, unit=str(unit.pk)
    )
    assert "remark-seen" not in answer.content.decode()


@pytest.mark.parametrize("field", ["baseline", "target", "change", "starts_on", "unit", "shape"])
def test_what_cannot_be_read_counts_as_not_written(
    bound: World, as_contributor: Browser, field: str
) -> None:
    typed: dict[str, Any] = {"title": TASK, field: "1e999999999"}
    answer = as_contributor.post("check-key-result", an_objective(bound).pk, **typed)
    assert (answer.status_code, "reads like a task" in answer.content.decode()) == (200, True)


def test_a_stored_key_result_keeps_its_unit(bound: World, as_admin: Browser) -> None:
    key_result = a_key_result(bound)
    address = as_admin.address("check-key-result", key_result.objective_id)
    typed = {"title": "Shops", "shape": "from-to", "baseline": "1", "target": "2"}
    answer = as_admin.client.post(f"{address}?key_result={key_result.pk}", typed)
    assert "have no unit" not in answer.content.decode()


def test_a_vague_objective_is_told(bound: World, as_contributor: Browser) -> None:
    html = as_contributor.post("check-objective", title="Improve quality").content.decode()
    assert "It could be an objective of anybody." in html


def test_one_objective_too_many_is_told_before_it_is_written(
    bound: World, as_contributor: Browser
) -> None:
    cycle = CycleFactory.create()
    for _ in range(5):
        an_objective(bound, cycle=cycle, state=S.DRAFT)
    typed = entries(bound, title="Customers come back", cycle=str(cycle.pk))
    html = as_contributor.post("check-objective", **typed).content.decode()
    assert f"Acme product has 6 objectives in {cycle}; 3 to 5 keep the focus." in html


# --- Near-duplicates --------------------------------------------------------------------------
def alike(world: World, persona: str = "contributor", **other: Any) -> list[str]:
    """What is told of an objective of Acme's product beside one with `other` fields."""
    cycle = other.setdefault("cycle", CycleFactory.create())
    other.setdefault("title", "Small shops see their customers come back")
    an_objective(world, **other)
    remarks = remarks_on_objective(
        world.access(persona),
        "Small shops see customers come back",
        cycle=cycle,
        unit=product().pk,
    )
    return [remark.seen for remark in remarks]


def test_nearly_the_same_objective_of_another_owner_is_told(bound: World) -> None:
    other = ProductFactory.create(name="Loyalty")
    [said] = alike(bound, product=other)
    assert said.startswith("Loyalty has nearly the same objective in Cycle")


def test_an_owners_own_objective_is_no_duplicate(bound: World) -> None:
    assert alike(bound) == []


@pytest.mark.parametrize("state", [S.WITHDRAWN, S.DECLINED, S.DEFERRED])
def test_what_was_given_up_is_no_duplicate(bound: World, state: str) -> None:
    assert alike(bound, product=ProductFactory.create(), state=state) == []


def test_an_objective_of_an_enclosing_cycle_is_compared(bound: World) -> None:
    year = CycleFactory.create(starts_on="2026-01-01", ends_on="2026-12-31")
    quarter = CycleFactory.create(starts_on="2026-10-01", ends_on="2026-12-31")
    an_objective(bound, title="Customers come back", product=ProductFactory.create(), cycle=year)
    quarter.refresh_from_db()
    remarks = remarks_on_objective(
        bound.access("contributor"), "Customers come back", cycle=quarter, unit=product().pk
    )
    assert len(remarks) == 1


def test_nobody_learns_of_a_private_objective(bound: World) -> None:
    hidden = private_objective(bound)
    told = [
        remarks_on_objective(
            bound.access(persona), "Secret goal", cycle=hidden.cycle, unit=product().pk
        )
        for persona in ("admin", "bystander")
    ]
    assert [len(remarks) for remarks in told] == [1, 0]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_comparison_is_one_statement_however_many_there_are(
    bound: World, rows: int, django_assert_num_queries: Any
) -> None:
    cycle, owner = CycleFactory.create(), ProductFactory.create()
    for _ in range(rows):
        an_objective(bound, cycle=cycle, product=owner)
    access, unit = bound.access("admin"), product().pk
    assert access.organization == bound.organization
    with django_assert_num_queries(1):
        remarks_on_objective(access, "Customers come back", cycle=cycle, unit=unit)


# --- Without scripts --------------------------------------------------------------------------
def test_the_form_is_read_over_without_being_stored(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("create-objective", **entries(bound), check="1")
    html = answer.content.decode()
    assert (answer.status_code, Objective.objects.count()) == (200, 0)
    assert "It could be an objective of anybody." in html
    assert 'value="Improve quality"' in html


def test_nothing_is_refused_for_its_words(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("create-objective", **entries(bound))
    assert (answer.status_code, Objective.objects.count()) == (302, 1)


def test_a_form_that_is_refused_shows_the_advice(bound: World, as_contributor: Browser) -> None:
    answer = as_contributor.post("create-objective", **entries(bound, owner=""))
    assert answer.status_code == 422
    assert "It could be an objective of anybody." in answer.content.decode()


@pytest.mark.parametrize("name", ["create-key-result", "edit-key-result"])
def test_a_key_result_is_read_over_too(bound: World, as_admin: Browser, name: str) -> None:
    key_result = a_key_result(bound)
    pk = key_result.objective_id if name == "create-key-result" else key_result.pk
    answer = as_admin.post(name, pk, title=TASK, shape="from-to", check="1")
    assert (answer.status_code, KeyResult.objects.filter(title=TASK).count()) == (200, 0)
    assert "reads like a task" in answer.content.decode()


# --- The page of a draft ----------------------------------------------------------------------
def test_the_page_of_a_draft_says_how_it_reads(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound, state=S.DRAFT, title="Improve quality")
    KeyResultFactory.create(objective=objective, title=TASK)
    html = as_admin.get("objective", objective.pk).content.decode()
    found = [words in html for words in ("How it reads", "anybody.", "reads like a task", PROMPT)]
    assert found == [True] * 4


def test_what_is_committed_is_not_talked_about_any_more(bound: World, as_admin: Browser) -> None:
    objective = an_objective(bound, title="Improve quality")
    assert "How it reads" not in as_admin.get("objective", objective.pk).content.decode()


def test_a_duplicate_is_one_click_away(bound: World, as_admin: Browser) -> None:
    draft = an_objective(bound, state=S.DRAFT, title="Customers come back")
    other = an_objective(
        bound, title="Customers come back", product=ProductFactory.create(), cycle=draft.cycle
    )
    html = as_admin.get("objective", draft.pk).content.decode()
    assert f'href="{other.get_absolute_url()}">Look at it' in html


# --- Over the API -----------------------------------------------------------------------------
@pytest.fixture
def script(acme: World) -> Script:
    return Script(acme, "lead")


def test_a_script_has_a_key_result_read_over(script: Script) -> None:
    told = script.post("key-results/check/", {"title": TASK}, status=200)
    assert (told["verdict"], told["question"]) == ("task", PROMPT)
    assert [(w["code"], w["field"]) for w in told["warnings"]] == [("task", "title")]


def test_numbers_of_a_draft_are_read(script: Script) -> None:
    draft = {"title": "Defects a month", "shape": "from-to", "target": "28", "unit": "items"}
    told = script.post("key-results/check/", draft, status=200)
    assert [w["code"] for w in told["warnings"]] == ["no-baseline"]


def test_a_script_has_an_objective_compared_and_counted(bound: World, script: Script) -> None:
    other = an_objective(bound, title="Customers come back", product=ProductFactory.create())
    for _ in range(5):
        an_objective(bound, cycle=other.cycle)
    draft = {
        "title": "Customers come back",
        "cycle": str(other.cycle_id),
        "product": str(product().pk),
    }
    told = script.post("objectives/check/", draft, status=200)
    assert [(w["code"], w["objective"]) for w in told["warnings"]] == [
        ("near-duplicate", str(other.pk))
    ]
    assert [(f["rule"], f["count"], f["at_most"]) for f in told["limits"]] == [
        ("level-objectives", 6, 5)
    ]


def test_a_creation_answers_with_warnings(bound: World, script: Script) -> None:
    body = {
        "title": "Improve quality",
        "tier": str(TierFactory.create().pk),
        "cycle": str(CycleFactory.create().pk),
        "product": str(product().pk),
    }
    made = script.post("objectives/", body)
    assert [w["code"] for w in made["warnings"]] == ["vague"]
    assert {f["rule"] for f in made["limits"]} == {"level-objectives", "key-results"}


def test_an_edit_answers_with_warnings(bound: World, script: Script) -> None:
    key_result = a_key_result(bound, shape=Shape.YES_NO, baseline=None, target=None)
    KeyResult.objects.filter(pk=key_result.pk).update(version=1)
    changed = script.patch(f"key-results/{key_result.pk}/", {"title": TASK}, etag='"1"')
    assert [w["code"] for w in changed["warnings"]] == ["task", "done-or-not"]
    assert changed["question"] == PROMPT
