"""PostgreSQL and Valkey from wheels, for machines that have nothing but Python."""

from config.embedded.account import service_account
from config.embedded.errors import EmbeddedError
from config.embedded.home import default_home
from config.embedded.services import (
    RunningServices,
    Services,
    find_running,
    services_are_given,
    start,
    start_scratch,
    use_running_services,
)

__all__ = [
    "EmbeddedError",
    "RunningServices",
    "Services",
    "default_home",
    "find_running",
    "service_account",
    "services_are_given",
    "start",
    "start_scratch",
    "use_running_services",
]
