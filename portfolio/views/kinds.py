"""The kinds of record that people write on the map."""

from typing import Any

from django.urls import reverse

from accounts.access import Access
from accounts.permissions import Permission
from accounts.tenant_models import EditableModel
from portfolio import actions
from portfolio.forms import records as forms
from portfolio.forms.records import RecordForm
from portfolio.models import MeasureUnit
from portfolio.views.records import Kind


def create_product(access: Access, form: RecordForm) -> EditableModel:
    return actions.create_product(access, **form.changes)


def create_team(access: Access, form: RecordForm) -> EditableModel:
    return actions.create_team(access, **form.changes)


def own_page(row: Any) -> str:
    return str(row.get_absolute_url())


def portfolio_page(row: Any) -> str:
    return str(row.portfolio.get_absolute_url())


def product_page(row: Any) -> str:
    return str(row.product.get_absolute_url())


def team_page(row: Any) -> str:
    return str(row.team.get_absolute_url())


def unit_page(row: Any) -> str:
    return str(row.unit.get_absolute_url())


def measures_page(row: MeasureUnit) -> str:
    return reverse("portfolio:measure-units", args=[row.organization.slug])


PORTFOLIO = Kind(
    name="portfolio",
    folder="portfolios",
    noun="portfolio",
    form=forms.PortfolioForm,
    list_url="portfolio:portfolios",
    page=own_page,
    create_needs=Permission.MAP_MANAGE,
)
VALUE_STREAM = Kind(
    name="value-stream",
    folder="value-streams",
    noun="value stream",
    form=forms.ValueStreamForm,
    list_url="portfolio:value-streams",
    page=own_page,
    create_needs=Permission.MAP_MANAGE,
    write_needs=Permission.MAP_MANAGE,
)
PRODUCT = Kind(
    name="product",
    folder="products",
    noun="product",
    form=forms.ProductForm,
    new_form=forms.NewProductForm,
    new_template="portfolio/product_new.html",
    create=create_product,
    list_url="portfolio:products",
    page=own_page,
)
TEAM = Kind(
    name="team",
    folder="teams",
    noun="team",
    form=forms.TeamForm,
    new_form=forms.NewTeamForm,
    create=create_team,
    list_url="portfolio:teams",
    page=own_page,
)
METRIC = Kind(
    name="metric",
    folder="metrics",
    noun="metric",
    form=forms.MetricForm,
    list_url="portfolio:metrics",
    page=own_page,
)
THEME = Kind(
    name="theme",
    folder="themes",
    noun="theme",
    form=forms.ThemeForm,
    list_url="portfolio:portfolios",
    page=portfolio_page,
)
PLACEMENT = Kind(
    name="placement",
    folder="placements",
    noun="placement",
    form=forms.PlacementForm,
    list_url="portfolio:products",
    page=product_page,
)
RELATION = Kind(
    name="product-relation",
    folder="product-relations",
    noun="relation",
    form=forms.RelationForm,
    list_url="portfolio:products",
    page=product_page,
)
TEAM_PRODUCT = Kind(
    name="team-product",
    folder="team-products",
    noun="team on a product",
    form=forms.TeamProductForm,
    list_url="portfolio:teams",
    page=team_page,
)
TEAM_MEMBER = Kind(
    name="team-member",
    folder="team-members",
    noun="team member",
    form=forms.TeamMemberForm,
    list_url="portfolio:teams",
    page=team_page,
)
TEAM_CAPACITY = Kind(
    name="team-capacity",
    folder="team-capacities",
    noun="capacity of a month",
    form=forms.TeamCapacityForm,
    list_url="portfolio:teams",
    page=team_page,
)
ROLE = Kind(
    name="role",
    folder="roles",
    noun="role",
    form=forms.RoleForm,
    list_url="portfolio:portfolios",
    page=unit_page,
)
MEASURE_UNIT = Kind(
    name="measure-unit",
    folder="settings/units",
    noun="unit of measure",
    form=forms.MeasureUnitForm,
    list_url="portfolio:measure-units",
    page=measures_page,
    create_needs=Permission.MAP_MANAGE,
    write_needs=Permission.MAP_MANAGE,
)
KINDS = (
    PORTFOLIO,
    VALUE_STREAM,
    PRODUCT,
    TEAM,
    METRIC,
    THEME,
    PLACEMENT,
    RELATION,
    TEAM_PRODUCT,
    TEAM_MEMBER,
    TEAM_CAPACITY,
    ROLE,
    MEASURE_UNIT,
)
