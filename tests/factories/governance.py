"""Rows of governance, in the bound organisation."""

from datetime import timedelta

import factory
from django.utils import timezone

from governance.choices import DecisionKind, SignalKind
from governance.models import Comment, Decision, Risk, RiskMove, Signal
from tests.factories.accounts import MemberFactory
from tests.factories.okrs import ObjectiveFactory


class CommentFactory(factory.django.DjangoModelFactory[Comment]):
    """Something said about an objective."""

    class Meta:
        model = Comment

    objective = factory.SubFactory(ObjectiveFactory)
    author = factory.SubFactory(MemberFactory)
    text = factory.Sequence(lambda n: f"Comment {n}")


class DecisionFactory(factory.django.DjangoModelFactory[Decision]):
    """A proposal that touches nothing."""

    class Meta:
        model = Decision

    title = factory.Sequence(lambda n: f"Decision {n}")
    kind = DecisionKind.TRADE_OFF
    proposed_by = factory.SubFactory(MemberFactory)


class RiskFactory(factory.django.DjangoModelFactory[Risk]):
    """An open risk of an objective, with exposure 12."""

    class Meta:
        model = Risk

    title = factory.Sequence(lambda n: f"Risk {n}")
    objective = factory.SubFactory(ObjectiveFactory)
    likelihood = 3
    impact = 4
    owner = factory.SubFactory(MemberFactory)


class RiskMoveFactory(factory.django.DjangoModelFactory[RiskMove]):
    class Meta:
        model = RiskMove

    risk = factory.SubFactory(RiskFactory)
    from_state = "open"
    to_state = "open"
    likelihood = 3
    impact = 4
    actor = factory.SubFactory(MemberFactory)


class SignalFactory(factory.django.DjangoModelFactory[Signal]):
    """Something that a competitor did last week; it names nothing."""

    class Meta:
        model = Signal

    title = factory.Sequence(lambda n: f"Signal {n}")
    kind = SignalKind.COMPETITOR
    happened_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=7))
    source = "Their price page"
    filed_by = factory.SubFactory(MemberFactory)
