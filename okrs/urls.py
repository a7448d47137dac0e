from django.urls import path

from okrs.goal_urls import GOALS
from okrs.views import check_ins, dashboard, dependencies, home, rhythm, roadmap, tree

app_name = "okrs"
urlpatterns = [
    # Overviews: home, dashboard, alignment, road map.
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/export.csv", dashboard.dashboard_csv, name="dashboard-csv"),
    path("alignment/", tree.tree, name="tree"),
    path("alignment/gaps.csv", tree.gaps_csv, name="gaps-csv"),
    path("alignment/more/", tree.tree_more, name="tree-more"),
    path("alignment/below/<uuid:pk>/", tree.tree_branch, name="tree-branch"),
    path("roadmap/", roadmap.roadmap, name="roadmap"),
    path("dependencies/export.csv", dependencies.dependencies_csv, name="dependencies-csv"),
    path("dependencies/graph/", dependencies.dependency_graph, name="dependency-graph"),
    # Checking in: what is owed, how often, how regularly.
    path("check-ins/", check_ins.check_ins, name="check-ins"),
    path("check-ins/reminders/", check_ins.reminders, name="reminders"),
    path("check-ins/report/", rhythm.check_in_report, name="check-in-report"),
    path("check-ins/report/export.csv", rhythm.check_in_report_csv, name="check-in-report-csv"),
    path("check-ins/cadences/", rhythm.cadences, name="cadences"),
    path("check-ins/cadences/export.csv", rhythm.cadences_csv, name="cadences-csv"),
    path("settings/check-ins/", rhythm.check_in_settings_page, name="check-in-settings"),
    # Goals: objectives, key results and what links them.
    *GOALS,
]
