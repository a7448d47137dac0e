"""Faults that every service may meet, and where each is asked for ids and for items."""

from standins.faults import Fault

ANY_SERVICE = (
    "401", "403", "404", "410", "500", "502-html", "503", "200-html", "redirect", "timeout",
    "reset", "truncated", "wrong-shape", "429", "huge",
)  # fmt: skip
# Where each service is asked for all ids, and for some items: the path, and what the body holds.
LIST = {
    "cloud": ("/search/jql", "ORDER BY key ASC"),
    "center": ("/rest/api/2/search", "ORDER BY key ASC"),
    "linear": ("/graphql", "query IssueIds("),
}
BY_ID = {
    "cloud": ("/issue/bulkfetch", ""),
    "center": ("/rest/api/2/issue/", ""),
    "linear": ("/graphql", '"id":{"in":['),
}


def fault_at(place: tuple[str, str], name: str, **more: object) -> Fault:
    """A fault of the second request that is made there."""
    path, body = place
    return Fault(name=name, path=path, body=body, seconds=0.8, **{"skip": 1, **more})  # type: ignore[arg-type]
