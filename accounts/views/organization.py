"""Making an organisation and changing its settings."""

from calendar import month_name
from copy import copy
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import actions, conflicts
from accounts.forms import NewOrganizationForm, OrganizationForm
from accounts.models import Person
from accounts.permissions import MemberRequest, Permission, requires
from accounts.principal import organizations_of
from accounts.reauthentication import recently_confirmed
from accounts.tenant_models import StaleVersion
from lib.form_answers import add_errors, posted

PAGE = "accounts/organization.html"


@login_required
def create_organization(request: HttpRequest) -> HttpResponse:
    person = cast("Person", request.user)
    form = NewOrganizationForm(posted(request))
    if form.is_valid():
        organization = actions.create_organization(person, **form.cleaned_data)
        request.session["last_organization"] = organization.slug
        return redirect("start")
    context = {"form": form, "is_first": not organizations_of(person.pk)}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/create_organization.html", context, status=status)


@requires(Permission.ORG_READ, post=Permission.ORG_MANAGE)
@recently_confirmed
def organization(request: MemberRequest) -> HttpResponse:
    initial = {"version": request.org.version}
    # A copy: the form writes what was typed into it, also a refused address, and the frame of
    # the page is drawn from the organisation as it is.
    form = OrganizationForm(posted(request), instance=copy(request.org), initial=initial)
    if request.method == "GET":
        first_month = month_name[request.org.fiscal_year_start]
        return render(request, PAGE, {"form": form, "first_month": first_month})
    if not form.is_valid():
        return render(request, PAGE, {"form": form}, status=422)
    return store(request, form)


def store(request: MemberRequest, form: OrganizationForm) -> HttpResponse:
    changes = dict(form.cleaned_data)
    try:
        changed = actions.edit_organization(
            request.access, expected_version=changes.pop("version"), **changes
        )
    except StaleVersion as stale:
        found = conflicts.differences(form, stale.current)
        conflicts.take_version(form, stale.current)
        return render(request, PAGE, {"form": form, "differences": found}, status=409)
    except ValidationError as error:
        add_errors(form, error)
        return render(request, PAGE, {"form": form}, status=422)
    messages.success(request, "Settings saved.")
    return redirect("accounts:organization", org=changed.slug)
