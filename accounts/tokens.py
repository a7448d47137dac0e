"""The form of API tokens: `flo_<8 characters>_<43 random characters>_<checksum>`.

The prefix and the checksum let secret scanners find a leaked one; the random part holds
256 bits, so a plain SHA-256 is enough to store.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

FORM = re.compile(r"^flo_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{43})_([0-9a-f]{8})$")
ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class NewToken:
    raw: str
    prefix: str
    digest: str


def new_token() -> NewToken:
    """A fresh token; `raw` is shown once and never stored."""
    prefix = "".join(secrets.choice(ALPHABET) for _ in range(8))
    body = f"flo_{prefix}_{secrets.token_urlsafe(32)}"
    raw = f"{body}_{checksum(body)}"
    return NewToken(raw, prefix, digest(raw))


def digest(raw: str) -> str:
    """What is stored of a secret that is random enough to need no slow hash."""
    return hashlib.sha256(raw.encode()).hexdigest()


def checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def prefix_of(raw: str) -> str | None:
    """The public prefix of a well-formed token, None for anything else."""
    match = FORM.match(raw)
    if match is None or checksum(raw.rpartition("_")[0]) != match[3]:
        return None
    return match[1]
