"""Rows of connections to other systems, in the bound organisation."""

from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from integrations.choices import RunTrigger
from integrations.models import (
    Connection,
    Credential,
    FileImport,
    FormerGrant,
    ImportedValue,
    ImportUndo,
    Link,
    LinkTally,
    Observation,
    Pull,
    PushAddress,
    PushDelivery,
    QuarantinedRecord,
    Recount,
    Source,
    SyncedItem,
    SyncRun,
    Webhook,
)
from integrations.ports import Category, SourceKind
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import KeyResultFactory
from tests.factories.portfolio import MetricFactory, MetricValueFactory


class ConnectionFactory(factory.django.DjangoModelFactory[Connection]):
    """A connection without a credential: nothing answers for it."""

    class Meta:
        model = Connection

    name = factory.Sequence(lambda n: f"Connection {n}")
    provider = "jira-cloud"
    owner: Any = factory.SubFactory(MemberFactory)


class CredentialFactory(factory.django.DjangoModelFactory[Credential]):
    """A credential that no key opens."""

    class Meta:
        model = Credential

    connection: Any = factory.SubFactory(ConnectionFactory)
    sealed = b"sealed"
    set_by: Any = factory.SubFactory(MemberFactory)


class FormerGrantFactory(factory.django.DjangoModelFactory[FormerGrant]):
    """A grant that no key opens, on its way back to its service."""

    class Meta:
        model = FormerGrant

    connection: Any = factory.SubFactory(ConnectionFactory)
    sealed = b"sealed"


class WebhookFactory(factory.django.DjangoModelFactory[Webhook]):
    """An address whose secret no key opens."""

    class Meta:
        model = Webhook

    connection: Any = factory.SubFactory(ConnectionFactory)
    token = factory.Sequence(lambda n: f"webhook-{n}")
    sealed = b"sealed"
    set_by: Any = factory.SubFactory(MemberFactory)


class SourceFactory(factory.django.DjangoModelFactory[Source]):
    class Meta:
        model = Source

    connection: Any = factory.SubFactory(ConnectionFactory)
    kind = SourceKind.PROJECT.value
    remote_id = factory.Sequence(str)
    name = factory.Sequence(lambda n: f"Source {n}")


class LinkFactory(factory.django.DjangoModelFactory[Link]):
    class Meta:
        model = Link

    source: Any = factory.SubFactory(SourceFactory)
    key_result: Any = factory.SubFactory(KeyResultFactory)


class SyncRunFactory(factory.django.DjangoModelFactory[SyncRun]):
    """A run that waits for a worker."""

    class Meta:
        model = SyncRun

    connection: Any = factory.SubFactory(ConnectionFactory)
    trigger = RunTrigger.SCHEDULE


class SyncedItemFactory(factory.django.DjangoModelFactory[SyncedItem]):
    """An open story."""

    class Meta:
        model = SyncedItem

    connection: Any = factory.SubFactory(ConnectionFactory)
    remote_id = factory.Sequence(str)
    key = factory.Sequence(lambda n: f"SHOP-{n}")
    title = factory.Sequence(lambda n: f"Story {n}")
    kind = "Story"
    facts = factory.LazyFunction(dict)
    is_leaf = True
    category = Category.TO_DO.value
    status_id = "1"
    status_name = "Open"
    remote_created_at = factory.LazyFunction(timezone.now)
    remote_updated_at = factory.LazyFunction(timezone.now)


class QuarantinedRecordFactory(factory.django.DjangoModelFactory[QuarantinedRecord]):
    class Meta:
        model = QuarantinedRecord

    source: Any = factory.SubFactory(SourceFactory)
    run: Any = factory.SubFactory(
        SyncRunFactory, connection=factory.SelfAttribute("..source.connection")
    )
    reason = "It has no status."


class ObservationFactory(factory.django.DjangoModelFactory[Observation]):
    """One item of two done."""

    class Meta:
        model = Observation

    link: Any = factory.SubFactory(LinkFactory)
    run: Any = factory.SubFactory(
        SyncRunFactory, connection=factory.SelfAttribute("..link.source.connection")
    )
    done = Decimal(1)
    total = Decimal(2)
    items_done = 1
    items_total = 2


class LinkTallyFactory(factory.django.DjangoModelFactory[LinkTally]):
    """One item of two done."""

    class Meta:
        model = LinkTally

    link: Any = factory.SubFactory(LinkFactory)
    line = 1
    done = 1
    standing = 2
    left_out = 0
    unestimated = 2
    points_done = Decimal(0)
    points_total = Decimal(0)
    summed = Decimal(0)


class RecountFactory(factory.django.DjangoModelFactory[Recount]):
    """The items of a connection are to be judged anew."""

    class Meta:
        model = Recount

    connection: Any = factory.SubFactory(ConnectionFactory)


class PushAddressFactory(factory.django.DjangoModelFactory[PushAddress]):
    """An address that nobody knows."""

    class Meta:
        model = PushAddress

    metric: Any = factory.SubFactory(MetricFactory)
    name = factory.Sequence(lambda n: f"Script {n}")
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    hint = "abcd"
    made_by: Any = factory.SubFactory(MemberFactory)


class PushDeliveryFactory(factory.django.DjangoModelFactory[PushDelivery]):
    class Meta:
        model = PushDelivery

    address: Any = factory.SubFactory(PushAddressFactory)
    key = factory.Sequence(str)
    fingerprint = "0" * 64


class PullFactory(factory.django.DjangoModelFactory[Pull]):
    """A pull from an address that answers nobody."""

    class Meta:
        model = Pull

    metric: Any = factory.SubFactory(MetricFactory)
    provider = "json"
    name = factory.Sequence(lambda n: f"Pull {n}")
    address = "https://figures.example.com/revenue"
    path = "$.revenue"
    owner: Any = factory.SubFactory(MemberFactory)


class FileImportFactory(factory.django.DjangoModelFactory[FileImport]):
    class Meta:
        model = FileImport

    metric: Any = factory.SubFactory(MetricFactory)
    file_name = "revenue.csv"
    imported_by: Any = factory.SubFactory(MemberFactory)
    rows = recorded = 3
    corrected = unchanged = 0


class ImportedValueFactory(factory.django.DjangoModelFactory[ImportedValue]):
    class Meta:
        model = ImportedValue

    file_import: Any = factory.SubFactory(FileImportFactory)
    value: Any = factory.SubFactory(MetricValueFactory)


class ImportUndoFactory(factory.django.DjangoModelFactory[ImportUndo]):
    class Meta:
        model = ImportUndo

    file_import: Any = factory.SubFactory(FileImportFactory)
    undone_by: Any = factory.SubFactory(MemberFactory)
    withdrawn = 3
    kept = 0
