"""An organisation with at least one record of nearly every kind, for sweeps over the API."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.api_base import Resource
from accounts.choices import TokenScope
from accounts.tenancy import tenant
from tests.factories import (
    check_ins,
    evidence,
    funding,
    governance,
    integrations,
    limits,
    links,
    okrs,
    portfolio,
    promises,
)
from tests.inventory import relation_fields, resources
from tests.personas import World, make_world
from tests.plain_rows import tenant_models

FACTORIES: list[Any] = [
    portfolio.ThemeFactory,
    portfolio.ValueStreamFactory,
    portfolio.PortfolioFactory,
    portfolio.TeamFactory,
    okrs.KeyResultFactory,
    okrs.KeyResultFactory,
    okrs.MilestoneFactory,
    okrs.ContributionFactory,
    okrs.ObjectiveAlignmentFactory,
    okrs.InitiativeFactory,
    okrs.DependencyFactory,
    evidence.CheckInFactory,
    check_ins.PostponementFactory,
    check_ins.HiddenAlertFactory,
    evidence.CountedItemFactory,
    evidence.OverrideFactory,
    evidence.ScorePointFactory,
    links.ObjectiveCoOwnerFactory,
    links.ObjectiveMoveFactory,
    links.ObjectiveSupportFactory,
    links.LinkMoveFactory,
    links.SharedPlacementFactory,
    links.InitiativeKeyResultFactory,
    limits.GoalLimitsFactory,
    limits.LimitOverrideFactory,
    promises.CommitmentMoveFactory,
    promises.CommittedTeamFactory,
    promises.DependencyMoveFactory,
    promises.UnitScoreFactory,
    funding.LedgerEntryFactory,
    integrations.QuarantinedRecordFactory,
    integrations.SyncedItemFactory,
    integrations.ObservationFactory,
    governance.CommentFactory,
    governance.DecisionFactory,
    governance.RiskFactory,
    governance.SignalFactory,
]


@dataclass
class FilledWorld:
    """A world, its administrator's write token, and an id for each model that has a row."""

    world: World
    token: str
    ids: dict[type[models.Model], list[UUID]] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.world.organization.slug

    def client(self) -> Client:
        return Client(headers={"Authorization": f"Bearer {self.token}"})

    def every_id(self) -> set[str]:
        return {str(pk) for ids in self.ids.values() for pk in ids}


def filled_world(name: str) -> FilledWorld:
    world = make_world(name)
    with tenant(world.organization.pk, actor_id=world["admin"].pk, request_id="test"):
        for make in FACTORIES:
            make()
        expires = timezone.now() + timedelta(days=1)
        _, token = actions.create_token(
            world.access("admin"), name="test", scope=TokenScope.WRITE, expires_at=expires
        )
    filled = FilledWorld(world, token)
    read_ids(filled)
    post_examples(filled)
    read_ids(filled)
    return filled


def read_ids(filled: FilledWorld) -> None:
    """Note what rows there are, the newest first: those were made with the most around them."""
    with tenant(filled.world.organization.pk):
        for model in tenant_models():
            newest = model._default_manager.order_by("-pk").values_list("pk", flat=True)
            filled.ids[model] = list(newest[:50])


def post_examples(filled: FilledWorld) -> None:
    """Send the documented examples with real ids; what the rules refuse here stays unmade."""
    client = filled.client()
    for name, view in resources("create").items():
        body = orjson.dumps(with_real_ids(view, view.examples["create"], filled))
        path = reverse(name, kwargs={"org": filled.slug})
        client.post(path, body, content_type="application/json")


def with_real_ids(view: type[Resource], body: dict[str, Any], filled: FilledWorld) -> Any:
    """`body` with a row of `filled` in each field that names one."""
    used: Counter[type[models.Model]] = Counter()
    real = dict(body)
    for name, model in relation_fields(view).items():
        rows = filled.ids.get(model, [])
        if name in real and used[model] < len(rows):
            real[name] = str(rows[used[model]])
            used[model] += 1
    return real
