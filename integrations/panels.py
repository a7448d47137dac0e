"""What linked work says, on the pages of key results and initiatives."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from accounts.access import Access
from integrations.queries.connections import explained_links, explained_links_of_initiative
from lib.panels import Panel, register
from okrs.models import Initiative, KeyResult


def of_key_result(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    """Links, observations and items behind the value; nothing for what is not linked."""
    key_result: KeyResult = record
    access: Access = request.access  # type: ignore[attr-defined]
    links = explained_links(access, key_result=key_result.pk)
    return {"links": links, "org": access.organization} if links else None


def of_initiative(request: HttpRequest, record: Any) -> Mapping[str, object] | None:
    initiative: Initiative = record
    access: Access = request.access  # type: ignore[attr-defined]
    links = explained_links_of_initiative(access, initiative=initiative.pk)
    return {"links": links, "org": access.organization} if links else None


def register_panels() -> None:
    template = "integrations/panels/links.html"
    register(
        "okrs.key_result",
        Panel(
            name="linked-work", title="Linked work", template=template, load=of_key_result, order=10
        ),
    )
    register(
        "okrs.initiative",
        Panel(
            name="linked-work", title="Linked work", template=template, load=of_initiative, order=10
        ),
    )
