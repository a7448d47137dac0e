"""What happens to a product beside plain edits: another stance, another home."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from lib.form_answers import add_errors, posted
from portfolio import actions
from portfolio.forms.records import HomeForm, StanceForm
from portfolio.models import Product
from portfolio.views.kinds import PRODUCT
from portfolio.views.records import TEMPLATE, answer_edit


@requires(Permission.MAP_WRITE, post=Permission.MAP_WRITE)
def stance(request: MemberRequest, slug: str) -> HttpResponse:
    product = PRODUCT.find(request, slug)
    actions.require_write(request.access, product)
    initial = {"from_date": timezone.localdate()}
    form = StanceForm(posted(request), access=request.access, instance=product, initial=initial)

    def save() -> Product:
        version = form.cleaned_data["version"]
        return actions.change_stance(
            request.access, product, expected_version=version, **form.changes
        )

    return answer_edit(PRODUCT, request, product, form, save=save, title="Change stance")


@requires(Permission.MAP_WRITE, post=Permission.MAP_WRITE)
def home(request: MemberRequest, slug: str) -> HttpResponse:
    product = PRODUCT.find(request, slug)
    actions.require_write(request.access, product)
    initial = {"from_date": timezone.localdate()}
    form = HomeForm(posted(request), access=request.access, initial=initial)
    if form.is_valid():
        try:
            actions.move_home(request.access, product, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{product} has a new home.")
            return redirect(product.get_absolute_url())
    context = {
        "form": form,
        "back_label": product,
        "back": product.get_absolute_url(),
        "title": "Move home",
    }
    return render(request, TEMPLATE, context, status=422 if form.is_bound else 200)
