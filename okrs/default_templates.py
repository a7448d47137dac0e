"""The templates that a new organisation finds: examples of the method, without their numbers."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from okrs.choices import Shape, TierKind

Pattern = dict[str, Any]

# Each template with its key results; the unit "" is the currency of the organisation.
DEFAULTS: tuple[tuple[dict[str, str], Sequence[Pattern]], ...] = (
    (
        {
            "name": "Lead a market",
            "title": "Customers in our market choose us first",
            "description": "For a product that has found its market and wants to be its standard.",
            "tier_kind": TierKind.PRODUCT,
        },
        (
            {
                "title": "Our share of the market",
                "unit": "percent",
                "advice": "From an analyst's report, or your revenue over that of the market.",
            },
            {
                "title": "Net Promoter Score",
                "unit": "points",
                "shape": Shape.AT_LEAST,
                "target": Decimal(60),
                "advice": "From a survey; at least 60 is a strong floor.",
            },
            {
                "title": "Days from the contract to the first use",
                "unit": "days",
                "advice": "The median over the customers of the last three months.",
            },
        ),
    ),
    (
        {
            "name": "Products that belong together",
            "title": "Customers gain more from our products together than from each alone",
            "description": "For a portfolio whose products serve the same customers.",
            "tier_kind": TierKind.PORTFOLIO,
        },
        (
            {
                "title": "Customers who use two products or more",
                "unit": "percent",
                "advice": "Active in both within the last 30 days.",
            },
            {
                "title": "Customers who leave us a year, over all products",
                "unit": "percent",
                "advice": "Who left all products, over who was a customer when the year began.",
            },
            {
                "title": "Integrations between our products",
                "unit": "items",
                "shape": Shape.COUNT,
                "condition": "each used by 500 active customers within 60 days",
                "advice": "You list each one that met the condition.",
            },
        ),
    ),
    (
        {
            "name": "The way in",
            "title": "New customers begin with our product and stay for the others",
            "description": "For a mature product that can open doors for its neighbours.",
            "tier_kind": TierKind.PRODUCT,
        },
        (
            {
                "title": "Trials that become paid",
                "unit": "percent",
                "advice": "Of the trials that began 60 days ago.",
            },
            {
                "title": "Sales of other products that began with ours",
                "unit": "percent",
                "shape": Shape.AT_LEAST,
                "target": Decimal(30),
                "advice": "Qualified leads that come from our users.",
            },
        ),
    ),
    (
        {
            "name": "At home in a new market",
            "title": "Customers in the new market recommend us to each other",
            "description": "For entering a region or a segment that nobody here knows yet.",
            "tier_kind": TierKind.PORTFOLIO,
        },
        (
            {
                "title": "Yearly revenue from the new market",
                "unit": "",
                "advice": "Contracts that are signed, without one-off work.",
            },
            {
                "title": "Customers there who are still active after 90 days",
                "unit": "percent",
                "shape": Shape.AT_LEAST,
                "advice": "Of those who signed up at least 90 days ago.",
            },
            {
                "title": "What it costs to win one customer there",
                "unit": "",
                "shape": Shape.BASELINE,
                "advice": "Nobody knows yet: the first number is the result.",
            },
        ),
    ),
    (
        {
            "name": "Fewer defects",
            "title": "Customers stop doing our testing for us",
            "description": "For a team whose customers find the defects first.",
            "tier_kind": TierKind.TEAM,
        },
        (
            {
                "title": "Defects that customers report a month",
                "unit": "items",
                "advice": "Take the mean of the last three months as the baseline.",
            },
            {
                "title": "Days from a report to its correction",
                "unit": "days",
                "advice": "The median; reports that were no defect do not count.",
            },
        ),
    ),
)
