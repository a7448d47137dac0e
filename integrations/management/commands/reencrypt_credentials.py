"""Seal every credential anew, after a key of the deployment was added or is to be given up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.tasks import organization_ids
from accounts.tenancy import tenant
from integrations.actions.rotation import reencrypt, rewrap


class Command(BaseCommand):
    help = (
        "Wrap the data key of every organisation with the first of CREDENTIAL_KEYS. With"
        " --data-keys, also make new data keys and seal every secret anew. Harmless to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--data-keys", action="store_true", help="new data keys, and every secret sealed anew"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        keys = secrets = 0
        for organization_id in organization_ids():
            with tenant(organization_id):
                if options["data_keys"]:
                    secrets += reencrypt()
                keys += rewrap()
        self.stdout.write(f"{keys} data keys wrapped anew, {secrets} secrets sealed anew.")
