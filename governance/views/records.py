"""Finding records while a form is filled in."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from accounts.permissions import MemberRequest, Permission, requires
from governance.forms.decisions import DecisionForm
from governance.forms.records import WORDS
from governance.forms.risks import RiskForm
from governance.forms.signals import SignalForm

FORMS: dict[str, type[Any]] = {"decision": DecisionForm, "risk": RiskForm, "signal": SignalForm}


@requires(Permission.ORG_READ)
def records(request: MemberRequest, form: str) -> HttpResponse:
    """What is chosen so far and what the words find, as the field of that form."""
    if form not in FORMS:
        raise Http404
    name = FORMS[form].records
    given = {name: request.GET.getlist(name)}
    filled = FORMS[form](
        None, access=request.access, initial=given, words=request.GET.get(WORDS, "")
    )
    context = {"bound": filled[name], "words": request.GET.get(WORDS, "")}
    return render(request, "governance/_records_offered.html", context)
