"""Other people's systems: connections, what we read from them, and what it amounted to."""

from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from integrations.asked import needed_by
from integrations.choices import (
    OPEN_RUNS,
    ConnectionState,
    CredentialKind,
    Measure,
    RunState,
    RunTrigger,
    SourceState,
    Wait,
)
from okrs.models import Initiative, KeyResult
from portfolio.models import exactly_one

LINKED_ALREADY = "These items count for it already: change the link that is there."
LONGEST_INTERVAL_MINUTES = 31 * 24 * 60


class OrganizationKey(TenantModel):
    """The data key of an organisation, wrapped by the deployment's key."""

    audit = {"secret": ["wrapped"]}

    wrapped = models.BinaryField()
    key_id = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization"], name="one_data_key")]


class Connection(EditableModel):
    """An account in another system that we read from."""

    audit = {
        "silent": [
            "next_run_at", "last_complete_at", "state", "requests_left", "resets_at", "failures",
            "vocabulary", "item_types", "number_fields", "names_read_to", "forgotten_to",
        ]
    }  # fmt: skip

    name = models.CharField(max_length=80)
    provider = models.CharField(max_length=24)
    address = models.CharField(max_length=240, blank=True, default="")
    owner = TenantForeignKey(Member, related_name="connections")
    state = models.CharField(
        max_length=8, choices=ConnectionState, default=ConnectionState.NEW, editable=False
    )
    # Who we are there, and which site or workspace it is: a credential of another one is refused.
    account = models.CharField(max_length=160, blank=True, default="", editable=False)
    site_id = models.CharField(max_length=120, blank=True, default="", editable=False)
    time_zone = models.CharField(max_length=64, blank=True, default="", editable=False)
    rules = models.JSONField("what counts as done", default=dict, blank=True)
    points_fields = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    interval_minutes = models.PositiveIntegerField(
        "read every (minutes)",
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_INTERVAL_MINUTES)],
    )
    shrink_percent = models.PositiveSmallIntegerField(
        "freeze when more is missing at once (percent)",
        default=30,
        db_default=30,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text="A source that loses more of its items in one census is not believed.",
    )
    census_hours = models.PositiveSmallIntegerField(
        "look for deleted items every (hours)",
        default=24,
        db_default=24,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
    )
    query_census_hours = models.PositiveSmallIntegerField(
        "look for items that left a query every (hours)",
        default=4,
        db_default=4,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text="Queries, filters and initiatives: until then the item counts.",
    )
    keep_days = models.PositiveSmallIntegerField(
        "keep what was read for (days)",
        default=400,
        db_default=400,
        validators=[MinValueValidator(1), MaxValueValidator(3650)],
        help_text="Older versions of items are forgotten; rules cannot be applied to them anew.",
    )
    # Runs that failed one after the other; the schedule slows down with each.
    failures = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    # Statuses as the service last named them, by id: renaming one touches no item there.
    vocabulary = models.JSONField(default=dict, blank=True, editable=False)
    # Types of items by id, with name and level: moving one to another level touches no item either.
    item_types = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), editable=False
    )
    # Numeric fields that items have there, likely estimates first, as id and name; None before the
    # service was asked. A field that is not among them is neither asked for nor taken into a link.
    number_fields = models.JSONField(null=True, editable=False)
    # What its projects were called by then is told; by the clock of the service.
    names_read_to = models.DateTimeField(null=True, editable=False)
    # Versions of items that others followed before this are deleted: what items were is not known.
    forgotten_to = models.DateTimeField(null=True, editable=False)
    next_run_at = models.DateTimeField(null=True, editable=False)
    last_complete_at = models.DateTimeField(null=True, editable=False)
    problem = models.CharField(max_length=500, blank=True, default="", editable=False)
    remedy = models.CharField(max_length=500, blank=True, default="", editable=False)
    requests_left = models.PositiveIntegerField(null=True, editable=False)
    resets_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                models.functions.Lower("name"),
                condition=Q(archived_at=None),
                name="connection_name_once",
                violation_error_message="This name is taken.",
            ),
            models.CheckConstraint(
                condition=Q(interval_minutes__gte=1), name="connection_interval_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_run_at"],
                condition=Q(archived_at=None),
                name="connection_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def hours_between_query_censuses(self) -> int:
        """Never more than between others."""
        return min(self.census_hours, self.query_census_hours)

    def get_absolute_url(self) -> str:
        return reverse("integrations:connection", args=[self.organization.slug, self.pk])


class Credential(TenantModel):
    """The secret of a connection, sealed for this organisation, row and field.

    A grant is renewed by itself every hour or so; who set it and when changes with a person only,
    and that alone is told by the audit log.
    """

    audit = {"secret": ["sealed"], "silent": ["sealed"]}

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="credentials")
    kind = models.CharField(
        max_length=8,
        choices=CredentialKind,
        default=CredentialKind.TOKEN,
        db_default=CredentialKind.TOKEN,
    )
    sealed = models.BinaryField()
    hint = models.CharField(max_length=24, blank=True, help_text="The last four characters.")
    set_by = TenantForeignKey(Member, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection"], name="credential_one_a_connection"
            ),
        ]


class FormerGrant(TenantModel):
    """A grant that no request uses any more, until its service has taken it back.

    One of a connection, or one that came to no connection: then `provider` says whose it is.
    """

    audit = {"secret": ["sealed"]}

    connection = TenantForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="former_grants"
    )
    provider = models.CharField(max_length=32, blank=True, default="", db_default="")
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(connection=None) & ~Q(provider="")
                | Q(connection__isnull=False, provider=""),
                name="integrations_formergrant_one_service",
            ),
        ]

    @property
    def service(self) -> str:
        """The provider whose grant it is."""
        return self.connection.provider if self.connection else self.provider


class Source(EditableModel):
    """A part of a connected system: a project, a query, a team, a project, an initiative."""

    audit = {
        "silent": [
            "watermark", "checkpoint", "state", "last_complete_at", "item_count", "problem",
            "read_as", "settled_in", "generation", "census_checkpoint", "census_started_at",
            "censused_at", "missing_count", "counted_at", "asked_since",
        ]
    }  # fmt: skip

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="sources")
    kind = models.CharField(max_length=16)
    remote_id = models.CharField(max_length=120, blank=True, default="")
    name = models.CharField(max_length=160)
    query = models.TextField("query (JQL)", blank=True, default="")
    state = models.CharField(
        max_length=12, choices=SourceState, default=SourceState.NEW, editable=False
    )
    watermark = models.DateTimeField(null=True, editable=False)
    checkpoint = models.JSONField(null=True, editable=False)
    # Which selection, fields and edition it was read by: others have it read from the beginning.
    read_as = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False)
    # What every item that it holds is known by, in the names of `integrations.asked`: each with
    # the time of the first whole reading since which it was asked for without a break.
    asked_since = models.JSONField(
        default=dict, db_default=Value({}, models.JSONField()), editable=False
    )
    # The run that last read it to its end, or found that it cannot be read.
    settled_in = models.UUIDField(null=True, editable=False)
    last_complete_at = models.DateTimeField(null=True, editable=False)
    # Changed with every page, and counted one by one at that moment; without one, counted at the
    # end of the next run.
    item_count = models.PositiveIntegerField(default=0, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    # The census counts its rounds; a member that a whole round did not meet is missing.
    generation = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    census_checkpoint = models.JSONField(null=True, editable=False)
    census_started_at = models.DateTimeField(null=True, editable=False)
    censused_at = models.DateTimeField(null=True, editable=False)
    missing_count = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    # A person said that what the next census misses is really gone.
    shrink_accepted = models.BooleanField(default=False, db_default=False, editable=False)
    problem = models.CharField(max_length=500, blank=True, default="", editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "kind", "remote_id", "query"],
                condition=Q(archived_at=None),
                name="source_once",
                violation_error_message="This source is already connected.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SyncRun(TenantModel):
    """One reading of a connection: what it saw, what it changed, and how it ended."""

    audit = None

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="runs")
    trigger = models.CharField(max_length=8, choices=RunTrigger)
    requested_by = TenantForeignKey(Member, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=RunState, default=RunState.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # The last sign of life of the worker that holds the run, and when a limited run goes on.
    progressed_at = models.DateTimeField(null=True)
    resume_at = models.DateTimeField(null=True)
    # Why it does not go on before that.
    waits_for = models.CharField(max_length=8, choices=Wait, blank=True, default="", db_default="")
    # Who holds it: a worker that was given up for dead finds another name here, and stops.
    claim = models.UUIDField(null=True)
    enqueued_at = models.DateTimeField(null=True)
    # Tries since the last step that no later turn does again, and workers that died in a row.
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    losses = models.PositiveSmallIntegerField(default=0, db_default=0)
    sources_total = models.PositiveIntegerField(default=0, db_default=0)
    sources_done = models.PositiveIntegerField(default=0, db_default=0)
    # Items of the source that is being read, and how many it is thought to hold.
    source_seen = models.PositiveIntegerField(default=0, db_default=0)
    source_expected = models.PositiveIntegerField(null=True)
    seen = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0, db_default=0)
    requests = models.PositiveIntegerField(default=0)
    values_written = models.PositiveIntegerField(default=0)
    # Stored counts that a census found to be wrong.
    repaired = models.PositiveIntegerField(default=0, db_default=0)
    problem = models.CharField(max_length=500, blank=True, default="")
    request = models.CharField("failed request", max_length=240, blank=True, default="")
    remedy = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection"],
                condition=Q(state__in=OPEN_RUNS),
                name="sync_run_one_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "connection", "-id"], name="sync_run_latest"),
        ]

    @property
    def is_over(self) -> bool:
        return self.state not in OPEN_RUNS

    @property
    def took(self) -> str:
        """How long it took from its start to its end, in hours, minutes and seconds."""
        if not (self.started_at and self.finished_at):
            return ""
        seconds = int((self.finished_at - self.started_at).total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"

    @property
    def percent(self) -> int:
        """How far it is, 0 to 99, by sources read and a guess at the one being read."""
        share = min(self.source_seen / self.source_expected, 1) if self.source_expected else 0
        whole = max(self.sources_total, 1)
        return min(99, int(100 * (self.sources_done + share) / whole))


class SyncedItem(TenantModel):
    """The latest facts about one remote issue; what they amount to is worked out by rules."""

    audit = None

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="items")
    remote_id = models.CharField(max_length=64)
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    url = models.CharField(max_length=500, blank=True, default="")
    kind = models.CharField(max_length=80)
    facts = models.JSONField()
    is_leaf = models.BooleanField()
    category = models.CharField(max_length=8)
    status_id = models.CharField(max_length=64)
    status_name = models.CharField(max_length=120)
    resolution = models.CharField(max_length=120, blank=True, default="")
    points = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    labels = ArrayField(models.CharField(max_length=120), default=list)
    parent_remote_id = models.CharField(max_length=64, blank=True, default="")
    parent_key = models.CharField(max_length=64, blank=True, default="")
    project_remote_id = models.CharField(max_length=64, blank=True, default="")
    project_key = models.CharField(max_length=64, blank=True, default="")
    project_name = models.CharField(max_length=160, blank=True, default="", db_default="")
    team_remote_id = models.CharField(max_length=64, blank=True, default="")
    remote_created_at = models.DateTimeField()
    remote_updated_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    is_archived = models.BooleanField(default=False)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "remote_id"], name="synced_item_identity"
            ),
        ]
        indexes = [
            # Without those that have no parent, neither is ever taken to look an item up by its id.
            models.Index(
                fields=["organization", "connection", "parent_remote_id"],
                condition=~Q(parent_remote_id=""),
                name="synced_item_below",
            ),
            models.Index(
                fields=["organization", "connection", "parent_key"],
                condition=Q(parent_remote_id="") & ~Q(parent_key=""),
                name="synced_item_below_by_key",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"


class SourceItem(TenantModel):
    """An item that a source holds, or held until it left."""

    audit = None
    is_referred_to = False

    source = TenantForeignKey(Source, on_delete=models.CASCADE, related_name="members")
    item = TenantForeignKey(SyncedItem, on_delete=models.CASCADE, related_name="sources")
    # The round of the census that last met it.
    generation = models.PositiveIntegerField(default=0, db_default=0)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source", "item"],
                condition=Q(left_at=None),
                name="source_item_once_at_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "source", "item"], name="source_item_ever"),
        ]


class ItemVersion(TenantModel):
    """What the service said of an item at one time, as it was sent and as we read it.

    The body is packed by `integrations.payloads`. Versions let rules be applied to the past.
    """

    audit = None
    is_referred_to = False

    item = TenantForeignKey(SyncedItem, on_delete=models.CASCADE, related_name="versions")
    run = TenantForeignKey(SyncRun, on_delete=models.CASCADE, related_name="versions")
    received_at = models.DateTimeField(default=timezone.now)
    body = models.BinaryField()

    class Meta:
        indexes = [
            models.Index(fields=["organization", "item", "-received_at"], name="item_version_last"),
            models.Index(fields=["organization", "received_at"], name="item_version_age"),
        ]


class QuarantinedRecord(TenantModel):
    """A record that could not be read, kept with the reason so that nothing is lost silently."""

    audit = None

    run = TenantForeignKey(SyncRun, on_delete=models.CASCADE, related_name="quarantine")
    source = TenantForeignKey(Source, on_delete=models.CASCADE, related_name="quarantine")
    remote_id = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=500)
    excerpt = models.TextField(blank=True, default="")
    tries = models.PositiveIntegerField(default=1, db_default=1)
    last_tried_at = models.DateTimeField(default=timezone.now, db_default=Now())
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "source", "remote_id"],
                condition=Q(resolved_at=None) & ~Q(remote_id=""),
                name="quarantined_once_at_a_time",
            ),
        ]


class Link(EditableModel):
    """What a source's items mean for a key result or an initiative."""

    audit = {"silent": ["observed_at", "line"]}

    source = TenantForeignKey(Source, related_name="links")
    key_result = TenantForeignKey(
        KeyResult, null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    initiative = TenantForeignKey(
        Initiative, null=True, blank=True, on_delete=models.CASCADE, related_name="links"
    )
    measure = models.CharField(max_length=16, choices=Measure, default=Measure.SHARE_OF_ITEMS)
    field = models.CharField(
        "field to add up", max_length=80, blank=True, default="", help_text="For sums only."
    )
    label = models.CharField("only items with the label", max_length=120, blank=True, default="")
    parent_remote_id = models.CharField(
        "only below the epic or project", max_length=64, blank=True, default=""
    )
    rules = models.JSONField("what counts as done here", default=dict, blank=True)
    observed_at = models.DateTimeField(null=True, editable=False)
    # The version of the link whose rules its observations follow since.
    line = models.PositiveIntegerField(default=1, db_default=1, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=exactly_one("key_result", "initiative"),
                name="link_one_reader",
                violation_error_message="Link one key result or one initiative.",
            ),
            models.CheckConstraint(
                condition=~Q(measure=Measure.SUM) | ~Q(field=""),
                name="link_sum_needs_field",
                violation_error_message="Name the field to add up.",
            ),
            # Sums of two fields over the same items are two things; other measures know no field.
            models.UniqueConstraint(
                "organization",
                "source",
                "key_result",
                "label",
                "parent_remote_id",
                Case(When(measure=Measure.SUM, then="field"), default=Value("")),
                condition=Q(archived_at=None, key_result__isnull=False),
                name="link_key_result_once",
                violation_error_message=LINKED_ALREADY,
            ),
            models.UniqueConstraint(
                fields=["organization", "source", "initiative", "label", "parent_remote_id"],
                condition=Q(archived_at=None, initiative__isnull=False),
                name="link_initiative_once",
                violation_error_message=LINKED_ALREADY,
            ),
        ]

    @property
    def need(self) -> str:
        """What it needs to know of every item beside what is always asked; empty for nothing."""
        return needed_by(self.measure, self.field, self.source.connection.points_fields)

    @property
    def added_up(self) -> str:
        """The field that it adds up; empty unless it is a sum."""
        return self.field if self.measure == Measure.SUM else ""

    @property
    def waits(self) -> bool:
        """Whether its source is still to be read with the field that it counts."""
        return bool(self.need) and self.need not in self.source.asked_since

    @property
    def known_since(self) -> datetime | None:
        """Since when its field is known of every item; None for one that needs or knows none."""
        since = self.source.asked_since.get(self.need)
        return None if since is None else datetime.fromisoformat(since)
