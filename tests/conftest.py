"""What every test may use: the database as the application role, and two organisations."""

import gc
import os
from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache

from tests.database import empty_tables_after_transactional_tests, scratch_database


def pytest_configure(config: pytest.Config) -> None:
    if not os.environ.get("DATABASE_URL"):
        raise pytest.UsageError(
            "The tests need PostgreSQL and Valkey: run `make test`, or"
            " `python -m config.embedded --scratch -- pytest …` for a part of them."
        )
    # Else each test client begins by listing all static files, which takes longer than most tests.
    settings.WHITENOISE_AUTOREFRESH = True
    # How fast a machine in use draws examples says nothing about what is tested with them.
    patient = hypothesis.settings(
        deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.register_profile("any machine", patient)
    hypothesis.settings.load_profile("any machine")


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all tests, which stay to the end, instead of looking
    through them again and again."""
    gc.collect()
    gc.freeze()


pytest_plugins = [
    "tests.personas",
    "tests.fixtures",
    "tests.shared_worlds",
    "tests.plain_rows",
    "tests.own_transactions",
]
empty_tables_after_transactional_tests()


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: "pytest.FixtureRequest"
) -> Iterator[None]:
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield from scratch_database()


@pytest.fixture(autouse=True)
def no_counters_left_from_other_tests() -> None:
    cache.clear()
