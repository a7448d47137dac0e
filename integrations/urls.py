from django.urls import path

from integrations.views import connections, figures, links, sources

app_name = "integrations"
urlpatterns = [
    path("settings/connections/", connections.connections, name="connections"),
    path("settings/connections/new/<slug:provider>/", connections.connect, name="connect"),
    path("settings/connections/<uuid:pk>/", connections.connection, name="connection"),
    path("settings/connections/<uuid:pk>/edit/", connections.edit_connection, name="edit"),
    path("settings/connections/<uuid:pk>/rules/", connections.rules, name="rules"),
    path("settings/connections/<uuid:pk>/credential/", connections.credential, name="credential"),
    path("settings/connections/<uuid:pk>/sync/", connections.sync, name="sync"),
    path("settings/connections/<uuid:pk>/cancel/", connections.cancel, name="cancel"),
    path("settings/connections/<uuid:pk>/test/", connections.try_connection, name="test"),
    path("settings/connections/<uuid:pk>/webhook/", connections.open_webhook, name="open-webhook"),
    path(
        "settings/connections/<uuid:pk>/webhook/close/",
        connections.close_webhook,
        name="close-webhook",
    ),
    path("settings/connections/<uuid:pk>/pause/", connections.pause, name="pause"),
    path("settings/connections/<uuid:pk>/archive/", connections.archive, name="archive"),
    path("settings/connections/<uuid:pk>/sources/", sources.add_source, name="add-source"),
    path("sources/<uuid:pk>/", sources.source, name="source"),
    path("sources/<uuid:pk>/items.csv", sources.source_csv, name="source-csv"),
    path("sources/<uuid:pk>/link/", links.link_source, name="link-source"),
    path("sources/<uuid:pk>/link/preview/", links.preview_link, name="preview-link"),
    path("sources/<uuid:pk>/accept/", sources.accept_shrink, name="accept-shrink"),
    path("sources/<uuid:pk>/remove/", sources.remove_source, name="remove-source"),
    path("metrics/import/", figures.import_to_metrics, name="import-to-metrics"),
    path("metrics/<uuid:pk>/import/", figures.import_to_metric, name="import-to-metric"),
    path("metrics/<uuid:pk>/push/", figures.new_push_address, name="new-push-address"),
    path("metrics/<uuid:pk>/pull/", figures.new_pull, name="new-pull"),
    path("push-addresses/<uuid:pk>/close/", figures.close_push_address, name="close-push-address"),
    path("pulls/<uuid:pk>/", figures.pull, name="pull"),
    path("pulls/<uuid:pk>/edit/", figures.edit_pull, name="edit-pull"),
    path("pulls/<uuid:pk>/now/", figures.pull_now, name="pull-now"),
    path("pulls/<uuid:pk>/pause/", figures.pause_pull, name="pause-pull"),
    path("pulls/<uuid:pk>/archive/", figures.archive_pull, name="archive-pull"),
    path("links/<uuid:pk>/edit/", links.edit_link, name="edit-link"),
    path("links/<uuid:pk>/history/", links.link_history, name="link-history"),
    path("links/<uuid:pk>/remove/", links.unlink, name="unlink"),
]
