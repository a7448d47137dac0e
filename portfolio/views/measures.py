"""Pages of metrics, their values, and units of measure."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts.permissions import MemberRequest, Permission, requires, requires_post
from lib.charts import Reading, history_chart
from lib.display import show_value
from lib.form_answers import add_errors, posted
from lib.htmx import render_page
from lib.paging import page_of
from lib.panels import panels_for
from portfolio import actions, queries
from portfolio.forms.lists import CorrectionForm, OfProductFilterForm, ValueForm
from portfolio.models import Metric, MetricValue
from portfolio.queries import RecordedValue
from portfolio.views.records import TEMPLATE

LOG_PAGE = 50


@requires(Permission.ORG_READ)
def metrics(request: MemberRequest) -> HttpResponse:
    form = OfProductFilterForm(request.GET, access=request.access)
    chosen = form.chosen("product")
    rows = queries.metric_queryset(
        request.access,
        text=form.chosen("q") or "",
        product=chosen.pk if chosen else None,
        archived=bool(form.chosen("archived")),
    )
    page = page_of(rows, request, by=("name", "id"))
    context = {"form": form, "page": page, "rows": queries.metric_rows(page.rows)}
    return render_page(
        request, "portfolio/metrics.html", context, fragment=page.fragment("metric-rows")
    )


def find_metric(request: MemberRequest, pk: UUID) -> Metric:
    rows = queries.visible(Metric, request.access).select_related("unit", "product")
    return get_object_or_404(rows, pk=pk)


@requires(Permission.ORG_READ, post=Permission.CHECK_IN_WRITE)
def metric(request: MemberRequest, pk: UUID) -> HttpResponse:
    row = find_metric(request, pk)
    form = ValueForm(posted(request))
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.add_value(request.access, row, **data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Value recorded.")
            return redirect(row.get_absolute_url())
    return show_metric(request, row, form)


def show_metric(request: MemberRequest, row: Metric, form: ValueForm) -> HttpResponse:
    before = request.GET.get("before") or None
    log = queries.values_of(row.pk, before=valid_id(before), limit=LOG_PAGE + 1)
    course = queries.standing_values(row.pk)
    may_add = request.access.allows_on(Permission.CHECK_IN_WRITE, [row.product_id])
    context = {
        "metric": row,
        "form": form,
        "log": log[:LOG_PAGE],
        "next": f"?before={log[LOG_PAGE - 1].id}" if len(log) > LOG_PAGE else None,
        "latest": course[-1] if course else None,
        "chart": chart_of(row, course),
        "may_write": actions.may_write(request.access, row),
        "may_add": may_add,
        "takes_values": may_add and not row.archived_at and not actions.why_not_added(row),
        "panels": panels_for("portfolio.metric", request, row),
    }
    fragment = "log-rows" if before else None
    status = 422 if form.is_bound else 200
    return render_page(request, "portfolio/metric.html", context, fragment=fragment, status=status)


def valid_id(text: str | None) -> UUID | None:
    """The id in an address; anything else counts as none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def chart_of(metric: Metric, course: list[RecordedValue]) -> SafeString | None:
    """The course of a metric; None while there is nothing to draw."""
    if not course:
        return None
    today = timezone.localdate()
    readings = [Reading(timezone.localdate(row.effective_at), row.value) for row in course]
    first = min(readings[0].on, today - timedelta(days=28))
    return history_chart(
        readings,
        first=first,
        last=max(today, readings[-1].on),
        today=today,
        unit=metric.unit.sign,
        name=metric.name,
    )


@requires_post(Permission.CHECK_IN_WRITE)
def value_withdraw(request: MemberRequest, pk: UUID, value: UUID) -> HttpResponse:
    row = find_metric(request, pk)
    wrong = get_object_or_404(MetricValue, metric=row, pk=value)
    try:
        actions.withdraw_value(request.access, row, wrong.pk)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "Done. Both rows stay in the log.")
    return redirect(row.get_absolute_url())


@requires(Permission.CHECK_IN_WRITE, post=Permission.CHECK_IN_WRITE)
def value_correct(request: MemberRequest, pk: UUID, value: UUID) -> HttpResponse:
    row = find_metric(request, pk)
    wrong = get_object_or_404(MetricValue, metric=row, pk=value)
    request.access.require(Permission.CHECK_IN_WRITE, [row.product_id])
    form = CorrectionForm(posted(request))
    if form.is_valid():
        try:
            actions.correct_value(request.access, row, wrong.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, "Corrected. The wrong value stays in the log.")
            return redirect(row.get_absolute_url())
    context = {
        "form": form,
        "back_label": row,
        "note": f"Recorded as {show_value(wrong.value, row.unit.sign)}; that stays in the log.",
        "back": row.get_absolute_url(),
        "title": "Correct a value",
    }
    status = 422 if form.is_bound else 200
    return render(request, TEMPLATE, context, status=status)


@requires(Permission.ORG_READ)
def measure_units(request: MemberRequest) -> HttpResponse:
    archived = "archived" in request.GET
    context = {
        "rows": list(queries.measure_units(archived=archived)),
        "archived": archived,
        "may_write": request.access.allows(Permission.MAP_MANAGE),
    }
    return render(request, "portfolio/measure_units.html", context)
