"""Deliveries of Linear's webhooks."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from integrations.providers.hooks import Hint, Refused, is_signed

SIGNATURE = "Linear-Signature"
DELIVERY = "Linear-Delivery"
# Seconds that a delivery may be off; the time in the body is signed, the one in the header is not.
WINDOW = 60


class Data(msgspec.Struct):
    id: str = ""


class Delivery(msgspec.Struct, rename="camel"):
    action: str
    type: str
    webhook_timestamp: int
    data: Data = msgspec.field(default_factory=Data)


class LinearHooks:
    def read(
        self, headers: Mapping[str, str], body: bytes, secrets: list[str], now: datetime
    ) -> Hint:
        if not is_signed(body, headers.get(SIGNATURE, ""), secrets):
            raise Refused("the signature does not fit")
        try:
            told = msgspec.json.decode(body, type=Delivery)
        except msgspec.DecodeError:
            raise Refused("the body is no delivery of Linear's") from None
        if abs(now.timestamp() - told.webhook_timestamp / 1000) > WINDOW:
            raise Refused("the delivery is too old or from the future")
        delivery_id = headers.get(DELIVERY, "")
        if not delivery_id:
            raise Refused("the delivery has no number")
        is_issue = told.type == "Issue"
        return Hint(
            delivery_id=delivery_id,
            event=f"{told.type} {told.action}",
            remote_id=told.data.id if is_issue else None,
            removed=is_issue and told.action == "remove",
        )
