"""Which database connection does what."""

from typing import Any


class OwnerMigrates:
    """Tables are made by the owner role; the application role has no right to."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
