"""How often the organisation checks in: its settings, every unit's cadence, and how it goes."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.permissions import MemberRequest, Permission, requires
from lib.display import show_percent
from lib.form_answers import posted
from lib.htmx import render_page
from lib.spreadsheets import csv_answer
from okrs.actions import rhythm as actions
from okrs.forms.rhythm import CheckInSettingsForm
from okrs.queries.cadence_list import UnitCadence, unit_cadences
from okrs.queries.cadences import check_in_settings
from okrs.queries.scope import cycle_choices
from okrs.queries.turns import GroupBy, Turns, TurnsRow, turns_report
from okrs.views.check_in_tabs import check_in_tabs
from okrs.views.editing import FormPage, answer_form
from okrs.views.filters import FilterBar, no_cycle, overview_of
from okrs.wording import cadence_in_words, label_of
from portfolio.choices import CadenceRule

TITLE = "Check-ins on time"
GROUPS = {
    GroupBy.PRODUCT: "Products",
    GroupBy.TEAM: "Teams",
    GroupBy.PERSON: "People",
    GroupBy.PORTFOLIO: "Portfolios",
}
CADENCE_COLUMNS = ("Kind", "Unit", "Cadence", "Why", "For units below")
REPORT_COLUMNS = (
    "Name", "Cadence", "Key results", "Current", "Put off", "Out of date", "Read by sync",
)  # fmt: skip


# --- Settings ---------------------------------------------------------------------------------
@requires(Permission.ORG_READ, post=Permission.CYCLE_MANAGE)
def check_in_settings_page(request: MemberRequest) -> HttpResponse:
    """The organisation's cadences and reminders."""
    row = check_in_settings()
    form = CheckInSettingsForm(posted(request), access=request.access, row=row)
    here = reverse("okrs:check-in-settings", args=[request.org.slug])
    page = FormPage(
        title="Check-ins",
        back=here,
        back_label="Check-ins",
        template="okrs/check_in_settings.html",
        context={"may_manage": request.access.allows(Permission.CYCLE_MANAGE)},
    )

    def save() -> str:
        actions.edit_check_in_settings(
            request.access, expected_version=form.expected_version, **form.changes
        )
        return here

    return answer_form(request, form, page, save=save, done="Check-in settings saved.")


# --- Cadences ---------------------------------------------------------------------------------
@requires(Permission.ORG_READ)
def cadences(request: MemberRequest) -> HttpResponse:
    """Every unit with its cadence and where that comes from."""
    lines = [(row, cadence_in_words(row.effective)) for row in unit_cadences(request.access)]
    context = {"lines": lines, "tabs": check_in_tabs(request, "cadences")}
    return render(request, "okrs/cadences.html", context)


@requires(Permission.ORG_READ)
def cadences_csv(request: MemberRequest) -> HttpResponse:
    return csv_answer(
        "cadences", CADENCE_COLUMNS, map(cadence_cells, unit_cadences(request.access))
    )


def cadence_cells(row: UnitCadence) -> list[object]:
    return [
        row.kind.title(),
        row.name,
        label_of(row.effective.cadence),
        cadence_in_words(row.effective),
        CadenceRule(row.says).label if row.says else "",
    ]


# --- The report -------------------------------------------------------------------------------
@requires(Permission.ORG_READ)
def check_in_report(request: MemberRequest) -> HttpResponse:
    """Who is current, and which share of check-ins came on time, over the last cycles."""
    asked = overview_of(request)
    if asked is None:
        return no_cycle(request, TITLE, tabs=check_in_tabs(request, "check-in-report"))
    by = group_of(request)
    report = turns_report(asked.scope, cycle_choices(), by)
    address = asked.address
    context = {
        "title": TITLE,
        "tabs": check_in_tabs(request, "check-in-report"),
        "bar": without_status(asked.bar),
        "address": address,
        "scope": asked.scope,
        "report": report,
        "by": by,
        "lines": [(row, trend(row.sums.turns)) for row in report.rows],
        "groups": [(name, GROUPS[name], address.having(by=name), name is by) for name in GROUPS],
        "csv_url": address.at(f"{request.path}export.csv"),
    }
    return render_page(request, "okrs/check_in_report.html", context, fragment="overview")


@requires(Permission.ORG_READ)
def check_in_report_csv(request: MemberRequest) -> HttpResponse:
    asked = overview_of(request)
    if asked is None:
        return csv_answer("check-ins-on-time", REPORT_COLUMNS, [])
    report = turns_report(asked.scope, cycle_choices(), group_of(request))
    names = [cycle.name for cycle in report.cycles]
    columns = [f"{name}: {what}" for name in names for what in ("on time", "missed", "share")]
    rows = map(report_cells, report.rows)
    name = f"check-ins-on-time-{asked.scope.today:%Y-%m-%d}"
    return csv_answer(name, (*REPORT_COLUMNS, *columns), rows)


def group_of(request: MemberRequest) -> GroupBy:
    asked = request.GET.get("by", "")
    return GroupBy(asked) if asked in set(GroupBy) else GroupBy.PRODUCT


def without_status(bar: FilterBar) -> FilterBar:
    """The report counts every status, so it is not filtered by one."""
    return replace(bar, choosers=[each for each in bar.choosers if each.name != "status"])


def trend(turns: Iterable[Turns]) -> list[Decimal]:
    """The shares of the cycles in which something was owed, the oldest first."""
    return [each.share for each in turns if each.share is not None]


def report_cells(row: TurnsRow) -> list[object]:
    sums = row.sums
    shares = [
        cell
        for turns in sums.turns
        for cell in (turns.kept, turns.missed, show_percent(turns.share, places=0))
    ]
    cadence = label_of(row.cadence.cadence) if row.cadence else ""
    counts = (sums.key_results, sums.current, sums.postponed, sums.outdated, sums.synced)
    return [row.name, cadence, *counts, *shares]
