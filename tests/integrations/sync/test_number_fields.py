"""Number fields of a service: one that is not there is refused, or stops only what needs it."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from integrations.actions.connections import edit_connection
from integrations.actions.links import create_link, edit_link
from integrations.choices import Measure, SourceState
from integrations.models import Connection, Link, Source
from okrs.models import KeyResult
from standins.state import Tracker
from tests.integrations.conftest import Portal
from tests.integrations.items import address, text_of
from tests.integrations.sync.outcome import score_of

MISSPELT = ("story points", "customfield_404")


@pytest.fixture
def other(portal: Portal) -> KeyResult:
    return portal.key_result("Points are done")


@pytest.mark.parametrize("field", MISSPELT)
def test_a_field_that_is_not_there_stops_the_sources_that_need_it_and_no_other(
    portal: Portal,
    jira: Tracker,
    connection: Connection,
    read: Link,
    key_result: KeyResult,
    other: KeyResult,
    field: str,
) -> None:
    pay = jira.space("PAY").id
    portal.link(connection, other, pay, measure=Measure.SUM, field=field)
    jira.finish("SHOP-4")
    portal.sync(connection)
    states = dict(Source.objects.values_list("remote_id", "state"))
    assert states == {
        read.source.remote_id: SourceState.CURRENT,
        pay: SourceState.UNOBSERVED,
    }
    assert score_of(key_result) == Decimal("0.5")


@pytest.mark.parametrize("field", MISSPELT)
def test_an_estimate_field_that_is_not_there_stops_no_count_of_items(
    portal: Portal, connection: Connection, read: Link, field: str
) -> None:
    Connection.objects.update(points_fields=[field])
    portal.sync(connection)
    assert Source.objects.get(pk=read.source_id).state == SourceState.CURRENT


def test_a_link_over_a_field_that_is_not_there_is_refused_with_those_that_are(
    portal: Portal, read: Link, other: KeyResult
) -> None:
    read.source.connection.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        create_link(
            portal.world.access("admin"), read.source,
            key_result=other, measure=Measure.SUM, field="story points",
        )  # fmt: skip
    (told,) = refused.value.message_dict["field"]
    assert told.startswith("There is no number field story points. There are ")
    assert "Story Points (customfield_" in told


def test_the_form_offers_the_fields_and_refuses_others_beside_the_field(
    portal: Portal, read: Link, other: KeyResult
) -> None:
    admin = portal.world.client("admin")
    place = address("link-source", read.source_id)
    assert ">Story Points</option>" in text_of(admin.get(place))
    form = {"key_result": str(other.pk), "measure": "sum-of-field", "field": "customfield_404"}
    response = admin.post(place, form)
    assert response.status_code == 422
    assert "no number field customfield_404" in response.context["form"].errors["field"][0]


def test_the_settings_refuse_an_estimate_field_that_is_not_there(
    portal: Portal, connection: Connection, read: Link
) -> None:
    connection.refresh_from_db()
    access = portal.world.access("admin")
    with pytest.raises(ValidationError) as refused:
        edit_connection(access, connection, expected_version=None, points_fields=["estimate "])
    assert "points_fields" in refused.value.message_dict


def test_what_has_a_field_that_vanished_can_be_changed_otherwise(
    portal: Portal, connection: Connection, read: Link
) -> None:
    Link.objects.filter(pk=read.pk).update(measure=Measure.SUM, field="customfield_404")
    Connection.objects.update(points_fields=["customfield_404"])
    link = Link.objects.select_related("source__connection").get(pk=read.pk)
    access = portal.world.access("admin")
    assert edit_link(access, link, expected_version=None, label="speed").label == "speed"
    connection.refresh_from_db()
    points = connection.points_fields
    changed = edit_connection(
        access, connection, expected_version=None, name="Jira", points_fields=points
    )
    assert changed.name == "Jira"


def test_before_a_service_was_asked_any_field_is_taken(
    portal: Portal, link: Link, other: KeyResult
) -> None:
    access = portal.world.access("admin")
    made = create_link(
        access, link.source, key_result=other, measure=Measure.SUM, field="customfield_1"
    )
    assert made.field == "customfield_1"
