"""A Redis database for each test process, chosen before the settings are read.

Loaded by `-p` (pyproject.toml): pytest-django reads the settings before any conftest.
"""

import os
from urllib.parse import urlsplit, urlunsplit

ALONE = "gw14"


def own_redis_database() -> None:
    """Parallel tests must not share counters or a queue."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", ALONE).removeprefix("gw")) + 1
    parts = urlsplit(os.environ.get("REDIS_URL", ""))
    if parts.scheme:
        os.environ["REDIS_URL"] = urlunsplit(parts._replace(path=f"/{number}"))


own_redis_database()
