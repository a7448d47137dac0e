"""Initiatives, dependencies, money, and the series that a company watches anyway."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from config.demo.agreements import (
    BUDGETS,
    CO_OWNERS,
    DEPENDENCIES,
    INITIATIVES,
    METRICS,
    OVERRIDES,
    SHARED,
    SUPPORTS,
)
from config.demo.book import Book
from config.demo.shapes import Promise, Purse, Work
from funding.choices import EntryKind
from funding.models import Budget, LedgerEntry
from okrs.actions.alignments import propose_support
from okrs.actions.key_results import set_override, share_key_result
from okrs.actions.objectives import add_co_owner
from okrs.choices import DependencyState
from okrs.models import (
    Cycle,
    Dependency,
    DependencyMove,
    Initiative,
    InitiativeKeyResult,
    KeyResult,
)
from portfolio.models import MetricValue, Product

D = DependencyState
WAYS = {
    D.ASKED: [D.ASKED],
    D.ACCEPTED: [D.ASKED, D.ACCEPTED],
    D.COUNTERED: [D.ASKED, D.COUNTERED],
    D.DECLINED: [D.ASKED, D.DECLINED],
    D.DELIVERED: [D.ASKED, D.ACCEPTED, D.DELIVERED],
    D.BROKEN: [D.ASKED, D.ACCEPTED, D.BROKEN],
    D.WITHDRAWN: [D.ASKED, D.WITHDRAWN],
}


def today(book: Book) -> date:
    return book.now.astimezone(book.zone).date()


def plan_work(book: Book, cycle: Cycle) -> None:
    for work in INITIATIVES:
        book.initiatives[work.title] = initiative_of(book, cycle, work)
    InitiativeKeyResult.objects.bulk_create(
        InitiativeKeyResult(
            initiative=book.initiatives[work.title], key_result=book.key_results[title]
        )
        for work in INITIATIVES
        for title in work.drives
    )


def initiative_of(book: Book, cycle: Cycle, work: Work) -> Initiative:
    team = book.teams[work.team]
    return Initiative.objects.create(
        title=work.title,
        product=book.products[work.product],
        team=team,
        owner=team.lead or book.admin.member,
        state=work.state,
        starts_on=cycle.starts_on + timedelta(days=work.first_day),
        ends_on=cycle.starts_on + timedelta(days=work.last_day),
    )


def ask_for_help(book: Book) -> None:
    for promise in DEPENDENCIES:
        dependency = Dependency.objects.create(**terms_of(book, promise))
        note_moves(book, dependency, promise)


def terms_of(book: Book, promise: Promise) -> dict[str, Any]:
    needer = book.key_results.get(promise.needer) or book.initiatives[promise.needer]
    provider = book.units[promise.provider]
    kept_by = book.key_results.get(promise.fulfilled_by) or book.initiatives.get(
        promise.fulfilled_by
    )
    terms: dict[str, Any] = {
        "title": promise.title,
        "needer_owner": needer.owner,
        "needed_by": today(book) + timedelta(days=promise.needed_in),
        "criticality": Decimal(promise.criticality),
        "state": promise.state,
        f"needer_{kind_of(needer)}": needer,
        "provider_product" if isinstance(provider, Product) else "provider_team": provider,
    }
    if promise.weeks is not None:
        terms["people_weeks"] = Decimal(promise.weeks)
    if promise.promised_weeks is not None:
        terms["promised_weeks"] = Decimal(promise.promised_weeks)
    if promise.promised_in is not None:
        terms["promised_by"] = today(book) + timedelta(days=promise.promised_in)
    if promise.state != D.ASKED:
        terms["provider_owner"] = provider.lead  # type: ignore[union-attr]  # no portfolio
    if kept_by is not None:
        terms[f"provider_{kind_of(kept_by)}"] = kept_by
    return terms


def kind_of(row: KeyResult | Initiative) -> str:
    return "key_result" if isinstance(row, KeyResult) else "initiative"


def note_moves(book: Book, dependency: Dependency, promise: Promise) -> None:
    way = WAYS[D(promise.state)]
    for number, to in enumerate(way):
        is_last = number == len(way) - 1
        needers = to in {D.ASKED, D.WITHDRAWN}
        DependencyMove.objects.create(
            dependency=dependency,
            from_state=way[max(number - 1, 0)],
            to_state=to,
            promised_by=dependency.promised_by if number else None,
            people_weeks=dependency.people_weeks,
            promised_weeks=dependency.promised_weeks if number else None,
            note=promise.note if is_last else "",
            actor=dependency.needer_owner if needers else dependency.provider_owner,
            at=book.now - timedelta(days=26 - 9 * number, hours=3),
        )


def tie_together(book: Book) -> None:
    """Supporting links, co-owners, shared key results and values that were set aside."""
    for below, above in SUPPORTS:
        propose_support(
            book.admin, child=book.objectives[below], key_result=book.key_results[above]
        )
    for title, name in CO_OWNERS:
        add_co_owner(
            book.admin,
            book.objectives[title],
            product=book.products.get(name),
            team=book.teams.get(name),
        )
    for title, elsewhere, weight in SHARED:
        share_key_result(
            book.admin,
            book.key_results[title],
            book.objectives[elsewhere],
            weight=Decimal(weight),
        )
    for title, value, reason in OVERRIDES:
        key_result = KeyResult.objects.get(pk=book.key_results[title].pk)
        set_override(book.admin, key_result, value=Decimal(value), reason=reason)


def give_money(book: Book) -> None:
    for purse in BUDGETS:
        budget = Budget.objects.create(
            name=purse.name,
            product=book.products[purse.product] if purse.product else None,
            value_stream=book.streams[purse.stream] if purse.stream else None,
            starts_on=book.year.starts_on,
            ends_on=book.year.ends_on,
            amount=Decimal(purse.amount),
            currency=book.organization.currency,
        )
        LedgerEntry.objects.bulk_create(entries(book, budget, purse))


def entries(book: Book, budget: Budget, purse: Purse) -> list[LedgerEntry]:
    """Set aside at the start of the year, released in two parts, then spent bill by bill."""
    objective = book.objectives[purse.on] if purse.on else None
    begin = book.year.starts_on
    paid = sum(amount for amount, _ in purse.spent)
    aside = max(purse.amount * 7 // 10, paid)
    planned = [
        (EntryKind.ALLOCATION, aside, begin + timedelta(days=12), "Set aside for the year"),
        (EntryKind.RELEASE, paid * 6 // 10, begin + timedelta(days=20), "First part"),
        (EntryKind.RELEASE, paid // 2, begin + timedelta(days=110), "Second part"),
        *(
            (EntryKind.SPEND, amount, begin + timedelta(days=60 + 55 * number), note)
            for number, (amount, note) in enumerate(purse.spent)
        ),
    ]
    return [
        LedgerEntry(
            budget=budget,
            kind=kind,
            amount=Decimal(amount),
            on_date=day,
            objective=objective,
            note=note,
            actor=book.members["Ines Carvalho"],
            recorded_at=datetime.combine(day, time(16), book.zone),
        )
        for kind, amount, day, note in planned
    ]


def watch_the_company(book: Book) -> None:
    """A value a month over the last year for the series that no key result reads."""
    rows = []
    for name, _, _, before, after in METRICS:
        random, low, high = book.random("metric", name), Decimal(before), Decimal(after)
        places = Decimal(1).scaleb(low.as_tuple().exponent)  # type: ignore[arg-type]  # finite
        for month in range(13):
            at = book.now - timedelta(days=30 * (12 - month), hours=5)
            drift = Decimal(random.uniform(-0.04, 0.04)) if 0 < month < 12 else Decimal(0)
            value = low + (high - low) * (Decimal(month) / 12 + drift)
            rows.append(
                MetricValue(
                    metric=book.metrics[name],
                    value=value.quantize(places),
                    effective_at=at,
                    recorded_at=at,
                    source="file",
                    actor=book.members["Beatriz Pinto"],
                )
            )
    MetricValue.objects.bulk_create(rows)
