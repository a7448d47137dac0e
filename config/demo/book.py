"""What was made so far, by the names that the demo's text uses."""

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

from accounts.access import Access
from accounts.models import Member, Organization
from config.demo.calendar import Span, fiscal_year
from okrs.models import Initiative, KeyResult, Objective, Tier
from portfolio.models import MeasureUnit, Metric, Portfolio, Product, Team, Theme, ValueStream

Unit = Portfolio | Product | Team


@dataclass
class Book:
    organization: Organization
    seed: int
    now: datetime
    admin: Access
    members: dict[str, Member] = field(default_factory=dict)
    portfolios: dict[str, Portfolio] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    streams: dict[str, ValueStream] = field(default_factory=dict)
    themes: dict[str, Theme] = field(default_factory=dict)
    measures: dict[str, MeasureUnit] = field(default_factory=dict)
    metrics: dict[str, Metric] = field(default_factory=dict)
    tiers: dict[str, Tier] = field(default_factory=dict)
    objectives: dict[str, Objective] = field(default_factory=dict)
    key_results: dict[str, KeyResult] = field(default_factory=dict)
    initiatives: dict[str, Initiative] = field(default_factory=dict)

    @property
    def units(self) -> dict[str, Unit]:
        """Everything that goals belong to; no two of them share a name."""
        return {**self.portfolios, **self.products, **self.teams}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.organization.time_zone)

    @property
    def year(self) -> Span:
        return fiscal_year(self.now.astimezone(self.zone).date())[0]

    @property
    def quarters(self) -> list[Span]:
        return fiscal_year(self.now.astimezone(self.zone).date())[1]

    def random(self, *words: str) -> Random:
        """The same numbers for the same seed and words, whatever else is made before."""
        return Random("/".join([str(self.seed), *words]))  # noqa: S311 (a story, no secret)
