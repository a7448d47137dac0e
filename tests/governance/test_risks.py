"""Risks: how much they weigh, who looks after them, and what became of them."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, ProgrammingError, transaction

from accounts.models import Notification
from governance.actions.risks import edit_risk, move_risk, raise_risk
from governance.choices import RISK_MOVES, RiskState
from governance.models import Risk, RiskMove
from governance.queries.risks import level_of, matrix_of, risk_rows, visible_risks
from okrs.models import Objective
from portfolio.models import Product
from tests.factories.governance import RiskFactory
from tests.factories.portfolio import ProductFactory
from tests.governance.conftest import Browser, make_private
from tests.personas import World

LEVELS = [(1, "low"), (4, "low"), (5, "medium"), (10, "medium"), (12, "high"), (25, "high")]


def raised(world: World, about: Any, **fields: Any) -> Risk:
    given = {"title": "Too late", "likelihood": 3, "impact": 4, **fields}
    return raise_risk(world.access("lead"), about, **given)


def steps(risk: Risk) -> list[tuple[str, str, int]]:
    rows = RiskMove.objects.filter(risk=risk).order_by("id")
    return [(move.from_state, move.to_state, move.exposure) for move in rows]


def test_exposure_is_likelihood_times_impact(bound: World, product: Product) -> None:
    risk = Risk.objects.get(pk=raised(bound, product, likelihood=5, impact=3).pk)
    assert risk.exposure == 15


@pytest.mark.parametrize(("exposure", "level"), LEVELS)
def test_an_exposure_has_a_level(exposure: int, level: str) -> None:
    assert level_of(exposure) == level


@pytest.mark.parametrize("field", ["likelihood", "impact"])
@pytest.mark.parametrize("value", [0, 6])
def test_a_figure_off_the_scale_is_refused(
    field: str, value: int, bound: World, product: Product
) -> None:
    with pytest.raises(ValidationError):
        raised(bound, product, **{field: value})


@pytest.mark.parametrize("field", ["likelihood", "impact"])
def test_the_database_keeps_the_scale(field: str, bound: World, product: Product) -> None:
    rows = Risk.objects.filter(pk=raised(bound, product).pk)
    with pytest.raises(IntegrityError, match=f"risk_{field}_range"), transaction.atomic():
        rows.update(**{field: 6})


def test_the_database_wants_one_record(bound: World, objective: Objective) -> None:
    product = Product.objects.get(slug="product")
    with pytest.raises(IntegrityError, match="risk_one_record"), transaction.atomic():
        RiskFactory.create(objective=objective, product=product)


# --- What became of it ------------------------------------------------------------------------
MOVES = [(before, after) for before in RiskState for after in RiskState]


@pytest.mark.parametrize(("before", "after"), MOVES)
def test_a_risk_moves_as_the_states_allow(
    before: str, after: str, bound: World, product: Product
) -> None:
    risk = raised(bound, product)
    Risk.objects.filter(pk=risk.pk).update(state=before)
    risk.refresh_from_db()
    if after in RISK_MOVES[before]:
        move_risk(bound.access("lead"), risk, to=after, reason="So it is.", expected_version=None)
    else:
        with pytest.raises(ValidationError, match="cannot become"):
            move_risk(
                bound.access("lead"), risk, to=after, reason="So it is.", expected_version=None
            )
    stored = Risk.objects.get(pk=risk.pk).state
    assert stored == (after if after in RISK_MOVES[before] else before)


def test_a_move_says_why(bound: World, product: Product) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        move_risk(
            bound.access("lead"),
            raised(bound, product),
            to="closed",
            reason=" ",
            expected_version=None,
        )


def test_the_history_keeps_states_and_judgements(bound: World, product: Product) -> None:
    risk = Risk.objects.get(pk=raised(bound, product).pk)
    access = bound.access("lead")
    edit_risk(access, risk, expected_version=1, likelihood=1, reason="Booked.")
    move_risk(access, risk, to="mitigated", reason="Done.", expected_version=2)
    assert steps(risk) == [("open", "open", 12), ("open", "open", 4), ("open", "mitigated", 4)]


def test_an_edit_of_other_things_leaves_no_step(bound: World, product: Product) -> None:
    risk = Risk.objects.get(pk=raised(bound, product).pk)
    edit_risk(bound.access("lead"), risk, expected_version=1, title="Much too late")
    assert len(steps(risk)) == 1


def test_the_history_is_not_rewritten(bound: World, product: Product) -> None:
    raised(bound, product)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        RiskMove.objects.update(reason="Never said")


# --- Who may ----------------------------------------------------------------------------------
def test_the_owner_is_told(bound: World, product: Product) -> None:
    raised(bound, product, owner=bound["viewer"])
    told = Notification.objects.get()
    assert (told.member, told.kind) == (bound["viewer"], "risk")


def test_a_contributor_raises_risks_of_their_product(bound: World, product: Product) -> None:
    risk = raise_risk(
        bound.access("contributor"), product, title="Too late", likelihood=1, impact=1
    )
    assert risk.owner == bound["contributor"]


@pytest.mark.parametrize("persona", ["viewer", "bystander"])
def test_who_only_reads_raises_no_risk(persona: str, bound: World, product: Product) -> None:
    with pytest.raises(PermissionDenied):
        raise_risk(bound.access(persona), product, title="Too late", likelihood=1, impact=1)


def test_a_lead_raises_no_risk_of_a_product_of_others(bound: World) -> None:
    with pytest.raises(PermissionDenied):
        raised(bound, ProductFactory.create())


def test_a_private_risk_is_hidden_from_others(bound: World, objective: Objective) -> None:
    raised(bound, objective)
    make_private()
    seen = [visible_risks(bound.access(name)).count() for name in ("viewer", "bystander")]
    assert seen == [1, 0]


# --- The pages --------------------------------------------------------------------------------
def titles(answer: Any) -> list[str]:
    return [row.risk.title for row in answer.context["rows"]]


def test_the_list_begins_with_the_highest_exposure(
    bound: World, product: Product, viewer: Browser
) -> None:
    raised(bound, product, title="Small", likelihood=1)
    raised(bound, product, title="Large", likelihood=5)
    assert titles(viewer.get("risks")) == ["Large", "Small"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["Large", "Small"]),
        ({"level": "high"}, ["Large"]),
        ({"state": "all"}, ["Large", "Small", "Past"]),
        ({"state": "closed"}, ["Past"]),
        ({"q": "lar"}, ["Large"]),
        ({"product": "product"}, ["Large", "Small"]),
        ({"portfolio": "main"}, []),
    ],
)
def test_the_list_is_narrowed(
    query: dict[str, Any],
    found: list[str],
    bound: World,
    product: Product,
    objective: Objective,
    viewer: Browser,
) -> None:
    raised(bound, objective, title="Large", likelihood=5)
    raised(bound, product, title="Small", likelihood=2)
    Risk.objects.filter(pk=raised(bound, product, title="Past", likelihood=1).pk).update(
        state="closed"
    )
    assert titles(viewer.get("risks", **query)) == found


def test_the_matrix_places_each_risk(bound: World, product: Product) -> None:
    risk = Risk.objects.get(pk=raised(bound, product, likelihood=4, impact=2).pk)
    matrix = matrix_of(risk_rows(bound.access("admin"), [risk]))
    filled = [
        (int(line.likelihood), int(cell.impact), cell.level)
        for line in matrix
        for cell in line.cells
        if cell.rows
    ]
    assert (len(matrix), filled) == (5, [(4, 2, "medium")])


def test_the_matrix_is_a_table_with_headers(
    bound: World, product: Product, viewer: Browser
) -> None:
    raised(bound, product)
    page = viewer.text("risks", view="matrix")
    assert (page.count('<th scope="row">'), page.count('<th scope="col">')) == (5, 6)


def test_a_risk_is_raised_by_the_form(bound: World, product: Product, lead: Browser) -> None:
    lead.post(
        "create-risk",
        about=f"product:{product.pk}",
        title="Too late",
        likelihood=2,
        impact=5,
        owner=str(bound["lead"].pk),
        response="reduce",
    )
    assert Risk.objects.get().exposure == 10


def test_a_risk_of_nothing_is_refused_at_its_field(lead: Browser) -> None:
    answer = lead.post("create-risk", title="Too late", likelihood=2, impact=5)
    assert "about" in answer.context["form"].errors


def test_the_file_says_how_much_a_risk_weighs(
    bound: World, product: Product, viewer: Browser
) -> None:
    raised(bound, product)
    line = viewer.text("risks-export").splitlines()[1]
    assert line.startswith("Too late,Product,Acme product,3,4,12,Open,Acme lead,Reduce")


@pytest.mark.parametrize("view", ["", "matrix"])
@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_costs_the_same_however_long(
    count: int,
    view: str,
    bound: World,
    product: Product,
    viewer: Browser,
    django_assert_num_queries: Any,
) -> None:
    RiskFactory.create_batch(count, objective=None, product=product)
    viewer.get("risks", htmx=True, view=view)
    with django_assert_num_queries(9):
        viewer.get("risks", htmx=True, view=view)
