"""Reading the facts of a round for what is wrong with its plan (`reviews.findings`)."""

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.utils import timezone

from accounts.access import Access
from lib.display import show_day, show_number
from okrs.choices import DependencyState, TierKind
from okrs.limits import Stage
from okrs.models import Dependency
from okrs.queries.cadences import read_cadences
from okrs.queries.dependencies import visible_dependencies
from okrs.queries.limits import Place, check_load, loads_of, present_limits
from okrs.queries.team_loads import TeamLoad, team_loads
from okrs.scoring import Cadence
from okrs.writing.likeness import most_alike
from reviews.findings import Finding, Kind, Proof
from reviews.queries.board import Board, Goal, Proposal

OBJECTIVE, KEY_RESULT = "okrs:objective", "okrs:key-result"
D = DependencyState
# From the most to the least often.
RHYTHM = (Cadence.WEEKLY, Cadence.BIWEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY)


def findings_of(access: Access, board: Board) -> list[Finding]:
    """Everything that the board shows beside the proposals; fourteen statements."""
    return [
        *gaps(board),
        *shortfalls(board),
        *over_asked(team_loads(access, board.planning.cycle)),
        *dependencies(access, board),
        *duplicates(board),
        *overload(board),
        *aspirations(board),
        *cadence_mismatches(board),
    ]


def gaps(board: Board) -> Iterator[Finding]:
    """Goals that no product offers to serve; below served ones, key results nobody adds to."""
    served = {goal for (goal, _), offers in board.offers.items() if offers}
    for goal in board.goals:
        if goal.id not in served:
            yield Finding(
                Kind.GAP,
                f"Nobody serves “{goal.title}”",
                [Proof(OBJECTIVE, goal.id, goal.title)],
                goals=frozenset({goal.id}),
                weight=2,
            )
            continue
        for result in goal.results:
            if result.coverage is not None and not (
                result.coverage.agreed or result.coverage.offered
            ):
                yield Finding(
                    Kind.GAP,
                    f"Nobody adds to “{result.title}”",
                    [Proof(KEY_RESULT, result.id, result.title, f"under “{goal.title}”")],
                    goals=frozenset({goal.id}),
                    weight=1,
                )


def shortfalls(board: Board) -> Iterator[Finding]:
    for goal in board.goals:
        for result in goal.results:
            coverage = result.coverage
            if coverage is None or not coverage.is_short:
                continue
            if not (coverage.agreed or coverage.offered):
                continue
            if coverage.missing_after_offers:
                then = f"{show_number(coverage.missing_after_offers)} with all that is on offer"
            else:
                then = "nothing once all that is on offer is agreed"
            yield Finding(
                Kind.SHORTFALL,
                f"“{result.title}” misses {result.missing}",
                [Proof(KEY_RESULT, result.id, result.title, f"then {then}")],
                goals=frozenset({goal.id}),
                weight=1 - float(coverage.ratio),
            )


def over_asked(found: Iterable[TeamLoad]) -> Iterator[Finding]:
    for load in found:
        if not load.is_over_asked:
            continue
        worst = load.worst
        named = [(load.asks[pk], weeks) for pk, weeks in worst.asks if pk in load.asks]
        proofs = [
            Proof(
                ask.page,
                ask.record,
                ask.title,
                f"{ask.unit}: {show_number(weeks, places=1)} weeks",
            )
            for ask, weeks in named
        ]
        yield Finding(
            Kind.OVER_ASKED,
            f"{load.team.name}: {show_number(worst.total, places=1)} people-weeks are wanted in "
            f"{worst.month:%B}, {show_number(worst.capacity, places=1)} are there",
            proofs,
            proposals=frozenset(ask.objective for ask, _ in named if ask.objective),
            weight=float(worst.over),
        )


def dependencies(access: Access, board: Board) -> Iterator[Finding]:
    """Promises that the goals and proposals of the round wait for, and that do not hold."""
    ids = [goal.id for goal in board.goals] + list(board.proposals)
    rows = visible_dependencies(access).filter(
        state__in=[D.ASKED, D.COUNTERED, D.DECLINED, D.BROKEN, D.ACCEPTED],
        archived_at=None,
        needer_key_result__objective__in=ids,
    )
    today = timezone.localdate()
    for row in rows.order_by("needed_by", "id"):
        words = trouble_of(row)
        if words:
            needer, provider = row.needer_key_result, row.provider_product or row.provider_team
            assert needer is not None  # noqa: S101 (filtered by it)
            yield Finding(
                Kind.DEPENDENCY,
                f"“{row.title}” {words}",
                [
                    Proof("okrs:dependency", row.pk, row.title, f"by {provider}"),
                    Proof(KEY_RESULT, needer.pk, needer.title, "waits for it"),
                ],
                proposals=frozenset({needer.objective_id}),
                weight=float(row.criticality) + (today >= row.needed_by),
            )


def trouble_of(row: Dependency) -> str:
    """What is the matter with a promise, as the end of a sentence; empty when nothing is."""
    match row.state:
        case D.ASKED:
            return "was not answered"
        case D.COUNTERED:
            return "was countered and not answered"
        case D.DECLINED:
            return "was turned down"
        case D.BROKEN:
            return "was promised and broken"
    if row.promised_by and row.promised_by > row.needed_by:
        return f"is promised for {show_day(row.promised_by)}, needed by {show_day(row.needed_by)}"
    return ""


def duplicates(board: Board) -> Iterator[Finding]:
    """Proposals of different products that say nearly the same, each pair once."""
    told: set[frozenset[UUID]] = set()
    names = {product.pk: product.name for product in board.products}
    for proposal in board.proposals.values():
        others = [
            (other.id, other.title)
            for other in board.proposals.values()
            if other.product != proposal.product
        ]
        for likeness in most_alike(proposal.title, others):
            pair = frozenset({proposal.id, likeness.key})
            if pair in told:
                continue
            told.add(pair)
            other = board.proposals[likeness.key]
            yield Finding(
                Kind.DUPLICATE,
                f"{names[proposal.product]} and {names[other.product]} want nearly the same",
                [proof_of(proposal, names), proof_of(other, names)],
                proposals=pair,
                weight=likeness.ratio,
            )


def proof_of(proposal: Proposal, names: dict[UUID, str]) -> Proof:
    return Proof(OBJECTIVE, proposal.id, proposal.title, names[proposal.product])


def overload(board: Board) -> Iterator[Finding]:
    """Units that carry more objectives in the cycle than the limits allow."""
    planning = board.planning
    cycle, portfolio = planning.cycle, planning.portfolio
    places = [
        Place(cycle.pk, TierKind.PRODUCT, product.pk, product.name, cycle.name)
        for product in board.products
    ]
    places.append(Place(cycle.pk, TierKind.PORTFOLIO, portfolio.pk, portfolio.name, cycle.name))
    allowed = present_limits()
    carried = loads_of(places)
    for place in places:
        found = check_load(place, carried[place], allowed, stage=Stage.DRAFTING)
        for finding in found:
            if finding.is_above:
                own = rows_of(board, place)
                yield Finding(
                    Kind.OVERLOAD,
                    finding.reason,
                    [Proof(OBJECTIVE, row.id, row.title) for row in own],
                    goals=frozenset(row.id for row in own if isinstance(row, Goal)),
                    proposals=frozenset(row.id for row in own if isinstance(row, Proposal)),
                    weight=finding.count - finding.allowed.most,
                )


def rows_of(board: Board, place: Place) -> list[Goal | Proposal]:
    if place.kind == TierKind.PORTFOLIO:
        return list(board.goals)
    return [row for row in board.proposals.values() if row.product == place.unit]


def aspirations(board: Board) -> Iterator[Finding]:
    for goal in board.goals:
        if not goal.is_backed:
            yield Finding(
                Kind.ASPIRATION,
                f"“{goal.title}” is an aspiration",
                [Proof(OBJECTIVE, goal.id, goal.title, "no commitment stands behind it")],
                goals=frozenset({goal.id}),
            )


def cadence_mismatches(board: Board) -> Iterator[Finding]:
    """Products that serve a goal but check in more rarely than the portfolio is reviewed."""
    serving: dict[UUID, dict[UUID, Proposal]] = {}
    for (_, product), offers in board.offers.items():
        serving.setdefault(product, {}).update({o.proposal.id: o.proposal for o in offers})
    names = {product.pk: product.name for product in board.products}
    portfolio = board.planning.portfolio_id
    held = read_cadences(portfolios={portfolio}, products=serving.keys(), teams=())
    reviewed = held.portfolios[portfolio].cadence
    for product, effective in held.products.items():
        if RHYTHM.index(effective.cadence) > RHYTHM.index(reviewed):
            yield Finding(
                Kind.CADENCE,
                f"{names[product]} checks in {effective.cadence.value}, the portfolio is reviewed "
                f"{reviewed.value}",
                [proof_of(proposal, names) for proposal in serving[product].values()],
                proposals=frozenset(serving[product]),
            )
