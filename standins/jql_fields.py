"""JQL as meant: a parsed query to a test of issues, as one account sees them."""

from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from operator import ge, gt, le, lt
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from standins import jql
from standins.jql import JqlError, Operand, Operator
from standins.jql_dates import parse_moment
from standins.jql_order import Place, sort_key
from standins.records import Edition, Issue, Space
from standins.state import Tracker

Test = Callable[[Issue], bool]
Values = Callable[[Issue], tuple[Hashable, ...]]
Resolve = Callable[[str, Operand], set[Hashable]]

CATEGORIES = {
    "undefined": ("1", "undefined", "no category"),
    "new": ("2", "new", "to do"),
    "done": ("3", "done", "complete"),
    "indeterminate": ("4", "indeterminate", "in progress"),
}
SPRINT_FUNCTIONS = {
    "openSprints()": "active",
    "closedSprints()": "closed",
    "futureSprints()": "future",
}
MEMBERSHIP = {Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN}
EXISTENCE = {Operator.IS, Operator.IS_NOT}
TEXT = {Operator.CONTAINS, Operator.NOT_CONTAINS}
RANGES: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.LESS: lt,
    Operator.LESS_OR_EQUAL: le,
    Operator.GREATER: gt,
    Operator.GREATER_OR_EQUAL: ge,
}


class Choice(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True)
class Field:
    """What an issue has in a field, what an operand means there, and what may be asked of it."""

    values: Values
    resolve: Resolve
    operators: Collection[Operator]


class Search:
    """One query as one account asks it; an anonymous caller sees no issue and no project.

    Raises JqlError where Jira answers 400: grammar, unknown fields and values, bad dates, and on
    Cloud a query without a restriction.
    """

    def __init__(
        self,
        tracker: Tracker,
        text: str,
        *,
        signed_in: bool,
        edition: Edition = Edition.CLOUD,
    ) -> None:
        self._tracker = tracker
        self._cloud = edition is Edition.CLOUD
        self._signed_in = signed_in
        query = jql.parse(text)
        if self._cloud and query.where is None:
            raise JqlError(
                "Unbounded JQL queries are not allowed here. "
                "Please add a search restriction to your query."
            )
        self._matches: Test = self._test(query.where) if query.where else lambda _: True
        self._place = sort_key(tracker.site, query.order)

    def issues(self, *, after: Place | None = None) -> list[Issue]:
        """What the query finds now, in order, behind a place in that order.

        A place and not a count: what changes while somebody pages moves, and no other is skipped.
        """
        found = sorted(filter(self._matches, self.candidates()), key=self._place)
        return found if after is None else [it for it in found if self._place(it) > after]

    def candidates(self) -> Iterable[Issue]:
        """The issues that are looked at one by one: all that the account sees."""
        return self._visible

    def place(self, issue: Issue) -> Place:
        return self._place(issue)

    @cached_property
    def _spaces(self) -> list[Space]:
        return self._tracker.visible_spaces() if self._signed_in else []

    @cached_property
    def _visible(self) -> list[Issue]:
        if not self._signed_in:
            return []
        return [issue for issue in self._tracker.visible() if not issue.archived]

    # Terms

    def _test(self, term: jql.Term) -> Test:
        match term:
            case jql.Not():
                inner = self._test(term.term)
                return lambda issue: not inner(issue)
            case jql.All():
                every = [self._test(part) for part in term.terms]
                return lambda issue: all(test(issue) for test in every)
            case jql.AnyOf():
                some = [self._test(part) for part in term.terms]
                return lambda issue: any(test(issue) for test in some)
            case jql.Clause():
                return self._clause(term)

    def _clause(self, clause: jql.Clause) -> Test:
        field = self._fields.get(clause.field.lower())
        if field is None:
            raise JqlError(
                f"Field '{clause.field}' does not exist or you do not have permission to view it."
            )
        if clause.operator not in field.operators:
            raise JqlError(
                f"The operator '{clause.operator}' is not supported by the '{clause.field}' field."
            )
        if clause.operator in EXISTENCE:
            return _existence(clause, field)
        if clause.operator in RANGES:
            return _range(clause, field)
        if clause.operator in TEXT:
            return _containing(clause, field)
        return _membership(clause, field)

    # Fields

    @cached_property
    def _fields(self) -> dict[str, Field]:
        site = self._tracker.site
        key = Field(_own_id, self._issue_id, {*MEMBERSHIP, *RANGES})
        kind = _chosen(lambda issue: (issue.type_id,), site.types.values())
        resolved = self._date(lambda issue: issue.resolved)
        text = Field(lambda issue: (issue.title,), _as_written, TEXT)
        return {
            "project": _either(lambda issue: (issue.space_id,), self._project),
            "key": key,
            "issuekey": key,
            "id": key,
            "status": _chosen(lambda issue: (issue.status_id,), site.statuses.values()),
            "statuscategory": _either(self._category_of, _category),
            "resolution": _either(_resolution_of, self._resolution),
            "issuetype": kind,
            "type": kind,
            "labels": _either(lambda issue: issue.label_ids, _as_written),
            "parent": _either(_parents if self._cloud else _parent, self._issue_id),
            "epic link": _either(_epics, self._issue_id),
            "fixversion": _chosen(lambda issue: issue.version_ids, site.versions.values()),
            "sprint": _either(lambda issue: issue.sprint_ids, self._sprint),
            "created": self._date(lambda issue: issue.created),
            "updated": self._date(lambda issue: issue.updated),
            "resolved": resolved,
            "resolutiondate": resolved,
            "summary": text,
            "text": text,
        }

    def _date(self, moment: Callable[[Issue], datetime | None]) -> Field:
        now, zone = self._tracker.now(), ZoneInfo(self._tracker.site.account.time_zone)

        def resolve(name: str, operand: Operand) -> set[Hashable]:
            return {parse_moment(operand, field=name, zone=zone, now=now)}

        values = lambda issue: () if moment(issue) is None else (moment(issue),)  # noqa: E731
        return Field(values, resolve, {*MEMBERSHIP, *EXISTENCE, *RANGES})

    def _category_of(self, issue: Issue) -> tuple[Hashable, ...]:
        return (self._tracker.status_of(issue).category,)

    def _resolution(self, name: str, operand: Operand) -> set[Hashable]:
        if operand.text.lower() == "unresolved":
            return {None}
        return _pick(self._tracker.site.resolutions.values(), name, operand)

    def _project(self, name: str, operand: Operand) -> set[Hashable]:
        by_key = {space.id for space in self._spaces if space.key == operand.text.upper()}
        return set(by_key) or _pick(self._spaces, name, operand)

    def _sprint(self, _name: str, operand: Operand) -> set[Hashable]:
        sprints = self._tracker.site.sprints.values()
        if operand.function:
            state = SPRINT_FUNCTIONS.get(operand.text)
            if state is None:
                raise JqlError(f"Unable to find JQL function '{operand.text}'.")
            return {sprint.id for sprint in sprints if sprint.state == state}
        found = _called(sprints, operand)
        if not found:
            raise JqlError(
                f"Sprint with name '{operand.text}' does not exist "
                "or you do not have permission to view it."
            )
        return found

    def _issue_id(self, name: str, operand: Operand) -> set[Hashable]:
        wanted = operand.text.upper()
        for issue in self._visible:
            if wanted in {issue.id, issue.key, *issue.previous_keys}:
                return {int(issue.id)}
        kind = "id" if wanted.isdecimal() else "key"
        raise JqlError(f"An issue with {kind} '{operand.text}' does not exist for field '{name}'.")


def _existence(clause: jql.Clause, field: Field) -> Test:
    if not clause.operands[0].empty:
        raise JqlError(f"The operator '{clause.operator}' takes only EMPTY or NULL.")
    wanted = clause.operator is Operator.IS_NOT
    return lambda issue: bool(field.values(issue)) is wanted


def _range(clause: jql.Clause, field: Field) -> Test:
    compare = RANGES[clause.operator]
    (bound,) = field.resolve(clause.field, clause.operands[0])
    return lambda issue: any(compare(value, bound) for value in field.values(issue))


def _containing(clause: jql.Clause, field: Field) -> Test:
    wanted = clause.operands[0].text.lower()
    positive = clause.operator is Operator.CONTAINS
    return lambda issue: any(wanted in str(it).lower() for it in field.values(issue)) is positive


def _membership(clause: jql.Clause, field: Field) -> Test:
    wanted: set[Hashable] = set()
    for operand in clause.operands:
        wanted |= {None} if operand.empty else field.resolve(clause.field, operand)
    if clause.operator in {Operator.EQUAL, Operator.IN}:
        return lambda issue: not wanted.isdisjoint(field.values(issue) or (None,))
    # Jira's != and NOT IN leave out the issues that have nothing in the field.
    return lambda issue: bool(field.values(issue)) and wanted.isdisjoint(field.values(issue))


def _either(values: Values, resolve: Resolve) -> Field:
    return Field(values, resolve, {*MEMBERSHIP, *EXISTENCE})


def _chosen(values: Values, choices: Collection[Choice]) -> Field:
    return _either(values, lambda name, operand: _pick(choices, name, operand))


def _pick(choices: Collection[Choice], name: str, operand: Operand) -> set[Hashable]:
    return _called(choices, operand) or _missing(name, operand)


def _called(choices: Collection[Choice], operand: Operand) -> set[Hashable]:
    wanted = operand.text.lower()
    return {choice.id for choice in choices if wanted in {choice.id, choice.name.lower()}}


def _missing(name: str, operand: Operand) -> set[Hashable]:
    raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")


def _category(name: str, operand: Operand) -> set[Hashable]:
    wanted = operand.text.lower()
    return {key for key, words in CATEGORIES.items() if wanted in words} or _missing(name, operand)


def _as_written(_name: str, operand: Operand) -> set[Hashable]:
    return {operand.text}


def _own_id(issue: Issue) -> tuple[Hashable, ...]:
    return (int(issue.id),)


def _resolution_of(issue: Issue) -> tuple[Hashable, ...]:
    return () if issue.resolution_id is None else (issue.resolution_id,)


def _parents(issue: Issue) -> tuple[Hashable, ...]:
    return tuple(int(link.id) for link in (issue.parent, issue.epic) if link)


def _parent(issue: Issue) -> tuple[Hashable, ...]:
    return () if issue.parent is None else (int(issue.parent.id),)


def _epics(issue: Issue) -> tuple[Hashable, ...]:
    return () if issue.epic is None else (int(issue.epic.id),)
