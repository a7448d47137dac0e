"""Forms of links: which goal the work of a source moves, and how it is counted."""

from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet

from accounts.access import Access
from integrations.choices import Measure
from integrations.forms import NO_FIELD, OFFERED, changed_rules, field_of, rule_field
from integrations.models import Connection, Link, Source, SyncedItem
from integrations.queries.links import linkable_initiatives, linkable_key_results
from integrations.queries.vocabulary import Term, terms_of_source
from okrs.models import Initiative, KeyResult


class ParentField(forms.ChoiceField):
    """Something of a source that has work below it: any is accepted, a few are offered."""

    parents: QuerySet[SyncedItem]
    # Whether there are more than are offered.
    is_cut = False

    def valid_value(self, value: Any) -> bool:
        return "\0" not in value and self.parents.filter(remote_id=value).exists()

    def offer(self, words: str, chosen: str) -> None:
        """The first whose key or title has the words, and the one that is chosen."""
        found = self.parents
        if words:
            found = found.filter(Q(key__icontains=words) | Q(title__icontains=words))
        rows = list(found.order_by("key", "id")[: OFFERED + 1])
        self.is_cut, rows = bool(words) or len(rows) > OFFERED, rows[:OFFERED]
        if chosen and chosen not in {row.remote_id for row in rows}:
            rows += self.parents.filter(remote_id=chosen)[:1]
        named = ((row.remote_id, f"{row.key} {row.title}") for row in rows)
        self.widget.choices = [("", "everything"), *named]


def parents_in(source: Source) -> QuerySet[SyncedItem]:
    """What in the source may have work below it: epics and the like."""
    return SyncedItem.objects.filter(
        sources__source=source, sources__left_at=None, gone_at=None, facts__level__gt=0
    )


class CountForm(forms.Form):
    """How the items of a source are counted for a goal, and what counts otherwise for this link.

    Of what has work below it those are offered that match `parents`; a preview, which shows no
    choices, is without.
    """

    measure = forms.ChoiceField(choices=Measure.choices)
    label = forms.CharField(label="Only items with the label", max_length=120, required=False)
    parent_remote_id = ParentField(label="Only below", required=False)
    field = forms.CharField(
        label="Field to add up", max_length=80, required=False, help_text="For sums only."
    )

    def __init__(
        self,
        *args: Any,
        source: Source,
        rules: dict[str, Any] | None = None,
        parents: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.source = source
        below: Any = self.fields["parent_remote_id"]
        below.parents = parents_in(source)
        if parents is not None:
            below.offer(parents, self["parent_remote_id"].value() or "")
        self.terms, self.rules_before = terms_of_source(source), rules or {}
        for term in self.terms:
            usual = f"{term.usual} (as in the connection)"
            self.fields[field_of(term)] = rule_field(term, usual, self.rules_before)
        if source.connection.number_fields is not None:
            self.fields["field"].widget = forms.Select(choices=self._fields_of(source.connection))

    def _fields_of(self, connection: Connection) -> list[tuple[str, str]]:
        """The number fields that there are, and the one that is chosen."""
        named = [(field["id"], field["name"]) for field in connection.number_fields or []]
        chosen = self["field"].value()
        if chosen and chosen not in dict(named):
            named.append((chosen, f"{chosen} (not there)"))
        return [("", "none"), *named]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("measure") == Measure.SUM and not data.get("field"):
            self.add_error("field", NO_FIELD)
        return data

    @property
    def counted(self) -> dict[str, Any]:
        """The fields of a link that say what it counts."""
        given = {name: self.cleaned_data[name] for name in CountForm.base_fields}
        return {**given, "rules": changed_rules(self.rules_before, self.terms, self.cleaned_data)}

    @property
    def counts(self) -> bool:
        """Whether nothing is wrong with what the items are counted by."""
        counting = {*CountForm.base_fields, *map(field_of, self.terms)}
        return self.is_valid() or counting.isdisjoint(self.errors)

    @property
    def rows(self) -> list[tuple[Term, forms.BoundField]]:
        """What can be counted otherwise for this link."""
        return [(term, self[field_of(term)]) for term in self.terms]

    @property
    def has_more_parents(self) -> bool:
        """Whether they are too many to be offered all at once."""
        below: Any = self.fields["parent_remote_id"]
        return bool(below.is_cut)

    @property
    def counts_otherwise(self) -> bool:
        """Whether the fold is to be open: something is chosen in it, or wrong."""
        return any(bound.value() or bound.errors for _, bound in self.rows)


class DraftForm(CountForm):
    """A link as far as it is filled in; every goal that the member may change is accepted."""

    one_of = ("key_result", "initiative")
    key_result: Any = forms.ModelChoiceField(queryset=None, required=False)
    initiative: Any = forms.ModelChoiceField(queryset=None, required=False)
    field_order = ("key_result", "initiative", "measure", "label", "parent_remote_id", "field")

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pools: dict[str, QuerySet[Any]] = {
            "key_result": linkable_key_results(access),
            "initiative": linkable_initiatives(access),
        }
        for name, pool in self.pools.items():
            field: Any = self.fields[name]
            field.queryset = pool

    @property
    def reader(self) -> dict[str, Any]:
        """The goal that was chosen."""
        return {name: self.cleaned_data.get(name) for name in self.one_of}


class LinkForm(DraftForm):
    """Which goal the work of a source moves; those that match `words` are offered."""

    def __init__(self, *args: Any, words: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, pool in self.pools.items():
            rows = offered(pool, words, self[name].value())
            choices = [("", "none"), *((str(row.pk), told(row)) for row in rows)]
            field: Any = self.fields[name]
            field.widget.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("key_result") and data.get("initiative"):
            self.add_error("initiative", "Choose a key result or an initiative, not both.")
        elif not any(name in self.errors or data.get(name) for name in self.one_of):
            self.add_error("key_result", "Choose one key result or one initiative.")
        return data


def offered(pool: QuerySet[Any], words: str, chosen: Any) -> list[Any]:
    """The first records with the words in their title, and the one that is chosen."""
    rows = list((pool.filter(title__icontains=words) if words else pool)[:OFFERED])
    if is_uuid(chosen) and str(chosen) not in {str(row.pk) for row in rows}:
        rows += pool.filter(pk=chosen)
    return rows


def told(goal: KeyResult | Initiative) -> str:
    """Its title, and what tells it from others of that title: whose it is, and when."""
    if isinstance(goal, Initiative):
        return f"{goal.title} · {goal.team or goal.product}"
    above = goal.objective
    owner = above.team or above.product or above.portfolio or above.tier.name
    return f"{goal.title} · {above.title} · {owner} · {above.cycle}"


def is_uuid(text: Any) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True


class LinkEditForm(CountForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    @classmethod
    def initial_of(cls, link: Link) -> dict[str, Any]:
        return {name: getattr(link, name) for name in cls.base_fields}
