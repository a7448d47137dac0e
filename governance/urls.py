"""Pages of governance, below an organisation."""

from django.urls import path

from governance.views import comments, decisions, records, risks, signals

app_name = "governance"
urlpatterns = [
    path("comments/<uuid:pk>/edit/", comments.edit_comment, name="edit-comment"),
    path("comments/<uuid:pk>/delete/", comments.delete_comment, name="delete-comment"),
    path("comments/<slug:kind>/<uuid:pk>/", comments.discussion, name="discussion"),
    path("comments/<slug:kind>/<uuid:pk>/mentions/", comments.mentions, name="mentions"),
    path("find-records/<slug:form>/", records.records, name="records"),
    path("decisions/", decisions.decisions, name="decisions"),
    path("decisions/export/", decisions.decisions_export, name="decisions-export"),
    path("decisions/new/", decisions.create_decision, name="create-decision"),
    path("decisions/<uuid:pk>/", decisions.decision, name="decision"),
    path("decisions/<uuid:pk>/edit/", decisions.edit_decision, name="edit-decision"),
    path("decisions/<uuid:pk>/decide/", decisions.decide, name="decide"),
    path("decisions/<uuid:pk>/withdraw/", decisions.withdraw_decision, name="withdraw-decision"),
    path("decisions/<uuid:pk>/restore/", decisions.restore_decision, name="restore-decision"),
    path("risks/", risks.risks, name="risks"),
    path("risks/export/", risks.risks_export, name="risks-export"),
    path("risks/new/", risks.create_risk, name="create-risk"),
    path("risks/<uuid:pk>/", risks.risk, name="risk"),
    path("risks/<uuid:pk>/edit/", risks.edit_risk, name="edit-risk"),
    path("risks/<uuid:pk>/move/", risks.move_risk, name="move-risk"),
    path("risks/<uuid:pk>/archive/", risks.archive_risk, name="archive-risk"),
    path("risks/<uuid:pk>/restore/", risks.restore_risk, name="restore-risk"),
    path("signals/", signals.signals, name="signals"),
    path("signals/export/", signals.signals_export, name="signals-export"),
    path("signals/new/", signals.file_signal, name="file-signal"),
    path("signals/<uuid:pk>/", signals.signal, name="signal"),
    path("signals/<uuid:pk>/edit/", signals.edit_signal, name="edit-signal"),
    path("signals/<uuid:pk>/assess/", signals.assess_signal, name="assess-signal"),
    path("signals/<uuid:pk>/archive/", signals.archive_signal, name="archive-signal"),
    path("signals/<uuid:pk>/restore/", signals.restore_signal, name="restore-signal"),
]
