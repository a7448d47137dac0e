"""Saying something about a record, correcting it soon after, and taking it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.access import Access
from accounts.models import Member
from accounts.notifications import say_anew, take_back
from accounts.permissions import Permission
from accounts.tenant_models import save_edit
from governance.actions.telling import tell, who_may_see
from governance.mentions import folded, mentions_in, possible_names
from governance.models import Comment, CommentMention
from governance.queries.comments import members_named
from governance.queries.records import (
    KINDS,
    Link,
    Record,
    kind_of,
    link_to,
    people_of,
    record_of,
    units_of,
)

EDIT_WINDOW = timedelta(minutes=15)
NO_WORDS = "Write something."
TOO_LATE = "A comment can be changed for 15 minutes. Answer it, or delete it and write another."
# What each kind of notification says, with the author and the record.
SAID = {
    "mention": "{} mentioned you on “{}”",
    "reply": "{} answered you on “{}”",
    "comment": "{} commented on “{}”",
}


@dataclass(frozen=True)
class Said:
    """A comment, and those whom it names although they cannot see it: they were not told."""

    comment: Comment
    untold: list[Member] = field(default_factory=list)


@transaction.atomic
def add_comment(
    access: Access, record: Record, *, text: str, parent: Comment | None = None
) -> Said:
    """Say something about a record that the member sees, or answer a comment on it.

    Those who are mentioned, the author of the answered comment and those who answer for the
    record are told, once each. Raises `ValidationError` by field.
    """
    access.require(Permission.COMMENT_WRITE)
    comment = Comment(text=worded(text), author=access.member, **{kind_of(record).key: record})
    comment.parent = first_comment(comment, parent) if parent else None
    comment.full_clean()
    comment.save(force_insert=True)
    return Said(comment, note_mentions(access, comment, record))


@transaction.atomic
def edit_comment(
    access: Access, comment: Comment, *, text: str, expected_version: int | None
) -> Said:
    """Change one's own words soon after saying them; who is mentioned only now is told.

    Raises `StaleVersion` when the comment changed since, `ValidationError` by field.
    """
    access.require(Permission.COMMENT_WRITE)
    if not may_edit(access, comment):
        raise ValidationError(TOO_LATE) if is_own(access, comment) else PermissionDenied
    comment.text, comment.edited_at = worded(text), timezone.now()
    save_edit(comment, fields=["text", "edited_at"], expected_version=expected_version)
    return Said(comment, note_mentions(access, comment, record_of(comment, KINDS)))


@transaction.atomic
def delete_comment(access: Access, comment: Comment, *, expected_version: int | None) -> Comment:
    """Take the words away and leave a mark; what was told about it is taken back.

    One's own, or anybody's by those who run the organisation. The audit log keeps the words.
    """
    access.require(Permission.COMMENT_WRITE)
    if not may_delete(access, comment):
        raise PermissionDenied
    comment.text, comment.archived_at = "", timezone.now()
    save_edit(comment, fields=["text", "archived_at"], expected_version=expected_version)
    comment.mentions.all().delete()
    take_back(comment.pk)
    return comment


def is_own(access: Access, comment: Comment) -> bool:
    return bool(comment.author_id == access.member.pk and not comment.is_deleted)


def may_edit(access: Access, comment: Comment) -> bool:
    """Whether the comment is the member's own and young enough."""
    return is_own(access, comment) and timezone.now() - comment.created_at <= EDIT_WINDOW


def may_delete(access: Access, comment: Comment) -> bool:
    if not access.allows(Permission.COMMENT_WRITE) or comment.is_deleted:
        return False
    return is_own(access, comment) or access.allows_on(Permission.ORG_MANAGE, ())


def worded(text: str) -> str:
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise ValidationError({"text": NO_WORDS})
    return words


def first_comment(comment: Comment, parent: Comment) -> Comment:
    """What an answer hangs on: answers to an answer stand beside it."""
    first = parent.parent or parent
    keys = [f"{kind.key}_id" for kind in KINDS]
    if any(getattr(first, key) != getattr(comment, key) for key in keys):
        raise ValidationError({"parent": "This comment is on another record."})
    if first.is_deleted:
        raise ValidationError({"parent": "This comment was deleted meanwhile."})
    return first


# --- Who is told ------------------------------------------------------------------------------
def note_mentions(access: Access, comment: Comment, record: Record) -> list[Member]:
    """Store whom the comment names and tell whom it concerns; those named who may not see it."""
    named = members_in(comment.text)
    units = units_of([record])
    concerned = dict.fromkeys(people_of([record]), "comment")
    if comment.parent:
        concerned |= {author_of(comment.parent): "reply"}
    concerned |= dict.fromkeys(named, "mention")
    seeing = who_may_see(concerned, units)
    store_mentions(comment, {member: named[member] for member in seeing if member in named})
    tell_about(access, comment, record, {member: concerned[member] for member in seeing})
    return [member for member in named if member not in seeing]


def members_in(text: str) -> dict[Member, str]:
    """The members whom a text names, each with the words behind the @; namesakes all of them."""
    names: dict[str, list[Member]] = {}
    for member in members_named(possible_names(text)):
        for name in {folded(member.name), folded(str(member.person and member.person.email))}:
            names.setdefault(name, []).append(member)
    return {
        member: mention.words
        for mention in mentions_in(text, names.keys())
        for member in names[folded(mention.words)]
    }


def author_of(comment: Comment) -> Member:
    return Member.objects.select_related("person").get(pk=comment.author_id)


def store_mentions(comment: Comment, named: Mapping[Member, str]) -> None:
    CommentMention.objects.filter(comment=comment).delete()
    CommentMention.objects.bulk_create(
        CommentMention(comment=comment, member=member, words=words)
        for member, words in named.items()
    )


def tell_about(
    access: Access, comment: Comment, record: Record, told: Mapping[Member, str]
) -> None:
    """Tell those who were not told yet; the others read the new words."""
    link = link_to(access, record)
    take_back(comment.pk, except_for=[member.pk for member in told])
    say_anew(comment.pk, comment.text)
    tell(
        access,
        told,
        titles={kind: words.format(access.member, link.title) for kind, words in SAID.items()},
        key=f"comment:{comment.pk}",
        url=address_of(link, comment),
        units=units_of([record]),
        text=comment.text,
        about=comment.pk,
    )


def address_of(link: Link, comment: Comment) -> str:
    """The comment on the page of its record."""
    return f"{link.url.partition('#')[0]}#comment-{comment.pk}"
