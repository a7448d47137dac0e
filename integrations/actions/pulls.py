"""Numbers that are fetched on schedule. Fetching waits for the network, so it is apart.

`try_pull` is called outside any transaction; what it finds is then stored in one.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from traceback import format_tb
from typing import Any
from uuid import UUID

import msgspec
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import outbox
from accounts.access import Access
from accounts.models import Member
from accounts.notifications import Message, notify
from accounts.permissions import Permission
from accounts.queries import organization_clock
from accounts.tenancy import current_organization_id
from accounts.tenant_models import save_edit
from integrations.actions.figures import Arrival, settle
from integrations.actions.outward import outbound
from integrations.actions.owners import check_owner
from integrations.actions.runs import TRIPS_AT, backoff
from integrations.actions.sealing import data_key
from integrations.actions.writers import refuse_linked
from integrations.choices import ConnectionState
from integrations.figures import UnfitHeader
from integrations.models import Pull
from integrations.ports import (
    AuthenticationFailed,
    OurFault,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    SelectionRefused,
)
from integrations.queries.owners import who_hears
from integrations.registry import PULLS
from lib.display import show_count
from lib.envelope import Place, SecretUnreadable, seal, unseal
from lib.outbound import Limits
from okrs.actions.key_results import note_evidence
from okrs.actions.recompute import recompute
from okrs.choices import CycleState, KeyResultSource
from okrs.models import KeyResult
from portfolio.actions.values import fitting
from portfolio.choices import ValueSource
from portfolio.models import Metric, MetricValue

logger = logging.getLogger(__name__)
PULL_JOB = "integrations.tasks.pull_figure"
KIND = "integrations.pull"
# One number: what answers with more, or for longer, is no address for one.
LIMITS = Limits(connect=5, read=8, total=8, body=1024 * 1024)
# A pull whose worker died is taken up again after this long.
LEASE = timedelta(minutes=10)
SLOWEST = timedelta(days=1)
# Errors that pass by themselves; all others wait for a person, and for the schedule.
PASSING = (RateLimited, RemoteUnavailable)
# Fields that say what is asked, and for which day.
ASKED = ("address", "path", "delay_days")
REPORT = "Report it to the operator with the time of this failure: the log has more."
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Found:
    """A number, and the moment that it would be recorded for."""

    value: Decimal
    at: datetime


def try_pull(pull: Pull, headers: Headers) -> Found:
    """Fetch the number now. Raises `ValidationError` by field; stores nothing.

    Waits for the network: call it outside a transaction.
    """
    try:
        value = fetch(pull, headers)
    except UnfitHeader as error:
        raise ValidationError({"headers": str(error)}) from None
    except ValueError as error:
        raise ValidationError({"address": str(error)}) from None
    except AuthenticationFailed as error:
        raise ValidationError({"headers": told(error)}) from None
    except SelectionRefused as error:
        raise ValidationError({"path": told(error)}) from None
    except ProviderError as error:
        raise ValidationError({"address": told(error)}) from None
    return Found(value, moment_for(pull))


def fetch(pull: Pull, headers: Headers) -> Decimal:
    """The number as the log keeps it.

    Raises any ProviderError, and ValueError for what no request could carry.
    """
    client = outbound(LIMITS)
    try:
        entry = PULLS[pull.provider]
        return fitting(entry.factory(client, pull.address, pull.path, dict(headers)).read())
    except ValidationError:
        detail = f"the number at {pull.path} is too large"
        raise SelectionRefused(pull.provider, "", detail, advice="Correct the path.") from None
    finally:
        client.close()


def told(error: ProviderError) -> str:
    return f"{error.detail[:1].upper()}{error.detail[1:]}. {error.what_to_do}"


@transaction.atomic
def moment_for(pull: Pull) -> datetime:
    """Now, or the beginning of the day that a delayed figure is of."""
    if not pull.delay_days:
        return timezone.now()
    return start_of_day(pull.delay_days)


def start_of_day(days_ago: int) -> datetime:
    midnight = (
        timezone.now()
        .astimezone(organization_clock())
        .replace(hour=0, minute=0, second=0, microsecond=0)
    )
    return midnight - timedelta(days=days_ago)


@transaction.atomic
def create_pull(
    access: Access, pull: Pull, headers: Headers, found: Found, *, owner: Member | None = None
) -> Pull:
    """Store a pull that was tried, with its first value. It is the member's, unless `owner` is."""
    access.require(Permission.CONNECTION_MANAGE)
    check_metric(pull.metric)
    if owner is not None:
        check_owner(owner)
    pull.owner = owner or access.member
    pull.full_clean()
    seal_headers(pull, headers)
    pull.save(force_insert=True)
    succeed(pull, found, actor=access.member)
    return pull


def check_metric(metric: Metric) -> None:
    """A metric has one source that writes by itself."""
    if metric.archived_at:
        raise ValidationError({"metric": "This metric is archived."})
    refuse_linked(metric)


@transaction.atomic
def edit_pull(
    access: Access,
    pull: Pull,
    *,
    expected_version: int | None,
    headers: Headers | None = None,
    found: Found | None = None,
    **changes: Any,
) -> Pull:
    """Change a pull; with `found`, what it reads was tried and counts at once."""
    access.require(Permission.CONNECTION_MANAGE)
    if changes.get("owner", pull.owner) != pull.owner:
        check_owner(changes["owner"])
    for name, value in changes.items():
        setattr(pull, name, value)
    fields = list(changes)
    if headers is not None:
        seal_headers(pull, headers)
        fields += ["sealed", "header_names"]
    save_edit(pull, fields=fields, expected_version=expected_version)
    if found is not None:
        succeed(pull, found, actor=access.member)
    elif "interval_minutes" in changes and pull.state != ConnectionState.PAUSED:
        plan(pull, timedelta(minutes=pull.interval_minutes))
    return pull


def try_edit(pull: Pull, changes: Mapping[str, Any], headers: Headers | None) -> Found | None:
    """Fetch by what an edit would store; None when it changes nothing of what is asked.

    Sealed headers are sent nowhere else than where they were meant for. Raises `ValidationError`
    by field, and waits for the network, as `try_pull`.
    """
    asks_anew = any(changes.get(name, getattr(pull, name)) != getattr(pull, name) for name in ASKED)
    if headers is None and not asks_anew:
        return None
    address = changes.get("address", pull.address)
    if headers is None and pull.header_names and host_of(address) != host_of(pull.address):
        raise ValidationError(
            {"headers": f"Enter the headers again: they are for {host_of(pull.address)}."}
        )
    tried = Pull(provider=pull.provider, address=address, path=changes.get("path", pull.path))
    tried.delay_days = changes.get("delay_days", pull.delay_days)
    try:
        return try_pull(tried, headers_of(pull) if headers is None else headers)
    except SecretUnreadable:
        raise ValidationError(
            {"headers": "They cannot be read any more; enter them again."}
        ) from None


def host_of(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].partition("?")[0]


@transaction.atomic
def pause_pull(access: Access, pull: Pull, *, paused: bool) -> Pull:
    """Stop the schedule, or take it up again at once."""
    access.require(Permission.CONNECTION_MANAGE)
    pull.state = ConnectionState.PAUSED if paused else ConnectionState.WORKING
    pull.save(update_fields=["state"])
    if not paused:
        owe(pull)
    return pull


@transaction.atomic
def pull_now(access: Access, pull: Pull) -> Pull:
    """Have it fetched by a worker, soon."""
    access.require_anywhere(Permission.CONNECTION_SYNC)
    owe(pull)
    return pull


@transaction.atomic
def archive_pull(access: Access, pull: Pull, *, expected_version: int | None) -> Pull:
    """Stop for good: the values stay, the headers are gone."""
    access.require(Permission.CONNECTION_MANAGE)
    pull.archived_at = timezone.now()
    pull.sealed, pull.header_names, pull.next_run_at = None, [], None
    fields = ["archived_at", "sealed", "header_names", "next_run_at"]
    return save_edit(pull, fields=fields, expected_version=expected_version)


def seal_headers(pull: Pull, headers: Headers) -> None:
    pull.header_names = sorted(headers)
    written = msgspec.json.encode(dict(headers)).decode()
    pull.sealed = seal(written, data_key(), place_of(pull)) if headers else None


@transaction.atomic
def headers_of(pull: Pull) -> dict[str, str]:
    """Raises `SecretUnreadable` when they do not open."""
    if pull.sealed is None:
        return {}
    opened = unseal(bytes(pull.sealed), data_key(), place_of(pull))
    return msgspec.json.decode(opened, type=dict[str, str])


def place_of(pull: Pull) -> Place:
    return Place(current_organization_id(), "pull", pull.pk, "sealed")


def due_pulls() -> QuerySet[Pull]:
    """Pulls whose time has come; `0009_figures_lookup` says the same in SQL."""
    due = Pull.objects.filter(archived_at=None, next_run_at__lte=timezone.now())
    return due.exclude(state=ConnectionState.PAUSED)


@transaction.atomic
def start_due_pulls() -> int:
    """Owe what is due to the queue; what a dead worker left is owed again after a while."""
    due = list(due_pulls().select_for_update(skip_locked=True))
    for pull in due:
        owe(pull)
    return len(due)


def owe(pull: Pull) -> None:
    plan(pull, LEASE)
    outbox.enqueue(PULL_JOB, pull_id=str(pull.pk))


def plan(pull: Pull, wait: timedelta) -> None:
    pull.next_run_at = timezone.now() + wait
    Pull.objects.filter(pk=pull.pk).update(next_run_at=pull.next_run_at)


def carry_out(pull_id: UUID) -> None:
    """Fetch the number and log it, or note what is wrong and when to try again."""
    pull = live_pull(pull_id)
    if pull is None:
        return
    try:
        arrive(pull, Found(fetch_again(pull), moment_for(pull)))
    except ProviderError as error:
        fail(pull, error)
    except (OperationalError, InterfaceError):
        # Whether the failure can be stored is as open as why it happened: the lease will end.
        logger.exception("pull %s lost the database", pull_id)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is told)
        # Where it happened is logged, and not what it says: that could repeat a header.
        kind, where = type(error).__name__, "".join(format_tb(error.__traceback__))
        logger.error("pull %s failed by our fault: %s\n%s", pull_id, kind, where)  # noqa: TRY400
        fail(pull, OurFault(pull.provider, "", f"an error on our side ({kind})", advice=REPORT))


def fetch_again(pull: Pull) -> Decimal:
    """As `fetch`, with the stored headers; those that cannot be sent are refused ones."""
    try:
        return fetch(pull, headers_of(pull))
    except (SecretUnreadable, ValueError):
        detail, advice = "its headers cannot be read", "Enter the headers again."
        raise AuthenticationFailed(pull.provider, "", detail, advice=advice) from None


@transaction.atomic
def live_pull(pull_id: UUID) -> Pull | None:
    """None for one that ended, or whose metric did."""
    live = Pull.objects.filter(archived_at=None, metric__archived_at=None)
    return live.filter(pk=pull_id).select_related("metric", "owner__person").first()


@transaction.atomic
def arrive(pull: Pull, found: Found) -> None:
    """Log what was fetched, unless the pull was changed or ended meanwhile."""
    current = Pull.objects.select_for_update(of=("self",)).filter(
        pk=pull.pk, version=pull.version, archived_at=None
    )
    if current.exists():
        succeed(pull, found)


def succeed(pull: Pull, found: Found, *, actor: Member | None = None) -> None:
    """Log the number where it is news, and confirm what reads it."""
    if pull.delay_days or is_news(pull, found):
        one = Arrival(pull.metric_id, found.value, found.at, note_of(pull, found))
        settle([one], source=ValueSource.SYNC, actor=actor)
    now = timezone.now()
    pull.last_pulled_at, pull.failures, pull.problem, pull.remedy = now, 0, "", ""
    if pull.state != ConnectionState.PAUSED:
        pull.state = ConnectionState.WORKING
    fields = ("last_pulled_at", "failures", "problem", "remedy", "state")
    Pull.objects.filter(pk=pull.pk).update(**{name: getattr(pull, name) for name in fields})
    plan(pull, timedelta(minutes=pull.interval_minutes))
    confirm(pull.metric_id, now)


def is_news(pull: Pull, found: Found) -> bool:
    """Whether the number differs from the last one pulled, or is the first of its day."""
    last = (
        MetricValue.objects.filter(metric=pull.metric_id, source=ValueSource.SYNC)
        .exclude(value=None)
        .order_by("-effective_at", "-recorded_at", "-id")
        .first()
    )
    if last is None or last.value != found.value:
        return True
    return last.effective_at < start_of_day(0)


def note_of(pull: Pull, found: Found) -> str:
    if not pull.delay_days:
        return f"Pulled from {pull.name}."
    later = show_count(pull.delay_days, "day")
    return f"Pulled from {pull.name} for {found.at:%Y-%m-%d}, {later} later."


def confirm(metric_id: UUID, now: datetime) -> None:
    """Synced key results that read the metric were brought up to date."""
    readers = KeyResult.objects.filter(
        metric=metric_id, source=KeyResultSource.SYNCED, archived_at=None
    ).exclude(objective__cycle__state=CycleState.CLOSED)
    evidence = dict.fromkeys(readers.values_list("pk", flat=True), now)
    if evidence:
        note_evidence(evidence)
        recompute(list(evidence), cause="sync", now=now)


@transaction.atomic
def fail(pull: Pull, error: ProviderError) -> None:
    """Keep the last value, say what is wrong, and come back later each time."""
    row = Pull.objects.select_for_update().filter(pk=pull.pk, archived_at=None).first()
    if row is None or row.version != pull.version:
        return
    row.failures = min(row.failures + 1, 30)
    row.problem, row.remedy = error.detail[:500], error.what_to_do[:500]
    is_broken = isinstance(error, AuthenticationFailed)
    becomes_broken = is_broken and row.state not in (ConnectionState.BROKEN, ConnectionState.PAUSED)
    if becomes_broken:
        row.state = ConnectionState.BROKEN
    row.next_run_at = timezone.now() + wait_after(row, error)
    row.save(update_fields=["failures", "problem", "remedy", "state", "next_run_at"])
    if becomes_broken or row.failures == TRIPS_AT:
        tell(row)


def wait_after(pull: Pull, error: ProviderError) -> timedelta:
    """What passes by itself is tried again soon; what does not, ever less often, to a day."""
    if error.retry_after:
        return timedelta(seconds=error.retry_after)
    interval = timedelta(minutes=pull.interval_minutes)
    if isinstance(error, PASSING):
        return min(backoff(pull.failures), interval)
    doubled: timedelta = interval * 2 ** min(pull.failures - 1, 12)
    return max(interval, min(doubled, SLOWEST))


def tell(pull: Pull) -> None:
    """Tell the owner, or the administrators when the owner left or is no person."""
    notify(
        [
            Message(
                to=member,
                kind=KIND,
                key=f"pull:{pull.pk}:{timezone.localdate()}",
                title=f"{pull.name} cannot be pulled",
                text=f"{pull.problem[:1].upper()}{pull.problem[1:]}. {pull.remedy}",
                url=pull.get_absolute_url(),
                about=pull.pk,
                units=[pull.metric.product_id] if pull.metric.product_id else [],
            )
            for member in who_hears(pull.owner)
        ]
    )
