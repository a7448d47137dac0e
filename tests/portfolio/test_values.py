"""The log of a metric: what held, as known when, and how wrong values leave it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.fields import new_id
from accounts.tenancy import tenant
from okrs.scoring import Value, value_at
from portfolio import actions
from portfolio.actions import values as value_log
from portfolio.choices import ValueSource
from portfolio.models import Metric, MetricValue
from portfolio.queries import Wanted, latest_values, standing_values, values_at, values_of
from tests.factories.accounts import make_organization
from tests.factories.portfolio import MetricFactory, ProductFactory
from tests.personas import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(day: int) -> datetime:
    return NOON + timedelta(days=day)


@pytest.fixture
def metric(in_acme: World) -> Metric:
    return MetricFactory.create()


def record(metric: Metric, value: str, day: int) -> MetricValue:
    return actions.record_value(
        metric=metric, value=Decimal(value), source=ValueSource.PERSON, effective_at=at(day)
    )


def latest(metric: Metric, **moments: datetime) -> Decimal | None:
    row = latest_values([metric.pk], **moments).get(metric.pk)
    return row.value if row else None


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("1E18", "1000000000000000000.0000000000"),
        ("-9999999999999999999.5", "-9999999999999999999.5000000000"),
        ("99999999999999999999.99999999994", "99999999999999999999.9999999999"),
        ("0.00000000015", "0.0000000002"),
    ],
)
def test_twenty_digits_before_the_point_are_kept_with_ten_after_it(
    metric: Metric, given: str, kept: str
) -> None:
    record(metric, given, day=0)
    assert f"{latest(metric):f}" == kept


@pytest.mark.parametrize("given", ["1E20", "-1E20", "99999999999999999999.99999999995", "NaN"])
def test_what_has_more_digits_once_it_is_rounded_is_refused(metric: Metric, given: str) -> None:
    with pytest.raises(ValidationError, match="at most 20 digits"):
        record(metric, given, day=0)


def test_a_metric_without_values_is_left_out(metric: Metric) -> None:
    assert latest_values([metric.pk]) == {}


def test_the_latest_value_is_the_one_true_last_not_the_one_told_last(metric: Metric) -> None:
    record(metric, "5", day=3)
    record(metric, "4", day=1)
    assert latest(metric) == 5


def test_a_moment_between_two_values_sees_the_earlier_one(metric: Metric) -> None:
    record(metric, "4", day=1)
    record(metric, "5", day=3)
    assert latest(metric, as_of=at(2)) == 4


def test_of_two_values_of_one_moment_the_later_told_holds(metric: Metric) -> None:
    record(metric, "4", day=1)
    record(metric, "5", day=1)
    assert latest(metric) == 5


def test_a_late_correction_changes_the_past_but_not_what_was_known(in_acme: World) -> None:
    metric = MetricFactory.create()
    wrong = record(metric, "4", day=1)
    known_at = timezone.now()
    actions.correct_value(in_acme.access("admin"), metric, wrong.pk, value=Decimal(7))
    assert latest(metric, as_of=at(2)) == 7
    assert latest(metric, as_of=at(2), known_at=known_at) == 4


def test_withdrawing_brings_the_value_before_back(in_acme: World) -> None:
    metric = MetricFactory.create()
    record(metric, "4", day=1)
    wrong = record(metric, "500", day=2)
    actions.withdraw_value(in_acme.access("admin"), metric, wrong.pk, note="typed twice")
    assert latest(metric) == 4


def test_withdrawing_a_withdrawal_brings_the_value_back(in_acme: World) -> None:
    metric = MetricFactory.create()
    value = record(metric, "4", day=1)
    withdrawal = actions.withdraw_value(in_acme.access("admin"), metric, value.pk)
    actions.withdraw_value(in_acme.access("admin"), metric, withdrawal.pk)
    assert latest(metric) == 4


def test_a_value_is_withdrawn_once(in_acme: World) -> None:
    metric = MetricFactory.create()
    value = record(metric, "4", day=1)
    actions.withdraw_value(in_acme.access("admin"), metric, value.pk)
    with pytest.raises(ValidationError) as refused:
        actions.withdraw_value(in_acme.access("admin"), metric, value.pk)
    assert refused.value.message_dict == {"voids": ["This value was already withdrawn."]}


def test_a_value_of_another_metric_cannot_be_withdrawn_here(in_acme: World) -> None:
    metric, other = MetricFactory.create(), MetricFactory.create()
    value = record(other, "4", day=1)
    with pytest.raises(ValidationError, match="not one of the metric's"):
        actions.withdraw_value(in_acme.access("admin"), metric, value.pk)


def test_a_value_from_the_future_is_refused(in_acme: World) -> None:
    with pytest.raises(ValidationError) as refused:
        actions.add_value(
            in_acme.access("admin"),
            MetricFactory.create(),
            value=Decimal(1),
            effective_at=timezone.now() + timedelta(minutes=5),
        )
    assert refused.value.message_dict == {"effective_at": ["A value cannot be from the future."]}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1E20"])
def test_what_the_log_cannot_hold_is_refused_at_the_value(metric: Metric, value: str) -> None:
    with pytest.raises(ValidationError) as refused:
        record(metric, value, day=1)
    assert list(refused.value.message_dict) == ["value"]


def test_values_keep_ten_decimals(metric: Metric) -> None:
    record(metric, "0.66666666666666", day=1)
    assert latest(metric) == Decimal("0.6666666667")


def test_the_database_says_when_a_value_was_recorded(metric: Metric) -> None:
    before = timezone.now()
    row = MetricValue.objects.create(
        metric=metric,
        value=Decimal(1),
        source=ValueSource.FILE,
        effective_at=at(0),
        recorded_at=at(-900),
    )
    row.refresh_from_db()
    assert row.recorded_at >= before


def test_many_metrics_are_read_in_one_statement(
    in_acme: World, django_assert_num_queries: Any
) -> None:
    metrics = [MetricFactory.create() for _ in range(50)]
    for number, metric in enumerate(metrics):
        record(metric, str(number), day=1)
    with django_assert_num_queries(1):
        found = latest_values([m.pk for m in metrics])
    assert [found[m.pk].value for m in metrics] == list(range(50))


def test_a_contributor_of_the_product_may_add_a_value_and_a_viewer_may_not(in_acme: World) -> None:
    metric = MetricFactory.create(product=in_acme["contributor"].roles.get().product)
    actions.add_value(in_acme.access("contributor"), metric, value=Decimal(3))
    with pytest.raises(PermissionDenied):
        actions.add_value(in_acme.access("viewer"), metric, value=Decimal(4))
    assert latest(metric) == 3


def test_a_contributor_may_not_write_values_of_other_products(in_acme: World) -> None:
    metric = MetricFactory.create(product=ProductFactory.create())
    with pytest.raises(PermissionDenied):
        actions.add_value(in_acme.access("contributor"), metric, value=Decimal(3))


# --- The apps above hear of it --------------------------------------------------------------
@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[set[UUID]]:
    calls: list[set[UUID]] = []
    monkeypatch.setattr(value_log, "on_value_recorded", [calls.append])
    return calls


def test_one_batch_is_announced_once(metric: Metric, heard: list[set[UUID]]) -> None:
    other = MetricFactory.create()
    rows = [
        actions.NewValue(pk, Decimal(1), at(0), ValueSource.SYNC)
        for pk in (metric.pk, other.pk, metric.pk)
    ]
    actions.record_values(rows)
    assert heard == [{metric.pk, other.pk}]


def test_an_empty_batch_is_not_announced(in_acme: World, heard: list[set[UUID]]) -> None:
    actions.record_values([])
    assert heard == []


def test_a_batch_whose_writer_recomputes_is_not_announced(
    metric: Metric, heard: list[set[UUID]]
) -> None:
    row = actions.NewValue(metric.pk, Decimal(1), at(0), ValueSource.ROLL_UP)
    actions.record_values([row], announce=False)
    assert heard == []


def test_a_withdrawal_is_announced(in_acme: World, heard: list[set[UUID]]) -> None:
    metric = MetricFactory.create()
    value = record(metric, "4", day=1)
    actions.withdraw_value(in_acme.access("admin"), metric, value.pk)
    assert heard == [{metric.pk}, {metric.pk}]


def test_a_number_that_is_refused_leaves_the_transaction_as_it_was(metric: Metric) -> None:
    with pytest.raises(ValidationError):
        record(metric, "1E20", day=1)
    record(metric, "4", day=1)
    assert metric.values.count() == 1


def test_a_value_within_a_transaction_costs_no_savepoint(metric: Metric) -> None:
    row = actions.NewValue(metric.pk, Decimal(4), at(1), ValueSource.PERSON)
    with CaptureQueriesContext(connection) as captured:
        actions.record_values([row], announce=False)
    assert [query["sql"] for query in captured if "SAVEPOINT" in query["sql"]] == []


def test_a_failing_listener_takes_back_the_value_and_what_was_done_with_it(
    metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: set[UUID]) -> None:
        raise RuntimeError("no score")

    @transaction.atomic
    def rename_and_record() -> None:
        Metric.objects.filter(pk=metric.pk).update(name="Renamed")
        record(metric, "4", day=1)

    monkeypatch.setattr(value_log, "on_value_recorded", [fail])
    with pytest.raises(RuntimeError):
        rename_and_record()
    metric.refresh_from_db()
    assert (metric.name != "Renamed", metric.values.count()) == (True, 0)


# --- The log as people read it --------------------------------------------------------------
def test_the_log_shows_withdrawn_rows_and_what_withdrew_them(in_acme: World) -> None:
    metric = MetricFactory.create()
    value = record(metric, "4", day=1)
    actions.withdraw_value(in_acme.access("admin"), metric, value.pk, note="wrong week")
    withdrawal, withdrawn = values_of(metric.pk)
    assert (withdrawn.value, withdrawn.is_withdrawn) == (Decimal(4), True)
    assert (withdrawal.value, withdrawal.voids_id, withdrawal.note) == (
        None,
        value.pk,
        "wrong week",
    )
    assert withdrawal.actor_name == "Acme admin"


def test_the_log_is_read_page_by_page(metric: Metric) -> None:
    for number in range(5):
        record(metric, str(number), day=number)
    first = values_of(metric.pk, limit=3)
    second = values_of(metric.pk, limit=3, before=first[-1].id)
    assert [row.value for row in [*first, *second]] == [4, 3, 2, 1, 0]


def test_the_course_of_a_metric_leaves_withdrawn_values_out(in_acme: World) -> None:
    metric = MetricFactory.create()
    wrong = record(metric, "400", day=2)
    record(metric, "4", day=1)
    record(metric, "5", day=3)
    actions.withdraw_value(in_acme.access("admin"), metric, wrong.pk)
    assert [row.value for row in standing_values(metric.pk)] == [4, 5]


# --- The database and the pure rule agree ---------------------------------------------------
@st.composite
def logs(draw: st.DrawFn) -> list[Value]:
    """Small logs with ties in both times, withdrawals, corrections and withdrawals of those."""
    moments = st.integers(0, 4).map(at)
    rows: list[Value] = []
    free: list[UUID] = []
    for _ in range(draw(st.integers(0, 8))):
        voids = draw(st.sampled_from([None, *free]))
        value = draw(
            st.one_of(st.integers(0, 9).map(Decimal), st.none() if voids else st.nothing())
        )
        row = Value(
            value=value,
            effective_at=draw(moments),
            recorded_at=draw(moments),
            id=new_id(),
            voids=voids,
        )
        rows.append(row)
        free.append(row.id)
        if voids is not None:
            free.remove(voids)
    return rows


INSERT = """
    INSERT INTO portfolio_metricvalue (id, organization_id, metric_id, value, effective_at,
        recorded_at, created_at, source, note, voids_id)
    VALUES (%s, %s, %s, %s, %s, %s, now(), 'person', '', %s)
"""


def load_as_owner(metric: Metric, rows: list[Value]) -> None:
    """Put `rows` in the place of the log; only the owner may delete and set recorded_at."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM portfolio_metricvalue WHERE metric_id = %s", [metric.pk])
        for row in rows:
            moments = [row.effective_at, row.recorded_at]
            ids = [row.id, metric.organization_id, metric.pk, row.value]
            cursor.execute(INSERT, [*ids, *moments, row.voids])


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_the_database_and_the_pure_rule_agree() -> None:
    with transaction.atomic():
        organization = make_organization("Acme")
        with tenant(organization.pk):
            metric = MetricFactory.create()

    @settings(max_examples=150, deadline=None)
    @given(rows=logs(), as_of=st.integers(0, 5).map(at), known_at=st.integers(0, 5).map(at))
    def agree(rows: list[Value], as_of: datetime, known_at: datetime) -> None:
        load_as_owner(metric, rows)
        with tenant(organization.pk), transaction.atomic():
            at_once = latest_values([metric.pk], as_of=as_of, known_at=known_at)
            of_each = values_at([Wanted(metric.pk, metric.pk, as_of, known_at)])
        expected = value_at(rows, as_of, known_at)
        told = [found[metric.pk].id if found else None for found in (at_once, of_each)]
        assert told == [expected.id if expected else None] * 2

    agree()
