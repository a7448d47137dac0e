"""The map over the API."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tenancy import tenant
from portfolio import actions
from portfolio.api import links, measures, units
from portfolio.api.base import MapResource
from portfolio.models import Metric, MetricValue, Portfolio, Product, ProductPlacement, Team
from tests.factories.portfolio import (
    MeasureUnitFactory,
    MetricFactory,
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    TeamFactory,
    ValueStreamFactory,
)
from tests.personas import World

# Asked anew each time: a day may end while the tests run.
TODAY = timezone.localdate


def url(name: str, *args: object) -> str:
    return reverse(f"api:{name}", args=["acme", *args])


class Api:
    """The API as one persona calls it from a script of theirs."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get(self, name: str, *args: object, **query: Any) -> Any:
        return self.client.get(url(name, *args), query)

    def post(self, name: str, body: Any, *args: object, version: int | None = None) -> Any:
        return self._send("post", name, body, *args, version=version)

    def patch(self, name: str, pk: UUID, body: Any, version: int | None = 1) -> Any:
        return self._send("patch", f"{name}-record", body, pk, version=version)

    def delete(self, name: str, pk: UUID, version: int = 1) -> Any:
        return self._send("delete", f"{name}-record", {}, pk, version=version)

    def ids(self, name: str, **query: Any) -> list[str]:
        return [row["id"] for row in self.get(name, **query).json()["results"]]

    def _send(self, method: str, name: str, body: Any, *args: object, version: int | None) -> Any:
        headers = {} if version is None else {"If-Match": f'"{version}"'}
        send = getattr(self.client, method)
        data = json.dumps(body, default=str)
        response: Any = send(
            url(name, *args), data, content_type="application/json", headers=headers
        )
        return response


@pytest.fixture
def lead(acme: World) -> Api:
    return Api(acme.client("lead"))


@pytest.fixture
def admin(acme: World) -> Api:
    return Api(acme.client("admin"))


@pytest.fixture
def product(acme: World) -> Product:
    with tenant(acme.organization.pk):
        return Product.objects.get()


@pytest.fixture
def metric(acme: World, product: Product) -> Metric:
    with tenant(acme.organization.pk):
        made: Metric = MetricFactory.create(product=product)
    return made


# --- The documented examples ----------------------------------------------------------------
RESOURCES: dict[str, type[MapResource] | Any] = {
    "portfolios": units.Portfolios,
    "themes": units.Themes,
    "value-streams": units.ValueStreams,
    "products": units.Products,
    "product-stances": units.ProductStances,
    "placements": links.Placements,
    "product-relations": links.ProductRelations,
    "teams": units.Teams,
    "team-capacities": links.TeamCapacities,
    "team-members": links.TeamMembers,
    "team-products": links.TeamProducts,
    "roles": links.Roles,
    "units": measures.MeasureUnits,
    "metrics": measures.Metrics,
    "metric-values": measures.MetricValues,
}


def with_real_ids(body: Any, world: World) -> Any:
    """The example with the placeholders of ids in the place of rows of this organisation."""
    with tenant(world.organization.pk):
        rows = [
            Portfolio.objects.get(),
            PortfolioFactory.create(),
            ProductFactory.create(),
            ProductFactory.create(),
            TeamFactory.create(),
            world["bystander"],
            MeasureUnitFactory.create(),
            MetricFactory.create(),
        ]
    text = json.dumps(body)
    for number, row in enumerate(rows, start=1):
        text = text.replace(f"01990000-0000-7000-8000-{number:012}", str(row.pk))
    return json.loads(text)


@pytest.mark.parametrize("name", RESOURCES)
def test_the_documented_example_is_accepted(name: str, acme: World, admin: Api) -> None:
    body = with_real_ids(RESOURCES[name].examples["create"], acme)
    response = admin.post(name, body)
    assert response.status_code == 201, response.json()
    assert response.headers["Location"] == url(f"{name}-record", response.json()["id"])


# --- Records --------------------------------------------------------------------------------
def test_a_record_is_read_as_it_was_made(acme: World, admin: Api) -> None:
    made = admin.post("portfolios", {"name": "Payments", "is_private": True}).json()
    assert admin.get("portfolios-record", made["id"]).json() == {
        "id": made["id"],
        "slug": "payments",
        "name": "Payments",
        "description": "",
        "is_private": True,
        "cadence": "",
        "cadence_rule": "suggested",
        "version": 1,
        "archived_at": None,
    }


def test_a_rename_keeps_the_address_and_counts_the_version(lead: Api, product: Product) -> None:
    response = lead.patch("products", product.pk, {"name": "Wallet"})
    assert response.headers["ETag"] == '"2"'
    assert (response.json()["slug"], response.json()["name"]) == ("product", "Wallet")


def test_an_address_cannot_be_set(lead: Api, product: Product) -> None:
    response = lead.patch("products", product.pk, {"slug": "stolen"})
    assert response.json()["slug"] == "product"


def test_an_edit_from_an_old_version_is_refused(lead: Api, product: Product) -> None:
    lead.patch("products", product.pk, {"name": "Wallet"})
    assert lead.patch("products", product.pk, {"name": "Purse"}, version=1).status_code == 412
    assert lead.get("products-record", product.pk).json()["name"] == "Wallet"


def test_an_edit_names_the_field_that_is_wrong(lead: Api, product: Product) -> None:
    response = lead.patch("products", product.pk, {"posture": "upwards"})
    assert response.status_code == 422
    assert response.json()["errors"] == {"posture": ['"upwards" is not a valid choice.']}


def test_what_the_action_refuses_is_named_by_field(acme: World, lead: Api) -> None:
    with tenant(acme.organization.pk):
        team = Team.objects.get()
    body = {"team": team.pk, "member": acme["viewer"].pk, "share": "1.5"}
    response = lead.post("team-members", body)
    assert (response.status_code, list(response.json()["errors"])) == (422, ["share"])


def test_an_archived_record_leaves_the_list_and_comes_back(lead: Api, product: Product) -> None:
    assert lead.delete("products", product.pk).status_code == 204
    assert lead.ids("products") == []
    assert lead.ids("products", archived="yes") == [str(product.pk)]
    assert lead.post("products-restore", {}, product.pk, version=2).json()["archived_at"] is None
    assert lead.ids("products") == [str(product.pk)]


def test_a_contributor_cannot_edit_the_product(acme: World, product: Product) -> None:
    assert (
        Api(acme.client("contributor")).patch("products", product.pk, {"name": "Mine"}).status_code
        == 403
    )


def test_a_row_of_another_organisation_is_no_choice(
    rival: World, acme: World, admin: Api, product: Product
) -> None:
    with tenant(rival.organization.pk):
        foreign = Product.objects.get()
    body = {"product": product.pk, "other": foreign.pk, "kind": "brand"}
    response = admin.post("product-relations", body)
    assert (response.status_code, list(response.json()["errors"])) == (422, ["other"])


def test_pages_follow_a_cursor_to_the_end(acme: World, lead: Api) -> None:
    with tenant(acme.organization.pk):
        for _ in range(4):
            TeamFactory.create()
    seen: list[str] = []
    cursor: str | None = ""
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = lead.get("teams", **query).json()
        seen += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert cursor is None
    assert len(set(seen)) == 5


# --- Filters --------------------------------------------------------------------------------
def test_products_are_found_by_what_they_are(acme: World, lead: Api, product: Product) -> None:
    with tenant(acme.organization.pk):
        home = Portfolio.objects.get()
        stream = ValueStreamFactory.create()
        other = ProductFactory.create(posture="sunset", value_stream=stream, slug="fax", name="Fax")
    assert lead.ids("products", home=home.pk) == [str(product.pk)]
    assert lead.ids("products", posture="sunset") == [str(other.pk)]
    assert lead.ids("products", value_stream=stream.pk) == [str(other.pk)]
    assert lead.ids("products", slug="fax") == [str(other.pk)]
    assert lead.ids("products", q="fa") == [str(other.pk)]


def test_an_unknown_filter_is_refused(lead: Api) -> None:
    assert lead.get("products", colour="blue").status_code == 400


def test_a_filter_of_another_form_is_refused_by_name(lead: Api) -> None:
    response = lead.get("products", home="here")
    assert (response.status_code, list(response.json()["errors"])) == (422, ["home"])


# --- Products -------------------------------------------------------------------------------
def test_a_product_is_made_at_home(acme: World, lead: Api) -> None:
    with tenant(acme.organization.pk):
        home = Portfolio.objects.get()
    assert lead.post("products", {"name": "Wallet", "home": home.pk}).json()["home"] == str(home.pk)


def test_a_home_does_not_change_by_an_edit(acme: World, admin: Api, product: Product) -> None:
    with tenant(acme.organization.pk):
        home, other = Portfolio.objects.get(), PortfolioFactory.create()
    response = admin.patch("products", product.pk, {"home": other.pk})
    assert response.json()["home"] == str(home.pk)


def test_a_product_moves_home_on_a_day(acme: World, admin: Api, product: Product) -> None:
    with tenant(acme.organization.pk):
        target = PortfolioFactory.create()
    body = {"portfolio": target.pk, "from_date": TODAY()}
    response = admin.post("products-move-home", body, product.pk, version=1)
    assert response.json()["portfolio"] == str(target.pk)
    assert admin.get("products-record", product.pk).json()["home"] == str(target.pk)


def test_an_edited_posture_enters_the_history_with_its_reason(lead: Api, product: Product) -> None:
    lead.patch("products", product.pk, {"posture": "sunset", "stance_note": "The licence ends."})
    (stance,) = lead.get("product-stances", product=product.pk).json()["results"]
    assert (stance["posture"], stance["note"]) == ("sunset", "The licence ends.")


def test_a_stance_changes_the_product(lead: Api, product: Product) -> None:
    body = {
        "product": product.pk,
        "lifecycle_stage": "decline",
        "posture": "sunset",
        "from_date": TODAY(),
    }
    lead.post("product-stances", body)
    assert lead.get("products-record", product.pk).json()["lifecycle_stage"] == "decline"


# --- Values ---------------------------------------------------------------------------------
def test_a_pushed_value_is_the_present_one(acme: World, lead: Api, metric: Metric) -> None:
    body = {"metric": metric.pk, "value": "71.2", "source": "push"}
    made = lead.post("metric-values", body).json()
    assert (made["value"], made["source"], made["actor"]) == (
        "71.2",
        "push",
        str(acme["lead"].pk),
    )
    assert lead.get("metrics-value", metric.pk).json()["value_id"] == made["id"]


@pytest.mark.parametrize("source", ["person", "sync", "roll-up"])
def test_a_script_does_not_pose_as_another_source(source: str, lead: Api, metric: Metric) -> None:
    response = lead.post("metric-values", {"metric": metric.pk, "value": "1", "source": source})
    assert (response.status_code, list(response.json()["errors"])) == (422, ["source"])


def test_when_a_value_was_recorded_is_not_for_the_caller_to_say(lead: Api, metric: Metric) -> None:
    body = {"metric": metric.pk, "value": "1", "recorded_at": "2020-01-01T00:00:00Z"}
    assert lead.post("metric-values", body).json()["recorded_at"] > "2026"


def test_a_value_may_be_true_since_earlier(lead: Api, metric: Metric) -> None:
    body = {"metric": metric.pk, "value": "1", "effective_at": "2026-01-05T00:00:00Z"}
    lead.post("metric-values", body)
    assert (
        lead.get("metrics-value", metric.pk, as_of="2026-01-04T00:00:00Z").json()["value"] is None
    )
    assert lead.get("metrics-value", metric.pk, as_of="2026-01-06T00:00:00Z").json()["value"] == "1"


def test_what_was_known_then_leaves_out_what_came_later(lead: Api, metric: Metric) -> None:
    body = {"metric": metric.pk, "value": "1", "effective_at": "2026-01-05T00:00:00Z"}
    lead.post("metric-values", body)
    yesterday = (timezone.now() - timedelta(days=1)).isoformat()
    assert lead.get("metrics-value", metric.pk, known_at=yesterday).json()["value"] is None


def test_a_voided_value_does_not_count(acme: World, lead: Api, metric: Metric) -> None:
    made = lead.post("metric-values", {"metric": metric.pk, "value": "712"}).json()
    answer = lead.post("metric-values-void", {"note": "Counted twice."}, made["id"]).json()
    assert (answer["voids"], answer["value"], answer["note"]) == (
        made["id"],
        None,
        "Counted twice.",
    )
    assert lead.get("metrics-value", metric.pk).json()["value"] is None


def test_a_value_is_voided_once(lead: Api, metric: Metric) -> None:
    made = lead.post("metric-values", {"metric": metric.pk, "value": "712"}).json()
    lead.post("metric-values-void", {}, made["id"])
    response = lead.post("metric-values-void", {}, made["id"])
    assert (response.status_code, list(response.json()["errors"])) == (422, ["voids"])


def test_a_correction_takes_the_place_of_the_wrong_value(
    acme: World, lead: Api, metric: Metric
) -> None:
    wrong = lead.post("metric-values", {"metric": metric.pk, "value": "712"}).json()
    body = {"metric": metric.pk, "value": "71.2", "voids": wrong["id"]}
    assert lead.post("metric-values", body).status_code == 201
    assert lead.get("metrics-value", metric.pk).json()["value"] == "71.2"
    with tenant(acme.organization.pk):
        assert MetricValue.objects.filter(metric=metric).count() == 2


def test_values_are_found_by_metric_and_time(acme: World, lead: Api, metric: Metric) -> None:
    with tenant(acme.organization.pk):
        other = MetricFactory.create()
        actions.record_value(metric=other, value=Decimal(5), source="file")
        mine = actions.record_value(metric=metric, value=Decimal(6), source="file")
    assert lead.ids("metric-values", metric=metric.pk) == [str(mine.pk)]
    assert lead.ids("metric-values", until="2020-01-01T00:00:00Z") == []


# --- Private portfolios ---------------------------------------------------------------------
@pytest.fixture
def secret(acme: World) -> dict[str, Any]:
    with tenant(acme.organization.pk):
        portfolio = PortfolioFactory.create(is_private=True)
        product = ProductFactory.create()
        placement = ProductPlacementFactory.create(product=product, portfolio=portfolio)
        metric = MetricFactory.create(product=product)
        value = actions.record_value(metric=metric, value=Decimal(1), source="file")
    return {
        "portfolios": portfolio,
        "products": product,
        "placements": placement,
        "metrics": metric,
        "metric-values": value,
    }


@pytest.mark.parametrize(
    "name", ["portfolios", "products", "placements", "metrics", "metric-values"]
)
def test_private_records_do_not_exist_for_a_bystander(
    name: str, secret: dict[str, Any], acme: World, admin: Api
) -> None:
    bystander, pk = Api(acme.client("bystander")), secret[name].pk
    assert str(pk) in admin.ids(name)
    assert str(pk) not in bystander.ids(name)
    assert bystander.get(f"{name}-record", pk).status_code == 404


def test_a_private_home_is_not_told_of_a_product(acme: World, product: Product) -> None:
    with tenant(acme.organization.pk):
        Portfolio.objects.update(is_private=True)
        actions.create(
            acme.access("admin"),
            ProductPlacement(product=product, portfolio=PortfolioFactory.create(name="Open")),
        )
    assert Api(acme.client("bystander")).ids("products") == []
    assert Api(acme.client("contributor")).get("products-record", product.pk).json()["home"] is None
