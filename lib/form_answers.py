"""Between a form and the action that it calls: what was sent, and what the action refused."""

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, QueryDict


def posted(request: HttpRequest) -> QueryDict | None:
    """The data that a form binds to: an empty POST is bound and refused, a GET is not bound."""
    return request.POST if request.method == "POST" else None


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Show what an action refused beside its fields; the rest stands above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        known = name in form.fields and name != NON_FIELD_ERRORS
        form.add_error(name if known else None, errors)
