"""Where a number stands and what opens it. Header values never appear in a repr or an error."""

import re
from dataclasses import dataclass, field

from integrations.figures import UnfitHeader
from integrations.providers.credentials import LOOPBACK

NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}", re.ASCII)
MOST_HEADERS = 10
LONGEST_VALUE = 4096
# What the connection itself decides.
OURS = frozenset(
    {
        "host", "content-length", "transfer-encoding", "connection", "accept-encoding", "te",
        "upgrade", "expect", "trailer", "keep-alive", "proxy-authorization",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class JsonAddress:
    """An https address and the headers to send. Raises ValueError by its words, never a value."""

    url: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.url.startswith("https://") and not LOOPBACK.match(self.url):
            raise ValueError("The address begins with https://.")
        if len(self.headers) > MOST_HEADERS:
            raise UnfitHeader(f"Send at most {MOST_HEADERS} headers.")
        for name, value in self.headers.items():
            check_header(name, value)


def check_header(name: str, value: str) -> None:
    """Raises UnfitHeader; a line break in a header would be an attack."""
    if not NAME.fullmatch(name):
        # It may be a token that stands where a name should.
        raise UnfitHeader("One line begins with no name of a header, as “Authorization” is one.")
    if name.lower() in OURS:
        raise UnfitHeader(f"The header {name} is not for you to set.")
    if not value or len(value) > LONGEST_VALUE or not value.isascii() or not value.isprintable():
        raise UnfitHeader(f"The header {name} is empty, too long, or has unusual characters in it.")
