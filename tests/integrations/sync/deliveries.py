"""Deliveries of webhooks as the services write and sign them."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.test import Client

from integrations.models import Webhook
from integrations.providers.hooks import digest

# Status, headers, and body.
Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Delivery:
    """A body and what stands in its headers beside the signature."""

    body: bytes
    number: str


def jira_delivery(event: str, issue_id: str) -> Delivery:
    body = {
        "timestamp": int(datetime.now(UTC).timestamp() * 1000),
        "webhookEvent": f"jira:issue_{event}",
        "issue": {"id": issue_id, "key": "SHOP-1", "fields": {"summary": "Stale, on purpose"}},
    }
    return Delivery(json.dumps(body).encode(), str(uuid4()))


def linear_delivery(action: str, issue_id: str, *, at: datetime | None = None) -> Delivery:
    moment = at or datetime.now(UTC)
    body = {
        "action": action,
        "type": "Issue",
        "data": {"id": issue_id, "title": "Stale, on purpose"},
        "organizationId": str(uuid4()),
        "webhookTimestamp": int(moment.timestamp() * 1000),
        "webhookId": "the same for every delivery",
    }
    return Delivery(json.dumps(body).encode(), str(uuid4()))


@dataclass(frozen=True)
class Event:
    """What a service tells of a change; signed anew whenever it is delivered."""

    what: str
    issue_id: str
    number: str
    is_linear: bool

    def delivery(self) -> Delivery:
        if self.is_linear:
            action = {"add": "create", "delete": "remove"}.get(self.what, "update")
            return replace(linear_delivery(action, self.issue_id), number=self.number)
        event = {"add": "created", "delete": "deleted"}.get(self.what, "updated")
        return replace(jira_delivery(event, self.issue_id), number=self.number)


def post(webhook: Webhook, delivery: Delivery, secret: str, **more: Any) -> int:
    """Deliver it, signed with the secret; the status of the answer."""
    return answer(webhook, delivery, secret, **more)[0]


def answer(webhook: Webhook, delivery: Delivery, secret: str, **more: Any) -> Answer:
    """Deliver it, signed with the secret; all that the sender gets to see."""
    signature = digest(delivery.body, secret)
    headers = {
        "X-Hub-Signature": f"sha256={signature}",
        "X-Atlassian-Webhook-Identifier": delivery.number,
        "Linear-Signature": signature,
        "Linear-Delivery": delivery.number,
        **more,
    }
    response = Client().post(
        webhook.get_absolute_url(), delivery.body, "application/json", headers=headers
    )
    return response.status_code, dict(response.headers), response.content
