"""The kinds of record that governance speaks of: who sees them, whose they are, where they are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.access import Access
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from governance.models import Decision, DecisionTouch
from okrs.models import Commitment, Dependency, Initiative, KeyResult, Objective
from okrs.queries.dependencies import visible_dependencies
from okrs.queries.initiatives import visible_initiatives
from okrs.queries.key_results import visible_key_results
from okrs.queries.objectives import visible_objectives
from portfolio.models import Portfolio, Product
from portfolio.queries import visible

Record = EditableModel
FOUND = 8


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of record.

    `key` is the column that names it, `slug` its place in addresses. Look-ups from the record:
    `units` lead to the units that own it, `people` to the members who answer for it, `title`
    and `hint` to what it is called. `page` with `argument` and `anchor` is its address.
    """

    key: str
    slug: str
    label: str
    model: type[Record]
    visible: Callable[[Access], QuerySet[Any]]
    units: tuple[str, ...]
    people: tuple[str, ...]
    title: str = "title"
    hint: tuple[str, ...] = ()
    page: str
    argument: str = "id"
    anchor: str = ""


OF_OBJECTIVE = ("portfolio", "product", "team")
UNIT_NAMES = ("portfolio__name", "product__name", "team__name")


def below(prefix: str, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{prefix}__{name}" for name in names)


def visible_commitments(access: Access) -> QuerySet[Commitment]:
    """Commitments of objectives that the member may see."""
    rows = Commitment.objects.all()
    if access.units.hidden:
        rows = rows.filter(objective__in=visible_objectives(access))
    return rows


PORTFOLIO = Kind(
    key="portfolio",
    slug="portfolios",
    label="Portfolio",
    model=Portfolio,
    visible=lambda access: visible(Portfolio, access),
    units=("id",),
    people=(),
    title="name",
    page="portfolio:portfolio",
    argument="slug",
)
PRODUCT = Kind(
    key="product",
    slug="products",
    label="Product",
    model=Product,
    visible=lambda access: visible(Product, access),
    units=("id",),
    people=("lead",),
    title="name",
    page="portfolio:product",
    argument="slug",
)
OBJECTIVE = Kind(
    key="objective",
    slug="objectives",
    label="Objective",
    model=Objective,
    visible=visible_objectives,
    units=OF_OBJECTIVE,
    people=("owner",),
    hint=(*UNIT_NAMES, "cycle__name"),
    page="okrs:objective",
)
KEY_RESULT = Kind(
    key="key_result",
    slug="key-results",
    label="Key result",
    model=KeyResult,
    visible=visible_key_results,
    units=below("objective", OF_OBJECTIVE),
    people=("owner", "objective__owner"),
    hint=(*below("objective", UNIT_NAMES), "objective__cycle__name"),
    page="okrs:key-result",
)
INITIATIVE = Kind(
    key="initiative",
    slug="initiatives",
    label="Initiative",
    model=Initiative,
    visible=visible_initiatives,
    units=("product", "team"),
    people=("owner",),
    hint=("product__name",),
    page="okrs:initiative",
)
DEPENDENCY = Kind(
    key="dependency",
    slug="dependencies",
    label="Dependency",
    model=Dependency,
    visible=visible_dependencies,
    units=(
        *below("needer_key_result__objective", OF_OBJECTIVE),
        *below("needer_initiative", ("product", "team")),
        "provider_product",
        "provider_team",
    ),
    people=("needer_owner", "provider_owner"),
    hint=("provider_product__name", "provider_team__name"),
    page="okrs:dependency",
)
COMMITMENT = Kind(
    key="commitment",
    slug="commitments",
    label="Commitment",
    model=Commitment,
    visible=visible_commitments,
    units=below("objective", OF_OBJECTIVE),
    people=("made_by", "objective__owner"),
    title="objective__title",
    hint=("objective__cycle__name",),
    page="okrs:objective",
    argument="objective_id",
    anchor="#commitment",
)
GOALS = (PORTFOLIO, PRODUCT, OBJECTIVE, KEY_RESULT, INITIATIVE, DEPENDENCY, COMMITMENT)
# What risks hang on, and what signals name.
STEERED = (PORTFOLIO, PRODUCT, OBJECTIVE)


def of_hidden_records(access: Access, kinds: Iterable[Kind], prefix: str = "") -> Q:
    """A condition on rows that name a record of a unit hidden from the member."""
    condition = Q(pk__in=[])
    if access.units.hidden:
        for kind in kinds:
            for unit in kind.units:
                condition |= Q(**{f"{prefix}{kind.key}__{unit}__in": access.units.hidden})
    return condition


def visible_decisions(access: Access) -> QuerySet[Decision]:
    """Decisions that touch nothing hidden from the member, withdrawn ones included."""
    if not access.units.hidden:
        return Decision.objects.all()
    hidden = DecisionTouch.objects.filter(of_hidden_records(access, GOALS))
    return Decision.objects.exclude(pk__in=hidden.values("decision"))


DECISION = Kind(
    key="decision",
    slug="decisions",
    label="Decision",
    model=Decision,
    visible=visible_decisions,
    units=below("touches", (f"{kind.key}__{unit}" for kind in GOALS for unit in kind.units)),
    people=("proposed_by", "decided_by"),
    page="governance:decision",
)
KINDS = (*GOALS, DECISION)
BY_KEY = {kind.key: kind for kind in KINDS}
BY_SLUG = {kind.slug: kind for kind in KINDS}
BY_MODEL = {kind.model: kind for kind in KINDS}


def kind_of(record: Record) -> Kind:
    """The kind of a record. Raises KeyError for one that governance does not speak of."""
    return BY_MODEL[type(record)]


def get_record(access: Access, kind: Kind, pk: UUID) -> Any:
    """A visible record. Raises `Http404`."""
    return get_object_or_404(kind.visible(access), pk=pk)


def units_of(records: Iterable[Record]) -> set[UUID]:
    """The units that own any of the records; one query a kind."""
    return values_of(records, lambda kind: kind.units)


def people_of(records: Iterable[Record]) -> QuerySet[Member]:
    """The members who answer for any of the records, with their persons."""
    answering = values_of(records, lambda kind: kind.people)
    return Member.objects.filter(pk__in=answering, left_at=None).select_related("person")


def values_of(records: Iterable[Record], columns: Callable[[Kind], Sequence[str]]) -> set[UUID]:
    """Whatever the look-ups of each kind lead to, without what is empty."""
    found: set[UUID] = set()
    for kind, ids in by_kind(records).items():
        if columns(kind):
            rows = kind.model.objects.filter(pk__in=ids).order_by()
            for row in rows.values_list(*columns(kind)):
                found.update(value for value in row if value)
    return found


def by_kind(records: Iterable[Record]) -> Mapping[Kind, list[UUID]]:
    found: dict[Kind, list[UUID]] = defaultdict(list)
    for record in records:
        found[kind_of(record)].append(record.pk)
    return found


# --- Names and addresses ----------------------------------------------------------------------
@dataclass(frozen=True)
class Link:
    """A record as others point at it; `value` is how forms name it, as in `objective:<id>`."""

    kind: str
    title: str
    url: str
    value: str
    hint: str = ""


def columns_of(kind: Kind, prefix: str = "") -> list[str]:
    names = dict.fromkeys(("id", kind.title, kind.argument, *kind.hint))
    return [f"{prefix}{name}" for name in names]


def link_of(access: Access, kind: Kind, row: Mapping[str, Any], prefix: str = "") -> Link:
    """A link from a row of `columns_of`."""
    argument = row[f"{prefix}{kind.argument}"]
    url = reverse(kind.page, args=[access.organization.slug, argument])
    hints = [row[f"{prefix}{name}"] for name in kind.hint]
    return Link(
        kind.label,
        row[f"{prefix}{kind.title}"],
        url + kind.anchor,
        f"{kind.key}:{row[f'{prefix}id']}",
        ", ".join(hint for hint in hints if hint),
    )


def link_to(access: Access, record: Record) -> Link:
    kind = kind_of(record)
    rows = kind.model.objects.filter(pk=record.pk).order_by()
    return link_of(access, kind, rows.values(*columns_of(kind)).get())


def links_by_row(
    access: Access, rows: QuerySet[Any], kinds: Sequence[Kind], *, by: str
) -> Mapping[UUID, list[Link]]:
    """What rows name, under the id in their column `by`; one query."""
    columns = [name for kind in kinds for name in columns_of(kind, f"{kind.key}__")]
    found: dict[UUID, list[Link]] = defaultdict(list)
    for row in rows.order_by("id").values(by, *columns):
        for kind in kinds:
            prefix = f"{kind.key}__"
            if row[f"{prefix}id"]:
                found[row[by]].append(link_of(access, kind, row, prefix))
    return found


# --- Choosing ---------------------------------------------------------------------------------
def search_records(access: Access, kinds: Iterable[Kind], words: str) -> list[Link]:
    """Live records whose names hold all of the words, a few of each kind."""
    found: list[Link] = []
    for kind in kinds if words.split() else ():
        rows = kind.visible(access).filter(archived_at=None)
        for word in words.split():
            rows = rows.filter(**{f"{kind.title}__icontains": word})
        newest = rows.order_by("-id").values(*columns_of(kind))[:FOUND]
        found += [link_of(access, kind, row) for row in newest]
    return found


def chosen_records(
    access: Access, kinds: Iterable[Kind], values: Iterable[str]
) -> list[Record] | None:
    """The visible records that `values` name, as `link_of` writes them; None if one is unknown."""
    offered = {kind.key: kind for kind in kinds}
    records: list[Record] = []
    for value in dict.fromkeys(values):
        key, _, pk = value.partition(":")
        record = find_record(access, offered[key], pk) if key in offered else None
        if record is None:
            return None
        records.append(record)
    return records


def find_record(access: Access, kind: Kind, pk: str) -> Record | None:
    try:
        found: Record | None = kind.visible(access).filter(pk=UUID(pk)).first()
    except ValueError:
        return None
    return found


def named_by(row: TenantModel, kinds: Iterable[Kind]) -> tuple[str, UUID]:
    """The key and the id of the one record that a row with exclusive keys names."""
    for kind in kinds:
        pk: UUID | None = getattr(row, f"{kind.key}_id")
        if pk is not None:
            return kind.key, pk
    raise ValueError("the row names no record")


def record_of(row: TenantModel, kinds: Iterable[Kind]) -> Record:
    """The one record that a row with exclusive keys names."""
    record: Record = getattr(row, named_by(row, kinds)[0])
    return record


def about(access: Access, records: Iterable[Record]) -> list[Link]:
    """Links to records in hand, a query a kind."""
    found: dict[UUID, Link] = {}
    for kind, ids in by_kind(records).items():
        rows = kind.model.objects.filter(pk__in=ids).order_by()
        found |= {row["id"]: link_of(access, kind, row) for row in rows.values(*columns_of(kind))}
    return [found[record.pk] for record in records]
