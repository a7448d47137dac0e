"""Statements that are written once: for whom they are sent, with what, and what they refuse."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, Organization
from accounts.statements import written
from accounts.tenancy import NoTenant, tenant
from portfolio.models import Portfolio, Product
from tests.personas import World, make_world

NEVER = datetime(1900, 1, 1, tzinfo=UTC)


def test_a_statement_answers_for_the_organisation_that_is_bound(acme: World) -> None:
    rival = make_world("Rival", prefix="rival-")
    with tenant(acme.organization.pk):
        statement = written(Portfolio.objects.values("name"))
        ours = statement.rows()
    with tenant(rival.organization.pk):
        theirs = statement.rows()
    assert (ours, theirs) == ([{"name": "Acme portfolio"}], [{"name": "Rival portfolio"}])


def test_a_statement_names_the_bound_organisation_to_the_database(in_acme: World) -> None:
    statement = written(Portfolio.objects.values("name"))
    with CaptureQueriesContext(connection) as captured:
        statement.rows()
    assert str(in_acme.organization.pk) in captured[0]["sql"]


def test_a_statement_answers_nobody_unbound(acme: World) -> None:
    with tenant(acme.organization.pk):
        statement = written(Portfolio.objects.values("name"))
    with pytest.raises(NoTenant):
        statement.rows()


def test_values_take_the_place_of_those_that_it_was_written_with(in_acme: World) -> None:
    pk = uuid4()
    rows = Product.objects.filter(pk=pk, created_at__gt=NEVER).values("slug")
    statement = written(rows, pk, NEVER)
    product = Product.objects.get(slug="product")
    found = [statement.rows(product.pk, at) for at in (NEVER, product.created_at)]
    assert found == [[{"slug": "product"}], []]


def test_signs_of_percent_stay_as_they_are(in_acme: World) -> None:
    rows = Product.objects.filter(name__icontains="product").extra(select={"sign": "'100%%'"})
    assert written(rows.values("sign")).rows() == [{"sign": "100%"}]


def test_a_statement_may_stand_within_another(in_acme: World) -> None:
    rows = Product.objects.values("slug")
    counted = written(rows, around="SELECT count(*) AS how_many FROM ({}) found")
    assert counted.rows() == [{"how_many": 1}]


def test_columns_that_are_made_into_something_else_are_refused(in_acme: World) -> None:
    with pytest.raises(TypeError, match="as the database has it"):
        written(AuditEntry.objects.values("changes"))


def test_a_query_that_can_find_nothing_has_no_statement(in_acme: World) -> None:
    with pytest.raises(EmptyResultSet):
        written(Organization.objects.filter(pk__in=[]).values("id"))
