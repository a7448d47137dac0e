"""The product's scheduler for tests that cannot wait: reminders and mail come every second."""

from config.celery import app

for name in ("check-in reminders", "due mail"):
    app.conf.beat_schedule[name]["schedule"] = 1.0
