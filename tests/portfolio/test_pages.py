"""Pages of the map as people use them."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.forms import BaseForm, ModelChoiceField
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.choices import UnitRole
from accounts.tenancy import tenant
from lib.search import search
from portfolio import actions, queries
from portfolio.forms.records import NewProductForm, RoleForm, TeamMemberForm
from portfolio.models import (
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    Theme,
)
from tests.factories.portfolio import (
    MetricFactory,
    PortfolioFactory,
    ProductFactory,
    ProductPlacementFactory,
    ProductRelationFactory,
    TeamFactory,
    TeamMemberFactory,
    TeamProductFactory,
    ThemeFactory,
)
from tests.personas import World

HTMX = {"HX-Request": "true"}
NEW_PRODUCT = {
    "lifecycle_stage": "growth",
    "posture": "grow",
    "market_position": "new",
    "cadence_rule": "suggested",
}


def url(name: str, *args: object) -> str:
    return reverse(f"portfolio:{name}", args=["acme", *args])


def offered(form: BaseForm, name: str) -> Any:
    field = form.fields[name]
    assert isinstance(field, ModelChoiceField)
    return field.queryset


def text(response: Any) -> str:
    return str(response.content.decode())


def is_asked(response: Any, field: str, words: str) -> bool:
    """Whether an error stands beside a field, tied to it by id."""
    return f'id="id_{field}_error"' in text(response) and words in text(response)


@pytest.fixture
def lead(acme: World) -> Client:
    return acme.client("lead")


@pytest.fixture
def admin(acme: World) -> Client:
    return acme.client("admin")


@pytest.fixture
def bystander(acme: World) -> Client:
    return acme.client("bystander")


# --- Making ---------------------------------------------------------------------------------
def test_a_new_product_is_shown_on_its_page(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        home = Portfolio.objects.get()
    body = {"name": "Wallet", "home": home.pk, **NEW_PRODUCT}
    response = lead.post(url("product-create"), body)
    assert response.headers["Location"] == url("product", "wallet")
    page = text(lead.get(url("product", "wallet")))
    assert "Product added." in page
    assert home.name in page


def test_a_refused_form_keeps_what_was_typed(lead: Client) -> None:
    body = {"name": "", "description": "Keeps money warm.", **NEW_PRODUCT}
    response = lead.post(url("product-create"), body)
    assert response.status_code == 422
    assert is_asked(response, "name", "This field is required.")
    assert "Keeps money warm." in text(response)


def test_what_the_action_refuses_stands_beside_its_field(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        home = Portfolio.objects.get()
    body = {"name": "ACME PRODUCT", "home": home.pk, **NEW_PRODUCT}
    response = lead.post(url("product-create"), body)
    assert response.status_code == 422
    assert is_asked(response, "name", "This name is taken.")


def test_a_portfolio_that_sets_no_cadence_cannot_hold_its_products_to_it(admin: Client) -> None:
    response = admin.post(
        url("portfolio-create"), {"name": "Payments", "cadence": "", "cadence_rule": "forced"}
    )
    assert response.status_code == 422
    assert is_asked(response, "cadence", "Choose the cadence that all its products shall keep.")


def test_the_address_names_what_a_record_is_for(lead: Client) -> None:
    page = text(lead.get(url("theme-create") + "?portfolio=main"))
    assert "selected>Acme portfolio</option>" in page


def test_a_share_is_typed_in_percent(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        team, member = Team.objects.get(), acme["viewer"]
    body = {"team": team.pk, "member": member.pk, "share": "80", "from_date": "2026-03-01"}
    lead.post(url("team-member-create"), body)
    with tenant(acme.organization.pk):
        assert TeamMember.objects.get().share == Decimal("0.8")


def put_in_two_teams(world: World, *shares: str) -> None:
    with tenant(world.organization.pk):
        teams = [Team.objects.get(), TeamFactory.create(name="Other team")]
        for team, share in zip(teams, shares, strict=True):
            TeamMemberFactory.create(team=team, member=world["viewer"], share=Decimal(share))


def test_a_person_who_is_promised_beyond_their_time_is_marked(acme: World, lead: Client) -> None:
    put_in_two_teams(acme, "0.8", "0.45")
    assert "125% in all teams" in text(lead.get(url("team", "team")))


def test_a_person_who_is_promised_to_the_full_is_not_marked(acme: World, lead: Client) -> None:
    put_in_two_teams(acme, "0.8", "0.2")
    assert "in all teams" not in text(lead.get(url("team", "team")))


def test_a_month_is_typed_as_such(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        team = Team.objects.get()
    body = {"team": team.pk, "month": "2026-03", "people_weeks": "14.5"}
    lead.post(url("team-capacity-create"), body)
    with tenant(acme.organization.pk):
        assert TeamCapacity.objects.get().month == date(2026, 3, 1)


# --- Changing -------------------------------------------------------------------------------
def theme_of(world: World) -> Theme:
    with tenant(world.organization.pk):
        theme: Theme = ThemeFactory.create(portfolio=Portfolio.objects.get(), name="Trust")
    return theme


def theme_body(theme: Theme, **changes: object) -> dict[str, Any]:
    stored = {
        "portfolio": theme.portfolio_id,
        "name": theme.name,
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "version": 1,
    }
    return {**stored, **changes}


def test_an_edit_is_stored(acme: World, lead: Client) -> None:
    theme = theme_of(acme)
    response = lead.post(url("theme-edit", theme.pk), theme_body(theme, name="Faith"))
    assert response.headers["Location"] == url("portfolio", "main")
    with tenant(acme.organization.pk):
        assert Theme.objects.get().name == "Faith"


def test_the_slower_of_two_editors_sees_both_versions_and_loses_nothing(
    acme: World, lead: Client
) -> None:
    theme = theme_of(acme)
    lead.post(url("theme-edit", theme.pk), theme_body(theme, name="Theirs"))
    response = lead.post(url("theme-edit", theme.pk), theme_body(theme, name="Mine"))
    assert response.status_code == 409
    page = text(response)
    assert '<td data-label="Yours">Mine</td><td data-label="Theirs">Theirs</td>' in page
    assert 'name="version" value="2"' in page
    assert 'value="Mine"' in page


def test_after_a_conflict_saving_again_replaces_theirs(acme: World, lead: Client) -> None:
    theme = theme_of(acme)
    lead.post(url("theme-edit", theme.pk), theme_body(theme, name="Theirs"))
    lead.post(url("theme-edit", theme.pk), theme_body(theme, name="Mine", version=2))
    with tenant(acme.organization.pk):
        assert Theme.objects.get().name == "Mine"


def test_a_lead_cannot_open_the_form_of_another_portfolio(acme: World, lead: Client) -> None:
    with tenant(acme.organization.pk):
        PortfolioFactory.create(slug="other")
    assert lead.get(url("portfolio-edit", "other")).status_code == 403


def test_another_stance_enters_the_history_on_the_page(acme: World, lead: Client) -> None:
    body = {
        "lifecycle_stage": "decline",
        "posture": "sunset",
        "from_date": timezone.localdate().isoformat(),
        "note": "The licence ends.",
        "version": 1,
    }
    lead.post(url("product-stance", "product"), body)
    assert "The licence ends." in text(lead.get(url("product", "product")))


def test_a_product_moves_home(acme: World, admin: Client) -> None:
    with tenant(acme.organization.pk):
        target = PortfolioFactory.create(name="New home")
    body = {"portfolio": target.pk, "from_date": timezone.localdate().isoformat()}
    admin.post(url("product-home", "product"), body)
    with tenant(acme.organization.pk):
        page = queries.product_page(acme.access("admin"), Product.objects.get())
    assert page.home is not None
    assert page.home.portfolio == target


# --- Taking back ----------------------------------------------------------------------------
def test_an_archived_team_leaves_the_list_and_comes_back(acme: World, lead: Client) -> None:
    lead.post(url("team-archive", "team"))
    assert url("team", "team") not in text(lead.get(url("teams")))
    assert url("team", "team") in text(lead.get(url("teams") + "?archived=yes"))
    lead.post(url("team-restore", "team"))
    assert url("team", "team") in text(lead.get(url("teams")))


def test_a_portfolio_with_products_at_home_stays(acme: World, lead: Client) -> None:
    response = lead.post(url("portfolio-archive", "main"), follow=True)
    assert "One product is at home in this portfolio" in text(response)
    with tenant(acme.organization.pk):
        assert Portfolio.objects.get().archived_at is None


def test_removing_a_row_offers_to_undo_it(acme: World, lead: Client) -> None:
    theme = theme_of(acme)
    response = lead.post(url("theme-archive", theme.pk), headers=HTMX)
    toast = json.loads(response.headers["HX-Trigger"])["toast"]
    assert toast == {
        "text": "Theme removed.",
        "kind": "ok",
        "undo_url": url("theme-restore", theme.pk),
    }


def test_undo_leads_to_the_page_with_the_row(acme: World, lead: Client) -> None:
    theme = theme_of(acme)
    lead.post(url("theme-archive", theme.pk), headers=HTMX)
    response = lead.post(url("theme-restore", theme.pk), headers=HTMX)
    assert response.headers["HX-Redirect"] == url("portfolio", "main")
    assert "Trust" in text(lead.get(url("portfolio", "main")))


def test_undo_stays_on_the_page_that_the_row_was_removed_from(acme: World, lead: Client) -> None:
    theme = theme_of(acme)
    lead.post(url("theme-archive", theme.pk), headers=HTMX)
    here = {**HTMX, "HX-Current-URL": f"http://testserver{url('products')}"}
    response = lead.post(url("theme-restore", theme.pk), headers=here)
    assert response.headers["HX-Refresh"] == "true"


# --- Lists ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=walle", {"Wallet"}),
        ("stage=decline", {"Fax"}),
        ("posture=sunset", {"Fax"}),
        ("portfolio=main", {"Acme product"}),
        ("stage=decline&posture=grow", set()),
        ("stage=nonsense", {"Acme product", "Wallet", "Fax"}),
        ("portfolio=nonsense", {"Acme product", "Wallet", "Fax"}),
    ],
)
def test_products_are_narrowed_by_the_address(
    query: str, found: set[str], acme: World, bystander: Client
) -> None:
    with tenant(acme.organization.pk):
        ProductFactory.create(name="Wallet", slug="wallet")
        ProductFactory.create(name="Fax", slug="fax", lifecycle_stage="decline", posture="sunset")
    page = text(bystander.get(url("products") + "?" + query))
    names = {"Acme product": "product", "Wallet": "wallet", "Fax": "fax"}
    assert {name for name, slug in names.items() if url("product", slug) in page} == found


def test_a_filter_that_finds_nothing_offers_to_be_cleared(bystander: Client) -> None:
    page = text(bystander.get(url("products") + "?q=nothing"))
    assert "No product matches" in page
    assert 'href="?">Clear' in page


def test_the_list_of_products_is_a_file_too(acme: World, bystander: Client) -> None:
    with tenant(acme.organization.pk):
        ProductFactory.create(name="=cmd()", slug="cmd")
    lines = text(bystander.get(url("products-export"))).splitlines()
    assert lines[0].startswith("Product,Home portfolio,Value stream")
    assert lines[1].startswith("'=cmd(),,")
    assert lines[2].startswith("Acme product,Acme portfolio,")


def test_more_products_follow_a_page_at_a_time(acme: World, bystander: Client) -> None:
    with tenant(acme.organization.pk):
        for number in range(60):
            ProductFactory.create(name=f"Zeta {number:02}")
    first = bystander.get(url("products"))
    following = first.context["page"].next_url
    second = text(bystander.get(following, headers=HTMX))
    assert "<html" not in second
    assert "Zeta 59" in second
    assert "Zeta 00" not in second


def test_a_month_with_another_capacity_is_set_against_the_usual(in_acme: World) -> None:
    team = Team.objects.get()
    TeamCapacity.objects.create(team=team, month=date(2026, 12, 1), people_weeks=Decimal("14.5"))
    months = queries.capacity_by_month([team], first=date(2026, 11, 20), months=3)[team.pk]
    assert [(m.month, m.people_weeks, m.change) for m in months] == [
        (date(2026, 11, 1), 20, "0.0"),
        (date(2026, 12, 1), Decimal("14.5"), "−5.5"),
        (date(2027, 1, 1), 20, "0.0"),
    ]


# --- Metrics --------------------------------------------------------------------------------
@pytest.fixture
def metric(acme: World) -> Metric:
    with tenant(acme.organization.pk):
        made: Metric = MetricFactory.create(name="Conversion", product=Product.objects.get())
    return made


def test_a_value_typed_by_hand_stands_in_the_log_with_its_author(
    acme: World, metric: Metric
) -> None:
    client = acme.client("contributor")
    client.post(url("metric", metric.pk), {"value": "71.2", "note": "Weekly report"})
    page = text(client.get(url("metric", metric.pk)))
    assert "Weekly report" in page
    assert "Acme contributor" in page


def test_a_value_that_is_no_number_is_refused_beside_the_field(acme: World, metric: Metric) -> None:
    response = acme.client("contributor").post(url("metric", metric.pk), {"value": "many"})
    assert response.status_code == 422
    assert is_asked(response, "value", "Enter a number.")


def test_the_present_value_comes_before_the_log(
    acme: World, metric: Metric, bystander: Client
) -> None:
    page = text(bystander.get(url("metric", metric.pk)))
    assert 0 < page.index(">Now<") < page.index(">Log<")


def test_a_correction_shows_both_values(acme: World, metric: Metric) -> None:
    client = acme.client("contributor")
    with tenant(acme.organization.pk):
        wrong = actions.record_value(metric=metric, value=Decimal(712), source="person")
    client.post(url("value-correct", metric.pk, wrong.pk), {"value": "71.2"})
    page = text(client.get(url("metric", metric.pk)))
    assert "withdrawn" in page
    assert "correction" in page
    with tenant(acme.organization.pk):
        assert queries.latest_values([metric.pk])[metric.pk].value == Decimal("71.2")


def test_a_withdrawn_value_does_not_count(acme: World, metric: Metric) -> None:
    with tenant(acme.organization.pk):
        wrong = actions.record_value(metric=metric, value=Decimal(712), source="person")
    acme.client("contributor").post(url("value-withdraw", metric.pk, wrong.pk))
    with tenant(acme.organization.pk):
        assert queries.latest_values([metric.pk]) == {}


def test_the_log_goes_on_behind_a_link(acme: World, metric: Metric, bystander: Client) -> None:
    with tenant(acme.organization.pk):
        for number in range(53):
            actions.record_value(
                metric=metric, value=Decimal(number), source="person", note=f"row {number:02}"
            )
    first = bystander.get(url("metric", metric.pk))
    assert "row 00" not in text(first)
    address = url("metric", metric.pk) + first.context["next"]
    second = text(bystander.get(address, headers=HTMX))
    assert "<html" not in second
    assert "row 00" in second


# --- Choosers -------------------------------------------------------------------------------
def test_a_lead_chooses_a_home_among_the_own_portfolios(in_acme: World) -> None:
    PortfolioFactory.create(name="Not mine")
    form = NewProductForm(access=in_acme.access("lead"))
    assert list(offered(form, "home")) == [Portfolio.objects.get(slug="main")]
    assert form.fields["home"].required


def test_people_who_left_are_not_offered(in_acme: World) -> None:
    in_acme["viewer"].left_at = timezone.now()
    in_acme["viewer"].save()
    form = TeamMemberForm(access=in_acme.access("lead"))
    assert in_acme["viewer"] not in offered(form, "member")


def test_what_a_record_refers_to_stays_a_choice_when_it_is_archived(in_acme: World) -> None:
    role = RoleAssignment.objects.get(member=in_acme["contributor"])
    Product.objects.update(archived_at=timezone.now())
    form = RoleForm(access=in_acme.access("admin"), instance=role)
    assert list(offered(form, "product")) == [role.product]


def test_a_role_is_given_on_the_unit_of_the_page(lead: Client) -> None:
    page = text(lead.get(url("role-create") + "?product=product"))
    assert 'name="product"' in page
    assert 'name="team"' not in page


# --- Private portfolios ---------------------------------------------------------------------
@pytest.fixture
def secret(acme: World) -> dict[str, Any]:
    """A private portfolio with a product that is linked to everything that others see."""
    with tenant(acme.organization.pk):
        portfolio = PortfolioFactory.create(name="Secret lab", slug="secret-lab", is_private=True)
        product = ProductFactory.create(name="Secret tide", slug="secret-tide")
        team = TeamFactory.create(name="Secret crew", slug="secret-crew")
        ProductPlacementFactory.create(product=product, portfolio=portfolio)
        TeamProductFactory.create(team=team, product=product)
        open_product, open_team = Product.objects.get(slug="product"), Team.objects.get(slug="team")
        ProductPlacementFactory.create(product=open_product, portfolio=portfolio, is_home=False)
        ProductRelationFactory.create(product=open_product, other=product)
        TeamProductFactory.create(team=open_team, product=product, tie="shared")
        ThemeFactory.create(portfolio=portfolio, name="Secret theme")
        MetricFactory.create(name="Secret metric", product=product)
        MetricFactory.create(name="Secret silent metric", is_silent=True)
    return {"portfolio": portfolio, "product": product, "team": team}


@pytest.mark.parametrize(
    "page",
    [
        ("portfolios",),
        ("products",),
        ("products-export",),
        ("teams",),
        ("metrics",),
        ("product", "product"),
        ("team", "team"),
    ],
)
def test_no_page_tells_a_bystander_of_a_private_portfolio(
    page: tuple[str, ...], secret: dict[str, Any], bystander: Client, admin: Client
) -> None:
    assert "Secret" in text(admin.get(url(*page)))
    assert "Secret" not in text(bystander.get(url(*page)))


@pytest.mark.parametrize("kind", ["portfolio", "product", "team"])
def test_a_private_page_does_not_exist_for_a_bystander(
    kind: str, secret: dict[str, Any], bystander: Client, admin: Client
) -> None:
    assert admin.get(url(kind, secret[kind].slug)).status_code == 200
    assert bystander.get(url(kind, secret[kind].slug)).status_code == 404


def test_a_private_unit_is_not_offered_to_a_lead_of_another_portfolio(
    secret: dict[str, Any], lead: Client, admin: Client
) -> None:
    address = url("product-relation-create") + "?product=product"
    assert "Secret tide" in text(admin.get(address))
    assert "Secret tide" not in text(lead.get(address))


def test_a_private_unit_cannot_be_named_in_an_address(secret: dict[str, Any], lead: Client) -> None:
    assert lead.get(url("theme-create") + "?portfolio=secret-lab").status_code == 404


def test_a_private_choice_sent_anyway_is_refused(
    acme: World, secret: dict[str, Any], lead: Client
) -> None:
    with tenant(acme.organization.pk):
        own = Product.objects.get(slug="product").pk
    body = {"product": own, "other": secret["product"].pk, "kind": "brand"}
    response = lead.post(url("product-relation-create"), body)
    assert response.status_code == 422
    with tenant(acme.organization.pk):
        assert ProductRelation.objects.count() == 1


def test_the_palette_keeps_private_units_to_itself(
    acme: World, secret: dict[str, Any], rf: Any
) -> None:
    def found(persona: str) -> set[str]:
        request = rf.get("/")
        with tenant(acme.organization.pk):
            request.access = acme.access(persona)
            return {item.label for group in search(request, "secret") for item in group.items}

    assert found("admin") >= {"Secret lab", "Secret tide", "Secret crew", "Secret metric"}
    assert not {label for label in found("bystander") if label.startswith("Secret")}


def test_a_silent_metric_of_nobody_shows_only_to_those_who_see_everything(
    secret: dict[str, Any], acme: World
) -> None:
    with tenant(acme.organization.pk):
        silent = Metric.objects.get(is_silent=True)
        assert silent in queries.visible(Metric, acme.access("admin"))
        assert silent not in queries.visible(Metric, acme.access("bystander"))


def test_a_placement_in_a_private_portfolio_is_not_told(
    secret: dict[str, Any], acme: World
) -> None:
    with tenant(acme.organization.pk):
        seen = queries.visible(ProductPlacement, acme.access("bystander"))
        assert [row.portfolio.slug for row in seen] == ["main"]


# --- Without a portfolio --------------------------------------------------------------------
def test_a_new_product_without_portfolios_says_what_comes_first(in_acme: World) -> None:
    Portfolio.objects.update(archived_at=timezone.now())
    page = in_acme.client("admin").get(reverse("portfolio:product-create", args=["acme"]))
    assert "A portfolio comes first." in page.content.decode()
    assert f'href="{reverse("portfolio:portfolio-create", args=["acme"])}"' in page.content.decode()
    assert "<label" in page.content.decode()


def test_a_new_product_with_a_portfolio_says_nothing_of_it(in_acme: World) -> None:
    page = in_acme.client("admin").get(reverse("portfolio:product-create", args=["acme"]))
    assert "A portfolio comes first." not in page.content.decode()


def test_who_needs_a_home_and_leads_no_portfolio_is_shown_no_form_to_fill_in(
    in_acme: World,
) -> None:
    Portfolio.objects.update(archived_at=timezone.now())
    page = in_acme.client("lead").get(reverse("portfolio:product-create", args=["acme"]))
    assert "A portfolio comes first" in page.content.decode()
    assert reverse("portfolio:portfolios", args=["acme"]) in page.content.decode()
    assert 'name="home"' not in page.content.decode()


def test_what_a_product_consists_of_stands_between_its_goals_and_the_talk(acme: World) -> None:
    html = acme.client("lead").get(url("product", acme.product.slug)).content.decode()
    places = [html.index(f"<h2>{name}</h2>") for name in ("Objectives", "Teams", "Comments")]
    assert places == sorted(places)


def test_a_placement_is_offered_for_change_to_those_who_steer_its_portfolio(acme: World) -> None:
    """A lead of the product alone may not move it out of its home."""
    with tenant(acme.organization.pk):
        placement = ProductPlacement.objects.get()
        RoleAssignment.objects.create(
            member=acme["bystander"], role=UnitRole.LEAD, product=acme.product
        )
    pages = [text(acme.client(who).get(url("product", "product"))) for who in ("bystander", "lead")]
    edit = url("placement-edit", placement.pk)
    assert [edit in page for page in pages] == [False, True]
