"""Rules that every credential keeps."""

import re
from dataclasses import dataclass, field

LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost|\[::1\]):\d+")


def require_plain(secret: str, what: str) -> None:
    """A line break in a header would be an attack; a space is a slip of the clipboard."""
    if not secret or not secret.isascii() or not secret.isprintable() or " " in secret:
        raise ValueError(f"{what} is empty or has spaces or unusual characters in it.")


@dataclass(frozen=True, slots=True)
class FixedHeader:
    """An authorization that stays as it is: once refused, there is nothing else to try."""

    value: str = field(repr=False)

    def header(self) -> str:
        return self.value

    def renew(self, refused: str) -> bool:
        return False
