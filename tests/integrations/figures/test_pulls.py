"""Numbers that are fetched: tried first, recorded where they are news, and honest about faults."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.models import AuditEntry, Member, Notification, OutboxEntry, Person
from integrations.actions import pulls
from integrations.actions.pulls import PULL_JOB, carry_out, create_pull, start_due_pulls, try_pull
from integrations.choices import ConnectionState
from integrations.models import Pull
from lib.outbound import Limits
from okrs.models import KeyResult
from portfolio.actions import correct_value
from portfolio.models import Metric, MetricValue
from portfolio.queries import latest_values
from standins.faults import Fault
from standins.figures import Figures
from standins.server import Server
from tests.factories.accounts import MemberFactory
from tests.integrations.conftest import Portal
from tests.integrations.figures.conftest import HEADERS, TOKEN, log, only_number, only_value

PATH = "$.data.revenue"
Service = Server[Figures]


def drafted(metric: Metric, service: Service, **fields: Any) -> Pull:
    given = {"name": "Finance", "address": f"{service.url}/revenue", "path": PATH, **fields}
    return Pull(metric=metric, provider="json", **given)


def made(portal: Portal, metric: Metric, service: Service, **fields: Any) -> Pull:
    draft = drafted(metric, service, **fields)
    found = try_pull(draft, HEADERS)
    return create_pull(portal.world.access("admin"), draft, HEADERS, found)


@pytest.fixture
def pull(portal: Portal, metric: Metric, service: Service) -> Pull:
    return made(portal, metric, service)


def say(service: Service, number: object) -> None:
    service.app.documents["/revenue"] = {"data": {"revenue": number}}


def fetched(pull: Pull) -> Pull:
    carry_out(pull.pk)
    return Pull.objects.get(pk=pull.pk)


def test_a_pull_is_stored_with_its_first_value(pull: Pull, metric: Metric) -> None:
    assert log(metric) == [("120.5", "sync")]
    assert pull.state == ConnectionState.WORKING


def test_the_log_names_where_the_number_came_from(pull: Pull) -> None:
    assert only_value().note == "Pulled from Finance."


def test_another_number_is_logged(pull: Pull, service: Service, metric: Metric) -> None:
    say(service, 130)
    fetched(pull)
    assert log(metric) == [("120.5", "sync"), ("130", "sync")]


def test_the_same_number_is_logged_once_a_day(pull: Pull, metric: Metric) -> None:
    fetched(pull)
    assert len(log(metric)) == 1


def test_the_first_number_of_a_day_confirms_that_of_the_day_before(
    portal: Portal, metric: Metric, service: Service
) -> None:
    pull = made(portal, metric, service)
    yesterday = timezone.now() - timedelta(days=1)
    assert pulls.is_news(pull, pulls.Found(only_number(), yesterday)) is False
    later = timezone.now() + timedelta(days=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: later)
        assert pulls.is_news(pull, pulls.Found(only_number(), later)) is True


@pytest.mark.parametrize(("days", "told"), [(1, "1 day"), (5, "5 days"), (30, "30 days")])
def test_a_delayed_figure_is_of_the_day_it_belongs_to(
    portal: Portal, metric: Metric, service: Service, days: int, told: str
) -> None:
    made(portal, metric, service, delay_days=days)
    value = only_value()
    zone = ZoneInfo(portal.world.organization.time_zone)
    day = timezone.now().astimezone(zone).date() - timedelta(days=days)
    assert value.effective_at.astimezone(zone).replace(tzinfo=None).isoformat() == f"{day}T00:00:00"
    assert value.note == f"Pulled from Finance for {day}, {told} later."


def test_a_delay_of_more_than_a_month_is_refused(
    portal: Portal, metric: Metric, service: Service
) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 30"):
        made(portal, metric, service, delay_days=31)


def test_a_delayed_figure_that_is_revised_takes_the_place_of_the_first(
    portal: Portal, metric: Metric, service: Service
) -> None:
    pull = made(portal, metric, service, delay_days=5)
    say(service, 119)
    fetched(pull)
    first, second = MetricValue.objects.order_by("recorded_at", "id")
    assert (second.voids_id, second.effective_at) == (first.pk, first.effective_at)


def test_what_a_person_corrected_is_not_pulled_back(
    portal: Portal, metric: Metric, service: Service
) -> None:
    pull = made(portal, metric, service, delay_days=5)
    right = only_number() + 1
    correct_value(portal.world.access("admin"), metric, only_value().pk, value=right)
    fetched(pull)
    assert latest_values([metric.pk])[metric.pk].value == right


def test_a_synced_key_result_is_fresh_although_the_number_stays(
    portal: Portal, pull: Pull, metric: Metric
) -> None:
    key_result = portal.key_result("Revenue grows")
    KeyResult.objects.filter(pk=key_result.pk).update(metric=metric)
    fetched(pull)
    key_result.refresh_from_db()
    assert key_result.evidence_at is not None
    assert key_result.current_value == only_number()


def test_a_number_of_nineteen_digits_is_pulled(
    portal: Portal, metric: Metric, service: Service
) -> None:
    say(service, 9876543210987654321)
    made(portal, metric, service)
    assert only_number() == 9876543210987654321


def break_down(monkeypatch: pytest.MonkeyPatch, service: Service) -> None:
    """Have the code itself fail, with a secret in the words of the error."""

    def fetch(*_: object) -> None:
        raise RuntimeError(f"no idea what to do with Key {TOKEN}")

    monkeypatch.setattr(pulls, "fetch", fetch)


def test_an_error_of_ours_is_a_failure_that_its_page_tells(
    pull: Pull, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_down(monkeypatch, service)
    failed = fetched(pull)
    assert (failed.failures, failed.problem) == (1, "an error on our side (RuntimeError)")
    assert failed.remedy.startswith("Report it to the operator")
    assert failed.next_run_at is not None
    assert failed.next_run_at > timezone.now() + timedelta(hours=23)


def test_of_errors_of_ours_that_last_the_owner_is_told(
    pull: Pull, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_down(monkeypatch, service)
    for _ in range(4):
        fetched(pull)
    assert Notification.objects.filter(about=pull.pk).count() == 1


def test_an_error_of_ours_is_logged_without_secrets(
    pull: Pull,
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    break_down(monkeypatch, service)
    fetched(pull)
    assert "in carry_out" in caplog.text
    assert TOKEN not in caplog.text


def test_an_error_while_a_number_is_stored_stores_nothing_of_it(
    pull: Pull, service: Service, metric: Metric, monkeypatch: pytest.MonkeyPatch
) -> None:
    def confirm(*_: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr(pulls, "confirm", confirm)
    say(service, 130)
    assert fetched(pull).problem == "an error on our side (ArithmeticError)"
    assert log(metric) == [("120.5", "sync")]


FAULTS = {
    "401": ("the service does not accept the headers", "Enter new headers."),
    "403": (
        "the service refuses this number to us", "Enter headers of an account that may read it."
    ),
    "404": ("nothing is at this address", "Correct the address."),
    "500": ("the service answered 500", "Nothing to do now: the sync tries again by itself."),
    "200-html": (
        "the service answered with something that is no JSON",
        "Check the address: it should answer with JSON.",
    ),
    "truncated": (
        "the service answered with something that is no JSON",
        "Check the address: it should answer with JSON.",
    ),
    "wrong-shape": (
        "Nothing is at $.data.revenue",
        "Correct the path, or ask whoever runs the service what changed.",
    ),
    "redirect": ("the host answered with a redirect", None),
    "huge": ("the reply is larger than 1048576 bytes", None),
    "timeout": ("the host did not answer in time", None),
    "429": ("the service was asked too often", None),
}  # fmt: skip


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulls, "LIMITS", Limits(connect=1, read=0.5, total=2, body=1024 * 1024))


@pytest.mark.usefixtures("little_patience")
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_keeps_the_value_and_says_what_to_do(
    pull: Pull, service: Service, metric: Metric, fault: str
) -> None:
    service.app.faults.add(Fault(name=fault, seconds=0.8))
    failed = fetched(pull)
    problem, remedy = FAULTS[fault]
    assert (failed.problem, failed.remedy) == (problem, remedy or failed.remedy)
    assert failed.remedy
    assert log(metric) == [("120.5", "sync")]


def test_a_redirect_is_not_followed(pull: Pull, service: Service) -> None:
    service.app.faults.add(Fault(name="redirect"))
    before = len(service.app.seen)
    fetched(pull)
    assert [seen.status for seen in list(service.app.seen)[before:]] == [302]


def test_a_number_that_became_text_is_told(pull: Pull, service: Service) -> None:
    say(service, "n/a")
    assert fetched(pull).problem == "What is at $.data.revenue is text, not a number"


def test_a_fault_that_passes_leaves_no_trace(pull: Pull, service: Service) -> None:
    service.app.faults.add(Fault(name="500"))
    fetched(pull)
    mended = fetched(pull)
    assert (mended.problem, mended.failures, mended.state) == ("", 0, ConnectionState.WORKING)


def test_a_refused_credential_breaks_the_pull_and_its_owner_is_told_once(
    pull: Pull, service: Service
) -> None:
    service.app.faults.add(Fault(name="401", times=4))
    states = [fetched(pull).state for _ in range(4)]
    assert set(states) == {ConnectionState.BROKEN}
    assert Notification.objects.filter(about=pull.pk).count() == 1


def told_of(pull: Pull) -> set[str]:
    return set(Notification.objects.filter(about=pull.pk).values_list("member__name", flat=True))


def test_of_a_broken_pull_whose_owner_left_the_administrators_hear(
    portal: Portal, pull: Pull, service: Service
) -> None:
    Pull.objects.update(owner=portal.world["lead"])
    Member.objects.filter(pk=portal.world["lead"].pk).update(left_at=timezone.now())
    service.app.faults.add(Fault(name="401"))
    fetched(pull)
    assert told_of(pull) == {portal.admin.name}


def test_of_a_broken_pull_that_a_script_made_the_administrators_hear(
    portal: Portal, pull: Pull, service: Service
) -> None:
    Pull.objects.update(owner=MemberFactory.create(person=None, name="Exporter"))
    service.app.faults.add(Fault(name="401"))
    fetched(pull)
    assert told_of(pull) == {portal.admin.name}


def test_of_a_broken_pull_whose_owner_cannot_sign_in_the_administrators_hear(
    portal: Portal, pull: Pull, service: Service
) -> None:
    Pull.objects.update(owner=portal.world["lead"])
    Person.objects.filter(memberships=portal.world["lead"]).update(is_active=False)
    service.app.faults.add(Fault(name="401"))
    fetched(pull)
    assert told_of(pull) == {portal.admin.name}


def test_a_pull_is_given_into_the_care_of_another_and_the_audit_log_says_so(
    portal: Portal, pull: Pull
) -> None:
    lead = portal.world["lead"]
    pulls.edit_pull(portal.world.access("admin"), pull, expected_version=pull.version, owner=lead)
    entry = AuditEntry.objects.filter(table_name="integrations_pull").latest("id")
    assert Pull.objects.get().owner == lead
    assert str(lead.pk) in str(entry.changes["owner_id"])


def test_who_may_not_manage_connections_gives_no_pull_away(portal: Portal, pull: Pull) -> None:
    lead = portal.world["lead"]
    with pytest.raises(PermissionDenied):
        pulls.edit_pull(
            portal.world.access("lead"), pull, expected_version=pull.version, owner=lead
        )


def test_a_lasting_fault_is_tried_less_and_less_often(pull: Pull, service: Service) -> None:
    service.app.faults.add(Fault(name="404", times=3))
    Pull.objects.update(interval_minutes=60)
    pull.refresh_from_db()
    waits = []
    for _ in range(3):
        due = fetched(pull).next_run_at
        assert due is not None
        waits.append(round((due - timezone.now()).total_seconds() / 3600))
    assert waits == [1, 2, 4]


def test_a_limited_pull_waits_as_long_as_the_service_asks(pull: Pull, service: Service) -> None:
    service.app.faults.add(Fault(name="429", retry_after=7200))
    due = fetched(pull).next_run_at
    assert due is not None
    assert round((due - timezone.now()).total_seconds() / 3600) == 2


def test_what_is_due_is_owed_once(pull: Pull) -> None:
    Pull.objects.update(next_run_at=timezone.now() - timedelta(minutes=1))
    assert [start_due_pulls(), start_due_pulls()] == [1, 0]
    assert OutboxEntry.objects.filter(job=PULL_JOB).count() == 1


def test_what_a_dead_worker_left_is_owed_again(pull: Pull) -> None:
    Pull.objects.update(next_run_at=timezone.now() - timedelta(minutes=1))
    start_due_pulls()
    Pull.objects.update(next_run_at=timezone.now() - timedelta(seconds=1))
    assert start_due_pulls() == 1


def test_a_paused_pull_is_not_due(portal: Portal, pull: Pull) -> None:
    pulls.pause_pull(portal.world.access("admin"), pull, paused=True)
    Pull.objects.update(next_run_at=timezone.now() - timedelta(minutes=1))
    assert start_due_pulls() == 0


def test_a_pull_that_was_changed_meanwhile_logs_nothing(pull: Pull, metric: Metric) -> None:
    found = pulls.Found(only_number() + 1, timezone.now())
    Pull.objects.filter(pk=pull.pk).update(version=pull.version + 1)
    pulls.arrive(pull, found)
    assert log(metric) == [("120.5", "sync")]


def test_headers_are_sealed_and_their_names_shown(pull: Pull) -> None:
    stored = Pull.objects.get()
    assert TOKEN.encode() not in bytes(stored.sealed or b"")
    assert stored.header_names == ["Authorization"]


def test_the_audit_log_holds_no_header(pull: Pull) -> None:
    made = AuditEntry.objects.filter(table_name="integrations_pull").earliest("id")
    assert made.changes["name"]
    assert bytes(Pull.objects.get().sealed or b"").hex() not in str(made.changes)


def test_sealed_headers_are_sent_nowhere_else(pull: Pull, service: Service) -> None:
    other = {"address": "https://figures.example.com/revenue"}
    with pytest.raises(ValidationError, match="Enter the headers again"):
        pulls.try_edit(pull, other, None)


def test_an_edit_of_the_name_asks_nobody(pull: Pull, service: Service) -> None:
    before = len(service.app.seen)
    assert pulls.try_edit(pull, {"name": "Finance department"}, None) is None
    assert len(service.app.seen) == before


def test_a_metric_that_linked_work_moves_cannot_be_pulled(
    portal: Portal, metric: Metric, service: Service
) -> None:
    key_result = portal.key_result("Revenue grows")
    KeyResult.objects.filter(pk=key_result.pk).update(metric=metric)
    connection = portal.connection("jira-cloud", "", token="some-token")
    portal.link(connection, KeyResult.objects.get(pk=key_result.pk), "10001")
    with pytest.raises(ValidationError, match=r"Work of 10001 moves Revenue\. Unlink that"):
        made(portal, metric, service)


def test_a_metric_is_pulled_once(pull: Pull, portal: Portal, service: Service) -> None:
    with pytest.raises(ValidationError, match="pulled already"):
        made(portal, pull.metric, service)


def test_what_was_ended_has_no_headers_left(portal: Portal, pull: Pull) -> None:
    pulls.archive_pull(portal.world.access("admin"), pull, expected_version=pull.version)
    ended = Pull.objects.get(pk=pull.pk)
    assert (ended.sealed, ended.header_names, ended.next_run_at) == (None, [], None)


@pytest.mark.parametrize(
    "address", ["https://10.0.0.7/x", "https://169.254.169.254/latest", "https://localhost:1/"]
)
def test_a_private_address_is_never_asked(
    metric: Metric, service: Service, settings: Any, address: str
) -> None:
    settings.OUTBOUND_ALLOW_LOOPBACK = False
    with pytest.raises(ValidationError) as refusal:
        try_pull(drafted(metric, service, address=address), HEADERS)
    assert list(refusal.value.error_dict) == ["address"]
