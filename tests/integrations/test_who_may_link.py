"""What pages offer on links is what the member may do there."""

import pytest
from django.test import Client

from accounts.choices import UnitRole
from accounts.permissions import Permission
from integrations.models import Link, Source
from integrations.queries.links import writable_initiatives, writable_key_results
from okrs.actions.initiatives import units_of
from okrs.actions.rights import may_on_key_result
from okrs.models import Initiative, KeyResult, Objective, ObjectiveCoOwner
from portfolio.models import RoleAssignment
from tests.factories.okrs import InitiativeFactory, KeyResultFactory
from tests.factories.portfolio import PortfolioFactory, ProductFactory
from tests.integrations.conftest import Portal
from tests.integrations.items import address
from tests.personas import World

WRITE = Permission.OKR_WRITE
PERSONAS = ["admin", "facilitator", "lead", "contributor", "viewer", "bystander"]


@pytest.fixture
def elsewhere(portal: Portal) -> Client:
    """The bystander, who leads another portfolio."""
    world = portal.world
    other = PortfolioFactory.create(name="Next door", slug="next-door")
    RoleAssignment.objects.create(member=world["bystander"], role=UnitRole.LEAD, portfolio=other)
    return world.client("bystander")


@pytest.fixture
def moved(portal: Portal, source: Source) -> list[Link]:
    """A link of a key result, and one of an initiative, of the world's product."""
    work = InitiativeFactory.create(product=portal.world.product)
    return [
        Link.objects.create(source=source, key_result=portal.key_result("Checkout")),
        Link.objects.create(source=source, initiative=work),
    ]


def offered(client: Client, source: Source, moved: list[Link]) -> set[str]:
    """Which pages of the links the page of their source leads to."""
    page = client.get(address("source", source.pk)).content.decode()
    pages = ("link-history", "edit-link", "unlink")
    return {name for name in pages for link in moved if address(name, link.pk) in page}


def test_who_may_change_no_goal_of_a_source_is_shown_the_course_of_its_links_only(
    elsewhere: Client, source: Source, moved: list[Link]
) -> None:
    assert offered(elsewhere, source, moved) == {"link-history"}


@pytest.mark.parametrize("index", [0, 1], ids=["key result", "initiative"])
def test_who_may_change_the_goal_is_offered_to_change_its_link(
    portal: Portal, source: Source, moved: list[Link], index: int
) -> None:
    contributor = portal.world.client("contributor")
    assert offered(contributor, source, [moved[index]]) == {"link-history", "edit-link", "unlink"}


def mixed_goals(world: World, portal: Portal) -> None:
    """Key results of several units, owners and co-owners."""
    near, _, shared, owned_above, owned = (
        portal.key_result(name) for name in ("Near", "Far", "Shared", "Owned above", "Owned")
    )
    Objective.objects.update(owner=world["admin"])
    goals = Objective.objects.exclude(pk=near.objective_id)
    goals.update(product=ProductFactory.create(name="Far", slug="far"))
    ObjectiveCoOwner.objects.create(objective=shared.objective, product=world.product)
    goals.filter(pk=owned_above.objective_id).update(owner=world["contributor"])
    KeyResult.objects.filter(pk=owned.pk).update(owner=world["contributor"])


@pytest.mark.parametrize("persona", PERSONAS)
def test_many_key_results_are_judged_as_each_by_itself(portal: Portal, persona: str) -> None:
    mixed_goals(portal.world, portal)
    access = portal.world.access(persona)
    writable = [row for row in KeyResult.objects.all() if may_on_key_result(access, WRITE, row)]
    assert set(writable_key_results(access)) == set(writable)


@pytest.mark.parametrize("persona", PERSONAS)
def test_many_initiatives_are_judged_as_each_by_itself(portal: Portal, persona: str) -> None:
    InitiativeFactory.create(product=portal.world.product)
    InitiativeFactory.create(team=portal.world.team)
    InitiativeFactory.create()
    access = portal.world.access(persona)
    writable = [row for row in Initiative.objects.all() if access.allows_on(WRITE, units_of(row))]
    assert set(writable_initiatives(access)) == set(writable)


@pytest.mark.parametrize(("kind", "page"), [("initiatives", "/drive/"), ("key-results", "/link/")])
def test_gaps_that_the_member_may_not_fill_have_no_button(
    portal: Portal, elsewhere: Client, kind: str, page: str
) -> None:
    InitiativeFactory.create(product=portal.world.product)
    KeyResultFactory.create(objective=portal.key_result("Checkout").objective)
    Objective.objects.update(state="committed")
    asked = f"{address('gaps')}?list={kind}"
    shown = [client.get(asked) for client in (elsewhere, portal.world.client("contributor"))]
    assert [page in answer.content.decode() for answer in shown] == [False, True]
