"""Which worker takes from which queues.

What follows from people's changes is short, and everybody waits for it; what asks other companies'
services, or reads much at once, may take long. Each kind has workers of its own, so that however
much is to be read, a process is free for the short work.
"""

# A worker takes from each of its queues in turn; "pulse" is short, for it shows that one lives.
WORKERS = {"worker": ("outbox", "default"), "syncs": ("soon", "sync", "pulse")}
QUEUES = tuple(queue for queues in WORKERS.values() for queue in queues)


def queues_of(worker: str) -> str:
    """As Celery's option -Q has them."""
    return ",".join(WORKERS[worker])
