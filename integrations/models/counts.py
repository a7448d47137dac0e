"""What links amounted to, what is kept of counting, and what is still to be counted anew."""

from typing import ClassVar

from django.db import models
from django.db.models import Value
from django.db.models.functions import Now
from django.utils import timezone

from accounts.constraints import AppendOnly, RecordedNow
from accounts.fields import TenantForeignKey
from accounts.tenant_models import TenantModel
from integrations.models.trackers import Connection, Link, SyncRun


class Observation(TenantModel):
    """What a link amounted to. Append-only.

    `effective_at` is when it was so: with other rules for the past, that is long before it was
    recorded. `line` numbers the rules: the link's version whose rules counted.
    """

    audit = None

    link = TenantForeignKey(Link, on_delete=models.CASCADE, related_name="observations")
    run = TenantForeignKey(SyncRun, related_name="observations")
    recorded_at = models.DateTimeField(default=timezone.now)
    effective_at = models.DateTimeField(default=timezone.now, db_default=Now())
    line = models.PositiveIntegerField(default=1, db_default=1)
    done = models.DecimalField(max_digits=30, decimal_places=10)
    total = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    items_done = models.PositiveIntegerField()
    items_total = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0)
    unestimated = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar = ["-effective_at", "-recorded_at", "-id"]
        constraints = [
            AppendOnly(name="integrations_observation_append_only"),
            RecordedNow(name="integrations_observation_recorded_now"),
        ]
        indexes = [
            models.Index(
                fields=["organization", "link", "-effective_at", "-recorded_at"],
                name="observation_course",
            ),
        ]


class LinkTally(TenantModel):
    """What a link counts among the stored items, changed with every page that changes them.

    It holds for one version of the link's rules, `line`: others have it counted anew. A link
    without a tally is counted at the end of the next run.
    """

    audit = None

    link = TenantForeignKey(Link, on_delete=models.CASCADE, related_name="tallies")
    line = models.PositiveIntegerField()
    # A count that goes wrong may fall below nothing: then it is counted anew, and no run fails.
    done = models.IntegerField()
    standing = models.IntegerField()
    left_out = models.IntegerField()
    unestimated = models.IntegerField()
    points_done = models.DecimalField(max_digits=30, decimal_places=10)
    points_total = models.DecimalField(max_digits=30, decimal_places=10)
    summed = models.DecimalField(max_digits=30, decimal_places=10)
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "link"], name="tally_one_a_link"),
        ]


class Recount(TenantModel):
    """What other rules owe to what is stored; it stands until that was carried out to its end.

    Without a link: the items of the connection are to be judged anew. With one: its past is to be
    counted. `after` is the last item that was done, `kept` what is needed to go on from there: of
    items the statuses, with the `types`, that are others by now.
    """

    audit = None

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="recounts")
    link = TenantForeignKey(Link, null=True, on_delete=models.CASCADE, related_name="recounts")
    after = models.CharField(max_length=64, blank=True, default="")
    items_done = models.PositiveIntegerField(default=0)
    kept = models.JSONField(default=dict)
    types = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))
    # When it was owed, sent to the queue, or went on: after long silence it is sent again.
    progressed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection", "link"],
                nulls_distinct=False,
                name="recount_once_at_a_time",
            ),
        ]
