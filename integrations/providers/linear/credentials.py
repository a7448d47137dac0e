"""How a connection to Linear is opened. The key never appears in a repr or an error."""

from dataclasses import dataclass, field

from integrations.ports import Authorization
from integrations.providers.credentials import LOOPBACK, FixedHeader, require_plain

ENDPOINT = "https://api.linear.app/graphql"


@dataclass(frozen=True, slots=True)
class LinearKey:
    """A personal API key. endpoint is another one only in demo and tests."""

    key: str = field(repr=False)
    endpoint: str = ENDPOINT

    def __post_init__(self) -> None:
        require_plain(self.key, "The key")

    def address(self, *, allow_loopback: bool) -> str:
        """ValueError for any address but Linear's, unless loopback is open."""
        return linear_at(self.endpoint, allow_loopback=allow_loopback)

    @property
    def authorization(self) -> FixedHeader:
        """A personal key goes bare: with a scheme before it Linear refuses it."""
        return FixedHeader(self.key)


@dataclass(frozen=True, slots=True)
class LinearGrant:
    """What Linear granted for the one workspace that the person chose there."""

    authorization: Authorization = field(repr=False)
    endpoint: str = ENDPOINT

    def address(self, *, allow_loopback: bool) -> str:
        """ValueError for any address but Linear's, unless loopback is open."""
        return linear_at(self.endpoint, allow_loopback=allow_loopback)


def linear_at(endpoint: str, *, allow_loopback: bool) -> str:
    local = LOOPBACK.fullmatch(endpoint.removesuffix("/graphql"))
    if endpoint == ENDPOINT or (allow_loopback and local):
        return endpoint
    raise ValueError(f"Linear is at {ENDPOINT} and nowhere else.")
