"""Sites for the demo: nine months of several teams' work, the same for the same seed and day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from random import Random

from standins.blank import empty_jira, empty_linear
from standins.drafts import Author, Draft
from standins.generate_jira import add_project
from standins.generate_linear import add_team
from standins.records import Kind, Site
from standins.words import WORDS

SITE_NAME = "Harbour"


@dataclass(frozen=True)
class ProjectPlan:
    """A Jira project or a Linear team, and the domain of ``words.toml`` that it works on."""

    key: str
    name: str
    domain: str
    issues: int
    speed: float = 1.0
    """How fast its work gets done, where 1 is usual."""
    style: str = "classic"
    """Of a Jira project."""
    initiatives: tuple[str, ...] = ()
    """Of a Linear team: they share its projects among them."""


JIRA_PROJECTS = (
    ProjectPlan("SHOP", "Web shop", "web_shop", 480),
    ProjectPlan("PAY", "Payments", "payments", 420, speed=1.6),
    ProjectPlan("SHIP", "Delivery", "delivery", 360, speed=0.6, style="next-gen"),
    ProjectPlan("ID", "Accounts", "accounts", 240),
    ProjectPlan("HELP", "Requests from support", "web_shop", 60, speed=0.5),
)
LINEAR_TEAMS = (
    ProjectPlan(
        "MOB",
        "Mobile app",
        "mobile",
        460,
        speed=1.3,
        initiatives=("An app people keep", "Shopping on the move"),
    ),
    ProjectPlan("DATA", "Insights", "insights", 400, initiatives=("Numbers everybody trusts",)),
    ProjectPlan(
        "GROW",
        "Growth",
        "growth",
        360,
        speed=0.7,
        initiatives=("Customers who come back",),
    ),
    ProjectPlan("PLAT", "Platform", "platform", 310, speed=1.5, initiatives=("Calm operations",)),
)


def generate_site(
    kind: Kind, *, seed: int, today: date, projects: Sequence[ProjectPlan] = ()
) -> Site:
    """A Jira site or a Linear workspace as it stands on a morning, at six o'clock UTC."""
    until = datetime.combine(today, time(6), tzinfo=UTC)
    if kind is Kind.JIRA:
        site = empty_jira(name=SITE_NAME)
        for plan in projects or JIRA_PROJECTS:
            drafts = _drafts(plan, seed, until)
            add_project(site, drafts, key=plan.key, name=plan.name, style=plan.style, until=until)
        return site
    site = empty_linear(name=SITE_NAME)
    for plan in projects or LINEAR_TEAMS:
        drafts = _drafts(plan, seed, until)
        add_team(
            site, drafts, key=plan.key, name=plan.name, initiatives=plan.initiatives, until=until
        )
    return site


def _drafts(plan: ProjectPlan, seed: int, until: datetime) -> list[Draft]:
    luck = Random(f"{seed} {plan.key}")  # noqa: S311  # made-up work needs no secrecy
    return Author(luck, WORDS.domains[plan.domain], plan.speed, until).write(plan.issues)
