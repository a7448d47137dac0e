"""Products: their making, their stance, and where they are at home."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.access import Access
from accounts.permissions import Permission
from portfolio.actions import records
from portfolio.models import Portfolio, Product, ProductPlacement, ProductStance

STANCE = ("lifecycle_stage", "posture")


@transaction.atomic
def create_product(access: Access, *, home: Portfolio | None, **fields: Any) -> Product:
    """A product at home in `home`, whose lead may make it; without a home a facilitator may.

    Raises `ValidationError` by field.
    """
    access.require(Permission.MAP_WRITE, [home.pk if home else None])
    product = records.store_new(access, Product(**fields))
    note_stance(access, product, from_date=timezone.localdate())
    if home is not None:
        placement = ProductPlacement(product=product, portfolio=home, is_home=True)
        records.store_new(access, placement)
    return product


@transaction.atomic
def edit_product(
    access: Access,
    product: Product,
    *,
    expected_version: int | None,
    stance_note: str = "",
    **changes: Any,
) -> Product:
    """Change a product; another stage or posture enters its history from today."""
    before = [getattr(product, name) for name in STANCE]
    edited = records.edit(access, product, expected_version=expected_version, **changes)
    if [getattr(edited, name) for name in STANCE] != before:
        note_stance(access, edited, from_date=timezone.localdate(), note=stance_note)
    return edited


@transaction.atomic
def change_stance(
    access: Access,
    product: Product,
    *,
    lifecycle_stage: str,
    posture: str,
    from_date: date,
    note: str = "",
    expected_version: int | None,
) -> Product:
    """Record the stage and posture that hold from a day on, today or before.

    An earlier day than the newest entry completes the history and leaves the present as it is.
    """
    if from_date > timezone.localdate():
        raise ValidationError({"from_date": "Choose today or an earlier day."})
    newest = product.stances.order_by("-from_date", "-id").first()
    changes: dict[str, Any] = {}
    if newest is None or from_date >= newest.from_date:
        changes = {"lifecycle_stage": lifecycle_stage, "posture": posture}
    edited = records.edit(access, product, expected_version=expected_version, **changes)
    stance = ProductStance(
        product=edited,
        lifecycle_stage=lifecycle_stage,
        posture=posture,
        from_date=from_date,
        note=note,
        recorded_by=access.member,
    )
    stance.full_clean()
    stance.save(force_insert=True)
    return edited


def note_stance(access: Access, product: Product, *, from_date: date, note: str = "") -> None:
    ProductStance.objects.create(
        product=product,
        lifecycle_stage=product.lifecycle_stage,
        posture=product.posture,
        from_date=from_date,
        note=note,
        recorded_by=access.member,
    )


@transaction.atomic
def move_home(
    access: Access, product: Product, *, portfolio: Portfolio, from_date: date
) -> ProductPlacement:
    """Give a product another home portfolio from a day on; the present home ends the day before.

    The right is needed on the product, on its present home and on the new one.
    """
    records.hold_the_map()
    for placement in homes_from(product, from_date):
        if placement.portfolio_id == portfolio.pk:
            raise ValidationError({"portfolio": "The product is at home here already."})
        end_before(access, placement, from_date)
    fresh = ProductPlacement(
        product=product, portfolio=portfolio, is_home=True, from_date=from_date
    )
    return records.create(access, fresh)


def homes_from(product: Product, day: date) -> list[ProductPlacement]:
    """Homes that hold on `day` or later."""
    rows = ProductPlacement.objects.filter(product=product, is_home=True, archived_at=None)
    return list(rows.filter(Q(until_date=None) | Q(until_date__gte=day)))


def end_before(access: Access, placement: ProductPlacement, day: date) -> None:
    if placement.from_date >= day:
        records.archive(access, placement)
    else:
        last = day - timedelta(days=1)
        records.edit(access, placement, expected_version=None, until_date=last)
