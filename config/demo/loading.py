"""Loading the whole story, once, as the role that may say when things became known."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db import connection, connections, transaction
from django.utils import timezone

from accounts.models import Organization
from accounts.tenancy import tenant
from config.demo import (
    company,
    delivering,
    governing,
    learning,
    planning,
    promising,
    reviewing,
    setting,
    trackers,
)
from config.demo.book import Book
from config.demo.calendar import CURRENT, fiscal_year
from config.demo.clock import clock_at
from config.demo.goals import QUARTERS
from config.demo.rhythm import put_off
from config.demo.telling import Tale
from okrs.actions.ancestors import recompute_ancestors
from okrs.actions.commitments import settle_commitments
from okrs.actions.cycles import judge_key_result, move_cycle
from okrs.actions.daily import recompute_everything, verify_scores
from okrs.actions.objectives import assess_objective
from okrs.actions.recompute import recompute_key_results, recompute_objectives
from okrs.models import Contribution, Cycle, KeyResult, Objective

SEED = 2026
# A quarter is closed this long after its last day.
CLOSED_AFTER = timedelta(days=4)
CORRECTED_AFTER = timedelta(days=13)
REVIEWED_AFTER = timedelta(days=6)


class Drift(Exception):
    """The story and the product's own arithmetic disagree."""


@contextmanager
def owner_role() -> Iterator[None]:
    """The default connection with the owner's credentials, until the end of the block."""
    settings, owner = connections["default"].settings_dict, connections["owner"].settings_dict
    usual = {name: settings[name] for name in ("USER", "PASSWORD")}
    connections["default"].close()
    settings.update({name: owner[name] for name in usual})
    try:
        yield
    finally:
        connections["default"].close()
        settings.update(usual)


def load(*, addresses: Mapping[str, str], seed: int = SEED) -> bool:
    """Load the demo, unless it is there already; whether it was loaded.

    `addresses` are the stand-ins' by name; without one, what it would move is read by hand.
    Raises `TrackerUnreachable`, `Drift`.
    """
    with owner_role(), transaction.atomic():
        present = Organization.objects.filter(slug=company.SLUG).first()
        if present is not None:
            with tenant(present.pk):
                trackers.move_trackers(addresses)
                delivering.move_pulls(addresses)
            return False
        tell_the_story(timezone.now(), seed, addresses)
        refresh_statistics()
    return True


def refresh_statistics() -> None:
    """Tell the planner what is in the tables that were just filled."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def tell_the_story(now: datetime, seed: int, addresses: Mapping[str, str]) -> None:
    year, _ = fiscal_year(now.date())
    with clock_at(now - timedelta(days=400)):
        organization = company.found_company(year.starts_on.month)
        bound = tenant(organization.pk)
        with bound:
            book = company.open_book(organization, seed=seed, now=now)
            company.draw_map(book)
    with tenant(organization.pk, actor_id=book.admin.member.pk, request_id="demo"):
        cycles = setting.make_cycles(book)
        promising.watch_the_company(book)
        for number, cycle in enumerate(cycles[:CURRENT]):
            tell_closed_quarter(book, cycle, number)
        with clock_at(setting.moment(book, cycles[CURRENT - 1].ends_on + REVIEWED_AFTER, 14)):
            reviewing.hold_review(book, cycles[CURRENT - 1])
        tell_this_quarter(book, cycles[CURRENT], addresses)
        planning.plan_ahead(book, cycles[CURRENT + 1])
        governing.govern(book)
        reviewing.plan_review(book, cycles[CURRENT])
        reviewing.write_updates(book)
        drifted = verify_scores()
        if drifted:
            raise Drift(f"{drifted} scores differ from their logs")


def tell_closed_quarter(book: Book, cycle: Cycle, number: int) -> None:
    """A quarter to its end, closed by the product a few days later."""
    with clock_at(setting.moment(book, cycle.starts_on - timedelta(days=20))):
        texts = setting.set_goals(book, cycle, QUARTERS[number])
    end = datetime.combine(cycle.ends_on, time(17, 30), book.zone)
    tale = Tale(book, cycle, texts, until=end)
    with clock_at(end):
        tale.tell()
    with clock_at(end + CLOSED_AFTER) as moment:
        close(book, cycle, moment)
    tale.roll_up_units()
    if number == CURRENT - 1:
        with clock_at(end + CORRECTED_AFTER):
            learning.look_back(book, cycle)
            learning.correct(book, cycle)


def close(book: Book, cycle: Cycle, moment: datetime) -> None:
    ids = KeyResult.objects.filter(objective__cycle=cycle).values_list("id", flat=True)
    touched = recompute_key_results(list(ids), cause="close", now=moment)
    for rank in (3, 2, 1):
        tier = Objective.objects.filter(pk__in=touched, tier__rank=rank)
        recompute_objectives(list(tier.values_list("id", flat=True)), cause="close", now=moment)
    move_cycle(book.admin, cycle, to="closing", expected_version=None)
    judge(book, cycle)
    move_cycle(book.admin, cycle, to="closed", expected_version=None)


def judge(book: Book, cycle: Cycle) -> None:
    """What people said at the close: one silent result scored, one objective judged apart."""
    silent = KeyResult.objects.filter(objective__cycle=cycle, score=None)
    for key_result in silent:
        judge_key_result(book.admin, key_result, final_score=Decimal("0.30"))
    weakest = (
        Objective.objects.filter(cycle=cycle, product__isnull=False, score__isnull=False)
        .order_by("score")
        .first()
    )
    if weakest is not None:
        assess_objective(
            book.admin,
            weakest,
            score=Decimal("0.50"),
            assessment="The number is right and unfair: the team lost five weeks to the incident, "
            "and what they built since then works.",
        )


def tell_this_quarter(book: Book, cycle: Cycle, addresses: Mapping[str, str]) -> None:
    goals = QUARTERS[CURRENT]
    begin = setting.moment(book, cycle.starts_on, 0)
    sources = trackers.follow_trackers(book, addresses, trackers.projects(goals))
    refresh_statistics()
    goals_now, shares = trackers.with_true_starts(book, goals, sources, begin)
    with clock_at(setting.moment(book, cycle.starts_on - timedelta(days=20))):
        texts = setting.set_goals(book, cycle, goals_now)
        setting.add_contributions(book)
    tale = Tale(book, cycle, texts, until=book.now, synced=trackers.by_key_result(texts, shares))
    tale.tell()
    with clock_at(begin):
        promising.plan_work(book, cycle)
        promising.give_money(book)
    promising.ask_for_help(book)
    trackers.link_up(book, texts, sources)
    delivering.deliver(book, texts, addresses)
    promising.tie_together(book)
    settle_commitments()
    recompute_everything(cause="load")
    put_off(book)
    children = Contribution.objects.values_list("child_id", flat=True)
    recompute_ancestors(list(children), [])
    tale.roll_up_units()
