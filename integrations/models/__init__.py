from integrations.models.counts import LinkTally, Observation, Recount
from integrations.models.deliveries import Webhook, WebhookDelivery
from integrations.models.figures import (
    FileImport,
    ImportedValue,
    ImportUndo,
    Pull,
    PushAddress,
    PushDelivery,
)
from integrations.models.trackers import (
    Connection,
    Credential,
    FormerGrant,
    ItemVersion,
    Link,
    OrganizationKey,
    QuarantinedRecord,
    Source,
    SourceItem,
    SyncedItem,
    SyncRun,
)

__all__ = [
    "Connection",
    "Credential",
    "FileImport",
    "FormerGrant",
    "ImportUndo",
    "ImportedValue",
    "ItemVersion",
    "Link",
    "LinkTally",
    "Observation",
    "OrganizationKey",
    "Pull",
    "PushAddress",
    "PushDelivery",
    "QuarantinedRecord",
    "Recount",
    "Source",
    "SourceItem",
    "SyncRun",
    "SyncedItem",
    "Webhook",
    "WebhookDelivery",
]
