"""The pages that make, change, archive and restore a record, alike for every kind."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django_htmx.http import HttpResponseClientRefresh

from accounts import conflicts
from accounts.access import Access
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.tenant_models import EditableModel, StaleVersion
from lib.form_answers import add_errors, posted
from lib.htmx import client_redirect, toast, wants_fragment
from portfolio import actions
from portfolio.forms.records import RecordForm
from portfolio.models import Portfolio, Product, Team, Unit
from portfolio.queries import visible

Create = Callable[[Access, RecordForm], EditableModel]
Edit = Callable[[Access, Any, RecordForm], EditableModel]
TEMPLATE = "portfolio/record_form.html"
# Units that an address may name as the one a new record is for: ?product=wallet.
CONTEXT_UNITS: dict[str, type[Unit]] = {"portfolio": Portfolio, "product": Product, "team": Team}


def create_from_form(access: Access, form: RecordForm) -> EditableModel:
    row: EditableModel = form._meta.model(**form.changes)
    return actions.create(access, row)


def edit_from_form(access: Access, row: EditableModel, form: RecordForm) -> EditableModel:
    version = form.cleaned_data["version"]
    return actions.edit(access, row, expected_version=version, **form.changes)


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How people write one kind of record.

    `name` and `folder` make names and addresses of pages, `page` tells where a record is seen.
    """

    name: str
    folder: str
    noun: str
    form: type[RecordForm]
    list_url: str
    page: Callable[[Any], str]
    new_form: type[RecordForm] | None = None
    new_template: str = TEMPLATE
    create: Create = field(default=create_from_form)
    edit: Edit = field(default=edit_from_form)
    create_needs: Permission = Permission.MAP_WRITE
    write_needs: Permission = Permission.MAP_WRITE

    @property
    def model(self) -> type[EditableModel]:
        found: type[EditableModel] = self.form._meta.model
        return found

    @property
    def is_unit(self) -> bool:
        return issubclass(self.model, Unit)

    def find(self, request: MemberRequest, key: str | UUID) -> Any:
        """The row behind an address, 404 when it is hidden from the member."""
        by = "slug" if self.is_unit else "pk"
        return get_object_or_404(visible(self.model, request.access), **{by: key})

    def url(self, request: MemberRequest, action: str, row: EditableModel) -> str:
        key = row.slug if isinstance(row, Unit) else row.pk
        return reverse(f"portfolio:{self.name}-{action}", args=[request.org.slug, key])


# --- What the pages do ----------------------------------------------------------------------
def create_page(kind: Kind, request: MemberRequest) -> HttpResponse:
    unit_name, unit = context_unit(request)
    initial = {unit_name: unit.pk} if unit else {}
    form = (kind.new_form or kind.form)(posted(request), access=request.access, initial=initial)
    back = unit.get_absolute_url() if unit else reverse(kind.list_url, args=[request.org.slug])
    context = {"form": form, "back": back, "title": f"New {kind.noun}"}
    context["back_label"] = unit or sentence(kind.folder.rpartition("/")[2].replace("-", " "))
    if form.is_valid():
        try:
            row = kind.create(request.access, form)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"{sentence(kind.noun)} added.")
            return redirect(kind.page(row))
    return render(request, kind.new_template, context, status=422 if form.is_bound else 200)


def edit_page(kind: Kind, request: MemberRequest, key: str | UUID) -> HttpResponse:
    row = kind.find(request, key)
    actions.require_write(request.access, row)
    form = kind.form(posted(request), access=request.access, instance=row)
    return answer_edit(kind, request, row, form, save=partial(kind.edit, request.access, row, form))


def answer_edit(
    kind: Kind,
    request: MemberRequest,
    row: EditableModel,
    form: RecordForm,
    *,
    save: Callable[[], EditableModel],
    title: str = "",
) -> HttpResponse:
    """Show a form of `row`, or store it: 422 for what is refused, 409 when others were faster."""
    back = kind.page(row)
    context: dict[str, object] = {"form": form, "back": back, "back_label": row}
    context["title"] = title or f"Edit {kind.noun}"
    if not form.is_valid():
        return render(request, TEMPLATE, context, status=422 if form.is_bound else 200)
    try:
        stored = save()
    except StaleVersion as stale:
        context["differences"] = conflicts.differences(form, stale.current)
        conflicts.take_version(form, stale.current)
        return render(request, TEMPLATE, context, status=409)
    except ValidationError as error:
        add_errors(form, error)
        return render(request, TEMPLATE, context, status=422)
    messages.success(request, f"{sentence(kind.noun)} saved.")
    return redirect(kind.page(stored))


def archive_record(kind: Kind, request: MemberRequest, key: str | UUID) -> HttpResponse:
    row = kind.find(request, key)
    try:
        actions.archive(request.access, row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return client_redirect(request, kind.page(row))
    told = f"{row} was archived." if kind.is_unit else f"{sentence(kind.noun)} removed."
    if wants_fragment(request):
        return toast(HttpResponse(), told, undo_url=kind.url(request, "restore", row))
    messages.success(request, told)
    listed = reverse(kind.list_url, args=[request.org.slug])
    return redirect(listed if kind.is_unit else kind.page(row))


def restore_record(kind: Kind, request: MemberRequest, key: str | UUID) -> HttpResponse:
    row = kind.find(request, key)
    try:
        actions.restore(request.access, row)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{sentence(kind.noun)} is back.")
    if request.htmx.current_url_abs_path:  # undone on the page that it was removed from
        return HttpResponseClientRefresh()
    return client_redirect(request, kind.page(row))


def context_unit(request: MemberRequest) -> tuple[str, Unit | None]:
    """The unit that the address names, if one: 404 when the member does not see it."""
    for name, model in CONTEXT_UNITS.items():
        if slug := request.GET.get(name):
            return name, get_object_or_404(visible(model, request.access), slug=slug)
    return "", None


def sentence(noun: str) -> str:
    return noun[:1].upper() + noun[1:]


# --- Their addresses ------------------------------------------------------------------------
def pages_of(kind: Kind) -> list[URLPattern]:
    """`folder/new/`, and `edit/`, `archive/` and `restore/` below one record."""
    key = "<slug:key>" if kind.is_unit else "<uuid:key>"
    create = requires(kind.create_needs, post=kind.create_needs)
    edit = requires(kind.write_needs, post=kind.write_needs)
    change = requires_post(kind.write_needs)
    views = (
        ("create", f"{kind.folder}/new/", create(named(create_page, kind))),
        ("edit", f"{kind.folder}/{key}/edit/", edit(named(edit_page, kind))),
        ("archive", f"{kind.folder}/{key}/archive/", change(named(archive_record, kind))),
        ("restore", f"{kind.folder}/{key}/restore/", change(named(restore_record, kind))),
    )
    return [path(address, view, name=f"{kind.name}-{action}") for action, address, view in views]


def named(page: Callable[..., HttpResponse], kind: Kind) -> Callable[..., HttpResponse]:
    """`page` for one kind, under a name that tracebacks and logs can show."""

    def view(request: MemberRequest, **kwargs: Any) -> HttpResponse:
        return page(kind, request, **kwargs)

    view.__name__ = view.__qualname__ = f"{kind.name.replace('-', '_')}_{page.__name__}"
    return view
