"""How a connection to Linear is opened. The key never appears in a repr or an error."""

from dataclasses import dataclass, field

from integrations.providers.credentials import LOOPBACK, require_plain

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
        local = LOOPBACK.fullmatch(self.endpoint.removesuffix("/graphql"))
        if self.endpoint == ENDPOINT or (allow_loopback and local):
            return self.endpoint
        raise ValueError(f"Linear is at {ENDPOINT} and nowhere else.")
