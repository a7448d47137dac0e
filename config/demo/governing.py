"""What was decided, feared, noticed outside and talked about in the running quarter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from accounts.access import Access, access_of
from config.demo.book import Book
from config.demo.clock import clock_at
from governance.actions.comments import add_comment
from governance.actions.decisions import propose_decision, record_decision
from governance.actions.risks import move_risk, raise_risk
from governance.actions.signals import assess_signal, file_signal
from governance.choices import Assessment, DecisionKind, Impact, Likelihood, RiskResponse, RiskState
from governance.models import Comment
from governance.queries.records import Record


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A decision, `days` ago; without an outcome it is still open."""

    days: int
    by: str
    title: str
    kind: DecisionKind
    touches: tuple[str, ...]
    context: str
    options: str = ""
    outcome: str = ""
    consequences: str = ""
    review_in: int | None = None


@dataclass(frozen=True, kw_only=True)
class Feared:
    days: int
    owner: str
    about: str
    title: str
    likelihood: Likelihood
    impact: Impact
    response: RiskResponse
    response_text: str
    due_in: int
    became: RiskState = RiskState.OPEN
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Noticed:
    """Something outside, `days` ago, noted a day later; `judged` is by the lead named."""

    days: int
    by: str
    title: str
    kind: str
    source: str
    touches: tuple[str, ...]
    judged: Assessment | None = None
    judge: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A comment, `days` ago; `answers` is the place in the list of what it answers."""

    days: int
    by: str
    about: str
    text: str
    answers: int | None = None


DECISIONS = (
    Decided(
        days=38, by="Kofi Mensah", title="Instant payouts cost one percent, at most two euros",
        kind=DecisionKind.PRICING, touches=("Payments",),
        context="Pilot shops call the fee of 1.5 percent the reason to wait for the next morning.",
        options="Keep 1.5 percent\nOne percent with a ceiling\nFree above a monthly volume",
        outcome="One percent, at most two euros a payout, from the first of next month.",
        consequences="About €40,000 less a month until volume doubles.", review_in=30,
    ),
    Decided(
        days=31, by="Hanna Brandt", title="Two carriers for the peak weeks instead of four",
        kind=DecisionKind.SCOPE, touches=("Shipping", "Parcels arrive when we said they would"),
        context="Four integrations at once left none of them finished last year.",
        outcome="Only the two carriers with the most parcels; the others after the peak.",
        consequences="Shops in three regions keep their present carrier until February.",
        review_in=80,
    ),
    Decided(
        days=20, by="Ines Carvalho", title="Two people of Loyalty help the checkout until January",
        kind=DecisionKind.REALLOCATION, touches=("Loyalty", "Halden Store"),
        context="The checkout is behind its pace, and stamps wait for the pilot's data anyway.",
        outcome="Two engineers move to Checkout until the second week of January.",
        consequences="Stamps given twice by mistake are looked at later.", review_in=50,
    ),
    Decided(
        days=6, by="Priya Raman", title="Show delivery days before the basket",
        kind=DecisionKind.SCOPE, touches=("Buyers finish what they began",),
        context="One in five buyers leaves when the delivery day appears after the address.",
        options="On the product page\nIn the basket\nOnly for express",
    ),
)  # fmt: skip
RISKS = (
    Feared(
        days=40, owner="Ewan McRae", about="Other products can rely on our stock",
        title="The supplier of the stock scanners delivers late again",
        likelihood=Likelihood.LIKELY, impact=Impact.MAJOR, response=RiskResponse.REDUCE,
        response_text="Rent forty scanners of the old model for December.", due_in=9,
        became=RiskState.OCCURRED, why="The shipment moved to January.",
    ),
    Feared(
        days=33, owner="Chloé Martin", about="Payments",
        title="The acquirer raises its fees in January",
        likelihood=Likelihood.POSSIBLE, impact=Impact.MAJOR, response=RiskResponse.TRANSFER,
        response_text="Ask two other acquirers for an offer and hold the contract open.",
        due_in=20,
    ),
    Feared(
        days=27, owner="Ines Carvalho", about="Commerce",
        title="Platform is wanted by four products in the same month",
        likelihood=Likelihood.NEARLY_CERTAIN, impact=Impact.MODERATE,
        response=RiskResponse.AVOID,
        response_text="Settle the order in the planning round, before anybody promises a day.",
        due_in=14,
    ),
    Feared(
        days=25, owner="Luca Ferri", about="The till never stops the queue",
        title="First-series terminals lose their certificate",
        likelihood=Likelihood.UNLIKELY, impact=Impact.SEVERE, response=RiskResponse.REDUCE,
        response_text="Renew the certificate a month early.", due_in=25,
        became=RiskState.MITIGATED, why="The new certificate is on 95 percent of the terminals.",
    ),
    Feared(
        days=12, owner="Mateusz Nowak", about="Owners trust what the forecast says",
        title="Banks close the old interface before the new one works",
        likelihood=Likelihood.POSSIBLE, impact=Impact.MODERATE, response=RiskResponse.ACCEPT,
        response_text="Three small banks; their shops would upload a file for a month.",
        due_in=40,
    ),
)  # fmt: skip
SIGNALS = (
    Noticed(
        days=35, by="Aoife Byrne", title="The largest marketplace wants delivery within two days",
        kind="market", source="Letter to sellers",
        touches=("One catalogue sells on every channel", "Shipping"),
        judged=Assessment.STRATEGY, judge="Ines Carvalho",
        note="Listing everywhere is worth little for shops that cannot deliver in two days.",
    ),
    Noticed(
        days=24, by="Dmitri Volkov", title="Draft rules on credit for sole traders",
        kind="regulation", source="Gazette, consultation 14/2026",
        touches=("Small shops get credit when they need it",),
        judged=Assessment.WATCH, judge="Kofi Mensah", note="In force in two years at the earliest.",
    ),
    Noticed(
        days=15, by="Jonas Vik", title="A rival gives loyalty cards away for a year",
        kind="competitor", source="Their price list",
        touches=("Customers come back to small shops", "Loyalty"),
    ),
    Noticed(
        days=9, by="Leila Haddad", title="Fuel surcharge of eight percent from January",
        kind="market", source="Two carriers, by mail",
        touches=("Each order costs less to run",),
        judged=Assessment.NO_CHANGE, judge="Hanna Brandt", note="It was in the plan with ten.",
    ),
)  # fmt: skip
TALK = (
    Said(days=8, by="Priya Raman", about="Buyers finish what they began",
         text="The test with delivery days in the basket is up by four points in the first week."),
    Said(days=7, by="Ines Carvalho", about="Buyers finish what they began", answers=0,
         text="Good, @Priya Raman. How many buyers is that? Let us wait for two weekends."),
    Said(days=7, by="Priya Raman", about="Buyers finish what they began", answers=0,
         text="About 9,000 so far. Two weekends it is."),
    Said(days=3, by="Luca Ferri", about="The till never stops the queue",
         text="Both incidents of this month came from printers. We take them into the checklist."),
    Said(days=2, by="Jonas Vik", about="Customers come back to their shop within a month",
         text="We would hand in a second goal next week, once the pilot's numbers are in."),
)  # fmt: skip


def govern(book: Book) -> None:
    """The records of the running quarter, each at its day and by its people."""
    for decided in DECISIONS:
        decide(book, decided)
    for feared in RISKS:
        fear(book, feared)
    for noticed in SIGNALS:
        notice(book, noticed)
    talk(book)


def speaking(book: Book, name: str) -> Access:
    return access_of(book.members[name])


def records(book: Book, names: Sequence[str]) -> list[Record]:
    return [book.units.get(name) or book.objectives[name] for name in names]


def day_in(book: Book, days: int) -> date:
    return book.now.astimezone(book.zone).date() + timedelta(days=days)


def decide(book: Book, told: Decided) -> None:
    access, touches = speaking(book, told.by), records(book, told.touches)
    fields: dict[str, Any] = {
        "title": told.title,
        "kind": told.kind,
        "context": told.context,
        "options": told.options,
        "consequences": told.consequences,
        "review_on": None if told.review_in is None else day_in(book, told.review_in),
    }
    with clock_at(book.now - timedelta(days=told.days)):
        if told.outcome:
            record_decision(access, touches=touches, outcome=told.outcome, **fields)
        else:
            propose_decision(access, touches=touches, **fields)


def fear(book: Book, told: Feared) -> None:
    access = speaking(book, told.owner)
    [about] = records(book, [told.about])
    with clock_at(book.now - timedelta(days=told.days)):
        risk = raise_risk(
            access,
            about,
            title=told.title,
            likelihood=told.likelihood,
            impact=told.impact,
            response=told.response,
            response_text=told.response_text,
            due_on=day_in(book, told.due_in),
        )
    if told.became != RiskState.OPEN:
        with clock_at(book.now - timedelta(days=told.days // 3)):
            move_risk(access, risk, to=told.became, reason=told.why, expected_version=None)


def notice(book: Book, told: Noticed) -> None:
    happened = book.now - timedelta(days=told.days)
    with clock_at(happened + timedelta(days=1)):
        signal = file_signal(
            speaking(book, told.by),
            touches=records(book, told.touches),
            title=told.title,
            kind=told.kind,
            source=told.source,
            happened_on=day_in(book, -told.days),
        )
    if told.judged:
        with clock_at(happened + timedelta(days=4)):
            assess_signal(
                speaking(book, told.judge),
                signal,
                assessment=told.judged,
                note=told.note,
                expected_version=None,
            )


def talk(book: Book) -> None:
    said: list[Comment] = []
    for told in TALK:
        with clock_at(book.now - timedelta(days=told.days)):
            parent = None if told.answers is None else said[told.answers]
            access = speaking(book, told.by)
            [about] = records(book, [told.about])
            said.append(add_comment(access, about, text=told.text, parent=parent).comment)
