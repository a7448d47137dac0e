"""Where the figures of a metric come from when no tracker counts them: pushed, pulled, by file."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import EditableModel, TenantModel
from integrations.choices import ConnectionState
from integrations.models.trackers import LONGEST_INTERVAL_MINUTES
from portfolio.models import Metric, MetricValue

LONGEST_DELAY_DAYS = 30
SHORTEST_INTERVAL_MINUTES = 15


class PushAddress(TenantModel):
    """An address at which a script delivers values of one metric. The address is the secret."""

    audit = {
        "secret": ["token_hash"],
        "silent": ["received", "last_received_at", "refused", "last_refused_at", "refused_because"],
    }

    metric = TenantForeignKey(Metric, on_delete=models.CASCADE, related_name="push_addresses")
    name = models.CharField(max_length=80, help_text="What will push, as in “nightly export”.")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False, help_text="How the address ends.")
    made_by = TenantForeignKey(Member, related_name="+", editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)
    received = models.PositiveIntegerField(default=0, editable=False)
    last_received_at = models.DateTimeField(null=True, editable=False)
    refused = models.PositiveIntegerField(default=0, editable=False)
    last_refused_at = models.DateTimeField(null=True, editable=False)
    refused_because = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class PushDelivery(TenantModel):
    """A delivery that named itself, kept for a while so that a repeated one counts once."""

    audit = None

    address = TenantForeignKey(PushAddress, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    value = TenantForeignKey(MetricValue, null=True, related_name="+")
    received_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "address", "key"], name="push_delivery_once"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "received_at"], name="push_delivery_age"),
        ]


class Pull(EditableModel):
    """A number that is fetched from an address on schedule, and becomes the value of a metric."""

    audit = {
        "secret": ["sealed"],
        "silent": ["state", "next_run_at", "last_pulled_at", "failures"],
    }

    metric = TenantForeignKey(Metric, on_delete=models.CASCADE, related_name="pulls")
    provider = models.CharField(max_length=24, editable=False)
    name = models.CharField(max_length=80)
    address = models.CharField(
        max_length=500,
        help_text="Everybody here can read it: a key belongs into a header.",
    )
    path = models.CharField(
        "where the number is (JSONPath)", max_length=200, help_text="As in $.data.revenue."
    )
    interval_minutes = models.PositiveIntegerField(
        "pull every (minutes)",
        default=24 * 60,
        validators=[
            MinValueValidator(SHORTEST_INTERVAL_MINUTES),
            MaxValueValidator(LONGEST_INTERVAL_MINUTES),
        ],
    )
    delay_days = models.PositiveSmallIntegerField(
        "days that the figure is behind",
        default=0,
        validators=[MaxValueValidator(LONGEST_DELAY_DAYS)],
        help_text="5 when what the service says today is the figure of five days ago.",
    )
    # The headers, sealed for this organisation, row and field; their names are no secret.
    sealed = models.BinaryField(null=True, editable=False)
    header_names = ArrayField(
        models.CharField(max_length=64), default=list, blank=True, editable=False
    )
    owner = TenantForeignKey(Member, related_name="pulls")
    state = models.CharField(
        max_length=8, choices=ConnectionState, default=ConnectionState.NEW, editable=False
    )
    next_run_at = models.DateTimeField(null=True, editable=False)
    last_pulled_at = models.DateTimeField(null=True, editable=False)
    # Pulls that failed one after the other; the schedule slows down with each.
    failures = models.PositiveSmallIntegerField(default=0, editable=False)
    problem = models.CharField(max_length=500, blank=True, default="", editable=False)
    remedy = models.CharField(max_length=500, blank=True, default="", editable=False)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "metric"],
                condition=Q(archived_at=None),
                name="pull_one_a_metric",
                violation_error_message="This metric is pulled already.",
            ),
            models.CheckConstraint(
                condition=Q(delay_days__lte=LONGEST_DELAY_DAYS), name="pull_delay_at_most_a_month"
            ),
            models.CheckConstraint(
                condition=Q(interval_minutes__gte=SHORTEST_INTERVAL_MINUTES),
                name="pull_not_too_often",
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "next_run_at"],
                condition=Q(archived_at=None),
                name="pull_due",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("integrations:pull", args=[self.organization.slug, self.pk])


class FileImport(TenantModel):
    """A file whose values were logged: its name, who brought it, and what came of its rows."""

    audit = None

    # None for a file that names a metric in each row.
    metric = TenantForeignKey(Metric, null=True, on_delete=models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=160)
    imported_by = TenantForeignKey(Member, related_name="+")
    rows = models.PositiveIntegerField()
    recorded = models.PositiveIntegerField()
    corrected = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return self.file_name


class ImportedValue(TenantModel):
    """Which values a file brought, so that all of them can be taken back together."""

    audit = None

    file_import = TenantForeignKey(
        FileImport, on_delete=models.CASCADE, related_name="imported_values"
    )
    value = TenantForeignKey(MetricValue, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "value"], name="imported_value_of_one_file"
            ),
        ]


class ImportUndo(TenantModel):
    """The taking back of a file: by whom, how many values, and how many were changed since."""

    file_import = TenantForeignKey(FileImport, on_delete=models.CASCADE, related_name="undos")
    undone_by = TenantForeignKey(Member, related_name="+")
    withdrawn = models.PositiveIntegerField()
    kept = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "file_import"],
                name="import_undone_once",
                violation_error_message="This file was taken back already.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_import} taken back"
