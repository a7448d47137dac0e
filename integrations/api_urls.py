"""Addresses of the sync in the API."""

from integrations import api, figure_api, work_api
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
        preview={"post": "preview"},
        webhook={"post": "webhook", "delete": "close_webhook"},
    ),
    *resource("sources", api.Sources, accept={"post": "accept"}, preview={"post": "preview"}),
    *resource("links", api.Links, work={"get": "work"}, explain={"get": "explain"}),
    *resource("push-addresses", figure_api.PushAddresses),
    *resource(
        "pulls",
        figure_api.Pulls,
        pull={"post": "pull"},
        pause={"post": "pause"},
        resume={"post": "resume"},
    ),
    *resource("file-imports", figure_api.FileImports, undo={"post": "undo"}),
    *resource("sync-runs", api.SyncRuns),
    *resource("quarantined-records", api.QuarantinedRecords, retry={"post": "retry"}),
    *resource("synced-items", api.SyncedItems, serves={"get": "serves"}),
    *resource("idle-initiatives", work_api.IdleInitiatives),
    *resource("unworked-key-results", work_api.UnworkedKeyResults),
    *resource("loose-items", work_api.LooseItems),
    *resource("observations", api.Observations),
]
