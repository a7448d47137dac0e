"""Threads of a record, and whom one can mention."""

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Case, Prefetch, Q, QuerySet, Value, When
from django.db.models.functions import Lower

from accounts.access import Access
from accounts.models import Member
from governance.models import Comment, CommentMention
from governance.queries.records import (
    GOALS,
    KINDS,
    Kind,
    Record,
    kind_of,
    of_hidden_records,
    visible_decisions,
)

OFFERED = 8


@dataclass
class Thread:
    """A comment and its answers, the oldest first."""

    first: Comment
    answers: list[Comment] = field(default_factory=list)

    @property
    def is_gone(self) -> bool:
        """Whether nothing of it is left to read."""
        return self.first.is_deleted and all(answer.is_deleted for answer in self.answers)


@dataclass(frozen=True)
class Discussion:
    """Everything said about one record; `value` names the record as forms do."""

    kind: Kind
    record: Record
    threads: list[Thread]

    @property
    def count(self) -> int:
        """Comments with words."""
        said = [c for t in self.threads for c in (t.first, *t.answers)]
        return sum(not comment.is_deleted for comment in said)


def visible_comments(access: Access) -> QuerySet[Comment]:
    """Comments on records that the member may see, deleted ones included."""
    rows = Comment.objects.all()
    if access.units.hidden:
        rows = rows.exclude(of_hidden_records(access, GOALS)).filter(
            Q(decision=None) | Q(decision__in=visible_decisions(access))
        )
    return rows


def comments_to_show(access: Access) -> QuerySet[Comment]:
    """Visible comments with everything that their text and their record need."""
    keys = [kind.key for kind in KINDS]
    return visible_comments(access).select_related("author", "parent", *keys)


def discussion_of(record: Record) -> Discussion:
    """The threads of a record, in two queries."""
    kind = kind_of(record)
    with_members = CommentMention.objects.select_related("member")
    rows = (
        Comment.objects.filter(**{kind.key: record})
        .select_related("author")
        .prefetch_related(Prefetch("mentions", with_members))
    )
    threads: dict[UUID, Thread] = {}
    for comment in rows.order_by("id"):
        if comment.parent_id is None:
            threads[comment.pk] = Thread(comment)
        else:
            threads[comment.parent_id].answers.append(comment)
    return Discussion(kind, record, [t for t in threads.values() if not t.is_gone])


def members_named(names: Collection[str]) -> QuerySet[Member]:
    """People with one of these names or e-mail addresses, which are folded."""
    rows = Member.objects.filter(left_at=None, person__isnull=False).select_related("person")
    folded = rows.annotate(folded=Lower("name"), address=Lower("person__email"))
    return folded.filter(Q(folded__in=names) | Q(address__in=names))


def members_to_mention(words: str) -> list[Member]:
    """People whose names hold all of the words; those whose name begins with them come first."""
    rows = Member.objects.filter(left_at=None, person__isnull=False).select_related("person")
    for word in words.split():
        rows = rows.filter(name__icontains=word)
    begins = When(name__istartswith=words.strip(), then=Value(0))
    rows = rows.annotate(place=Case(begins, default=Value(1)))
    return list(rows.order_by("place", "name", "id")[:OFFERED])
