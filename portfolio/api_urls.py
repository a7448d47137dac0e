from lib.api_routes import resource
from portfolio.api import links, measures, units

RESTORE = {"post": "restore"}

urlpatterns = [
    *resource("portfolios", units.Portfolios, restore=RESTORE),
    *resource("themes", units.Themes, restore=RESTORE),
    *resource("value-streams", units.ValueStreams, restore=RESTORE),
    *resource("products", units.Products, restore=RESTORE, move_home={"post": "move_home"}),
    *resource("product-stances", units.ProductStances),
    *resource("placements", links.Placements, restore=RESTORE),
    *resource("product-relations", links.ProductRelations, restore=RESTORE),
    *resource("teams", units.Teams, restore=RESTORE),
    *resource("team-capacities", links.TeamCapacities, restore=RESTORE),
    *resource("team-members", links.TeamMembers, restore=RESTORE),
    *resource("team-products", links.TeamProducts, restore=RESTORE),
    *resource("roles", links.Roles, restore=RESTORE),
    *resource("units", measures.MeasureUnits, restore=RESTORE),
    *resource("metrics", measures.Metrics, restore=RESTORE, value={"get": "value"}),
    *resource("metric-values", measures.MetricValues, void={"post": "void"}),
]
