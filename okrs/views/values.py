"""What only people set on a key result: overrides, milestones, counted things."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.form_answers import posted
from okrs.actions import key_results as actions
from okrs.actions.rights import require_on_key_result
from okrs.forms.fields import GoalForm
from okrs.forms.key_results import CountedItemForm, MilestoneForm, OverrideForm
from okrs.models import CountedItem, KeyResult, Milestone, Override
from okrs.views.editing import FormPage, answer_button, answer_form
from okrs.views.key_results import find_key_result


def page_of(key_result: KeyResult, title: str, **more: Any) -> FormPage:
    back = key_result.get_absolute_url()
    return FormPage(title=title, back=back, back_label=key_result.title, **more)


@requires(Permission.OKR_WRITE, post=Permission.OKR_WRITE)
def set_override(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)
    require_on_key_result(request.access, Permission.OKR_WRITE, key_result)
    form = OverrideForm(posted(request), access=request.access)
    note = "The automatic value stays in the log and is shown beside yours."
    page = page_of(key_result, "Override the value", submit="Override", note=note)

    def save() -> str:
        actions.set_override(request.access, key_result, **form.changes)
        return key_result.get_absolute_url()

    return answer_form(request, form, page, save=save, done="The override stands.")


@requires_post(Permission.OKR_WRITE)
def release_override(request: MemberRequest, pk: UUID) -> HttpResponse:
    override = get_object_or_404(Override, pk=pk)
    key_result = find_key_result(request, override.key_result_id)

    def act() -> None:
        actions.release_override(request.access, override)

    back = key_result.get_absolute_url()
    return answer_button(request, back, act=act, done="The automatic value counts again.")


# --- Milestones -------------------------------------------------------------------------------
@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def add_milestone(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)
    form = MilestoneForm(posted(request), access=request.access)
    return answer_milestone(request, key_result, form, None)


@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def edit_milestone(request: MemberRequest, pk: UUID) -> HttpResponse:
    milestone = get_object_or_404(Milestone, pk=pk)
    key_result = find_key_result(request, milestone.key_result_id)
    form = MilestoneForm(posted(request), access=request.access, row=milestone)
    return answer_milestone(request, key_result, form, milestone)


def answer_milestone(
    request: MemberRequest, key_result: KeyResult, form: GoalForm, milestone: Milestone | None
) -> HttpResponse:
    require_on_key_result(request.access, Permission.CHECK_IN_WRITE, key_result)
    page = page_of(key_result, "Edit milestone" if milestone else "Add a milestone")

    def save() -> str:
        actions.save_milestone(request.access, key_result, milestone=milestone, **form.changes)
        return key_result.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Milestone saved.")


@requires_post(Permission.CHECK_IN_WRITE)
def tick_milestone(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Mark a step as done today, or as not done after all."""
    milestone = get_object_or_404(Milestone, pk=pk)
    key_result = find_key_result(request, milestone.key_result_id)
    done_on = None if milestone.done_on else timezone.localdate()

    def act() -> None:
        actions.save_milestone(request.access, key_result, milestone=milestone, done_on=done_on)

    done = f"{milestone.title}: done." if done_on else f"{milestone.title}: open again."
    return answer_button(request, key_result.get_absolute_url(), act=act, done=done)


@requires_post(Permission.OKR_WRITE)
def archive_milestone(request: MemberRequest, pk: UUID) -> HttpResponse:
    milestone = get_object_or_404(Milestone, pk=pk)
    key_result = find_key_result(request, milestone.key_result_id)

    def act() -> None:
        actions.archive_milestone(request.access, milestone)

    back = key_result.get_absolute_url()
    return answer_button(request, back, act=act, done="Milestone removed.")


# --- Counted things ---------------------------------------------------------------------------
@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def add_counted_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    key_result = find_key_result(request, pk)
    initial = {"met_on": timezone.localdate()}
    form = CountedItemForm(posted(request), access=request.access, initial=initial)
    return answer_counted_item(request, key_result, form, None)


@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def edit_counted_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    item = get_object_or_404(CountedItem, pk=pk)
    key_result = find_key_result(request, item.key_result_id)
    form = CountedItemForm(posted(request), access=request.access, row=item)
    return answer_counted_item(request, key_result, form, item)


def answer_counted_item(
    request: MemberRequest, key_result: KeyResult, form: GoalForm, item: CountedItem | None
) -> HttpResponse:
    require_on_key_result(request.access, Permission.CHECK_IN_WRITE, key_result)
    condition = f"It counts when it meets: {key_result.condition}" if key_result.condition else ""
    title = "Edit what is counted" if item else "Count one more"
    page = page_of(key_result, title, note=condition)

    def save() -> str:
        actions.save_counted_item(request.access, key_result, item=item, **form.changes)
        return key_result.get_absolute_url()

    return answer_form(request, form, page, save=save, done="Counted.")


@requires_post(Permission.CHECK_IN_WRITE)
def archive_counted_item(request: MemberRequest, pk: UUID) -> HttpResponse:
    item = get_object_or_404(CountedItem, pk=pk)
    key_result = find_key_result(request, item.key_result_id)

    def act() -> None:
        actions.archive_counted_item(request.access, item)

    back = key_result.get_absolute_url()
    return answer_button(request, back, act=act, done=f"{item.name} is no longer counted.")
