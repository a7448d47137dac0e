"""Rules between a row and others of its kind, each named by the field it concerns."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.tenant_models import EditableModel
from portfolio.models import (
    DatedLink,
    MeasureUnit,
    Metric,
    Portfolio,
    ProductPlacement,
    ProductRelation,
    RoleAssignment,
    TeamCapacity,
    TeamMember,
    TeamProduct,
)

Row = TypeVar("Row", bound=EditableModel)


def check_against_others(row: EditableModel) -> None:
    """Raise `ValidationError` by field when another live row stands in the way."""
    match row:
        case ProductPlacement():
            check_placement(row)
        case TeamProduct():
            message = "The team already works on this product in that time."
            refuse(
                overlapping(row).filter(team=row.team_id, product=row.product_id),
                "product",
                message,
            )
        case TeamMember():
            message = "This person is already in the team in that time."
            refuse(
                overlapping(row).filter(team=row.team_id, member=row.member_id), "member", message
            )
        case RoleAssignment():
            check_role(row)
        case ProductRelation():
            check_relation(row)
        case TeamCapacity():
            same = others(row).filter(team=row.team_id, month=row.month)
            refuse(same, "month", "This month already has a capacity of its own.")
    match row:
        case MeasureUnit():
            keep_meaning(row)
        case Metric():
            keep_unit(row)


def others(row: Row) -> QuerySet[Row]:
    """The other live rows of the same kind."""
    rows: QuerySet[Row] = type(row).objects.filter(archived_at=None).exclude(pk=row.pk)
    return rows


def overlapping(link: DatedLink) -> QuerySet[Any]:
    """Other live links that hold on a day on which `link` holds."""
    rows: QuerySet[Any] = others(link).filter(
        Q(until_date=None) | Q(until_date__gte=link.from_date)
    )
    return rows.filter(from_date__lte=link.until_date) if link.until_date else rows


def refuse(rows: QuerySet[Any], field: str, message: str) -> None:
    if rows.exists():
        raise ValidationError({field: message})


def check_placement(row: ProductPlacement) -> None:
    rows = overlapping(row).filter(product=row.product_id)
    message = "The product is already in this portfolio in that time."
    refuse(rows.filter(portfolio=row.portfolio_id), "portfolio", message)
    if row.is_home:
        message = "The product has another home portfolio in that time. End that one first."
        refuse(rows.filter(is_home=True), "is_home", message)


def check_role(row: RoleAssignment) -> None:
    same = overlapping(row).filter(
        member=row.member_id, portfolio=row.portfolio_id, product=row.product_id, team=row.team_id
    )
    refuse(same, "member", "This person has a role here already. Change that one.")


def check_relation(row: ProductRelation) -> None:
    ends = {row.product_id, row.other_id}
    same = others(row).filter(kind=row.kind, product__in=ends, other__in=ends)
    refuse(same, "other", "This relation is already recorded.")


def keep_meaning(row: MeasureUnit) -> None:
    """Values were written in this unit: what it means must not change under them."""
    before = MeasureUnit.objects.filter(pk=row.pk, metrics__isnull=False).first()
    if before is None:
        return
    for field in ("dimension", "currency", "factor"):
        if getattr(before, field) != getattr(row, field):
            message = "Metrics already count in this unit. Make another unit instead."
            raise ValidationError({field: message})


def keep_unit(row: Metric) -> None:
    before = Metric.objects.filter(pk=row.pk, values__isnull=False).first()
    if before is not None and before.unit_id != row.unit_id:
        message = "The metric has values in its present unit. Make another metric instead."
        raise ValidationError({"unit": message})


def refuse_archiving(row: EditableModel) -> None:
    if not isinstance(row, Portfolio):
        return
    today = timezone.localdate()
    at_home = ProductPlacement.objects.filter(
        Q(until_date=None) | Q(until_date__gte=today),
        portfolio=row,
        is_home=True,
        archived_at=None,
        product__archived_at=None,
    ).count()
    if at_home:
        products = "One product is" if at_home == 1 else f"{at_home} products are"
        raise ValidationError(f"{products} at home in this portfolio. Move or archive them first.")
