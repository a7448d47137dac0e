"""Templates of objectives, in the bound organisation."""

import factory

from okrs.models import KeyResultPattern, ObjectiveTemplate
from tests.factories.portfolio import MeasureUnitFactory


class ObjectiveTemplateFactory(factory.django.DjangoModelFactory[ObjectiveTemplate]):
    class Meta:
        model = ObjectiveTemplate

    name = factory.Sequence(lambda n: f"Template {n}")
    title = "Customers in our market choose us first"


class KeyResultPatternFactory(factory.django.DjangoModelFactory[KeyResultPattern]):
    class Meta:
        model = KeyResultPattern

    template = factory.SubFactory(ObjectiveTemplateFactory)
    title = factory.Sequence(lambda n: f"Pattern {n}")
    unit = factory.SubFactory(MeasureUnitFactory)
