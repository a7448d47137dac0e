"""The golden tables: data reviewed by a person, read as decimals, one test for each row."""

import tomllib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from okrs.scoring import (
    Child,
    Contribution,
    Coverage,
    Definition,
    DefinitionError,
    Dimension,
    KeyResultScore,
    LinkReading,
    Measure,
    Milestone,
    Scored,
    Shape,
    Unit,
    UnlikeUnitsError,
    Value,
    combine_links,
    display_percent,
    formula,
    portfolio_figure,
    roll_up,
    score_key_result,
    shares_by_target,
    sum_contributions,
    value_at,
)

GOLDEN = Path(__file__).parent / "golden"
Case = dict[str, Any]


def as_decimals(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: as_decimals(branch) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [as_decimals(branch) for branch in tree]
    if isinstance(tree, int) and not isinstance(tree, bool):
        return Decimal(tree)
    return None if tree == "none" else tree


def cases(name: str) -> list[Case]:
    table = tomllib.loads((GOLDEN / name).read_text(encoding="utf-8"), parse_float=Decimal)
    return [as_decimals(case) for case in table["case"]]


def definition(row: Case) -> Definition:
    milestones = tuple(Milestone(**milestone) for milestone in row.get("milestones", ()))
    return Definition(**row | {"shape": Shape(row["shape"]), "milestones": milestones})


def score(row: Case) -> KeyResultScore:
    return score_key_result(definition(row["definition"]), row["current"])


def told(result: Any) -> Case:
    """A result as the tables write it: its fields, its printed formula and its coverage."""
    fields = {name: getattr(result, name) for name in type(result).__slots__}
    coverage = fields.pop("coverage", None) or Coverage(0, 0)
    basis = fields.pop("basis", None)
    return fields | {
        "formula": formula(basis) if basis else None,
        "reporting": coverage.reporting,
        "total": coverage.total,
    }


def key_result(case: Case) -> Case:
    return told(score(case))


def objective(case: Case) -> Case:
    children = [
        Child(id=place, score=score(row).score, weight=definition(row["definition"]).weight)
        for place, row in enumerate(case["key_results"])
    ]
    return told(roll_up(children))


def refused(case: Case) -> Case:
    with pytest.raises(DefinitionError) as refusal:
        score_key_result(definition(case["definition"]), Decimal(7))
    return {"field": refusal.value.field}


def rolled_up(case: Case) -> Case:
    children = [Child(**{"id": place} | row) for place, row in enumerate(case["children"])]
    return told(roll_up(children, closed=case.get("closed", False)))


def logged(case: Case) -> Case:
    values = [
        Value(**row | {"id": UUID(int=int(row["id"])), "voids": voided(row)})
        for row in case["values"]
    ]
    row = value_at(values, case["true_at"], case.get("known_at"))
    assert row
    return {"id": row.id.int, "value": row.value}


def voided(row: Case) -> UUID | None:
    return UUID(int=int(row["voids"])) if "voids" in row else None


def summed(case: Case) -> Case:
    count = Unit(Dimension.COUNT)
    contributions = [
        Contribution(**{"id": place, "committed": Decimal(0), "unit": count} | row)
        for place, row in enumerate(case["contributions"])
    ]
    return told(sum_contributions(case["baseline"], contributions, count))


def unlike(case: Case) -> Case:
    contribution = Contribution(
        id=1,
        baseline=Decimal(0),
        current=None,
        committed=Decimal(1),
        unit=unit(case["contribution"]),
    )
    with pytest.raises(UnlikeUnitsError):
        sum_contributions(Decimal(0), [contribution], unit(case["unit"]))
    return {}


def unit(row: Case) -> Unit:
    return Unit(Dimension(row["dimension"]), row.get("currency"))


def portfolio(case: Case) -> Case:
    return told(portfolio_figure(Scored(**item) for item in case["items"]))


def shares(case: Case) -> Case:
    targets: dict[str, Decimal] = case["targets"]
    return {id_: display_percent(share) for id_, share in shares_by_target(targets).items()}


def linked(case: Case) -> Case:
    value = combine_links([reading(place, row) for place, row in enumerate(case["readings"])])
    scored = score_key_result(definition(case["definition"]), value.value)
    return told(value) | {"score": scored.score}


def reading(link: int, row: Case) -> LinkReading:
    return LinkReading(
        link=link,
        measure=Measure(row["measure"]),
        amount=row["amount"],
        total=row["total"],
        items=int(row.get("items", 0)),
        measured=int(row.get("measured", 0)),
    )


SCORERS: dict[str, Callable[[Case], Case]] = {
    "key_result": key_result,
    "objective": objective,
    "refused": refused,
    "roll_up": rolled_up,
    "values": logged,
    "summed": summed,
    "unlike": unlike,
    "portfolio": portfolio,
    "shares": shares,
    "linked": linked,
}
DEFECTS = cases("known_defects.toml")
SHAPES = cases("shapes.toml")


@pytest.mark.parametrize("case", DEFECTS, ids=[f"{c['number']} {c['sentence']}" for c in DEFECTS])
def test_a_known_defect_of_other_tools_is_not_ours(case: Case) -> None:
    expected = case.get("expected", {})
    result = SCORERS[case["kind"]](case)
    assert {name: result[name] for name in expected} == expected


def test_all_23_known_defects_have_a_case() -> None:
    assert {int(case["number"]) for case in DEFECTS} == set(range(1, 24))


@pytest.mark.parametrize("case", SHAPES, ids=[case["sentence"] for case in SHAPES])
def test_a_shape_scores_its_reviewed_values(case: Case) -> None:
    readings = case["readings"]
    raws = [score_key_result(definition(case["definition"]), at).raw for at, _ in readings]
    assert raws == [raw for _, raw in readings]


def test_every_shape_has_reviewed_values() -> None:
    assert {case["definition"]["shape"] for case in SHAPES} == set(Shape)
