"""The rules of `integrations.providers.counting`, as the database applies them to stored facts."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    F,
    Func,
    IntegerField,
    JSONField,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
)
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.db.models.lookups import In

from integrations.models import SyncedItem
from integrations.ports import Category, DoneRules


class Said(Func):
    """What a rule says, by a word of the facts; NULL where it says nothing."""

    template = "(%(expressions)s)"
    arg_joiner = " ->> "

    def __init__(self, rule: Mapping[str, Any], word: str) -> None:
        given = Value(dict(rule), output_field=JSONField())
        super().__init__(given, KT(f"facts__{word}"), output_field=TextField())


def judged_anew(items: QuerySet[SyncedItem], rules: DoneRules) -> QuerySet[Any]:
    """The items that are leaves by `rules`, each with what it counts as by them: `judged`."""
    resolved = Q(resolved_as__isnull=False)
    by_status = items.annotate(
        resolved_as=KT("facts__resolution_id"),
        is_counted=counts_as_leaf(rules),
        by_status=Coalesce(
            Said(rules.statuses, "status_id"),
            Said(rules.status_kinds, "status_kind"),
            Value(Category.TO_DO.value),
            output_field=TextField(),
        ),
    )
    return by_status.filter(is_counted=True).annotate(
        judged=Case(
            When(facts__deleted=True, then=Value(Category.LEFT_OUT.value)),
            When(resolved & Q(by_status=Category.DONE), then=by_resolution(items, rules)),
            default=F("by_status"),
            output_field=TextField(),
        )
    )


def counts_as_leaf(rules: DoneRules) -> Coalesce:
    """Whether an item is counted as work of its own."""
    level = Cast(KT("facts__level"), IntegerField())
    yes, no = Value(value=True), Value(value=False)
    by_level = Case(When(In(level, rules.levels), then=yes), default=no)
    chosen = Cast(Said(rules.types, "type_id"), BooleanField())
    return Coalesce(chosen, by_level, output_field=BooleanField())


def by_resolution(items: QuerySet[SyncedItem], rules: DoneRules) -> Coalesce:
    """What work that ended counts as, by how it ended."""
    done, out = Value(Category.DONE.value), Value(Category.LEFT_OUT.value)
    chosen = Said(rules.resolutions, "resolution_id")
    if rules.done_resolutions is None:
        return Coalesce(chosen, done, output_field=TextField())
    names = meaning_done(items, rules.done_resolutions)
    by_name = Case(When(resolution__in=names, then=done), default=out)
    return Coalesce(chosen, by_name, output_field=TextField())


def meaning_done(items: QuerySet[SyncedItem], names: Iterable[str]) -> list[str]:
    """The resolutions among the items, as they are written there, that mean done: letters are
    folded in one place only, for databases differ in it.
    """
    written = items.order_by().values_list("resolution", flat=True).distinct()
    return [name for name in written if name.casefold() in names]
