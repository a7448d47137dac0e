"""Requests whose costs are held to a budget, at the size of the largest and of a typical tenant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count

from django.test import Client

from bench.counters import Answer, Cost, cost_of, misjudgement
from bench.world import KEY_RESULT, OBJECTIVE, Place, World

# The tables whose rows every page picks from.
HOT_TABLES = (
    "okrs_objective", "okrs_keyresult", "okrs_checkin", "okrs_scorepoint", "portfolio_metricvalue",
)  # fmt: skip

Send = Callable[[], Answer]


class Refused(Exception):
    """A page did not answer as it should."""


@dataclass(frozen=True)
class Page:
    """A request as `request` makes it, and the status that says it did what it is for."""

    request: Callable[[Place, Client], Send]
    status: int = 200

    def prepare(self, place: Place, client: Client) -> Send:
        """What sends it: to a person without a right, or too often, a page is cheap.

        Raises `Refused`, then and at every run.
        """
        return answering(self.status, self.request(place, client))


def answering(status: int, send: Send) -> Send:
    """The same, unless the answer is another one."""

    def checked() -> Answer:
        answer = send()
        if answer.status_code != status:
            raise Refused(f"answered {answer.status_code}")
        return answer

    return checked


def page(name: str, kind: int | None = None) -> Page:
    """A page of the product by the name of its URL; `kind` is the record in its address."""

    def request(place: Place, client: Client) -> Send:
        address = place.page(name, *([] if kind is None else [place.row(kind, 1)]))
        return lambda: client.get(address)

    return Page(request)


def api(path: str) -> Page:
    return Page(lambda place, client: lambda: client.get(place.api(path)))


def look_again(place: Place, client: Client) -> Send:
    """The dashboard asks whether anything is new, and nothing is."""
    address, part = place.page("okrs:dashboard"), {"HX-Request": "true"}
    tag = client.get(address, headers=part)["ETag"]
    return lambda: client.get(address, headers={**part, "If-None-Match": tag})


def check_in(place: Place, client: Client) -> Send:
    """A check-in as the form on a key result's page sends it, each with a value of its own."""
    address = place.page("okrs:check-in", place.row(KEY_RESULT, 2))
    values = count(1)

    def send() -> Answer:
        value = f"{next(values) % 99}.5"
        return client.post(address, {"value": value, "confidence": "0.6", "note": "As planned"})

    return send


PAGES: Mapping[str, Page] = {
    "home": page("okrs:home"),
    "dashboard": page("okrs:dashboard"),
    "dashboard-unchanged": Page(look_again, status=304),
    "objectives": page("okrs:objectives"),
    "objective": page("okrs:objective", OBJECTIVE),
    "key-result": page("okrs:key-result", KEY_RESULT),
    "check-ins": page("okrs:check-ins"),
    "check-in": Page(check_in, status=302),
    "connections": page("integrations:connections"),
    "api-key-results": api("key-results/?limit=100"),
    "api-objectives": api("objectives/?limit=100"),
    "api-check-ins": api("check-ins/?limit=100"),
}


def costs(world: World, name: str) -> dict[str, Cost]:
    """What a page costs by size of tenant. Raises `Refused`."""
    return {
        "largest": cost_at(world.largest, name),
        "typical": cost_at(world.typical, name),
    }


def cost_at(place: Place, name: str) -> Cost:
    send = PAGES[name].prepare(place, place.browser())
    send()
    return cost_of(place, send)


def worst_misjudgement(world: World) -> tuple[str, float]:
    """The table about which the planner is most wrong for some tenant, and how many times."""
    places = (world.largest, world.typical)
    found = {table: max(misjudgement(place, table) for place in places) for table in HOT_TABLES}
    table = max(found, key=lambda name: found[name])
    return table, found[table]
