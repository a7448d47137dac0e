"""The discussion of a record: reading it, saying something, correcting and deleting it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import get_text_list

from accounts.models import Member
from accounts.permissions import MemberRequest, Permission, requires
from accounts.tenant_models import StaleVersion
from governance.actions import comments as actions
from governance.actions.telling import who_may_see
from governance.models import Comment
from governance.panels import comment_form, discussion_context
from governance.queries.comments import comments_to_show, members_to_mention
from governance.queries.records import (
    BY_SLUG,
    KINDS,
    Record,
    get_record,
    link_to,
    record_of,
    units_of,
)
from lib.form_answers import add_errors, posted
from lib.htmx import toast, wants_fragment

LONGEST_QUERY = 60


def find_record(request: MemberRequest, kind: str, pk: UUID) -> Record:
    if kind not in BY_SLUG:
        raise Http404
    record: Record = get_record(request.access, BY_SLUG[kind], pk)
    return record


def show(request: MemberRequest, record: Record, *, status: int = 200, **more: Any) -> HttpResponse:
    """The discussion, as a part of the record's page or as a page of its own."""
    context = discussion_context(request, record, **more)
    if wants_fragment(request):
        return render(request, "governance/_discussion.html", context, status=status)
    context["link"] = link_to(request.access, record)
    return render(request, "governance/discussion.html", context, status=status)


@requires(Permission.ORG_READ, post=Permission.COMMENT_WRITE)
def discussion(request: MemberRequest, kind: str, pk: UUID) -> HttpResponse:
    """What is said about a record, and saying something; `?reply=` opens a comment's answer."""
    record = find_record(request, kind, pk)
    if request.method == "POST":
        return add(request, record)
    reply = request.GET.get("reply")
    if not reply:
        return show(request, record)
    form = comment_form(request.access, record, role="reply", initial={"parent": reply})
    return show(request, record, replying=reply, own_form=form)


def add(request: MemberRequest, record: Record) -> HttpResponse:
    reply = request.POST.get("parent")
    role = "reply" if reply else "new"
    form = comment_form(request.access, record, request.POST, role=role)
    if form.is_valid():
        try:
            with transaction.atomic():
                said = actions.add_comment(
                    request.access,
                    record,
                    text=form.cleaned_data["text"],
                    parent=find_parent(request, form.cleaned_data["parent"]),
                )
        except ValidationError as error:
            add_errors(form, error)
        else:
            return said_so(request, record, said)
    if reply:
        return show(request, record, status=422, replying=reply, own_form=form)
    return show(request, record, status=422, form=form)


def find_parent(request: MemberRequest, pk: UUID | None) -> Comment | None:
    if pk is None:
        return None
    found = comments_to_show(request.access).filter(pk=pk).first()
    if found is None:
        raise ValidationError({"parent": "This comment is no longer there."})
    return found


def said_so(request: MemberRequest, record: Record, said: actions.Said) -> HttpResponse:
    """The discussion with the new words, and a word about those who were not told."""
    untold = untold_words(said.untold)
    if not wants_fragment(request):
        if untold:
            messages.warning(request, untold)
        return redirect(actions.address_of(link_to(request.access, record), said.comment))
    response = show(request, record, fresh=said.comment.pk)
    return toast(response, untold, kind="warn") if untold else response


def untold_words(members: list[Member]) -> str:
    if not members:
        return ""
    names = get_text_list([str(member) for member in members], "and")
    return f"{names} cannot see this and {'was' if len(members) == 1 else 'were'} not told."


def find_comment(request: MemberRequest, pk: UUID) -> tuple[Comment, Record]:
    comment = get_object_or_404(comments_to_show(request.access), pk=pk)
    return comment, record_of(comment, KINDS)


@requires(Permission.COMMENT_WRITE, post=Permission.COMMENT_WRITE)
def edit_comment(request: MemberRequest, pk: UUID) -> HttpResponse:
    comment, record = find_comment(request, pk)
    if not actions.is_own(request.access, comment):
        raise PermissionDenied
    form = comment_form(request.access, record, posted(request), role="edit", row=comment)
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return show(request, record, status=status, editing=comment.pk, own_form=form)
    try:
        with transaction.atomic():
            said = actions.edit_comment(
                request.access,
                comment,
                text=form.cleaned_data["text"],
                expected_version=form.expected_version,
            )
    except StaleVersion as stale:
        form.add_error(None, stale.messages[0])
        return show(request, record, status=409, editing=comment.pk, own_form=form)
    except ValidationError as error:
        add_errors(form, error)
        return show(request, record, status=422, editing=comment.pk, own_form=form)
    return said_so(request, record, said)


@requires(Permission.COMMENT_WRITE, post=Permission.COMMENT_WRITE)
def delete_comment(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Ask once more, then take the words away; a mark stays."""
    comment, record = find_comment(request, pk)
    if not actions.may_delete(request.access, comment):
        raise PermissionDenied
    if request.method != "POST":
        return show(request, record, deleting=comment.pk)
    actions.delete_comment(request.access, comment, expected_version=None)
    if wants_fragment(request):
        return toast(show(request, record), "Comment deleted.")
    messages.success(request, "Comment deleted.")
    return redirect(link_to(request.access, record).url)


@requires(Permission.ORG_READ)
def mentions(request: MemberRequest, kind: str, pk: UUID) -> HttpResponse:
    """People whose name begins with what stands behind the @, if they may see the record."""
    record = find_record(request, kind, pk)
    words = request.GET.get("q", "")[:LONGEST_QUERY]
    found = who_may_see(members_to_mention(words), units_of([record]))
    names = [member.name for member in found]
    context = {"people": [(member, names.count(member.name) > 1) for member in found]}
    return render(request, "governance/_people_to_mention.html", context)
