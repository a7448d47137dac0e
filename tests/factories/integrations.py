"""Rows of connections to other systems, in the bound organisation."""

from typing import Any

import factory

from integrations.models import Connection, Link, Source, SyncRun
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import KeyResultFactory


class ConnectionFactory(factory.django.DjangoModelFactory[Connection]):
    class Meta:
        model = Connection

    name = factory.Sequence(lambda n: f"Connection {n}")
    provider = "jira_cloud"
    owner: Any = factory.SubFactory(MemberFactory)


class SourceFactory(factory.django.DjangoModelFactory[Source]):
    class Meta:
        model = Source

    connection: Any = factory.SubFactory(ConnectionFactory)
    kind = "project"
    remote_id = factory.Sequence(str)
    name = factory.Sequence(lambda n: f"Source {n}")


class LinkFactory(factory.django.DjangoModelFactory[Link]):
    class Meta:
        model = Link

    source: Any = factory.SubFactory(SourceFactory)
    key_result: Any = factory.SubFactory(KeyResultFactory)


class SyncRunFactory(factory.django.DjangoModelFactory[SyncRun]):
    class Meta:
        model = SyncRun

    connection: Any = factory.SubFactory(ConnectionFactory)
    trigger = "schedule"
