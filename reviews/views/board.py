"""The negotiation board of a round."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from accounts.permissions import MemberRequest, Permission, requires
from accounts.queries import latest_changes
from lib.htmx import entity_tag, nothing_new, render_page
from lib.spreadsheets import csv_answer
from okrs.choices import ObjectiveState
from okrs.views.addresses import Address, address_of
from portfolio.models import Product
from reviews.findings import Chapter, Finding, Kind, chapters
from reviews.queries.board import Board, Offer, Proposal, board_of
from reviews.queries.findings import findings_of
from reviews.views.rounds import find_round, may_run

COLUMNS = (
    "Product", "Proposal", "State", "Owner", "Key results", "Serves", "With", "Offer", "Backed",
)  # fmt: skip
FINDING_COLUMNS = ("Kind", "Finding", "Record", "Adds")
BY_GOAL, BY_PRODUCT = "goal", "product"


@dataclass(frozen=True)
class Lens:
    """What the board is looked at for: a kind of finding, or nothing in particular."""

    kind: Kind | None
    chapters: Sequence[Chapter]
    address: Address

    @property
    def findings(self) -> list[Finding]:
        chosen = [c for c in self.chapters if c.kind == self.kind]
        return [finding for chapter in chosen for finding in chapter.findings]

    @property
    def marked(self) -> frozenset[UUID]:
        """Goals and proposals that the chosen findings are about."""
        return frozenset().union(*(f.goals | f.proposals for f in self.findings))

    @property
    def links(self) -> list[tuple[Chapter, Address, bool]]:
        """Each kind with the address that looks for it, or for nothing when it is chosen."""
        return [
            (
                chapter,
                self.address.having(found="" if chapter.kind == self.kind else chapter.kind),
                chapter.kind == self.kind,
            )
            for chapter in self.chapters
        ]


@requires(Permission.ORG_READ)
def board(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Products against the goals of the portfolio; `?by=` turns it, `?found=` marks findings."""
    planning = find_round(request, pk)
    address = address_of(request)
    # What it depends on: every edit, the address, the reader, and the day, for promises fall due.
    tag = entity_tag(latest_changes(), address, request.member.pk, timezone.localdate())
    if (unchanged := nothing_new(request, tag)) is not None:
        return unchanged
    found = board_of(request.access, planning)
    lens = Lens(asked_kind(request), chapters(findings_of(request.access, found)), address)
    by = BY_PRODUCT if request.GET.get("by") == BY_PRODUCT else BY_GOAL
    context = {
        "round": planning,
        "board": found,
        "lens": lens,
        "marked": lens.marked,
        "by": by,
        "lines": lines_by_product(found) if by == BY_PRODUCT else found.rows_by_goal(),
        "unaligned": [found.unaligned.get(product.pk, ()) for product in found.products],
        "turn_url": address.having(by="" if by == BY_PRODUCT else BY_PRODUCT),
        "address": address,
        "csv_url": address.at(f"{request.path}export.csv"),
        "may_run": may_run(request, planning),
    }
    response = render_page(request, "reviews/board.html", context, fragment="table")
    response["ETag"] = tag
    return response


def lines_by_product(
    found: Board,
) -> list[tuple[Product, list[Sequence[Offer]], Sequence[Proposal]]]:
    """Products downwards, goals across, and at the end what serves none of them."""
    return [
        (product, cells, found.unaligned.get(product.pk, ()))
        for product, cells in found.rows_by_product()
    ]


def asked_kind(request: MemberRequest) -> Kind | None:
    wanted = request.GET.get("found", "")
    return Kind(wanted) if wanted in set(Kind) else None


@requires(Permission.ORG_READ)
def board_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Proposals with what they offer to which goal; one line an offer."""
    found = board_of(request.access, find_round(request, pk))
    return csv_answer(f"board-{pk}", COLUMNS, csv_rows(found))


def csv_rows(found: Board) -> list[tuple[object, ...]]:
    names = {product.pk: product.name for product in found.products}
    goals = {goal.id: goal.title for goal in found.goals}
    lines = [
        (*proposal_cells(names[product], offer.proposal), goals[goal], offer.words, *ends(offer))
        for (goal, product), offers in found.offers.items()
        for offer in offers
    ]
    alone = [
        (*proposal_cells(names[product], proposal), "", "", "", proposal.is_backed)
        for product, proposals in found.unaligned.items()
        for proposal in proposals
    ]
    return sorted([*lines, *alone], key=lambda line: [str(cell) for cell in line[:2]])


def proposal_cells(product: str, proposal: Proposal) -> tuple[object, ...]:
    state = ObjectiveState(proposal.state).label
    return (product, proposal.title, state, proposal.owner, proposal.key_results)


def ends(offer: Offer) -> tuple[object, ...]:
    return (offer.state_label, offer.proposal.is_backed)


@requires(Permission.ORG_READ)
def findings_csv(request: MemberRequest, pk: UUID) -> HttpResponse:
    """What was found, one line for each record that proves it."""
    found = board_of(request.access, find_round(request, pk))
    rows = [
        (chapter.label, finding.title, proof.title, proof.words)
        for chapter in chapters(findings_of(request.access, found))
        for finding in chapter.findings
        for proof in finding.proofs
    ]
    return csv_answer(f"findings-{pk}", FINDING_COLUMNS, rows)
