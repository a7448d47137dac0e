"""Deliveries of Jira's webhooks, as an administrator sets them up with a secret."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from integrations.providers.hooks import Hint, Refused, is_signed

SIGNATURE = "X-Hub-Signature"
DELIVERY = "X-Atlassian-Webhook-Identifier"
METHOD = "sha256="
DELETED = "jira:issue_deleted"


class Named(msgspec.Struct):
    id: str | int


class Delivery(msgspec.Struct):
    event: str = msgspec.field(name="webhookEvent", default="")
    timestamp: int = 0
    issue: Named | None = None


class JiraHooks:
    """Every address has a secret, so that nothing is believed unsigned; Data Center, too."""

    def read(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
    ) -> Hint:
        self._require_signature(headers, body, secrets)
        try:
            told = msgspec.json.decode(body, type=Delivery)
        except msgspec.DecodeError:
            raise Refused("the body is no delivery of Jira's") from None
        remote_id = str(told.issue.id) if told.issue else None
        # Without an identifier the same event of the same moment is the same delivery.
        named = headers.get(DELIVERY) or f"{told.event} {remote_id} {told.timestamp}"
        return Hint(
            delivery_id=named,
            event=told.event,
            remote_id=remote_id,
            removed=told.event == DELETED,
        )

    def _require_signature(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str]
    ) -> None:
        given = headers.get(SIGNATURE, "")
        signed = is_signed(body, given.removeprefix(METHOD), secrets)
        if not signed or not given.startswith(METHOD):
            raise Refused("the signature does not fit")
