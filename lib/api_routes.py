"""URL patterns of a resource: `objectives/` and `objectives/<uuid:pk>/`."""

from collections.abc import Mapping
from typing import Any

from django.urls import URLPattern, path

COLLECTION = {"get": "list", "post": "create"}
MEMBER = {"get": "retrieve", "patch": "partial_update", "delete": "destroy"}


def resource(name: str, view: Any, **record_actions: Mapping[str, str]) -> list[URLPattern]:
    """Routes of `view` under `name`, for the actions that it gives a permission.

    `record_actions` adds routes below one record: `resolve={"post": "resolve"}` gives
    `name/<pk>/resolve/`. Route names are `<name>`, `<name>-record`, `<name>-<action>`.
    """

    def offered(table: Mapping[str, str]) -> dict[str, str]:
        return {method: action for method, action in table.items() if action in view.permissions}

    routes = []
    if collection := offered(COLLECTION):
        routes.append(path(f"{name}/", view.as_view(collection), name=name))
    if member := offered(MEMBER):
        routes.append(path(f"{name}/<uuid:pk>/", view.as_view(member), name=f"{name}-record"))
    for action, table in record_actions.items():
        label = action.replace("_", "-")
        routes.append(
            path(
                f"{name}/<uuid:pk>/{label}/",
                view.as_view(dict(table)),
                name=f"{name}-{label}",
            )
        )
    return routes
