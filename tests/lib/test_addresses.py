"""Addresses are Django's, whatever they are made of."""

import re
from uuid import UUID, uuid4

import pytest
from django.template import engines
from django.urls import NoReverseMatch, reverse

from lib.addresses import address_of, pattern_of
from tests.route_table import named_patterns

ID = UUID("5e1f0c9a-0000-4000-8000-000000000001")
OTHER = UUID("5e1f0c9a-0000-4000-8000-000000000002")
STAND_INS = {"slug": "acme", "str": "a word/&{0}", "int": 7, "uuid": ID}
# The last of the routes by that name counts, as in Django.
ROUTES = {
    name: [STAND_INS[kind] for kind in re.findall(r"<(\w+):\w+>", path)]
    for name, path, _ in named_patterns()
    if "(?P" not in path
}


@pytest.mark.parametrize("name", ROUTES)
def test_every_address_is_that_of_django(name: str) -> None:
    try:
        expected = reverse(name, args=ROUTES[name])
    except NoReverseMatch:
        with pytest.raises(NoReverseMatch):
            address_of(name, *ROUTES[name])
    else:
        assert address_of(name, *ROUTES[name]) == expected


def test_ids_take_their_places_in_order() -> None:
    found = [address_of("okrs:objective", "acme", pk) for pk in (ID, OTHER, ID)]
    assert found == [f"/o/acme/objectives/{pk}/" for pk in (ID, OTHER, ID)]


def test_words_take_their_places_beside_ids() -> None:
    found = [
        address_of("portfolio:product", org, slug) for org, slug in (("a", "b"), ("b-1", "A_"))
    ]
    assert found == ["/o/a/products/b/", "/o/b-1/products/A_/"]


def test_an_id_as_text_is_an_id() -> None:
    assert address_of("okrs:objective", "acme", str(ID)) == f"/o/acme/objectives/{ID}/"


def test_a_thousand_organisations_take_the_room_of_one() -> None:
    address_of("okrs:objective", "acme", ID)
    before = pattern_of.cache_info().currsize
    for number in range(1000):
        address_of("okrs:objective", f"org-{number}", ID)
    assert pattern_of.cache_info().currsize == before


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("okrs:nowhere", ["acme"]),
        ("okrs:objective", ["acme"]),
        ("okrs:objective", ["acme", "first"]),
        ("okrs:objective", ["no slug", ID]),
    ],
    ids=["route", "count", "id", "slug"],
)
def test_an_address_that_does_not_exist_is_a_mistake(name: str, arguments: list[object]) -> None:
    with pytest.raises(NoReverseMatch):
        address_of(name, *arguments)


def test_more_ids_than_any_route_has_are_a_mistake() -> None:
    with pytest.raises(NoReverseMatch):
        address_of("okrs:objective", *(uuid4() for _ in range(20)))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{% url 'okrs:objective' 'acme' pk %}", f"/o/acme/objectives/{ID}/"),
        ("{% url 'okrs:objective' org='acme' pk=pk %}", f"/o/acme/objectives/{ID}/"),
        ("{% url 'okrs:objective' 'acme' pk as it %}<{{ it }}>", f"</o/acme/objectives/{ID}/>"),
        ("{% url 'okrs:nowhere' pk as there %}<{{ there }}>", "<>"),
        ("{% url 'hook' 'a&b' %}", "/hooks/a&amp;b/"),
        ("{% autoescape off %}{% url 'hook' 'a&b' %}{% endautoescape %}", "/hooks/a&b/"),
    ],
    ids=["place", "name", "kept", "missing", "escaped", "as it is"],
)  # fmt: skip
def test_templates_show_the_same_addresses(source: str, shown: str) -> None:
    assert engines["django"].from_string(source).render({"pk": ID}) == shown


def test_a_template_does_not_hide_a_missing_address() -> None:
    with pytest.raises(NoReverseMatch):
        engines["django"].from_string("{% url 'okrs:nowhere' pk %}").render({"pk": ID})
