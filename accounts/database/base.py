"""PostgreSQL backend that tells each new transaction which organisation it works for."""

from django.db.backends.postgresql import base

from accounts import tenancy


class DatabaseWrapper(base.DatabaseWrapper):
    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001 (Django's own signature)
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # not in the stubs
        binding = tenancy.current_binding()
        if not autocommit and binding is not None:
            tenancy.tell_database(self, binding)
