"""How gunicorn serves the product in a container."""

import os
import shutil
from pathlib import Path
from typing import Any

from prometheus_client.multiprocess import mark_process_dead

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = 3
threads = 4
worker_tmp_dir = "/dev/shm"  # noqa: S108 (memory, so that no disk stalls the heartbeat)
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Counts of processes that are long gone shall not be told again."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
        Path(folder).mkdir(parents=True)


def child_exit(server: Any, worker: Any) -> None:
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
