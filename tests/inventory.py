"""What the product offers for writing: resources, their relation fields, and its forms."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django import forms
from django.db import models
from factory.django import DjangoModelFactory
from rest_framework.relations import ManyRelatedField, PrimaryKeyRelatedField

import tests.factories
from accounts.api_base import Resource
from tests.route_table import Route, named_patterns
from tests.routes import ROUTES

APPS = ("accounts", "portfolio", "okrs", "funding", "integrations", "governance", "reviews")


def resources(action: str) -> dict[str, type[Resource]]:
    """Route name → resource, of the routes that offer `action`."""
    found = {}
    for name, _, pattern in named_patterns():
        view = getattr(pattern.callback, "cls", None)
        offered = getattr(pattern.callback, "actions", {}) or {}
        if view and issubclass(view, Resource) and action in offered.values():
            found[name] = view
    return found


def relation_fields(view: type[Resource]) -> dict[str, type[models.Model]]:
    """Writable fields of a resource that name another row, with the model of that row."""
    found = {}
    for name, field in view.serializer_class().fields.items():
        relation = field.child_relation if isinstance(field, ManyRelatedField) else field
        if isinstance(relation, PrimaryKeyRelatedField) and not field.read_only:
            rows: Any = getattr(relation, "queryset")  # noqa: B009 (the stubs take it for a manager)
            found[name] = rows.model
    return found


def modules_of(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for info in pkgutil.iter_modules(getattr(package, "__path__", [])):
        yield importlib.import_module(f"{package.__name__}.{info.name}")


def form_classes() -> list[type[forms.BaseForm]]:
    """Every form of the product that has fields."""
    found: dict[str, type[forms.BaseForm]] = {}
    for app in APPS:
        try:
            package = importlib.import_module(f"{app}.forms")
        except ModuleNotFoundError:
            continue
        for module in modules_of(package):
            for value in vars(module).values():
                if is_form_of(value, module) and value.base_fields:
                    found[f"{module.__name__}.{value.__name__}"] = value
    return [form for _, form in sorted(found.items())]


def is_form_of(value: Any, module: ModuleType) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, forms.BaseForm)
        and value.__module__ == module.__name__
    )


def factory_of(model: type[models.Model]) -> type[DjangoModelFactory[Any]] | None:
    """The factory of the tests that makes rows of `model`."""
    for module in modules_of(tests.factories):
        for value in vars(module).values():
            is_factory = isinstance(value, type) and issubclass(value, DjangoModelFactory)
            if is_factory and value._meta.model is model and not value._meta.abstract:
                found: type[DjangoModelFactory[Any]] = value
                return found
    return None


def routes_of(method: str, *, api: bool) -> list[Route]:
    return [route for route in ROUTES if route.method == method and route.is_api is api]
