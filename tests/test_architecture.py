"""Rules of the house that no tool checks."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.template.loader import get_template

from accounts.constraints import RowLevelSecurity
from accounts.models import AuditEntry, Organization
from accounts.tenant_models import TenantModel
from config.celery import app as celery_app

ROOT = Path(__file__).resolve().parent.parent
OURS = ("accounts", "portfolio", "okrs", "funding", "integrations", "governance", "reviews")
APPS = ("lib", *OURS, "config", "standins")
LONGEST_FUNCTION = 60
LONGEST_MODULE = 600
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "manager", "managers"}
OF_NO_TENANT = {"accounts.Person", "accounts.Heartbeat", "accounts.Round"}
# Modules that write SQL themselves, each with the reason.
RAW_SQL = {
    "accounts/actions.py": "asks a definer function",
    "accounts/authentication.py": "reads the person of every request; built anew, it cost thrice",
    "accounts/frame.py": "reads what the frame of every page tells in one statement",
    "accounts/health.py": "asks the server who it is, and when workers were seen",
    "accounts/moving.py": "copies an organisation as the owner",
    "accounts/outbox.py": "claims work over all organisations as the dispatcher",
    "accounts/principal.py": "asks definer functions",
    "accounts/queries.py": "asks a definer function",
    "accounts/rounds.py": "asks the dispatcher's function for the next organisations",
    "accounts/sessions.py": "reads the session of every request; built anew, the query cost more",
    "accounts/statements.py": "sends what the ORM wrote once",
    "accounts/tasks.py": "calls the dispatcher's functions",
    "accounts/tenancy.py": "tells the database who is bound",
    "config/demo/clock.py": "tells the database the time of the story",
    "config/demo/loading.py": "loads history as the owner",
    "config/checks.py": "asks the server which role it is",
    "config/management/commands/move_organization.py": "says what the move needs next",
    "config/observing/figures.py": "asks a definer function",
    "integrations/actions/addresses.py": "leads the items of a site to its new address at once",
    "integrations/actions/census.py": "compares all ids of a source in one statement",
    "integrations/actions/grants.py": "waits for another renewal no longer than it says",
    "integrations/actions/items.py": "stores a page of items in one statement",
    "integrations/actions/tallies.py": "adds to kept counts what a page changed, in one statement",
    "integrations/actions/pushes.py": "asks a definer function",
    "integrations/actions/retention.py": "forgets old versions in one statement",
    "integrations/actions/runs.py": "takes turns under an advisory lock",
    "integrations/actions/statistics.py": "asks a definer function",
    "integrations/actions/webhooks.py": "asks a definer function",
    "integrations/queries/counted.py": "counts items in one statement",
    "integrations/queries/plans.py": "tells the planner how to join",
    "integrations/queries/loose.py": "follows hierarchies in one statement",
    "integrations/queries/overlaps.py": "counts items of several links in one statement",
    "integrations/queries/work.py": "follows hierarchies in one statement",
    "integrations/tasks.py": "calls the dispatcher's functions",
    "okrs/actions/ancestors.py": "follows links upwards in one statement",
    "okrs/actions/recompute.py": "locks what it recomputes in one order",
    "okrs/actions/stored.py": "stores many scores in one statement",
    "okrs/actions/unit_scores.py": "stores many scores in one statement",
    "okrs/queries/cadences.py": "reads units with their homes; built anew, the query cost more",
    "okrs/queries/children.py": "reads what goals are made of in one statement",
    "okrs/queries/courses.py": "reads histories in one statement",
    "okrs/queries/dashboard/version.py": "reads the newest change in one statement",
    "okrs/queries/objectives.py": "counts key results by pace; built anew, the query cost more",
    "okrs/queries/scorable.py": "reads rows to score; built anew, the queries cost more",
    "okrs/queries/scope.py": "reads what filters offer; built anew, the query cost more",
    "portfolio/queries/access.py": "follows roles through dated links",
    "portfolio/queries/values.py": "finds the latest values in one statement",
}
# What may speak for all organisations at once.
OVER_ALL = {
    "accounts/outbox.py",
    "accounts/rounds.py",
    "accounts/tasks.py",
    "integrations/tasks.py",
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def models_of_ours() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in APPS]


by_model = pytest.mark.parametrize("model", models_of_ours(), ids=lambda model: model._meta.label)
by_module = pytest.mark.parametrize("path", list(sources(*APPS)), ids=name_of)


@by_model
def test_every_model_is_of_a_tenant(model: type[models.Model]) -> None:
    walled = issubclass(model, TenantModel) or model in {Organization, AuditEntry}
    assert walled or model._meta.label in OF_NO_TENANT


@by_model
def test_every_model_of_a_tenant_has_its_wall(model: type[models.Model]) -> None:
    rules = [type(rule) for rule in model._meta.constraints]
    assert (RowLevelSecurity in rules) == (model._meta.label not in OF_NO_TENANT)


@by_module
def test_no_module_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@by_module
def test_no_function_is_long(path: Path) -> None:
    tree = ast.parse(path.read_text())
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= LONGEST_FUNCTION]
    assert long == []


@by_module
def test_every_module_is_named_for_what_it_holds(path: Path) -> None:
    assert path.stem not in VAGUE_NAMES


def writes_sql(path: Path) -> bool:
    text = path.read_text()
    return bool(re.search(r"\.cursor\(|RawSQL\(|\.raw\(|\.extra\(|cursor\.execute", text))


def test_only_listed_modules_write_sql() -> None:
    found = {name_of(path) for path in sources(*APPS) if writes_sql(path)}
    assert found == set(RAW_SQL)


def test_only_the_dispatcher_speaks_for_all_organisations() -> None:
    marks = ('connections["dispatch"]', 'using="dispatch"', 'using("dispatch")', 'using("owner")')
    found = {
        name_of(path) for path in sources(*OURS) if any(mark in path.read_text() for mark in marks)
    }
    assert found == OVER_ALL


FRAGMENT = re.compile(
    r'(?:render|render_page)\(\s*request,\s*"(?P<template>[^"]+)",.*?fragment=(?:page\.fragment\()?"(?P<name>[^"]+)"',
    re.DOTALL,
)
DIRECT = re.compile(r'"(?P<template>[\w/]+\.html)#(?P<name>[\w-]+)"')


def fragments() -> list[tuple[str, str]]:
    found = set()
    for path in sources(*OURS):
        for statement in calls_in(path):
            for pattern in (FRAGMENT, DIRECT):
                found |= {(m["template"], m["name"]) for m in pattern.finditer(statement)}
    return sorted(found)


def calls_in(path: Path) -> Iterator[str]:
    """The lines of each call."""
    text = path.read_text()
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            yield "\n".join(lines[node.lineno - 1 : node.end_lineno])


NAMED = fragments()


@pytest.mark.parametrize(("template", "name"), NAMED)
def test_every_fragment_that_a_view_names_is_in_its_template(template: str, name: str) -> None:
    assert get_template(f"{template}#{name}")


def test_views_name_fragments() -> None:
    assert ("accounts/people.html", "people") in NAMED


ENVIRONMENT = re.compile(r'env_(?:text|bool|int|list|ports|secret)\(\s*"([A-Z_]+)"')


def settings_read() -> set[str]:
    return {name for path in sources("config") for name in ENVIRONMENT.findall(path.read_text())}


@pytest.mark.parametrize("name", sorted(settings_read()))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in (ROOT / "docs" / "settings.md").read_text()


def test_every_documented_setting_is_read() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE)
    assert set(rows) - settings_read() == set()


@pytest.mark.parametrize("entry", sorted(celery_app.conf.beat_schedule))
def test_every_scheduled_job_exists(entry: str) -> None:
    celery_app.loader.import_default_modules()
    assert celery_app.conf.beat_schedule[entry]["task"] in celery_app.tasks


JOB = re.compile(rf'"((?:{"|".join(OURS)})\.tasks\.\w+)"')


def test_every_job_that_the_code_names_exists() -> None:
    celery_app.loader.import_default_modules()
    named = {job for path in sources(*APPS) for job in JOB.findall(path.read_text())}
    assert named - set(celery_app.tasks) == set()


def test_the_code_names_jobs() -> None:
    assert any(JOB.findall(path.read_text()) for path in sources("okrs"))
