"""Load Halden Group, the company of the demo."""

import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.demo.company import address_of, cast_table
from config.demo.loading import SEED, Drift, load
from config.demo.places import PASSWORD
from config.demo.trackers import TrackerUnreachable

ADDRESSES = {
    "jira": "STANDIN_JIRA_CLOUD_URL",
    "linear": "STANDIN_LINEAR_URL",
    "figures": "STANDIN_FIGURES_URL",
}


class Command(BaseCommand):
    help = "Load the demo's data once, and say whom one can play."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--people", action="store_true", help="only say whom one can play")
        parser.add_argument("--seed", type=int, default=SEED, help="another seed, another story")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["people"]:
            self.load(options["seed"])
        self.stdout.write(people_table())

    def load(self, seed: int) -> None:
        addresses = {name: os.environ[key] for name, key in ADDRESSES.items() if key in os.environ}
        try:
            loaded = load(addresses=addresses, seed=seed)
        except (Drift, TrackerUnreachable, ValidationError) as error:
            raise CommandError(str(error)) from error
        said = "Loaded Halden Group." if loaded else "Halden Group is loaded already."
        self.stderr.write(said)


def people_table() -> str:
    """Whom one can sign in as, and what each is good for."""
    rows = [(address_of(someone.name), someone.name, part) for someone, part in cast_table()]
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    lines = [f"  {mail:<{widths[0]}}  {name:<{widths[1]}}  {part}" for mail, name, part in rows]
    return "\n".join([f"Sign in with the password {PASSWORD} as one of:", *lines])
