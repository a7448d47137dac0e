"""Rows of a list as HTML, by the product's template and by string formatting."""

from html import escape
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string

from bench.harness import Contest
from bench.world import World
from okrs.forms.objectives import ObjectiveFilterForm
from okrs.queries.limits import findings_of_listed
from okrs.queries.objectives import ObjectiveRow, list_objectives

ROWS = 100
TEMPLATE = "okrs/objectives.html#rows"
LINE = "<tr><th>%s</th><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>"


def rows(world: World) -> Contest:
    place = world.largest
    with place.bound():
        access = place.access()
        form = ObjectiveFilterForm(QueryDict(), access=access)
        listed = list_objectives(access, form.filters(), limit=ROWS).rows
        limits = findings_of_listed(access, [row.id for row in listed])
    context = {"rows": listed, "limits": limits, "next_url": None, "org": access.organization}

    def shown(text: str) -> list[bool]:
        return [escape(row.title) in text for row in listed]

    return Contest(
        name="P19",
        title=f"{len(listed)} rows of objectives as HTML",
        job=lambda: lambda: render_to_string(TEMPLATE, context),
        floor=lambda: lambda: "".join(LINE % cells(row) for row in listed),
        seen=shown,
    )


def cells(row: ObjectiveRow) -> tuple[Any, ...]:
    score = "" if row.score is None else f"{row.score:.2f}"
    texts = (row.title, row.tier, row.cycle, row.unit, row.state_label, score, row.owner)
    return tuple(escape(str(text)) for text in texts)
