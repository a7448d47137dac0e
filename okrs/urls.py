from django.urls import path

from okrs.goal_urls import GOALS
from okrs.views import dashboard, dependencies, home, roadmap, tree

app_name = "okrs"
urlpatterns = [
    # Overviews: home, dashboard, alignment, road map.
    path("", home.home, name="home"),
    path("dashboard/", dashboard.dashboard, name="dashboard"),
    path("dashboard/export.csv", dashboard.dashboard_csv, name="dashboard-csv"),
    path("alignment/", tree.tree, name="tree"),
    path("alignment/gaps.csv", tree.gaps_csv, name="gaps-csv"),
    path("alignment/below/<uuid:pk>/", tree.tree_branch, name="tree-branch"),
    path("roadmap/", roadmap.roadmap, name="roadmap"),
    path("dependencies/export.csv", dependencies.dependencies_csv, name="dependencies-csv"),
    path("dependencies/graph/", dependencies.dependency_graph, name="dependency-graph"),
    # Goals: objectives, key results and what links them.
    *GOALS,
]
