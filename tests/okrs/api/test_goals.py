"""Goals over the API: one story told by a script, and what is refused on the way."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import actions
from accounts.choices import TokenScope
from accounts.tenancy import tenant
from okrs.actions.cycles import set_up_tiers
from okrs.choices import CycleState
from okrs.models import Cycle, Objective, Tier
from portfolio.choices import Dimension
from portfolio.models import MeasureUnit, Product, Team
from tests.okrs.goals import a_key_result
from tests.personas import World


class Script:
    """A script with a write token of a member."""

    def __init__(self, world: World, persona: str) -> None:
        with tenant(world.organization.pk):
            expires = timezone.now() + timedelta(days=1)
            token = actions.create_token(
                world.access(persona), name="script", scope=TokenScope.WRITE, expires_at=expires
            )[1]
        self.base = f"/api/v1/orgs/{world.organization.slug}"
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: str) -> Any:
        response = self.client.get(f"{self.base}/{path}", query)
        assert response.status_code == 200, response.content
        return response.json()

    def post(
        self, path: str, body: Any, *, status: int = 201, headers: dict[str, str] | None = None
    ) -> Any:
        response = self.client.post(
            f"{self.base}/{path}", body, content_type="application/json", headers=headers
        )
        assert response.status_code == status, response.content
        return response.json()

    def patch(self, path: str, body: Any, *, etag: str | None, status: int = 200) -> Any:
        headers = {"If-Match": etag} if etag else {}
        response = self.client.patch(
            f"{self.base}/{path}", body, content_type="application/json", headers=headers
        )
        assert response.status_code == status, response.content
        return response.json()


@pytest.fixture
def place(acme: World) -> dict[str, str]:
    """Ids that a script needs to set an objective for Acme's product."""
    with tenant(acme.organization.pk):
        set_up_tiers(acme.organization, acme["admin"])
        cycle = Cycle.objects.create(
            name="Quarter",
            starts_on=date(2026, 10, 1),
            ends_on=date(2026, 12, 31),
            state=CycleState.OPEN,
        )
        unit = MeasureUnit.objects.create(name="days", dimension=Dimension.DURATION)
        return {
            "tier": str(Tier.objects.get(name="Product").pk),
            "cycle": str(cycle.pk),
            "product": str(Product.objects.get().pk),
            "unit": str(unit.pk),
        }


@pytest.fixture
def script(acme: World) -> Script:
    return Script(acme, "lead")


@pytest.fixture
def objective(script: Script, place: dict[str, str]) -> Any:
    body = {key: place[key] for key in ("tier", "cycle", "product")}
    return script.post("objectives/", {"title": "Shops sell sooner", **body})


@pytest.fixture
def key_result(script: Script, place: dict[str, str], objective: Any) -> Any:
    body = {"objective": objective["id"], "unit": place["unit"], "title": "Days to first sale"}
    return script.post("key-results/", {**body, "baseline": "14", "target": "7"})


def test_a_check_in_moves_the_score_of_the_key_result_and_its_objective(
    script: Script, objective: Any, key_result: Any
) -> None:
    said = {"key_result": key_result["id"], "value": "10.5", "confidence": "0.6"}
    assert script.post("check-ins/", said)["score"] == "0.5"
    assert script.get(f"key-results/{key_result['id']}/")["score"] == "0.5"
    assert script.get(f"objectives/{objective['id']}/")["score"] == "0.5"


def test_a_score_explains_itself(script: Script, key_result: Any) -> None:
    script.post("check-ins/", {"key_result": key_result["id"], "value": "10.5"})
    told = script.get(f"key-results/{key_result['id']}/explain/")
    assert told["arithmetic"] == "0.50 = (10.5 − 14) / (7 − 14)"
    assert (told["value"]["value"], told["value"]["source"]) == ("10.5", "api")


def test_a_value_of_the_future_explains_nothing_of_the_past(
    script: Script, key_result: Any
) -> None:
    script.post("check-ins/", {"key_result": key_result["id"], "value": "10.5"})
    told = script.get(f"key-results/{key_result['id']}/explain/", as_of="2020-01-01")
    assert told["score"] is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"baseline": "7"}, "target"),
        ({"target": "soon"}, "target"),
        ({"weight": "0"}, "weight"),
        ({"starts_on": "2026-12-01", "ends_on": "2026-11-01"}, "ends_on"),
        ({"starts_on": "2026-01-01"}, "starts_on"),
        ({"shape": "within"}, "lower"),
        ({"objective": "00000000-0000-0000-0000-000000000001"}, "objective"),
    ],
)
def test_a_key_result_that_cannot_be_scored_is_refused_at_its_field(
    script: Script, place: dict[str, str], objective: Any, changes: dict[str, str], field: str
) -> None:
    body = {
        "objective": objective["id"],
        "unit": place["unit"],
        "title": "Days",
        "baseline": "14",
        "target": "7",
        **changes,
    }
    problem = script.post("key-results/", body, status=422)
    assert field in problem["errors"]


def test_an_edit_without_if_match_is_refused(script: Script, objective: Any) -> None:
    script.patch(f"objectives/{objective['id']}/", {"title": "New"}, etag=None, status=428)


def test_an_edit_on_a_stale_version_is_refused_and_stores_nothing(
    script: Script, objective: Any
) -> None:
    path = f"objectives/{objective['id']}/"
    script.patch(path, {"title": "First"}, etag='"1"')
    script.patch(path, {"title": "Second"}, etag='"1"', status=412)
    assert script.get(path)["title"] == "First"


def test_where_an_objective_stands_does_not_change(script: Script, objective: Any) -> None:
    other = {"product": None}
    problem = script.patch(f"objectives/{objective['id']}/", other, etag='"1"', status=422)
    assert problem["errors"] == {"product": ["This cannot be changed."]}


def test_a_circle_of_objectives_is_refused_and_named(
    script: Script, place: dict[str, str], objective: Any
) -> None:
    body = {key: place[key] for key in ("tier", "cycle", "product")}
    other = script.post("objectives/", {"title": "Shops stay", **body})
    script.post("alignments/", {"child": objective["id"], "parent": other["id"]})
    problem = script.post(
        "alignments/", {"child": other["id"], "parent": objective["id"]}, status=422
    )
    assert problem["errors"]["parent"] == [
        "This would close a circle: “Shops stay” → “Shops sell sooner” → “Shops stay”."
    ]


def test_a_list_is_paged_by_key(script: Script, place: dict[str, str]) -> None:
    body = {key: place[key] for key in ("tier", "cycle", "product")}
    made = [script.post("objectives/", {"title": f"Objective {n}", **body})["id"] for n in range(5)]
    first = script.get("objectives/", limit="3")
    second = script.get("objectives/", limit="3", cursor=first["next"])
    assert [row["id"] for row in first["results"] + second["results"]] == made
    assert second["next"] is None


def test_an_unknown_filter_is_named(script: Script) -> None:
    response = script.client.get(f"{script.base}/objectives/?colour=red")
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "Unknown query parameter: colour.",
    )


def test_the_same_key_has_one_effect(script: Script, key_result: Any) -> None:
    said = {"key_result": key_result["id"], "value": "10"}
    first = script.post("check-ins/", said, headers={"Idempotency-Key": "week-47"})
    again = script.post("check-ins/", said, headers={"Idempotency-Key": "week-47"})
    assert first == again
    assert len(script.get("check-ins/")["results"]) == 1


def test_money_is_refused_without_the_grant(script: Script, objective: Any) -> None:
    body = {"objective": objective["id"], "amount": "1000.00"}
    created = script.post("commitments/", body)
    assert "amount" not in created


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_a_list_costs_the_same_however_long(
    script: Script,
    acme: World,
    place: dict[str, str],
    rows: int,
    django_assert_num_queries: Any,
) -> None:
    with tenant(acme.organization.pk):
        Objective.objects.bulk_create(
            Objective(
                title=f"Objective {n}",
                tier_id=place["tier"],
                cycle_id=place["cycle"],
                product_id=place["product"],
                owner=acme["lead"],
            )
            for n in range(rows)
        )
    script.get("objectives/")  # notes the use of the token, once a minute
    with django_assert_num_queries(9):
        assert len(script.get("objectives/")["results"]) == rows


def test_people_weeks_are_asked_and_promised_over_the_api(
    acme: World, place: dict[str, str]
) -> None:
    with tenant(acme.organization.pk):
        Team.objects.filter(slug="team").update(capacity=10)
        key_result = a_key_result(acme)
        last = key_result.objective.cycle.ends_on
    script = Script(acme, "admin")
    body = {"title": "An event stream", "needer_key_result": str(key_result.pk)}
    need = {"provider_team": str(acme.team.pk), "needed_by": str(last), "people_weeks": "3.0"}
    made = script.post("dependencies/", {**body, **need})
    move = {"headers": {"If-Match": f'"{made["version"]}"'}}
    path = f"dependencies/{made['id']}/move/"
    answer = {"to": "countered", "promised_by": str(last)}
    refusal = script.post(path, {**answer, "promised_weeks": "900"}, status=422, **move)
    assert "people-weeks in" in str(refusal["errors"])
    moved = script.post(path, {**answer, "promised_weeks": "2.5"}, status=200, **move)
    assert (moved["state"], moved["promised_weeks"]) == ("countered", "2.5")
    [*_, step] = script.get("dependency-moves/", dependency=made["id"])["results"]
    assert (step["to_state"], step["promised_weeks"]) == ("countered", "2.5")
