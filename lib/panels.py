"""What higher apps show on the page of a lower one.

A page belongs to the app of its main record. Apps above it register panels from their
`AppConfig.ready()`, so that imports keep running one way.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Load = Callable[[HttpRequest, Any], Mapping[str, object] | None]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """`load` reads what the template needs; None leaves the panel out of this page.

    `knows_past` tells that it reads what the record was at the moment that the page shows.
    """

    name: str
    title: str
    template: str
    load: Load
    order: int = 100
    knows_past: bool = False


@dataclass(frozen=True)
class LoadedPanel:
    """A panel with its data, as `_shared/panels.html` shows it."""

    panel: Panel
    context: Mapping[str, object]


_panels: dict[str, list[Panel]] = defaultdict(list)


def register(page: str, panel: Panel) -> None:
    """Adds `panel` to `page`. Raises ValueError for a name that the page already has."""
    if any(known.name == panel.name for known in _panels[page]):
        raise ValueError(f"page {page!r} already has a panel named {panel.name!r}")
    _panels[page].append(panel)
    _panels[page].sort(key=lambda known: (known.order, known.name))


def panels_for(
    page: str, request: HttpRequest, record: object, *, is_past: bool = False
) -> list[LoadedPanel]:
    """The panels of `page` that have something to show for `record`, in order.

    With `is_past` only those that know what it was.
    """
    panels = [panel for panel in _panels.get(page, ()) if panel.knows_past or not is_past]
    loaded = ((panel, panel.load(request, record)) for panel in panels)
    return [LoadedPanel(panel, context) for panel, context in loaded if context is not None]
