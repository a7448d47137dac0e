"""The rhythm of check-ins, in the bound organisation."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone

from okrs.choices import AlertKind
from okrs.models import (
    CheckInSettings,
    Escalation,
    HiddenAlert,
    Postponement,
    ReminderChoice,
    ReminderTurn,
)
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import KeyResultFactory

LATER = timedelta(days=3)


class CheckInSettingsFactory(factory.django.DjangoModelFactory[CheckInSettings]):
    """The defaults, stored."""

    class Meta:
        model = CheckInSettings


class ReminderChoiceFactory(factory.django.DjangoModelFactory[ReminderChoice]):
    """A member who leaves day and hour to the organisation."""

    class Meta:
        model = ReminderChoice

    member = factory.SubFactory(MemberFactory)


class ReminderTurnFactory(factory.django.DjangoModelFactory[ReminderTurn]):
    """A turn of today, on which nothing was owed."""

    class Meta:
        model = ReminderTurn

    member = factory.SubFactory(MemberFactory)
    day = factory.LazyFunction(timezone.localdate)


class EscalationFactory(factory.django.DjangoModelFactory[Escalation]):
    """A silence that the owner of the objective was told of."""

    class Meta:
        model = Escalation

    key_result: Any = factory.SubFactory(KeyResultFactory)
    silent_since = factory.LazyFunction(timezone.localdate)
    told = factory.SelfAttribute("key_result.objective.owner")


class PostponementFactory(factory.django.DjangoModelFactory[Postponement]):
    """Put off by its owner for a few days."""

    class Meta:
        model = Postponement

    key_result: Any = factory.SubFactory(KeyResultFactory)
    author = factory.SelfAttribute("key_result.owner")
    until = factory.LazyFunction(lambda: timezone.localdate() + LATER)
    reason = "The survey runs until then."


class HiddenAlertFactory(factory.django.DjangoModelFactory[HiddenAlert]):
    """One kind of alert that the owner hid."""

    class Meta:
        model = HiddenAlert

    key_result: Any = factory.SubFactory(KeyResultFactory)
    member = factory.SelfAttribute("key_result.owner")
    kind = AlertKind.EARLY_HIGH
