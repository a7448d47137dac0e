"""How every page with a form answers: shown, refused, stored, or overtaken by somebody else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import conflicts
from accounts.permissions import MemberRequest
from accounts.tenant_models import StaleVersion
from lib.form_answers import add_errors
from lib.htmx import render_page, wants_fragment
from okrs.forms.fields import GoalForm

FORM_PAGE = "okrs/_form_page.html"
Save = Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """What stands around a form. `back` is where "Cancel" leads."""

    title: str
    back: str
    back_label: str
    submit: str = "Save"
    note: str = ""
    template: str = FORM_PAGE
    context: Mapping[str, Any] = field(default_factory=dict)
    fragment: str | None = None

    def show(
        self, request: MemberRequest, form: Any, *, status: int = 200, **extra: Any
    ) -> HttpResponse:
        context = {"page": self, "form": form, **self.context, **extra}
        return render_page(request, self.template, context, fragment=self.fragment, status=status)


def answer_form(
    request: MemberRequest, form: GoalForm, page: FormPage, *, save: Save, done: str
) -> HttpResponse:
    """Run `save`, which gives the address to go on to, once the form is complete.

    422 with everything that was typed when something is refused, 409 with both sides when
    somebody changed the record meanwhile.
    """
    if not form.is_valid():
        return page.show(request, form, status=422 if form.is_bound else 200)
    try:
        with transaction.atomic():
            address = save()
    except StaleVersion as stale:
        found = conflicts.differences(form, stale.current)
        conflicts.take_version(form, stale.current)
        return page.show(request, form, status=409, differences=found)
    except ValidationError as error:
        add_errors(form, error)
        return page.show(request, form, status=422)
    if not wants_fragment(request):
        messages.success(request, done)
    return redirect(address)


def answer_button(
    request: MemberRequest, back: str, *, act: Callable[[], object], done: str
) -> HttpResponse:
    """Do what a button without a form stands for, say so, and go back."""
    try:
        with transaction.atomic():
            act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect(next_address(request, back))


def next_address(request: MemberRequest, otherwise: str) -> str:
    """Where the page that sent the form wants to go on to, if it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else otherwise
