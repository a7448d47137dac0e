"""The company: its people, its map, and what it measures."""

from datetime import timedelta
from decimal import Decimal

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from accounts.access import access_of
from accounts.actions import create_organization
from accounts.choices import UnitRole
from accounts.models import Member, Organization, Person
from config.demo.agreements import METRICS
from config.demo.book import Book, Unit
from config.demo.places import (
    CAST,
    ORGANIZATION,
    PASSWORD,
    PEOPLE,
    PORTFOLIOS,
    PRODUCTS,
    RELATIONS,
    STREAMS,
    TEAMS,
)
from config.demo.shapes import Crew, Place, Someone
from portfolio.choices import Dimension, TeamTie
from portfolio.models import (
    MeasureUnit,
    Metric,
    Portfolio,
    Product,
    ProductPlacement,
    ProductRelation,
    ProductStance,
    RoleAssignment,
    Team,
    TeamCapacity,
    TeamMember,
    TeamProduct,
    Theme,
    ValueStream,
)

TIME_ZONE = "Europe/Amsterdam"
SLUG = slugify(ORGANIZATION)
FOUNDED = timedelta(days=900)
# From then on, people joined for so long.
HIRING = timedelta(days=450)
WEEKS_A_MONTH = 4
MEASURES = (
    ("shops", "", Dimension.COUNT, 0, ""),
    ("minutes", "min", Dimension.DURATION, 1, ""),
    ("hours", "h", Dimension.DURATION, 1, ""),
    ("seconds", "s", Dimension.DURATION, 1, ""),
    ("EUR an order", "EUR", Dimension.MONEY, 2, "EUR"),
)
FACTORS = {"seconds": "1", "minutes": "60", "hours": "3600", "days": "86400"}
# Teams that report at another rhythm than their product.
CADENCES = {"Checkout": "weekly", "Storefront": "weekly", "Platform": "weekly"}
# What portfolios and products say about the cadence of those below them.
RULES = {"Operations": ("biweekly", "forced"), "Payments": ("weekly", "suggested")}
EARLIER_STAGES = {
    "Halden Store": ("growth", "grow", "Every second new shop chose us."),
    "Point of Sale": ("growth", "grow", "Rolled out in eleven countries."),
    "EDI Gateway": ("maturity", "maintain", "Still 400 suppliers."),
    "Payments": ("introduction", "grow", "First thousand shops."),
    "Invoicing": ("maturity", "sustain", "The last year with a team of its own."),
}


def address_of(name: str) -> str:
    return f"{slugify(name).replace('-', '.')}@halden.example"


def found_company(today_starts: int) -> Organization:
    """The people, with confirmed addresses, and their organisation.

    `today_starts` is the first month of the fiscal year.
    """
    secret = make_password(PASSWORD)
    people = Person.objects.bulk_create(
        Person(email=address_of(p.name), name=p.name, password=secret) for p in PEOPLE
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True)
        for person in people
    )
    return create_organization(
        people[0],
        name=ORGANIZATION,
        slug=SLUG,
        time_zone=TIME_ZONE,
        currency="EUR",
        fiscal_year_start=today_starts,
        behind_after=5,
    )


def open_book(organization: Organization, **of: object) -> Book:
    """A book with every person as a member; the first one is the administrator."""
    people = {person.name: person for person in Person.objects.filter(email__in=addresses())}
    admin = Member.objects.select_related("organization").get()
    members = Member.objects.bulk_create(
        Member(person=people[p.name], name=p.name, role=p.role, money=p.money) for p in PEOPLE[1:]
    )
    book = Book(organization, admin=access_of(admin), **of)  # type: ignore[arg-type]
    for number, member in enumerate([admin, *members]):
        member.joined_at = book.now - FOUNDED + timedelta(days=number * 37 % HIRING.days)
    Member.objects.bulk_update([admin, *members], ["joined_at"])
    book.members = {member.name: member for member in [admin, *members]}
    return book


def addresses() -> list[str]:
    return [address_of(someone.name) for someone in PEOPLE]


def draw_map(book: Book) -> None:
    measures(book)
    for name, (lead, about) in STREAMS.items():
        book.streams[name] = ValueStream.objects.create(
            name=name, slug=slugify(name), description=about, lead=book.members[lead]
        )
    for name in PORTFOLIOS:
        add_portfolio(book, name)
    for place in PRODUCTS:
        add_product(book, place)
    for crew in TEAMS:
        add_team(book, crew)
    for one, other, kind in RELATIONS:
        ProductRelation.objects.create(
            product=book.products[one], other=book.products[other], kind=kind
        )
    staff_teams(book)
    grant_roles(book)
    lasting_metrics(book)


def measures(book: Book) -> None:
    for name, symbol, dimension, decimals, currency in MEASURES:
        MeasureUnit.objects.create(
            name=name, symbol=symbol, dimension=dimension, decimals=decimals, currency=currency
        )
    for name, factor in FACTORS.items():
        MeasureUnit.objects.filter(name=name).update(factor=Decimal(factor))
    book.measures = {unit.name: unit for unit in MeasureUnit.objects.all()}


def add_portfolio(book: Book, name: str) -> None:
    _, about, themes = PORTFOLIOS[name]
    portfolio = Portfolio.objects.create(
        name=name, slug=slugify(name), description=about, **cadence_of(name)
    )
    book.portfolios[name] = portfolio
    for theme in themes:
        book.themes[theme] = Theme.objects.create(
            portfolio=portfolio,
            name=theme,
            starts_on=book.year.starts_on,
            ends_on=book.year.ends_on,
        )


def cadence_of(name: str) -> dict[str, str]:
    if name not in RULES:
        return {}
    cadence, rule = RULES[name]
    return {"cadence": cadence, "cadence_rule": rule}


def add_product(book: Book, place: Place) -> None:
    product = Product.objects.create(
        name=place.name,
        slug=slugify(place.name),
        description=place.about,
        value_stream=book.streams[place.stream],
        lifecycle_stage=place.stage,
        market_position=place.position,
        customer_segment=place.segment,
        posture=place.posture,
        lead=book.members[place.lead],
        **cadence_of(place.name),
    )
    book.products[place.name] = product
    ProductPlacement.objects.create(
        product=product,
        portfolio=book.portfolios[place.portfolio],
        is_home=True,
        from_date=book.year.starts_on - FOUNDED,
    )
    note_stances(book, product)


def note_stances(book: Book, product: Product) -> None:
    steps = [(product.lifecycle_stage, product.posture, "", book.year.starts_on)]
    if product.name in EARLIER_STAGES:
        stage, posture, note = EARLIER_STAGES[product.name]
        steps.insert(0, (stage, posture, note, book.year.starts_on - FOUNDED))
    ProductStance.objects.bulk_create(
        ProductStance(
            product=product,
            lifecycle_stage=stage,
            posture=posture,
            note=note,
            from_date=day,
            recorded_by=product.lead,
        )
        for stage, posture, note, day in steps
    )


def add_team(book: Book, crew: Crew) -> None:
    team = Team.objects.create(
        name=crew.name,
        slug=slugify(crew.name),
        lead=book.members[crew.lead],
        capacity=crew.weeks,
        cadence=CADENCES.get(crew.name, "biweekly" if crew.shared else ""),
    )
    book.teams[crew.name] = team
    share = (Decimal(1) / len(crew.products)).quantize(Decimal("0.01"))
    for number, product in enumerate(crew.products):
        TeamProduct.objects.create(
            team=team,
            product=book.products[product],
            tie=TeamTie.OWNED if number == 0 and not crew.shared else TeamTie.SHARED,
            share=share if crew.shared else Decimal(1) if number == 0 else Decimal("0.3"),
            from_date=book.year.starts_on - FOUNDED,
        )
    if book.random("capacity", crew.name).random() < 0.3:
        last = book.quarters[2].ends_on.replace(day=1)
        weeks = Decimal(crew.weeks) * Decimal("0.6")
        TeamCapacity.objects.create(team=team, month=last, people_weeks=weeks)


def staff_teams(book: Book) -> None:
    """Each team's lead, and as many others as its capacity says; a few work half in two teams."""
    leads = {crew.lead for crew in TEAMS}
    steering = {place.lead for place in PRODUCTS} | {lead for lead, _, _ in PORTFOLIOS.values()}
    played = {name for name, _ in CAST}
    free = iter(p.name for p in PEOPLE if p.name not in leads | steering | played)
    halved = ""
    rows = []
    for crew in TEAMS:
        rows.append(membership(book, crew, crew.lead))
        others, left = divmod(crew.weeks - WEEKS_A_MONTH, WEEKS_A_MONTH)
        rows += [membership(book, crew, next(free)) for _ in range(others)]
        if left:
            name = halved or next(free)
            rows.append(membership(book, crew, name, share=Decimal(left) / WEEKS_A_MONTH))
            halved = "" if halved else name
    TeamMember.objects.bulk_create(rows)


def membership(book: Book, crew: Crew, name: str, share: Decimal = Decimal(1)) -> TeamMember:
    return TeamMember(
        team=book.teams[crew.name],
        member=book.members[name],
        share=share,
        from_date=book.year.starts_on - timedelta(days=200),
    )


def grant_roles(book: Book) -> None:
    begin = book.year.starts_on - timedelta(days=200)

    def role(name: str, role: str, **unit: Unit) -> RoleAssignment:
        return RoleAssignment(member=book.members[name], role=role, from_date=begin, **unit)

    rows = [
        *(role(lead, UnitRole.LEAD, portfolio=book.portfolios[name])
          for name, (lead, _, _) in PORTFOLIOS.items()),
        *(role(place.lead, UnitRole.LEAD, product=book.products[place.name]) for place in PRODUCTS),
        *(role(crew.lead, UnitRole.LEAD, team=book.teams[crew.name]) for crew in TEAMS),
        *(role("Victoria Hale", UnitRole.VIEWER, portfolio=book.portfolios[name])
          for name in PORTFOLIOS),
    ]  # fmt: skip
    leads = {(crew.name, crew.lead) for crew in TEAMS}
    rows += [
        role(link.member.name, UnitRole.CONTRIBUTOR, team=link.team)
        for link in TeamMember.objects.select_related("team", "member")
        if (link.team.name, link.member.name) not in leads
    ]
    RoleAssignment.objects.bulk_create(rows)


def lasting_metrics(book: Book) -> None:
    """Series that no key result reads: the numbers that a company watches anyway."""
    for name, unit, product, _, _ in METRICS:
        book.metrics[name] = Metric.objects.create(
            name=name,
            unit=book.measures[unit],
            product=book.products[product] if product else None,
        )


def cast_table() -> list[tuple[Someone, str]]:
    by_name = {someone.name: someone for someone in PEOPLE}
    return [(by_name[name], part) for name, part in CAST]
