"""What governance adds to the pages of goals and of the map."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.http import HttpRequest, QueryDict
from django.urls import reverse

from accounts.access import Access
from accounts.permissions import MemberRequest, Permission
from governance.actions.comments import may_delete, may_edit
from governance.actions.rights import may_on
from governance.choices import COMMERCIAL
from governance.forms.comments import CommentForm
from governance.models import Comment
from governance.queries.comments import Discussion, discussion_of
from governance.queries.decisions import commercial_decisions, decision_rows, decisions_about
from governance.queries.records import Record, kind_of
from governance.queries.risks import risk_rows, risks_about
from governance.queries.signals import signal_rows, signals_about
from lib.panels import Panel, register
from okrs.choices import CommitmentState
from okrs.models import Commitment, Objective
from portfolio.models import Product

SHOWN = 5
Context = Mapping[str, object] | None


def access_of(request: HttpRequest) -> Access:
    return cast("MemberRequest", request).access


# --- Comments ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Line:
    """A comment as one member sees it."""

    comment: Comment
    may_edit: bool
    may_delete: bool


@dataclass(frozen=True)
class Talk:
    """A discussion as one member sees it: a line and its answers for each thread."""

    discussion: Discussion
    threads: list[tuple[Line, list[Line]]]
    url: str
    may_write: bool


def talk_about(access: Access, record: Record) -> Talk:
    """The discussion of a record, in two queries."""
    kind = kind_of(record)

    def line(comment: Comment) -> Line:
        return Line(comment, may_edit(access, comment), may_delete(access, comment))

    discussion = discussion_of(record)
    return Talk(
        discussion,
        [(line(t.first), [line(answer) for answer in t.answers]) for t in discussion.threads],
        reverse("governance:discussion", args=[access.organization.slug, kind.slug, record.pk]),
        access.allows(Permission.COMMENT_WRITE),
    )


def discussion_context(
    request: HttpRequest, record: Record, *, form: CommentForm | None = None, **more: Any
) -> dict[str, Any]:
    """What `governance/_discussion.html` shows; `more` names the comment that is worked on."""
    access = access_of(request)
    return {
        "talk": talk_about(access, record),
        "comment_form": form or comment_form(access, record),
        **more,
    }


def comment_form(
    access: Access, record: Record, data: QueryDict | None = None, *, role: str = "new", **of: Any
) -> CommentForm:
    """A form about one record; `role` is "new", "reply" or "edit"."""
    kind = kind_of(record)
    args = [access.organization.slug, kind.slug, record.pk]
    return CommentForm(
        data,
        access=access,
        role=f"{kind.key}_{role}",
        mentions_url=reverse("governance:mentions", args=args),
        **of,
    )


def comments(request: HttpRequest, record: Record) -> Context:
    return discussion_context(request, record)


def comments_on_commitment(request: HttpRequest, objective: Objective) -> Context:
    """What is said about what backs an objective, on the page of the objective."""
    rows = Commitment.objects.filter(objective=objective, archived_at=None)
    standing = rows.exclude(state=CommitmentState.RELEASED).first()
    return discussion_context(request, standing) if standing else None


# --- Decisions, risks, signals ----------------------------------------------------------------
def decisions(request: HttpRequest, record: Record) -> Context:
    """The newest decisions about a record; a product shows those on its price apart."""
    access = access_of(request)
    rows = decisions_about(access, record)
    if isinstance(record, Product):
        rows = rows.exclude(kind__in=COMMERCIAL)
    return listed(access, record, Permission.DECISION_WRITE, rows, decision_rows)


def pricing(request: HttpRequest, product: Product) -> Context:
    access = access_of(request)
    rows = commercial_decisions(access, product)
    return listed(access, product, Permission.DECISION_WRITE, rows, decision_rows)


def risks(request: HttpRequest, record: Record) -> Context:
    access = access_of(request)
    return listed(access, record, Permission.RISK_WRITE, risks_about(access, record), risk_rows)


def signals(request: HttpRequest, record: Record) -> Context:
    access = access_of(request)
    rows = signals_about(access, record)
    return listed(access, record, Permission.SIGNAL_WRITE, rows, signal_rows)


def listed(
    access: Access,
    record: Record,
    permission: Permission,
    rows: Any,
    shape: Callable[[Access, list[Any]], list[Any]],
) -> Context:
    """A few rows and whether there are more, in two queries; None where nothing can be done."""
    found = list(rows[: SHOWN + 1])
    may_add = may_add_to(access, permission, record)
    if not found and not may_add:
        return None
    return {
        "rows": shape(access, found[:SHOWN]) if found else [],
        "has_more": len(found) > SHOWN,
        "may_add": may_add,
        "record": record,
        "kind": kind_of(record),
    }


def may_add_to(access: Access, permission: Permission, record: Record) -> bool:
    if record.archived_at is not None:
        return False
    return permission in access.everywhere or may_on(access, permission, [record])


# --- Where ------------------------------------------------------------------------------------
GOAL_PAGES = ("okrs.objective", "okrs.key_result", "okrs.initiative", "okrs.dependency")
UNIT_PAGES = ("portfolio.portfolio", "portfolio.product")
STEERED_PAGES = ("okrs.objective", *UNIT_PAGES)


def register_panels() -> None:
    for page in (*GOAL_PAGES, *UNIT_PAGES):
        register(page, panel("comments", "Comments", comments, order=95))
        register(page, panel("decisions", "Decisions", decisions, order=70))
    for page in STEERED_PAGES:
        register(page, panel("risks", "Risks", risks, order=75))
        register(page, panel("signals", "Signals from outside", signals, order=80))
    register("portfolio.product", panel("pricing", "Pricing and packaging", pricing, order=65))
    register(
        "okrs.objective",
        panel(
            "commitment-comments",
            "Comments on the commitment",
            comments_on_commitment,
            order=96,
            template="comments",
        ),
    )


def panel(
    name: str, title: str, load: Callable[..., Context], *, order: int, template: str = ""
) -> Panel:
    return Panel(
        name=name,
        title=title,
        template=f"governance/panels/{template or name}.html",
        load=load,
        order=order,
    )
