"""Addresses of the sync in the API."""

from integrations import api
from lib.api_routes import resource

urlpatterns = [
    *resource(
        "connections",
        api.Connections,
        credential={"post": "credential"},
        sync={"post": "sync"},
        cancel={"post": "cancel"},
        pause={"post": "pause"},
        resume={"post": "resume"},
        test={"post": "test"},
        webhook={"post": "webhook", "delete": "close_webhook"},
    ),
    *resource("sources", api.Sources, accept={"post": "accept"}),
    *resource("links", api.Links),
    *resource("sync-runs", api.SyncRuns),
    *resource("quarantined-records", api.QuarantinedRecords),
    *resource("synced-items", api.SyncedItems),
    *resource("observations", api.Observations),
]
