"""A real server under many clients holds its connections and makes no new ones."""

import os
from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import pytest

from bench.report import Line
from bench.run import serving_line
from bench.serving import connections_of
from bench.world import World

Serve = Callable[..., Line]


@pytest.fixture
def serve(bench: World, seeded: str, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """The line of a short burst at a server on the seeded database."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    monkeypatch.setenv("DATABASE_URL", urlunsplit(parts._replace(path=f"/{seeded}")))

    def burst(**given: int) -> Line:
        return serving_line(connections_of(bench.typical, warm_up=96, requests=48, **given))

    return burst


def test_a_warm_server_makes_no_connection(serve: Serve) -> None:
    assert serve().verdict == "ok"


def test_a_server_that_connects_for_each_request_is_found(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONN_MAX_AGE", "0")
    assert serve(warm_ups=1).verdict == "FAILED"
