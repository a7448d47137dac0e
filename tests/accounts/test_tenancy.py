"""The walls between organisations, from inside the application role."""

import threading
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.utils import DatabaseError

from accounts.fields import new_id
from accounts.models import Organization
from accounts.tenancy import NoTenant, current_binding, tenant
from portfolio.models import Portfolio, Product, ProductPlacement
from tests.factories.portfolio import PortfolioFactory, ProductFactory
from tests.personas import World

RAW_COUNT = "SELECT count(*) FROM portfolio_portfolio"


def raw_count() -> int:
    with connection.cursor() as cursor:
        cursor.execute(RAW_COUNT)
        return int(cursor.fetchone()[0])


def test_the_suite_connects_as_the_application_role(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == ("flotilla_app", False, False)


def test_an_unbound_manager_raises(acme: World) -> None:
    with pytest.raises(NoTenant):
        Portfolio.objects.count()


def test_an_unbound_raw_query_raises(acme: World) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        raw_count()


def test_a_raw_query_sees_the_bound_organisation_only(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk):
        PortfolioFactory.create()
        assert raw_count() == 2
    with tenant(rival.organization.pk):
        assert raw_count() == 1


def test_the_binding_ends_with_its_block_inside_an_open_transaction(acme: World) -> None:
    with tenant(acme.organization.pk):
        pass
    with pytest.raises(DatabaseError), transaction.atomic():
        raw_count()


def test_a_second_organisation_cannot_be_bound_inside_the_first(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk), pytest.raises(NoTenant), tenant(rival.organization.pk):
        pass


def test_a_row_of_another_organisation_cannot_be_written(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk), pytest.raises(ProgrammingError, match="row-level security"):
        Portfolio.objects.create(
            organization_id=rival.organization.pk, name="Planted", slug="planted"
        )


def test_a_foreign_reference_is_refused_by_the_database(acme: World, rival: World) -> None:
    with tenant(rival.organization.pk):
        foreign = ProductFactory.create()
    with tenant(acme.organization.pk), transaction.atomic():
        own = Portfolio.objects.get()
        ProductPlacement.objects.create(product_id=foreign.pk, portfolio=own, share=Decimal(1))
        with pytest.raises(IntegrityError, match="portfolio_productplacement_product_same_org"):
            check_keys_now()
        transaction.set_rollback(True)


def check_keys_now() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_foreign_row_cannot_be_changed_or_deleted(acme: World, rival: World) -> None:
    with tenant(rival.organization.pk):
        foreign = Product.objects.get()
    with tenant(acme.organization.pk), connection.cursor() as cursor:
        cursor.execute("UPDATE portfolio_product SET name = 'Stolen' WHERE id = %s", [foreign.pk])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM portfolio_product WHERE id = %s", [foreign.pk])
        assert cursor.rowcount == 0


def test_another_organisation_is_not_even_readable_by_id(acme: World, rival: World) -> None:
    with tenant(acme.organization.pk):
        assert list(Organization.objects.values_list("slug", flat=True)) == ["acme"]


@pytest.mark.django_db(transaction=True)
def test_a_query_outside_a_transaction_raises_although_an_organisation_is_bound() -> None:
    with tenant(new_id()), pytest.raises((ProgrammingError, DataError)):
        raw_count()


@pytest.mark.django_db(transaction=True)
def test_threads_never_see_each_others_organisation() -> None:
    organizations = [new_id() for _ in range(3)]
    for number, pk in enumerate(organizations):
        with tenant(pk), transaction.atomic():
            Organization(id=pk, name=f"Org {number}", slug=f"org-{number}").save(force_insert=True)
            PortfolioFactory.create_batch(number + 1)
    wrong: list[str] = []

    def hammer(seed: int) -> None:
        for turn in range(200):
            number = (seed + turn) % 3
            try:
                with tenant(organizations[number]), transaction.atomic():
                    if (seen := raw_count()) != number + 1:
                        wrong.append(f"{number}: {seen}")
                    if turn % 5 == 0:
                        fail_inside_a_savepoint()
            except ValueError:
                continue
            if current_binding() is not None:
                wrong.append("still bound")
        connection.close()

    threads = [threading.Thread(target=hammer, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def fail_inside_a_savepoint() -> None:
    with transaction.atomic():
        raise ValueError("roll back")


def test_ids_are_ordered_by_time() -> None:
    made: list[UUID] = [new_id() for _ in range(100)]
    assert made == sorted(made)
