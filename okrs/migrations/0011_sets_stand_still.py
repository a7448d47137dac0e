"""Look once at what a statement changes of goals and their scores, instead of at each row."""

from django.db import migrations
from django.db.migrations.operations.base import Operation

from okrs.constraints import ClosedWithCycle

KEY_RESULT = [
    "title", "objective_id", "metric_id", "shape", "source", "contribution_mode", "baseline",
    "target", "lower", "upper", "condition", "weight", "starts_on", "ends_on", "curve",
    "curve_points", "definition_version", "current_value", "score", "raw", "final_score",
    "judgement", "archived_at",
]  # fmt: skip
OBJECTIVE = [
    "title", "cycle_id", "tier_id", "portfolio_id", "product_id", "team_id", "state", "condition",
    "roll_up", "assessed_score", "assessment", "score", "lowest", "highest", "reporting",
    "counted", "archived_at",
]  # fmt: skip
UNIT_SCORE = ["score", "objectives"]
CYCLE_OF_OBJECTIVE = "SELECT o.cycle_id FROM public.okrs_objective o WHERE o.id = {row}.objective_id"


def in_sets(model: str, columns: list[str], cycle: str) -> list[Operation]:
    name = f"okrs_{model}_closed"
    rule = ClosedWithCycle(name=name, cycle=cycle, columns=columns, adds="false", in_sets=True)
    return [migrations.RemoveConstraint(model, name), migrations.AddConstraint(model, rule)]


class Migration(migrations.Migration):
    dependencies = [("okrs", "0010_since_when_histories_are_kept")]
    operations = [
        *in_sets("keyresult", KEY_RESULT, CYCLE_OF_OBJECTIVE),
        *in_sets("objective", OBJECTIVE, "{row}.cycle_id"),
        *in_sets("unitscore", UNIT_SCORE, "{row}.cycle_id"),
    ]
