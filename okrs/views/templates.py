"""The settings pages of templates."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions import templates as actions
from okrs.forms.templates import PatternForm, TemplateForm
from okrs.models import KeyResultPattern, ObjectiveTemplate
from okrs.queries.starting import patterns_of, templates
from okrs.views.editing import FormPage, answer_button, answer_form

MANAGE = Permission.CYCLE_MANAGE


def find_template(pk: UUID) -> ObjectiveTemplate:
    return get_object_or_404(ObjectiveTemplate.objects.select_related("organization"), pk=pk)


def find_pattern(pk: UUID) -> KeyResultPattern:
    rows = KeyResultPattern.objects.select_related("template__organization")
    return get_object_or_404(rows, pk=pk)


@requires(Permission.ORG_READ)
def template_list(request: MemberRequest) -> HttpResponse:
    archived = "archived" in request.GET
    context = {
        "rows": list(templates(archived=archived).order_by("name")),
        "archived": archived,
        "may_manage": request.access.allows(MANAGE),
    }
    return render(request, "okrs/templates.html", context)


@requires(Permission.ORG_READ)
def template(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_template(pk)
    context = {
        "template": row,
        "patterns": list(patterns_of(row)),
        "may_manage": request.access.allows(MANAGE) and row.archived_at is None,
        "may_restore": request.access.allows(MANAGE),
    }
    return render(request, "okrs/template.html", context)


@requires(MANAGE, post=MANAGE)
def create_template(request: MemberRequest) -> HttpResponse:
    form = TemplateForm(posted(request), access=request.access)
    back = reverse("okrs:templates", args=[request.org.slug])
    page = FormPage(title="New template", back=back, back_label="Templates")

    def save() -> str:
        return actions.create_template(request.access, **form.changes).get_absolute_url()

    return answer_form(request, form, page, save=save, done="Template added. Add its key results.")


@requires(MANAGE, post=MANAGE)
def edit_template(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_template(pk)
    form = TemplateForm(posted(request), access=request.access, row=row)

    def save() -> str:
        actions.edit_template(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return row.get_absolute_url()

    page = page_of(row, "Edit template")
    return answer_form(request, form, page, save=save, done="Template saved.")


def page_of(row: ObjectiveTemplate, title: str, **more: Any) -> FormPage:
    return FormPage(title=title, back=row.get_absolute_url(), back_label=row.name, **more)


@requires_post(MANAGE)
def archive_template(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=True, done="Template archived.")


@requires_post(MANAGE)
def restore_template(request: MemberRequest, pk: UUID) -> HttpResponse:
    return set_archived(request, pk, archived=False, done="Template restored.")


def set_archived(request: MemberRequest, pk: UUID, *, archived: bool, done: str) -> HttpResponse:
    row = find_template(pk)

    def act() -> None:
        actions.archive_template(request.access, row, archived=archived)

    return answer_button(request, row.get_absolute_url(), act=act, done=done)


@requires(MANAGE, post=MANAGE)
def add_pattern(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_template(pk)
    form = PatternForm(posted(request), access=request.access, initial={"weight": 1})

    def save() -> str:
        actions.add_pattern(request.access, row, **form.changes)
        return row.get_absolute_url()

    page = page_of(row, "Add a key result", submit="Add")
    return answer_form(request, form, page, save=save, done="Key result added.")


@requires(MANAGE, post=MANAGE)
def edit_pattern(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_pattern(pk)
    form = PatternForm(posted(request), access=request.access, row=row)

    def save() -> str:
        actions.edit_pattern(
            request.access, row, expected_version=form.expected_version, **form.changes
        )
        return page.back

    page = page_of(row.template, "Edit key result")
    return answer_form(request, form, page, save=save, done="Key result saved.")


@requires_post(MANAGE)
def archive_pattern(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_pattern(pk)

    def act() -> None:
        actions.archive_pattern(request.access, row)

    return answer_button(
        request, row.template.get_absolute_url(), act=act, done="Key result left out."
    )
