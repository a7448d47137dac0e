import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from celery import current_app

from accounts.outbox import queue_of
from config.management.commands.demo import product_programs
from config.queues import QUEUES, WORKERS, options_of, queues_of

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ["web", *WORKERS, "beat"]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def role(services: dict[str, Any], service: str, variable: str) -> str | None:
    url = re.sub(r"\$\{[^}]*\}", "given", services[service]["environment"][variable])
    return urlsplit(url).username


def test_the_deployment_has_every_part(services: dict[str, Any]) -> None:
    parts = {*PRODUCT, "postgres", "redis", "roles", "migrate"}
    assert services.keys() == parts


@pytest.mark.parametrize("name", WORKERS)
def test_each_worker_has_its_own_queues_and_size(services: dict[str, Any], name: str) -> None:
    command = services[name]["command"]
    assert command[command.index("-Q") : command.index("--loglevel")] == options_of(name)
    assert queues_of(name) in command


def test_the_demo_has_the_same_parts() -> None:
    assert [program.name for program in product_programs(8000)] == PRODUCT


def test_every_task_goes_to_a_queue_that_one_worker_takes_from() -> None:
    current_app.loader.import_default_modules()
    tasks = [task for task in current_app.tasks if not task.startswith("celery.")]
    assert {queue_of(task) for task in tasks} <= set(QUEUES)
    assert len(QUEUES) == len(set(QUEUES))


@pytest.mark.parametrize(
    "task",
    ["run_sync", "run_sync_soon", "pull_figure", "withdraw_grant", "replay_link", "apply_rules"],
)
def test_what_may_take_long_is_done_by_the_worker_for_syncs(task: str) -> None:
    assert queue_of(f"integrations.tasks.{task}") in WORKERS["syncs"]


@pytest.mark.parametrize(
    "task",
    [
        "okrs.tasks.recompute_ancestors",
        "accounts.tasks.dispatch_outbox",
        "integrations.tasks.start_due",
    ],
)
def test_what_everybody_waits_for_is_not(task: str) -> None:
    assert queue_of(task) in WORKERS["worker"]


@pytest.mark.parametrize(
    "task",
    [
        "okrs.tasks.refresh_pace",
        "okrs.tasks.remind",
        "okrs.tasks.verify_scores",
        "integrations.tasks.forget_old",
    ],
)
def test_what_every_organisation_has_in_turn_is_done_by_the_worker_for_chores(task: str) -> None:
    assert queue_of(task) in WORKERS["chores"]


@pytest.mark.parametrize("task", ["deliver_letter", "gather_mail"])
def test_mail_is_done_by_a_worker_of_one_process(task: str) -> None:
    assert queue_of(f"accounts.tasks.{task}") in WORKERS["chores"]
    assert options_of("chores")[-2:] == ["--concurrency", "1"]


@pytest.mark.parametrize("service", [*PRODUCT, "postgres", "redis"])
def test_every_lasting_service_is_watched(services: dict[str, Any], service: str) -> None:
    assert services[service]["healthcheck"]["test"]


@pytest.mark.parametrize("service", PRODUCT)
def test_the_product_connects_as_the_application_role(
    services: dict[str, Any], service: str
) -> None:
    assert role(services, service, "DATABASE_URL") == "flotilla_app"


@pytest.mark.parametrize("service", PRODUCT)
def test_the_product_never_learns_the_owners_password(
    services: dict[str, Any], service: str
) -> None:
    environment = str(services[service]["environment"])
    assert "OWNER_PASSWORD" not in environment
    assert "POSTGRES_PASSWORD" not in environment


def test_migrations_run_as_the_owner(services: dict[str, Any]) -> None:
    assert role(services, "migrate", "DATABASE_OWNER_URL") == "flotilla_owner"


def test_web_cannot_read_over_all_organisations(services: dict[str, Any]) -> None:
    assert "DATABASE_DISPATCH_URL" not in services["web"]["environment"]


@pytest.mark.parametrize("service", PRODUCT)
def test_the_product_waits_for_the_migrations(services: dict[str, Any], service: str) -> None:
    condition = services[service]["depends_on"]["migrate"]["condition"]
    assert condition == "service_completed_successfully"


@pytest.mark.parametrize("service", [*PRODUCT, "migrate"])
@pytest.mark.parametrize("setting", ["ALLOWED_NETWORKS", "ALLOWED_PORTS", "CA_FILE"])
def test_what_a_jira_of_ones_own_needs_reaches_the_product(
    services: dict[str, Any], service: str, setting: str
) -> None:
    name = f"OUTBOUND_{setting}"
    assert services[service]["environment"][name] == f"${{{name}:-}}"
    assert "./certificates:/certificates:ro" in services[service]["volumes"]


def test_what_is_mounted_is_there_for_engines_that_make_no_folders() -> None:
    assert (ROOT / "certificates").is_dir()


def test_the_roles_come_from_the_one_script(services: dict[str, Any]) -> None:
    assert "./config/sql:/sql:ro" in services["roles"]["volumes"]
    assert "--file=/sql/roles.sql" in services["roles"]["command"]
    assert (ROOT / "config" / "sql" / "roles.sql").exists()


def test_no_password_is_written_down(services: dict[str, Any]) -> None:
    values = [
        str(value)
        for service in services.values()
        for name, value in service.get("environment", {}).items()
        if "PASSWORD" in name or "SECRET" in name or name == "CREDENTIAL_KEYS"
    ]
    assert values
    assert all(value.startswith("${") for value in values)


def test_the_image_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER")] == ["USER flotilla"]
