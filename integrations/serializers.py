"""Shapes of the sync in the API. Secrets go in and never come out."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.api_base import TenantSerializer
from accounts.models import Member
from integrations.choices import CredentialKind, Measure
from integrations.models import (
    Connection,
    FileImport,
    Link,
    Observation,
    Pull,
    PushAddress,
    QuarantinedRecord,
    Source,
    SyncedItem,
    SyncRun,
)
from integrations.ports import Category, SourceKind
from integrations.registry import PROVIDERS, PULLS
from okrs.models import Initiative, KeyResult

STAMPS = ("version", "created_at", "updated_at", "archived_at")


OWNER_HELP = "A member and no script, who is told when it breaks."
YOU = "You, unless you name another."
SECRETS_HELP = "jira-cloud: email and token; jira-data-center: token; linear: key."


class ConnectionSerializer(TenantSerializer):
    secrets = serializers.DictField(
        child=serializers.CharField(trim_whitespace=True),
        write_only=True,
        required=False,
        help_text=f"With another address, where it takes the credential anew. {SECRETS_HELP}",
    )

    credential_kind = serializers.ChoiceField(
        source="credentials.kind",
        choices=CredentialKind.choices,
        read_only=True,
        allow_null=True,
        help_text="oauth where somebody signed in there; null once it is disconnected.",
    )
    credential_set_by = serializers.UUIDField(
        source="credentials.set_by_id",
        read_only=True,
        allow_null=True,
        help_text="The member who entered it, or signed in there.",
    )
    credential_set_at = serializers.DateTimeField(
        source="credentials.set_at", read_only=True, allow_null=True
    )

    rules_pending = serializers.BooleanField(
        read_only=True,
        help_text="Whether changed rules are still being applied to what was read before.",
    )
    webhook_set_at = serializers.DateTimeField(
        source="webhooks.set_at",
        read_only=True,
        allow_null=True,
        help_text="null without a webhook; then the others are, too.",
    )
    webhook_received = serializers.IntegerField(
        source="webhooks.received", read_only=True, allow_null=True
    )
    webhook_last_received_at = serializers.DateTimeField(
        source="webhooks.last_received_at", read_only=True, allow_null=True
    )
    webhook_refused = serializers.IntegerField(
        source="webhooks.refused", read_only=True, allow_null=True
    )
    webhook_last_refused_at = serializers.DateTimeField(
        source="webhooks.last_refused_at", read_only=True, allow_null=True
    )
    webhook_refused_because = serializers.CharField(
        source="webhooks.refused_because", read_only=True, allow_null=True
    )
    number_fields = serializers.ListField(
        child=serializers.DictField(child=serializers.CharField()),
        read_only=True,
        allow_null=True,
        help_text="id and name of each; null before the first run.",
    )

    class Meta:
        model = Connection
        fields = (
            "id", "name", "provider", "address", "secrets", "credential_kind",
            "credential_set_by", "credential_set_at", "webhook_set_at", "webhook_received",
            "webhook_last_received_at", "webhook_refused", "webhook_last_refused_at",
            "webhook_refused_because", "owner", "state", "account", "site_id",
            "time_zone", "rules", "rules_pending", "points_fields", "number_fields",
            "interval_minutes", "census_hours", "query_census_hours", "shrink_percent",
            "keep_days", "failures", "next_run_at", "last_complete_at", "problem", "remedy",
            *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "provider", "state", "account", "site_id", "time_zone", "number_fields",
            "failures", "next_run_at", "last_complete_at", "problem", "remedy", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {"owner": {"help_text": OWNER_HELP}}


class SecretsSerializer(serializers.Serializer[Any]):
    secrets = serializers.DictField(
        child=serializers.CharField(trim_whitespace=True),
        write_only=True,
        help_text=SECRETS_HELP,
    )


class ConnectSerializer(SecretsSerializer):
    provider = serializers.ChoiceField(choices=[(key, e.label) for key, e in PROVIDERS.items()])
    name = serializers.CharField(max_length=80)
    address = serializers.CharField(max_length=240, required=False, allow_blank=True, default="")
    owner = serializers.PrimaryKeyRelatedField(
        queryset=Member.objects, required=False, help_text=f"{OWNER_HELP} {YOU}"
    )


class OfferedSerializer(serializers.Serializer[Any]):
    """Something that can be followed; `kind` and `remote_id` are what `sources` takes."""

    kind = serializers.ChoiceField(choices=[(k.value, k.value) for k in SourceKind])
    remote_id = serializers.CharField()
    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class NumberFieldSerializer(serializers.Serializer[Any]):
    """A field that can be added up, or holds estimates."""

    remote_id = serializers.CharField()
    name = serializers.CharField()
    is_points = serializers.BooleanField(help_text="It looks like the field of estimates.")


class SeenSerializer(serializers.Serializer[Any]):
    account = serializers.CharField()
    site = serializers.CharField()
    sources = serializers.IntegerField(help_text="How many projects, teams and the like it sees.")
    offered = OfferedSerializer(many=True, help_text="These projects, teams and the like.")
    number_fields = NumberFieldSerializer(many=True)
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Followed sources that it does not see."
    )
    lacking = serializers.ListField(
        child=serializers.CharField(), help_text="What cannot be done with this credential."
    )


class WebhookSerializer(serializers.Serializer[Any]):
    url = serializers.URLField()
    secret = serializers.CharField(help_text="Shown this once.")
    former_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when the secret before it is taken, too."
    )


class CountedSerializer(serializers.Serializer[Any]):
    """What items amount to in a measure, and how many are behind that."""

    done = serializers.DecimalField(max_digits=30, decimal_places=10)
    total = serializers.DecimalField(
        max_digits=30, decimal_places=10, allow_null=True, help_text="null for counts and sums."
    )
    items_done = serializers.IntegerField()
    items_total = serializers.IntegerField()
    left_out = serializers.IntegerField()
    unestimated = serializers.IntegerField()


class WouldCountSerializer(serializers.Serializer[Any]):
    """What a link would amount to; null where that is not known so far, and total for counts."""

    is_waiting = serializers.BooleanField(
        help_text="Its field was not read so far; linking starts a run that reads it."
    )
    done = serializers.DecimalField(max_digits=30, decimal_places=10, allow_null=True, default=None)
    total = serializers.DecimalField(
        max_digits=30, decimal_places=10, allow_null=True, default=None
    )
    items_done = serializers.IntegerField(allow_null=True, default=None)
    items_total = serializers.IntegerField(allow_null=True, default=None)
    left_out = serializers.IntegerField(allow_null=True, default=None)
    unestimated = serializers.IntegerField(allow_null=True, default=None)
    shared_items = serializers.IntegerField(
        help_text="How many of them the named goal counts already, by another of its links."
    )


class MeasuredSerializer(serializers.Serializer[Any]):
    """How items are counted, as a link has it."""

    measure = serializers.ChoiceField(choices=Measure.choices, default=Measure.SHARE_OF_ITEMS)
    field = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["measure"] == Measure.SUM and not attrs["field"]:
            raise serializers.ValidationError({"field": ["Name the field to add up."]})
        return attrs


class SelectedSerializer(MeasuredSerializer):
    """Something that could be followed."""

    kind = serializers.ChoiceField(choices=[(k.value, k.value) for k in SourceKind])
    remote_id = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    query = serializers.CharField(
        max_length=4000, required=False, allow_blank=True, default="", help_text="For jql."
    )


class StatusSeenSerializer(serializers.Serializer[Any]):
    remote_id = serializers.CharField()
    name = serializers.CharField()
    category = serializers.ChoiceField(choices=[(c.value, c.value) for c in Category])
    items = serializers.IntegerField()


class ItemSeenSerializer(serializers.Serializer[Any]):
    remote_id = serializers.CharField(source="item.remote_id")
    key = serializers.CharField(source="item.key")
    title = serializers.CharField(source="item.title")
    type_name = serializers.CharField(source="item.type_name")
    status_name = serializers.CharField(source="item.status_name")
    category = serializers.ChoiceField(choices=[(c.value, c.value) for c in Category])
    is_leaf = serializers.BooleanField(help_text="Others are not counted.")


class TasteSerializer(serializers.Serializer[Any]):
    """What a selection holds, and what the items that changed last would amount to."""

    count = serializers.IntegerField(
        source="preview.count", allow_null=True, help_text="null where the service does not tell."
    )
    approximate = serializers.BooleanField(source="preview.approximate")
    whole = serializers.BooleanField(
        source="preview.whole", help_text="All of its items were looked at."
    )
    looked_at = serializers.IntegerField()
    not_counted = serializers.IntegerField(help_text="Epics, sub-tasks and the like among them.")
    measured = CountedSerializer()
    statuses = StatusSeenSerializer(many=True)
    items = ItemSeenSerializer(many=True, help_text="The first of them.")


class DraftLinkSerializer(MeasuredSerializer):
    """A link that is looked at before it is made."""

    label = serializers.CharField(  # type: ignore[assignment]  # a field of ours, not their text
        max_length=120, required=False, allow_blank=True, default=""
    )
    parent_remote_id = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default=""
    )
    rules = serializers.DictField(required=False, default=dict)
    key_result = serializers.PrimaryKeyRelatedField(
        queryset=KeyResult.objects,
        required=False,
        allow_null=True,
        help_text="A goal, to be told which items count twice for it.",
    )
    initiative = serializers.PrimaryKeyRelatedField(
        queryset=Initiative.objects, required=False, allow_null=True
    )


class SourceSerializer(TenantSerializer):
    kind = serializers.ChoiceField(choices=[(k.value, k.value) for k in SourceKind])

    class Meta:
        model = Source
        fields = (
            "id", "connection", "kind", "remote_id", "name", "query", "state", "item_count",
            "missing_count", "censused_at", "last_complete_at", "problem", *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "state", "item_count", "missing_count", "censused_at", "last_complete_at", "problem",
            *STAMPS,
        )  # fmt: skip
        validators: tuple[object, ...] = ()


class LinkSerializer(TenantSerializer):
    class Meta:
        model = Link
        fields = (
            "id", "source", "key_result", "initiative", "measure", "field", "label",
            "parent_remote_id", "rules", "observed_at", "line", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("observed_at", "line", *STAMPS)


class SyncRunSerializer(TenantSerializer):
    source_expected = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="How many items the source that is being read is thought to hold.",
    )

    class Meta:
        model = SyncRun
        fields = (
            "id", "connection", "trigger", "requested_by", "state", "started_at", "finished_at",
            "resume_at", "waits_for", "progressed_at", "sources_total", "sources_done",
            "source_seen", "source_expected", "seen", "changed", "quarantined", "gone", "requests",
            "values_written", "repaired", "problem", "request", "remedy",
        )  # fmt: skip
        read_only_fields = fields


class QuarantinedRecordSerializer(TenantSerializer):
    class Meta:
        model = QuarantinedRecord
        fields = (
            "id", "run", "source", "remote_id", "reason", "excerpt", "tries", "last_tried_at",
            "resolved_at",
        )  # fmt: skip
        read_only_fields = fields


class OpenQuerySerializer(serializers.Serializer[Any]):
    open = serializers.BooleanField(required=False, allow_null=True, default=None)


class SyncedItemSerializer(TenantSerializer):
    class Meta:
        model = SyncedItem
        fields = (
            "id", "connection", "remote_id", "key", "title", "url", "kind", "is_leaf", "category",
            "status_name", "resolution", "points", "labels", "parent_remote_id",
            "project_remote_id", "project_key", "project_name", "remote_created_at",
            "remote_updated_at", "completed_at", "is_archived", "gone_at",
        )  # fmt: skip
        read_only_fields = fields


class LooseItemSerializer(SyncedItemSerializer):
    products = serializers.ListField(
        child=serializers.UUIDField(), read_only=True, help_text="Whose it is, as far as is known."
    )
    teams = serializers.ListField(child=serializers.UUIDField(), read_only=True)

    class Meta(SyncedItemSerializer.Meta):
        fields = (*SyncedItemSerializer.Meta.fields, "products", "teams")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]


class LooseItemsQuerySerializer(serializers.Serializer[Any]):
    product = serializers.UUIDField(required=False)
    team = serializers.UUIDField(required=False)
    of_nobody = serializers.BooleanField(required=False, default=False)


class ObservationSerializer(TenantSerializer):
    """`unestimated` items have no estimate; for a sum, those done without a value in its field."""

    class Meta:
        model = Observation
        fields = (
            "id", "link", "run", "recorded_at", "effective_at", "line", "done", "total",
            "items_done", "items_total", "left_out", "unestimated",
        )  # fmt: skip
        read_only_fields = fields


class PushAddressSerializer(TenantSerializer):
    class Meta:
        model = PushAddress
        fields = (
            "id", "metric", "name", "hint", "made_by", "created_at", "closed_at", "received",
            "last_received_at", "refused", "last_refused_at", "refused_because",
        )  # fmt: skip
        read_only_fields = fields


class NewPushAddressSerializer(TenantSerializer):
    class Meta:
        model = PushAddress
        fields = ("metric", "name")


class OpenedAddressSerializer(PushAddressSerializer):
    url = serializers.URLField(help_text="Where to push; shown this once.")

    class Meta(PushAddressSerializer.Meta):
        fields = (*PushAddressSerializer.Meta.fields, "url")  # type: ignore[assignment]


class PullSerializer(TenantSerializer):
    provider = serializers.ChoiceField(
        choices=[(key, entry.label) for key, entry in PULLS.items()], default=next(iter(PULLS))
    )
    headers = serializers.DictField(
        child=serializers.CharField(max_length=4096), write_only=True, required=False
    )

    class Meta:
        model = Pull
        fields = (
            "id", "metric", "provider", "name", "address", "path", "headers", "header_names",
            "interval_minutes", "delay_days", "owner", "state", "next_run_at", "last_pulled_at",
            "failures", "problem", "remedy", *STAMPS,
        )  # fmt: skip
        read_only_fields = (
            "header_names", "state", "next_run_at", "last_pulled_at", "failures",
            "problem", "remedy", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {"owner": {"required": False, "help_text": f"{OWNER_HELP} {YOU}"}}
        validators: tuple[object, ...] = ()


class FileImportSerializer(TenantSerializer):
    undone_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = FileImport
        fields = (
            "id", "metric", "file_name", "imported_by", "created_at", "rows", "recorded",
            "corrected", "unchanged", "undone_at",
        )  # fmt: skip
        read_only_fields = fields


class NewFileImportSerializer(TenantSerializer):
    text = serializers.CharField(
        trim_whitespace=False, help_text="Columns date and value, and metric unless it is given."
    )

    class Meta:
        model = FileImport
        fields = ("metric", "file_name", "text")


class DryRunSerializer(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField(default=False)


class IdleInitiativeSerializer(TenantSerializer):
    class Meta:
        model = Initiative
        fields = ("id", "title", "product", "team", "owner", "state", "starts_on", "ends_on")
        read_only_fields = fields


class UnworkedKeyResultSerializer(TenantSerializer):
    product = serializers.UUIDField(source="objective.product_id", read_only=True, allow_null=True)
    team = serializers.UUIDField(source="objective.team_id", read_only=True, allow_null=True)
    cycle = serializers.UUIDField(source="objective.cycle_id", read_only=True)

    class Meta:
        model = KeyResult
        fields = ("id", "title", "objective", "product", "team", "cycle", "owner", "score")
        read_only_fields = fields


class BranchQuerySerializer(serializers.Serializer[Any]):
    below = serializers.UUIDField(required=False, help_text="The item whose children are asked.")
    project = serializers.CharField(
        required=False, max_length=64, help_text="`remote_id` of a project: only its items."
    )
    after = serializers.UUIDField(required=False, help_text="`after` of the page before.")


class BranchSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    key = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    kind = serializers.CharField()
    status_name = serializers.CharField()
    resolution = serializers.CharField()
    category = serializers.CharField()
    is_leaf = serializers.BooleanField()
    points = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True)
    in_circle = serializers.BooleanField(help_text="It hangs below itself.")
    children = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Leaf items done, of those that it is or holds.")
    total = serializers.IntegerField()


class ProjectBranchSerializer(serializers.Serializer[Any]):
    """A project of Linear at the top of a tree, in place of its items."""

    remote_id = serializers.CharField()
    name = serializers.CharField(help_text="As its item that changed last knows it.")
    children = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Leaf items done, of those that it holds.")
    total = serializers.IntegerField()


class ItemBehindSerializer(serializers.Serializer[Any]):
    """An item behind a number, as it is now."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()
    kind = serializers.CharField()
    category = serializers.CharField()
    status_name = serializers.CharField()
    resolution = serializers.CharField()
    points = serializers.DecimalField(max_digits=12, decimal_places=3, allow_null=True)
    completed_at = serializers.DateTimeField(allow_null=True)


class LinkExplanationSerializer(serializers.Serializer[Any]):
    """`is_latest` is false while the link says more already than the number it feeds."""

    observation = ObservationSerializer(allow_null=True)
    is_latest = serializers.BooleanField()
    is_frozen = serializers.BooleanField(help_text="Its source is out of sight.")
    is_waiting = serializers.BooleanField(
        help_text="Its source is read again with the field that it counts, and measured then."
    )
    synced_at = serializers.DateTimeField(allow_null=True)
    done = ItemBehindSerializer(many=True, help_text="The newest fifty.")
    open = ItemBehindSerializer(many=True, help_text="The newest fifty.")
    left_out = ItemBehindSerializer(many=True, help_text="The newest fifty.")


class LevelSerializer(serializers.Serializer[Any]):
    projects = ProjectBranchSerializer(many=True, help_text="Before the items, by name.")
    results = BranchSerializer(many=True)
    after = serializers.UUIDField(allow_null=True)


class NamedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()


class AncestorSerializer(NamedSerializer):
    key = serializers.CharField()


class NamedProjectSerializer(serializers.Serializer[Any]):
    remote_id = serializers.CharField()
    name = serializers.CharField()


class LineSerializer(serializers.Serializer[Any]):
    link = serializers.UUIDField()
    project = NamedProjectSerializer(
        allow_null=True, help_text="Of Linear, in which the item stands in the link's tree."
    )
    initiative = serializers.UUIDField(allow_null=True)
    key_result = NamedSerializer()
    objectives = NamedSerializer(many=True, help_text="From the key result's up to the highest.")


class UnitSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class IdleLineSerializer(serializers.Serializer[Any]):
    """Work that ends before a key result that one may see."""

    link = serializers.UUIDField()
    project = NamedProjectSerializer(allow_null=True)
    initiative = NamedSerializer()
    product = UnitSerializer(help_text="Of the initiative.")
    team = UnitSerializer(allow_null=True)


class ServedSerializer(serializers.Serializer[Any]):
    above = AncestorSerializer(many=True, help_text="In its own system, the nearest first.")
    lines = LineSerializer(many=True)
    idle_initiatives = serializers.ListField(
        child=serializers.UUIDField(), help_text="The initiatives of `idle`."
    )
    idle = IdleLineSerializer(many=True)
    has_more = serializers.BooleanField()
