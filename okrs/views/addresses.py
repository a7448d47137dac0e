"""Addresses of the page at hand with something changed: filters and what is unfolded live there."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

# Never part of an address that people keep.
PASSING = frozenset({"after", "csrfmiddlewaretoken"})


@dataclass(frozen=True)
class Address:
    """A path with its parameters, without empty ones."""

    path: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}?{urlencode(self.parameters)}" if self.parameters else self.path

    def having(self, **changes: object) -> "Address":
        """With each named parameter set anew, or left out when it is None or empty."""
        kept = [pair for pair in self.parameters if pair[0] not in changes]
        new = [(name, str(value)) for name, value in changes.items() if value not in {None, ""}]
        return Address(self.path, (*kept, *new))

    def toggled(self, name: str, value: object) -> "Address":
        """With one of several values of a parameter taken out, or put in when it is not there."""
        pair = (name, str(value))
        if pair in self.parameters:
            return Address(self.path, tuple(other for other in self.parameters if other != pair))
        return Address(self.path, (*self.parameters, pair))

    def at(self, path: str) -> "Address":
        """The same parameters on another page."""
        return Address(path, self.parameters)

    def only(self, *names: str) -> "Address":
        return Address(self.path, tuple(pair for pair in self.parameters if pair[0] in names))

    def without(self, *names: str) -> "Address":
        return Address(self.path, tuple(pair for pair in self.parameters if pair[0] not in names))


def address_of(request: HttpRequest) -> Address:
    pairs = [
        (name, value)
        for name, values in request.GET.lists()
        if name not in PASSING
        for value in values
        if value
    ]
    return Address(request.path, tuple(pairs))
