"""The Linear adapter, answered from a script."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse
from graphql.execution.values import get_variable_values

from integrations.ports import (
    AccessLost,
    AuthenticationFailed,
    GarbledReply,
    Item,
    Page,
    ProviderError,
    RateLimited,
    RemoteUnavailable,
    Selection,
    SelectionRefused,
    SourceKind,
    UnexpectedReply,
)
from integrations.providers.linear import documents
from integrations.providers.linear.adapter import Linear
from integrations.providers.linear.credentials import LinearKey
from integrations.providers.paging import Place, Trail, fingerprint
from tests.integrations.providers.conftest import Scripted

KEY = "lin_api_never_shown"
TEAM = "4f1a7f43-6b0a-4bb4-8a4f-9d1b1a0e2c11"
PROJECT = "9f8f0a6e-51f4-4c57-8a6e-1f0f8b7c2d22"
OTHER = "0c9c2f6e-1111-4c57-8a6e-1f0f8b7c2d33"
IN_PROJECT = Selection(kind=SourceKind.PROJECT, value=PROJECT)
MIDNIGHT = "2026-03-02T00:00:00.000Z"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
END = {"hasNextPage": False, "endCursor": None}


@pytest.fixture
def linear(scripted: Scripted) -> Linear:
    return Linear.connect(LinearKey(KEY), scripted)


def issue(number: int = 1, **fields: Any) -> dict[str, Any]:
    """An open issue, but for these fields."""
    usual = {
        "id": f"issue-{number}",
        "identifier": f"ENG-{number}",
        "title": "Cache the basket",
        "url": f"https://linear.app/acme/issue/ENG-{number}",
        "estimate": None,
        "createdAt": "2026-03-01T08:00:00.000Z",
        "updatedAt": "2026-03-02T12:00:00.000Z",
        "completedAt": None,
        "archivedAt": None,
        "trashed": None,
        "state": {"id": "state-1", "name": "Todo", "type": "unstarted"},
        "team": {"id": TEAM, "key": "ENG"},
        "project": None,
        "parent": None,
        "labels": {"nodes": [], "pageInfo": {"hasNextPage": False}},
    }
    return {**usual, **fields}


def listed(name: str, *nodes: dict[str, Any], cursor: str | None = None) -> dict[str, Any]:
    info = {"hasNextPage": True, "endCursor": cursor} if cursor else END
    return {"data": {name: {"nodes": list(nodes), "pageInfo": info}}}


def identified(scripted: Scripted) -> None:
    scripted.answers(
        {
            "data": {
                "viewer": {"id": "u1", "name": "Ada", "email": "a@x.io", "timezone": "Etc/UTC"},
                "organization": {"id": "org-1", "name": "Acme &amp; Sons", "urlKey": "acme"},
            }
        }
    )


def proved(scripted: Scripted, name: str = "projects") -> None:
    """The key is good and the source exists."""
    identified(scripted)
    scripted.answers(listed(name, {"id": PROJECT, "name": "Checkout", "slugId": "c"}))


def read(linear: Linear, scripted: Scripted, **fields: Any) -> Item:
    proved(scripted)
    scripted.answers(listed("issues", issue(**fields)))
    (page,) = linear.changes(IN_PROJECT, since=None)
    assert page.quarantined == []
    return page.items[0]


def failure(linear: Linear) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        linear.identify()
    return caught.value


def variables(scripted: Scripted) -> dict[str, Any]:
    """Of the last question."""
    asked: dict[str, Any] = scripted.asked[-1][2]["variables"]
    return asked


# What is said about the account and its things


def test_a_key_is_sent_bare(linear: Linear, scripted: Scripted) -> None:
    identified(scripted)
    linear.identify()
    assert scripted.sent_headers[0]["Authorization"] == KEY


def test_the_workspace_is_identified_and_its_name_unescaped(
    linear: Linear, scripted: Scripted
) -> None:
    identified(scripted)
    found = linear.identify()
    assert (found.account_id, found.site_id, found.site_name) == ("u1", "org-1", "Acme & Sons")


def test_teams_projects_and_initiatives_are_the_sources(linear: Linear, scripted: Scripted) -> None:
    scripted.answers(listed("teams", {"id": TEAM, "key": "ENG", "name": "Engine"}, cursor="c1"))
    scripted.answers(listed("teams", {"id": OTHER, "key": "OPS", "name": "Ops"}))
    scripted.answers(
        listed(
            "projects",
            {
                "id": PROJECT,
                "slugId": "p",
                "name": "A &amp; B",
                "archivedAt": "2026-01-01T00:00:00Z",
            },
        )
    )
    scripted.answers(listed("initiatives"))
    found = [(it.kind, it.key, it.name, it.archived) for it in linear.sources()]
    assert found == [
        ("team", "ENG", "Engine", False),
        ("team", "OPS", "Ops", False),
        ("project", "p", "A & B", True),
    ]


def test_the_states_can_be_listed_by_id(linear: Linear, scripted: Scripted) -> None:
    scripted.answers(listed("workflowStates", {"id": "s1", "name": "Fertig", "type": "completed"}))
    (state,) = linear.vocabulary().statuses
    assert (state.remote_id, state.name, state.kind) == ("s1", "Fertig", "completed")


# Items


def test_an_issue_becomes_an_item(linear: Linear, scripted: Scripted) -> None:
    found = read(
        linear,
        scripted,
        number=7,
        estimate=2.5,
        completedAt="2026-03-02T11:00:00.000Z",
        state={"id": "s9", "name": "Fertig", "type": "completed"},
        project={"id": PROJECT, "name": "Checkout &amp; more"},
        labels={"nodes": [{"name": "speed &amp; more"}], "pageInfo": {"hasNextPage": False}},
    )
    assert found == Item(
        remote_id="issue-7",
        key="ENG-7",
        title="Cache the basket",
        url="https://linear.app/acme/issue/ENG-7",
        type_id="issue",
        type_name="Issue",
        level=0,
        status_id="s9",
        status_name="Fertig",
        status_kind="completed",
        project_remote_id=PROJECT,
        project_key="ENG",
        created_at=datetime(2026, 3, 1, 8, tzinfo=UTC),
        updated_at=NOON,
        team_remote_id=TEAM,
        points=Decimal("2.5"),
        numbers={"estimate": Decimal("2.5")},
        labels=("speed & more",),
        completed_at=datetime(2026, 3, 2, 11, tzinfo=UTC),
        project_name="Checkout & more",
    )


def test_no_estimate_is_none_and_zero_is_an_estimate(linear: Linear, scripted: Scripted) -> None:
    assert read(linear, scripted).points is None
    assert read(linear, scripted, estimate=0).points == Decimal(0)


def test_the_estimate_can_be_added_up_as_a_field(linear: Linear, scripted: Scripted) -> None:
    (field,) = linear.number_fields()
    assert read(linear, scripted, estimate=3).numbers == {field.remote_id: Decimal(3)}


def test_a_sub_issue_is_no_work_of_its_own(linear: Linear, scripted: Scripted) -> None:
    found = read(linear, scripted, parent={"id": "issue-9", "identifier": "ENG-9"})
    assert (found.level, found.parent_remote_id, found.parent_key) == (-1, "issue-9", "ENG-9")


def test_an_archived_issue_stays_and_one_in_the_bin_is_marked(
    linear: Linear, scripted: Scripted
) -> None:
    archived = read(linear, scripted, archivedAt="2026-03-02T00:00:00.000Z")
    binned = read(linear, scripted, archivedAt="2026-03-02T00:00:00.000Z", trashed=True)
    assert (archived.archived, archived.deleted) == (True, False)
    assert binned.deleted


def test_a_link_that_is_not_https_is_dropped(linear: Linear, scripted: Scripted) -> None:
    assert read(linear, scripted, url="javascript:alert(1)").url == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"updatedAt": "51502-03-01T00:00:00.000Z"},
        {"updatedAt": "2026-03-02T12:00:00.000"},
        {"estimate": "many"},
        {"labels": {"nodes": [], "pageInfo": {"hasNextPage": True}}},
    ],
    ids=["year 51502", "no zone", "wrong type", "labels cut off"],
)
def test_a_bad_record_is_set_aside_and_the_page_goes_on(
    linear: Linear, scripted: Scripted, fields: dict[str, Any]
) -> None:
    proved(scripted)
    scripted.answers(listed("issues", issue(1, **fields), issue(2)))
    (page,) = linear.changes(IN_PROJECT, since=None)
    assert [it.key for it in page.items] == ["ENG-2"]
    assert [it.remote_id for it in page.quarantined] == ["issue-1"]


# Runs


def test_a_run_goes_from_page_to_page_by_cursor(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    scripted.answers(listed("issues", issue(1), cursor="c1"))
    scripted.answers(listed("issues", issue(2)))
    pages = list(linear.changes(IN_PROJECT, since=None))
    assert [page.last for page in pages] == [False, True]
    assert [page.requests for page in pages] == [3, 1]
    assert variables(scripted)["after"] == "c1"


def test_changes_are_asked_from_a_little_before_the_watermark(
    linear: Linear, scripted: Scripted
) -> None:
    proved(scripted)
    scripted.answers(listed("issues"))
    (page,) = linear.changes(IN_PROJECT, since=NOON)
    assert variables(scripted)["filter"] == {
        "project": {"id": {"eq": PROJECT}},
        "updatedAt": {"gte": "2026-03-02T11:58:00+00:00"},
    }
    assert page.watermark == NOON


def test_the_watermark_of_a_run_is_that_of_its_newest_page(
    linear: Linear, scripted: Scripted
) -> None:
    proved(scripted)
    scripted.answers(listed("issues", issue(1), cursor="c1"))
    scripted.answers(listed("issues", issue(2, updatedAt="2026-02-01T00:00:00.000Z")))
    assert list(linear.changes(IN_PROJECT, since=None))[-1].watermark == NOON


def test_a_date_in_the_future_does_not_lift_the_watermark(
    linear: Linear, scripted: Scripted
) -> None:
    proved(scripted)
    later = issue(1, updatedAt="2031-01-01T00:00:00.000Z")
    scripted.answers(listed("issues", later), Date="Mon, 02 Mar 2026 12:00:05 GMT")
    (page,) = linear.changes(IN_PROJECT, since=None)
    assert page.watermark == NOON + timedelta(seconds=5)


def test_a_run_goes_on_from_a_stored_checkpoint(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    scripted.answers(listed("issues", issue(1), cursor="c1"))
    first = next(linear.changes(IN_PROJECT, since=None))
    proved(scripted)
    scripted.answers(listed("issues", issue(2)))
    (second,) = linear.changes(IN_PROJECT, since=None, checkpoint=first.checkpoint)
    assert (second.items[0].key, second.watermark) == ("ENG-2", NOON)
    assert variables(scripted)["after"] == "c1"


def test_a_checkpoint_from_before_names_were_told_begins_again_at_the_top(
    linear: Linear, scripted: Scripted
) -> None:
    older = Place(selection=fingerprint(IN_PROJECT), trail=Trail(1, "c1", "c1"))
    proved(scripted)
    scripted.answers(listed("issues", issue(1)))
    list(linear.changes(IN_PROJECT, since=None, checkpoint=older.encode()))
    assert variables(scripted)["after"] is None


def test_a_stale_cursor_goes_on_below_what_was_read(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    scripted.answers(listed("issues", issue(1), cursor="c1"))
    run = linear.changes(IN_PROJECT, since=None)
    reached = next(run).items[-1].updated_at
    refused = {"message": "Invalid cursor", "extensions": {"type": "invalid input"}}
    scripted.answers({"errors": [refused]}, 400)
    scripted.answers(listed("issues", issue(1)))
    assert next(run).last
    asked = variables(scripted)
    bound = (reached + timedelta(milliseconds=1)).isoformat()
    assert (asked["after"], asked["filter"]["updatedAt"]) == (None, {"lte": bound})


@pytest.mark.parametrize("cursor", ["c1", ""])
def test_a_cursor_that_leads_nowhere_new_is_an_error(
    linear: Linear, scripted: Scripted, cursor: str
) -> None:
    proved(scripted)
    again = listed("issues", issue(1))
    again["data"]["issues"]["pageInfo"] = {"hasNextPage": True, "endCursor": cursor}
    for body in (listed("issues", issue(1), cursor="c1"), again):
        scripted.answers(body)
    with pytest.raises(UnexpectedReply, match="repeated"):
        list(linear.changes(IN_PROJECT, since=None))


def test_a_source_that_is_gone_is_an_error_and_not_an_empty_page(
    linear: Linear, scripted: Scripted
) -> None:
    identified(scripted)
    scripted.answers(listed("projects"))
    with pytest.raises(AccessLost):
        list(linear.changes(IN_PROJECT, since=None))


def test_an_initiative_is_read_by_its_projects(linear: Linear, scripted: Scripted) -> None:
    proved(scripted, "initiatives")
    below = {"nodes": [{"id": PROJECT}, {"id": OTHER}], "pageInfo": END}
    scripted.answers({"data": {"initiative": {"projects": below}}})
    scripted.answers(listed("issues"))
    selection = Selection(kind=SourceKind.INITIATIVE, value=OTHER)
    list(linear.changes(selection, since=None))
    assert variables(scripted)["filter"] == {"project": {"id": {"in": [PROJECT, OTHER]}}}


def test_an_initiative_without_projects_selects_nothing(linear: Linear, scripted: Scripted) -> None:
    proved(scripted, "initiatives")
    scripted.answers({"data": {"initiative": {"projects": {"nodes": [], "pageInfo": END}}}})
    scripted.answers(listed("issues"))
    list(linear.changes(Selection(kind=SourceKind.INITIATIVE, value=OTHER), since=None))
    nobody = "00000000-0000-0000-0000-000000000000"
    assert variables(scripted)["filter"] == {"project": {"id": {"in": [nobody]}}}


def test_a_census_leaves_out_what_is_in_the_bin(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    scripted.answers(listed("issues", {"id": "a"}, {"id": "b", "trashed": True}, cursor="c"))
    scripted.answers(listed("issues", {"id": "c", "trashed": False}))
    pages = list(linear.census(IN_PROJECT))
    assert [page.remote_ids for page in pages] == [["a"], ["c"]]


def test_items_are_asked_for_together_so_that_one_gone_does_not_void_the_rest(
    linear: Linear, scripted: Scripted
) -> None:
    scripted.answers(listed("issues", issue(1)))
    (page,) = linear.items(IN_PROJECT, ["issue-1", "issue-2"])
    assert [it.remote_id for it in page.items] == ["issue-1"]
    assert variables(scripted)["filter"] == {"id": {"in": ["issue-1", "issue-2"]}}


def test_a_preview_counts_at_least_what_it_saw(linear: Linear, scripted: Scripted) -> None:
    scripted.answers(listed("projects", {"id": PROJECT, "name": "Checkout"}))
    scripted.answers(listed("issues", *map(issue, range(12)), cursor="more"))
    found = linear.preview(IN_PROJECT)
    assert (len(found.items), found.count, found.approximate) == (12, 12, True)
    assert not found.whole


@pytest.mark.parametrize(
    ("kind", "value"),
    [(SourceKind.PROJECT, "ENG"), (SourceKind.JQL, "a = 1"), (SourceKind.FILTER, TEAM)],
)
def test_a_selection_that_linear_does_not_have_is_refused(
    linear: Linear, kind: SourceKind, value: str
) -> None:
    with pytest.raises(SelectionRefused, match=kind):
        linear.check_selection(Selection(kind=kind, value=value))


# Errors


@pytest.mark.contract
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("http_200_argument_validation", SelectionRefused),
        ("http_200_entity_not_found", AccessLost),
        ("http_400_bearer_with_api_key", SelectionRefused),
        ("http_400_query_too_complex", SelectionRefused),
        ("http_400_ratelimited", RateLimited),
        ("http_401_authentication", AuthenticationFailed),
    ],
)
def test_a_recorded_refusal_is_understood(
    contracts: Path, linear: Linear, scripted: Scripted, *, name: str, kind: type[ProviderError]
) -> None:
    exchange = json.loads((contracts / f"linear/samples/{name}.json").read_text())
    scripted.answers_exchange(exchange)
    assert type(failure(linear)) is kind


@pytest.mark.contract
def test_a_recorded_wait_is_understood(contracts: Path, linear: Linear, scripted: Scripted) -> None:
    sample = contracts / "linear/samples/http_400_ratelimited.json"
    scripted.answers_exchange(json.loads(sample.read_text()))
    assert failure(linear).retry_after == 60


@pytest.mark.parametrize(
    ("extensions", "kind"),
    [
        ({"code": "RATELIMITED"}, RateLimited),
        ({"type": "ratelimited"}, RateLimited),
        ({"type": "forbidden"}, AccessLost),
        ({"type": "internal error"}, RemoteUnavailable),
        ({"type": "lock timeout"}, RemoteUnavailable),
        ({"code": "GRAPHQL_VALIDATION_FAILED", "type": "graphql error"}, UnexpectedReply),
        ({"type": "something new"}, UnexpectedReply),
        (None, UnexpectedReply),
        ({"type": 7}, UnexpectedReply),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_an_error_is_read_from_the_body_whatever_the_status(
    linear: Linear, scripted: Scripted, *, status: int, extensions: Any, kind: type[ProviderError]
) -> None:
    scripted.answers({"errors": [{"message": "No", "extensions": extensions}]}, status)
    assert type(failure(linear)) is kind


def test_data_beside_an_error_is_not_taken(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    body = listed("issues", issue(1))
    body["errors"] = [{"message": "Internal", "extensions": {"type": "internal error"}}]
    scripted.answers(body)
    with pytest.raises(RemoteUnavailable):
        list(linear.changes(IN_PROJECT, since=None))


@pytest.mark.parametrize("errors", [{"message": "odd"}, "odd", [7]])
def test_data_beside_errors_of_an_odd_shape_is_not_taken(
    linear: Linear, scripted: Scripted, errors: Any
) -> None:
    proved(scripted)
    scripted.answers({**listed("issues", issue(1)), "errors": errors})
    with pytest.raises(UnexpectedReply):
        list(linear.changes(IN_PROJECT, since=None))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationFailed),
        (429, RateLimited),
        (500, RemoteUnavailable),
        (502, RemoteUnavailable),
        (418, UnexpectedReply),
        (200, GarbledReply),
    ],
)
def test_a_web_page_is_an_error_by_its_status(
    linear: Linear, scripted: Scripted, status: int, kind: type[ProviderError]
) -> None:
    scripted.answers("<html>", status)
    assert type(failure(linear)) is kind


def test_what_linear_said_of_its_limit_is_kept(linear: Linear, scripted: Scripted) -> None:
    proved(scripted)
    scripted.answers(
        listed("issues"),
        X_RateLimit_Requests_Limit="2500",
        X_RateLimit_Requests_Remaining="499",
        X_RateLimit_Requests_Reset="1788645600000",
    )
    (page,) = linear.changes(IN_PROJECT, since=None)
    assert (page.budget.remaining, page.budget.near_limit) == (499, True)
    assert page.budget.resets_at == datetime.fromtimestamp(1788645600, UTC)


def test_an_error_shows_neither_the_key_nor_the_question(
    linear: Linear, scripted: Scripted
) -> None:
    scripted.answers("", 500)
    told = str(failure(linear))
    assert told.startswith("linear, POST /graphql Identity: ")
    assert KEY not in told
    assert "viewer" not in told


# Variables, held against the schema


def run_changes(linear: Linear, kind: SourceKind) -> list[Page]:
    return list(linear.changes(Selection(kind=kind, value=PROJECT), since=NOON))


@pytest.mark.contract
@pytest.mark.parametrize("kind", [SourceKind.TEAM, SourceKind.PROJECT, SourceKind.INITIATIVE])
def test_every_variable_is_one_that_the_schema_takes(
    contracts: Path, linear: Linear, scripted: Scripted, kind: SourceKind
) -> None:
    schema = build_schema((contracts / "linear/schema.graphql").read_text())
    proved(scripted, f"{kind}s")
    if kind is SourceKind.INITIATIVE:
        scripted.answers({"data": {"initiative": {"projects": {"nodes": [], "pageInfo": END}}}})
    scripted.answers(listed("issues"))
    run_changes(linear, kind)
    scripted.answers(listed("issues"))
    list(linear.items(IN_PROJECT, ["issue-1"]))
    assert [faults(schema, asked) for _, _, asked in scripted.asked] == [[]] * len(scripted.asked)


@pytest.mark.contract
def test_the_check_itself_notices_a_filter_that_no_list_has(contracts: Path) -> None:
    schema = build_schema((contracts / "linear/schema.graphql").read_text())
    wrong = {"filter": {"projekt": {}}, "first": 1}
    assert faults(schema, {"query": documents.ISSUES, "variables": wrong}) != []


def faults(schema: GraphQLSchema, asked: dict[str, Any]) -> list[str]:
    (operation,) = parse(asked["query"]).definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    found = get_variable_values(schema, definitions, asked["variables"])
    return [str(error) for error in found] if isinstance(found, list) else []
