"""Rows of funding, in the bound organisation."""

from datetime import date
from decimal import Decimal

import factory
from django.utils import timezone

from funding.choices import EntryKind
from funding.models import Budget, LedgerEntry
from tests.factories.accounts import MemberFactory
from tests.factories.portfolio import ProductFactory


class BudgetFactory(factory.django.DjangoModelFactory[Budget]):
    """Money for a product over the present year."""

    class Meta:
        model = Budget

    name = factory.Sequence(lambda n: f"Budget {n}")
    product = factory.SubFactory(ProductFactory)
    starts_on = factory.LazyFunction(lambda: date(timezone.localdate().year, 1, 1))
    ends_on = factory.LazyFunction(lambda: date(timezone.localdate().year, 12, 31))
    amount = Decimal(100_000)
    currency = "EUR"


class LedgerEntryFactory(factory.django.DjangoModelFactory[LedgerEntry]):
    """Money spent today."""

    class Meta:
        model = LedgerEntry

    budget = factory.SubFactory(BudgetFactory)
    kind = EntryKind.SPEND
    amount = Decimal(1_000)
    on_date = factory.LazyFunction(timezone.localdate)
    actor = factory.SubFactory(MemberFactory)
