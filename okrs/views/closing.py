"""Pages about closed cycles: late corrections."""

from uuid import UUID

from django.http import HttpResponse

from accounts.permissions import MemberRequest, Permission, requires
from lib.form_answers import posted
from okrs.actions import closing as actions
from okrs.forms.closing import CorrectKeyResultForm, CorrectObjectiveForm
from okrs.views.editing import FormPage, answer_form
from okrs.views.key_results import find_key_result
from okrs.views.objectives import find_objective, page_of

CORRECTED = "Corrected. What the close fixed stays on record."
NOTE = "The cycle is closed. A correction is a revision of its own: what stood before stays."


@requires(Permission.CYCLE_MANAGE, post=Permission.CYCLE_MANAGE)
def correct_key_result(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_key_result(request, pk)
    form = CorrectKeyResultForm(posted(request), access=request.access, row=row)
    page = FormPage(
        title="Correct the final score",
        back=row.get_absolute_url(),
        back_label=row.title,
        submit="Correct",
        note=NOTE,
    )

    def save() -> str:
        actions.correct_key_result(request.access, row, **form.changes)
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done=CORRECTED)


@requires(Permission.CYCLE_MANAGE, post=Permission.CYCLE_MANAGE)
def correct_objective(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_objective(request, pk)
    form = CorrectObjectiveForm(posted(request), access=request.access, row=row)
    page = page_of(row, "Correct the assessment", submit="Correct", note=NOTE)

    def save() -> str:
        actions.correct_objective(request.access, row, **form.changes)
        return row.get_absolute_url()

    return answer_form(request, form, page, save=save, done=CORRECTED)
