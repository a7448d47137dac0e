"""The settings page of the limits."""

from django.http import HttpResponse
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.form_answers import posted
from okrs.actions import limits as actions
from okrs.forms.limits import LimitsForm
from okrs.queries.limits import stored_limits
from okrs.views.editing import FormPage, answer_form

PAGE = "okrs/limits.html"


@requires(Permission.ORG_READ, post=Permission.CYCLE_MANAGE)
def limits(request: MemberRequest) -> HttpResponse:
    """What an organisation takes on at once; the method's numbers until somebody changes them."""
    row = stored_limits()
    form = LimitsForm(posted(request), access=request.access, row=row)
    here = reverse("okrs:limits", args=[request.org.slug])
    page = FormPage(
        title="Limits",
        back=here,
        back_label="Limits",
        template=PAGE,
        context={"limits": row, "may_manage": request.access.allows(Permission.CYCLE_MANAGE)},
    )

    def save() -> str:
        actions.edit_limits(request.access, expected_version=form.expected_version, **form.changes)
        return here

    return answer_form(request, form, page, save=save, done="Limits saved.")
