"""The people and scripts of an organisation."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts import actions, conflicts, queries
from accounts.forms import MemberForm, ServiceAccountForm
from accounts.models import Member
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.reauthentication import recently_confirmed
from accounts.tenant_models import StaleVersion
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of

MEMBERS_PER_PAGE = 50


@requires(Permission.ORG_READ)
def people(request: MemberRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    page = page_of(
        queries.members(request.access, words=words),
        request,
        by=("name", "id"),
        size=MEMBERS_PER_PAGE,
    )
    context: dict[str, object] = {"page": page, "words": words}
    if request.access.allows(Permission.MEMBER_MANAGE):
        context["invitations"] = list(queries.open_invitations(request.access))
        context["service_accounts"] = list(queries.service_accounts(request.access))
    return render_page(request, "accounts/people.html", context, fragment=page.fragment("people"))


@requires(Permission.MEMBER_MANAGE, post=Permission.MEMBER_MANAGE)
@recently_confirmed
def member(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Member.objects.select_related("person"), pk=pk, left_at=None)
    form = MemberForm(posted(request), instance=row, initial={"version": row.version})
    context = {"form": form, "row": row}
    if request.method == "GET":
        return render(request, "accounts/member.html", context)
    if not form.is_valid():
        return render(request, "accounts/member.html", context, status=422)
    return store_member(request, form, row)


def store_member(request: MemberRequest, form: MemberForm, row: Member) -> HttpResponse:
    changes = dict(form.cleaned_data)
    context: dict[str, object] = {"form": form, "row": row}
    try:
        actions.edit_member(request.access, row, expected_version=changes.pop("version"), **changes)
    except StaleVersion as stale:
        context["differences"] = conflicts.differences(form, stale.current)
        conflicts.take_version(form, stale.current)
        return render(request, "accounts/member.html", context, status=409)
    except ValidationError as error:
        add_errors(form, error)
        return render(request, "accounts/member.html", context, status=422)
    messages.success(request, f"{row.name} saved.")
    return redirect("accounts:people", org=request.org.slug)


@requires_post(Permission.MEMBER_MANAGE)
@recently_confirmed
def remove_member(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = get_object_or_404(Member, pk=pk, left_at=None)
    try:
        actions.remove_member(request.access, row, expected_version=None)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts:member", org=request.org.slug, pk=pk)
    messages.success(request, f"{row.name} was removed; their tokens stopped working.")
    return redirect("accounts:people", org=request.org.slug)


@requires(Permission.MEMBER_MANAGE, post=Permission.MEMBER_MANAGE)
@recently_confirmed
def create_service_account(request: MemberRequest) -> HttpResponse:
    form = ServiceAccountForm(posted(request))
    if form.is_valid():
        row = actions.create_service_account(request.access, **form.cleaned_data)
        messages.success(request, f"{row.name} is ready. Give it a token next.")
        return redirect("accounts:tokens", org=request.org.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/service_account.html", {"form": form}, status=status)
