"""What the frame around every page tells, and what it costs."""

from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts import health
from accounts.fields import new_id
from accounts.frame import frame_of, read_frame
from accounts.models import Heartbeat, Member
from accounts.principal import OrganizationChoice
from accounts.tenancy import tenant
from portfolio.models import Portfolio
from tests.factories.accounts import MemberFactory, NotificationFactory
from tests.personas import World, make_world


def test_a_person_finds_their_organisations_by_name(in_acme: World) -> None:
    own = OrganizationChoice(in_acme.organization.pk, "acme", "Acme")
    assert read_frame(in_acme.access("lead")).organizations == [own]


def test_organisations_come_in_the_order_of_their_names(acme: World) -> None:
    worlds = [make_world(name, prefix=f"{name.lower()}-") for name in ("Zeta", "aardvark")]
    for world in worlds:
        with tenant(world.organization.pk):
            MemberFactory.create(person=acme["lead"].person)
    with tenant(acme.organization.pk):
        found = [one.name for one in read_frame(acme.access("lead")).organizations]
    assert found == ["aardvark", "Acme", "Zeta"]


def test_a_worker_was_seen_when_its_sign_of_life_says(in_acme: World) -> None:
    health.note_sign_of_life(health.SYNCS)
    seen = read_frame(in_acme.access("lead")).signs_of_life
    assert seen == {health.SYNCS: Heartbeat.objects.get().at}


def test_nobody_was_seen_before_the_first_sign_of_life(in_acme: World) -> None:
    assert read_frame(in_acme.access("lead")).signs_of_life == {}


def test_what_others_have_not_read_is_not_counted(in_acme: World) -> None:
    NotificationFactory.create(member=in_acme["lead"])
    NotificationFactory.create(member=in_acme["viewer"])
    NotificationFactory.create(member=in_acme["viewer"], read_at=timezone.now())
    assert read_frame(in_acme.access("viewer")).unread == 1


def test_of_what_is_unread_only_that_is_hidden_which_speaks_of_hidden_units(
    in_acme: World,
) -> None:
    portfolio, bystander = Portfolio.objects.get(), in_acme["bystander"]
    Portfolio.objects.update(is_private=True)
    for units in ([portfolio.pk], [new_id()], [], [new_id(), portfolio.pk]):
        NotificationFactory.create(member=bystander, units=units)
    assert read_frame(in_acme.access("bystander")).unread == 2


def test_a_script_has_no_organisations_to_switch_to(in_acme: World) -> None:
    script: Member = MemberFactory.create(person=None, name="Nightly export")
    in_acme.members["script"] = script
    assert read_frame(in_acme.access("script")).organizations == []


@pytest.mark.parametrize("persona", ["lead", "bystander"])
def test_the_frame_is_read_at_once_and_once_a_request(
    persona: str, in_acme: World, django_assert_num_queries: Any
) -> None:
    Portfolio.objects.update(is_private=True)
    request: Any = RequestFactory().get("/")
    request.access = in_acme.access(persona)
    with django_assert_num_queries(1):
        assert frame_of(request) is frame_of(request)
