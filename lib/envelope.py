"""Secrets at rest: AES-256-GCM, a data key for each organisation, bound to their place.

The additional data names organisation, table, row and field, so a ciphertext that is moved
anywhere else does not open. The data key is wrapped by a key of the deployment; destroying it
destroys every secret of the organisation.
"""

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
VERSION = b"\x01"


class SecretUnreadable(Exception):
    """The ciphertext was moved, changed, or its key is gone."""


@dataclass(frozen=True)
class Place:
    """Where a secret belongs."""

    organization_id: UUID
    table: str
    row_id: UUID
    field: str

    def as_bytes(self) -> bytes:
        return f"{self.organization_id}/{self.table}/{self.row_id}/{self.field}".encode()


@lru_cache(maxsize=4)
def deployment_keys(setting: str) -> Mapping[str, bytes]:
    """Keys by id from `id:base64,id:base64`; the first one wraps new data keys.

    Raises ValueError for a key that is not 32 bytes.
    """
    keys = {}
    for part in setting.split(","):
        key_id, _, encoded = part.strip().partition(":")
        key = base64.b64decode(encoded, validate=True)
        if not key_id or len(key) != KEY_BYTES:
            raise ValueError("A credential key is written id:base64 of 32 bytes.")
        keys[key_id] = key
    return keys


def new_data_key() -> bytes:
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def wrap(data_key: bytes, deployment_key: bytes, organization_id: UUID) -> bytes:
    return encrypt(data_key, deployment_key, organization_id.bytes)


def unwrap(wrapped: bytes, deployment_key: bytes, organization_id: UUID) -> bytes:
    return decrypt(wrapped, deployment_key, organization_id.bytes)


def seal(secret: str, data_key: bytes, place: Place) -> bytes:
    return encrypt(secret.encode(), data_key, place.as_bytes())


def unseal(sealed: bytes, data_key: bytes, place: Place) -> str:
    """The secret; raises `SecretUnreadable` when it does not belong to this place."""
    return decrypt(sealed, data_key, place.as_bytes()).decode()


def encrypt(plain: bytes, key: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def decrypt(sealed: bytes, key: bytes, bound_to: bytes) -> bytes:
    version, rest = sealed[:1], sealed[1:]
    if version != VERSION:
        raise SecretUnreadable("unknown version")
    try:
        return AESGCM(key).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], bound_to)
    except InvalidTag:
        raise SecretUnreadable("this secret does not belong here") from None
