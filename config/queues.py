"""Which worker takes from which queues.

What follows from people's changes is short, and everybody waits for it; what asks other companies'
services may take long; and nobody waits for letters, nor for the rounds through all organisations.
Each kind has workers of its own, so that however much is to be read, and however long a mail server
is silent, a process is free for the short work.
"""

# A worker takes from each of its queues in turn; "pulse" is short, for it shows that one lives.
WORKERS = {
    "worker": ("outbox", "default"),
    "syncs": ("soon", "sync", "pulse"),
    "chores": ("mail", "rounds"),
}
QUEUES = tuple(queue for queues in WORKERS.values() for queue in queues)
# Workers of one process each, however many cores there are: a mail server can hold no more.
SINGLE = ("chores",)


def queues_of(worker: str) -> str:
    """As Celery's option -Q has them."""
    return ",".join(WORKERS[worker])


def options_of(worker: str) -> list[str]:
    """How Celery is to start a worker of the kind in a deployment."""
    size = ["--concurrency", "1"] if worker in SINGLE else []
    return ["-Q", queues_of(worker), *size]
