"""Pages of planning and reviewing, below an organisation."""

from django.urls import path

from reviews.views import board, counters, rounds

app_name = "reviews"
urlpatterns = [
    path("rounds/", rounds.rounds, name="rounds"),
    path("rounds/new/", rounds.create_round, name="create-round"),
    path("rounds/<uuid:pk>/", rounds.planning_round, name="round"),
    path("rounds/<uuid:pk>/board/", board.board, name="board"),
    path("rounds/<uuid:pk>/board/export.csv", board.board_csv, name="board-csv"),
    path("rounds/<uuid:pk>/board/findings.csv", board.findings_csv, name="findings-csv"),
    path("rounds/<uuid:pk>/edit/", rounds.edit_round, name="edit-round"),
    path("rounds/<uuid:pk>/move/", rounds.move_round, name="move-round"),
    path("rounds/<uuid:pk>/archive/", rounds.archive_round, name="archive-round"),
    path("rounds/<uuid:pk>/restore/", rounds.restore_round, name="restore-round"),
    path("rounds/<uuid:pk>/constraints/", rounds.add_constraint, name="add-constraint"),
    path("round-constraints/<uuid:pk>/", rounds.edit_constraint, name="edit-constraint"),
    path("round-constraints/<uuid:pk>/remove/", rounds.remove_constraint, name="remove-constraint"),
    path("objectives/<uuid:pk>/counter/", counters.counter, name="counter"),
    path("counters/<uuid:pk>/accept/", counters.accept, name="accept-counter"),
    path("counters/<uuid:pk>/decline/", counters.decline, name="decline-counter"),
    path("counters/<uuid:pk>/withdraw/", counters.withdraw, name="withdraw-counter"),
]
