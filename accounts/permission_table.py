"""The roles and what they may do, as a page of the documentation."""

from collections.abc import Mapping
from typing import Any

from accounts.choices import MoneyAccess, OrgRole, UnitRole
from accounts.permissions import BY_MONEY_ACCESS, BY_ORG_ROLE, BY_UNIT_ROLE, Permission

INTRODUCTION = """\
# Permissions

Written by `python manage.py shell -v0 -c "from accounts.permission_table import permission_page; \
print(permission_page(), end='')"`; a test compares it with the code.

A member has a role in the organisation, roles in portfolios, products and teams, and a grant for
money. A role in a portfolio reaches the products at home in it, a role in a product the teams
that it owns. The strongest wins. A token may do what its member may, and only read when its scope
is `read`.

`connection:sync` has a connection read and tested: whether its credential holds, and what of that
which is followed is out of its sight. What else the credential sees, which may be all of another
system, is listed with `connection:manage` only.
"""


def permission_page() -> str:
    """The page in Markdown: one table for each kind of role."""
    return "\n".join(
        [
            INTRODUCTION,
            table("In the whole organisation", OrgRole, BY_ORG_ROLE),
            table("In a portfolio, product or team", UnitRole, BY_UNIT_ROLE),
            table("Money", MoneyAccess, BY_MONEY_ACCESS),
        ]
    )


def table(
    title: str,
    roles: Any,
    granted: Mapping[Any, frozenset[Permission]],
) -> str:
    head = ["Permission", *(str(role.label) for role in roles)]
    lines = [f"## {title}", "", row(head), row(["---"] * len(head))]
    for permission in Permission:
        marks = ["yes" if permission in granted[role] else "" for role in roles]
        if any(marks):
            lines.append(row([f"`{permission}`", *marks]))
    return "\n".join([*lines, ""])


def row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
