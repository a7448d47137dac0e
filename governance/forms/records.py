"""Choosing the records that something is about: those chosen so far, and those just found."""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, QueryDict

from accounts.access import Access
from governance.queries.records import (
    Kind,
    Link,
    Record,
    about,
    chosen_records,
    find_record,
    kind_of,
    search_records,
)
from okrs.forms.fields import GoalForm

WORDS = "find_words"
FIND = "find"
UNKNOWN = "Choose records that exist."


class RecordsField(forms.MultipleChoiceField):
    """Any number of records, as `objective:<id>`. Cleaned, they are the records themselves."""

    widget = forms.CheckboxSelectMultiple

    def offer(
        self, access: Access, kinds: Sequence[Kind], values: Iterable[str], words: str
    ) -> None:
        """Let people keep what is chosen, and choose from what the words find."""
        self.access, self.kinds = access, kinds
        chosen = about(access, known_records(access, kinds, values))
        links = {link.value: link for link in [*chosen, *search_records(access, kinds, words)]}
        self.choices = [(value, described(link)) for value, link in links.items()]

    def clean(self, value: Any) -> list[Record]:
        self.validate_given(value)
        records = chosen_records(self.access, self.kinds, value or [])
        if records is None:
            raise ValidationError(UNKNOWN)
        return records

    def validate_given(self, value: Any) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"])


class RecordField(RecordsField):
    """Exactly one record. Cleaned, it is the record itself."""

    widget = forms.RadioSelect  # type: ignore[assignment]  # one of them

    def clean(self, value: Any) -> Record:  # type: ignore[override]  # one of them
        return super().clean([value] if value else [])[0]


class AboutForm(GoalForm):
    """A form with a field of records, by the name of `records`, out of `kinds`."""

    records: ClassVar[str]
    kinds: ClassVar[Sequence[Kind]]

    def offer_records(self, words: str) -> None:
        """Fill the field with what is chosen in the form and what the words find."""
        data: Any = self.data
        begun = self.initial.get(self.records) or []
        given = data.getlist(self.records) if self.is_bound else begun
        field = self.fields[self.records]
        assert isinstance(field, RecordsField)  # noqa: S101 (declared by the form)
        field.offer(self.access, self.kinds, given, words)


def known_records(access: Access, kinds: Sequence[Kind], values: Iterable[str]) -> list[Record]:
    """The records that values name, without those that are unknown."""
    found = (chosen_records(access, kinds, [value]) for value in dict.fromkeys(values))
    return [records[0] for records in found if records]


def described(link: Link) -> str:
    hint = f" ({link.hint})" if link.hint else ""
    return f"{link.kind}: {link.title}{hint}"


def value_of(record: Record) -> str:
    return f"{kind_of(record).key}:{record.pk}"


def named_in(request: HttpRequest, access: Access, kinds: Sequence[Kind]) -> list[str]:
    """The records that an address names for a new entry, as in `?objective=<id>`."""
    found = (find_record(access, kind, request.GET.get(kind.key, "")) for kind in kinds)
    return [value_of(record) for record in found if record]


def sent(request: HttpRequest, *many: str) -> tuple[QueryDict | None, dict[str, Any], str]:
    """(what a form binds to, what it begins with, the words to find records by).

    Pressing "Find" keeps what was typed and submits nothing.
    """
    words = request.POST.get(WORDS, "")
    if request.method != "POST":
        return None, {}, ""
    if FIND not in request.POST:
        return request.POST, {}, words
    typed: dict[str, Any] = request.POST.dict()
    return None, typed | {name: request.POST.getlist(name) for name in many}, words
