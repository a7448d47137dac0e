"""Telling members something, and what they do with it."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import notifications
from accounts.actions import remove_member
from accounts.choices import MailRhythm
from accounts.fields import new_id
from accounts.frame import read_frame
from accounts.models import Member, Notification, Person
from accounts.notifications import Message, NotificationKind, notify, register_kind, take_back
from portfolio.models import Portfolio
from tests.factories.accounts import NotificationFactory
from tests.personas import World

LIST = reverse("accounts:notifications", args=["acme"])
API = "/api/v1/orgs/acme/notifications/"


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifications, "_kinds", {})
    register_kind(NotificationKind(name="mention", label="Mentions", icon="at-symbol"))
    register_kind(NotificationKind(name="reminder", label="Reminders", icon="clock"))


@pytest.fixture
def viewer(in_acme: World) -> Client:
    return in_acme.client("viewer")


def message(to: Member, **changes: Any) -> Message:
    fields: dict[str, Any] = {
        "kind": "mention",
        "key": "comment:1",
        "title": "Kim mentioned you",
        "url": "/o/acme/",
    }
    return Message(to=to, **{**fields, **changes})


def told(member: Member) -> list[str]:
    rows = Notification.objects.filter(member=member).order_by("id")
    return list(rows.values_list("title", flat=True))


# --- Telling --------------------------------------------------------------------------------
def test_each_member_is_told(in_acme: World) -> None:
    notify([message(in_acme["lead"]), message(in_acme["viewer"])])
    assert (told(in_acme["lead"]), told(in_acme["viewer"])) == (["Kim mentioned you"],) * 2


def test_one_event_is_told_once_however_often_the_code_runs(in_acme: World) -> None:
    for _ in range(2):
        notify([message(in_acme["viewer"])])
    assert told(in_acme["viewer"]) == ["Kim mentioned you"]


def test_a_second_event_is_told_as_well(in_acme: World) -> None:
    notify([message(in_acme["viewer"]), message(in_acme["viewer"], key="comment:2")])
    assert len(told(in_acme["viewer"])) == 2


def test_who_left_is_told_nothing(in_acme: World) -> None:
    remove_member(in_acme.access("admin"), in_acme["viewer"], expected_version=None)
    notify([message(in_acme["viewer"])])
    assert told(in_acme["viewer"]) == []


def test_a_script_is_told_nothing(in_acme: World) -> None:
    script = Member.objects.create(person=None, name="Nightly export")
    notify([message(script)])
    assert told(script) == []


def test_a_kind_that_nobody_registered_is_refused(in_acme: World) -> None:
    with pytest.raises(KeyError):
        notify([message(in_acme["viewer"], kind="gossip")])


def test_a_name_of_a_kind_is_taken_once() -> None:
    with pytest.raises(ValueError, match="mention"):
        register_kind(NotificationKind(name="mention", label="Again", icon="bell"))


def test_a_long_title_is_cut(in_acme: World) -> None:
    notify([message(in_acme["viewer"], title="x" * 900)])
    assert told(in_acme["viewer"]) == ["x" * 399 + "…"]


@pytest.mark.parametrize(
    ("rhythm", "mailed"),
    [(MailRhythm.AT_ONCE, True), (MailRhythm.DAILY, True), (MailRhythm.NEVER, False)],
)
def test_mail_is_planned_as_the_person_likes_it(rhythm: str, mailed: bool, in_acme: World) -> None:
    Person.objects.update(mail_rhythm=rhythm)
    notify([message(Member.objects.get(pk=in_acme["viewer"].pk))])
    assert (Notification.objects.get().mail_at is not None) is mailed


def test_many_members_are_told_in_two_statements(
    in_acme: World, django_assert_num_queries: Any
) -> None:
    messages = [message(in_acme["viewer"], key=f"comment:{n}") for n in range(50)]
    with django_assert_num_queries(4):  # two of them open and close the savepoint
        notify(messages)


# --- Taking back ----------------------------------------------------------------------------
def test_what_was_said_about_a_record_is_taken_back(in_acme: World) -> None:
    about = new_id()
    notify([message(in_acme["viewer"], about=about)])
    take_back(about)
    assert told(in_acme["viewer"]) == []


def test_those_whom_it_still_concerns_keep_it(in_acme: World) -> None:
    about = new_id()
    notify([message(in_acme[name], about=about) for name in ("viewer", "lead")])
    take_back(about, except_for=[in_acme["lead"].pk])
    assert (told(in_acme["viewer"]), len(told(in_acme["lead"]))) == ([], 1)


# --- Privacy --------------------------------------------------------------------------------
@pytest.fixture
def private_unit(in_acme: World) -> UUID:
    """A portfolio that became private after the bystander was told about it."""
    portfolio = Portfolio.objects.get()
    notify([message(in_acme["bystander"], units=[portfolio.pk])])
    Portfolio.objects.update(is_private=True)
    return portfolio.pk


def test_what_became_private_is_neither_listed_nor_counted(
    in_acme: World, private_unit: UUID
) -> None:
    page = in_acme.client("bystander").get(LIST).content.decode()
    assert ("Kim mentioned you" in page, read_frame(in_acme.access("bystander")).unread) == (
        False,
        0,
    )


def test_what_became_private_is_not_in_the_api(in_acme: World, private_unit: UUID) -> None:
    assert in_acme.client("bystander").get(API).json()["results"] == []


def test_nobody_sees_what_another_was_told(in_acme: World) -> None:
    notify([message(in_acme["viewer"])])
    assert "Kim mentioned you" not in in_acme.client("admin").get(LIST).content.decode()


def test_nobody_reads_for_another(in_acme: World) -> None:
    row = NotificationFactory.create(member=in_acme["viewer"])
    address = reverse("accounts:read-notification", args=["acme", row.pk])
    assert in_acme.client("admin").post(address).status_code == 404


# --- The page -------------------------------------------------------------------------------
def test_the_shell_counts_what_is_unread(in_acme: World, viewer: Client) -> None:
    NotificationFactory.create_batch(3, member=in_acme["viewer"])
    NotificationFactory.create(member=in_acme["viewer"], read_at=timezone.now())
    page = viewer.get(reverse("okrs:home", args=["acme"])).content.decode()
    assert 'aria-label="Notifications, 3 unread"' in page


def test_the_list_tells_the_newest_first(in_acme: World, viewer: Client) -> None:
    for title in ("First", "Second"):
        NotificationFactory.create(member=in_acme["viewer"], title=title)
    lines = viewer.get(LIST).context["lines"]
    assert [row.title for row, _ in lines] == ["Second", "First"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"show": "unread"}, ["Due"]),
        ({"kind": "mention"}, ["Seen"]),
        ({"kind": "reminder", "show": "unread"}, ["Due"]),
        ({"kind": "gossip"}, ["Due", "Seen"]),
    ],
)
def test_the_list_is_narrowed(
    query: dict[str, str], found: list[str], in_acme: World, viewer: Client
) -> None:
    NotificationFactory.create(
        member=in_acme["viewer"], title="Seen", kind="mention", read_at=timezone.now()
    )
    NotificationFactory.create(member=in_acme["viewer"], title="Due", kind="reminder")
    lines = viewer.get(LIST, query).context["lines"]
    assert [row.title for row, _ in lines] == found


def test_opening_one_leads_there_and_marks_it_as_read(in_acme: World, viewer: Client) -> None:
    row = NotificationFactory.create(member=in_acme["viewer"], url="/o/acme/objectives/")
    answer = viewer.post(reverse("accounts:open-notification", args=["acme", row.pk]))
    row.refresh_from_db()
    assert (answer["Location"], row.read_at is None) == ("/o/acme/objectives/", False)


@pytest.mark.parametrize(("name", "is_read"), [("read", True), ("unread", False)])
def test_one_is_marked_and_the_list_stays_narrowed(
    name: str, is_read: bool, in_acme: World, viewer: Client
) -> None:
    row = NotificationFactory.create(
        member=in_acme["viewer"], read_at=None if is_read else timezone.now()
    )
    address = reverse(f"accounts:{name}-notification", args=["acme", row.pk])
    answer = viewer.post(address, {"next": f"{LIST}?show=unread"})
    row.refresh_from_db()
    assert (answer["Location"], row.read_at is not None) == (f"{LIST}?show=unread", is_read)


def test_a_button_leads_to_no_other_site(in_acme: World, viewer: Client) -> None:
    row = NotificationFactory.create(member=in_acme["viewer"])
    address = reverse("accounts:read-notification", args=["acme", row.pk])
    assert viewer.post(address, {"next": "https://evil.example/"})["Location"] == LIST


def test_all_are_marked_at_once_and_others_keep_theirs(in_acme: World, viewer: Client) -> None:
    NotificationFactory.create_batch(3, member=in_acme["viewer"])
    NotificationFactory.create(member=in_acme["lead"])
    viewer.post(reverse("accounts:read-notifications", args=["acme"]))
    unread = [read_frame(in_acme.access(name)).unread for name in ("viewer", "lead")]
    assert unread == [0, 1]


def test_hostile_words_are_shown_as_words(in_acme: World, viewer: Client) -> None:
    NotificationFactory.create(
        member=in_acme["viewer"], title="<script>alert(1)</script>", text="<img src=x onerror=y>"
    )
    page = viewer.get(LIST).content.decode()
    assert ("<script>alert" in page, "<img src=x" in page) == (False, False)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_the_list_costs_the_same_however_long(
    count: int, in_acme: World, viewer: Client, django_assert_num_queries: Any
) -> None:
    NotificationFactory.create_batch(count, member=in_acme["viewer"], actor=in_acme["lead"])
    viewer.get(LIST)
    with django_assert_num_queries(10):
        viewer.get(LIST)


# --- The profile ----------------------------------------------------------------------------
def test_another_rhythm_moves_the_mail_that_waits(in_acme: World, viewer: Client) -> None:
    notify([message(in_acme["viewer"])])
    profile = {"name": "Acme viewer", "time_zone": "Asia/Tokyo", "mail_rhythm": "daily"}
    viewer.post(reverse("accounts:profile"), profile)
    moment = Notification.objects.get().mail_at
    assert moment is not None
    assert moment.astimezone(timezone.get_fixed_timezone(9 * 60)).hour == 8


def test_who_wants_no_mail_gets_none_that_waits(in_acme: World, viewer: Client) -> None:
    notify([message(in_acme["viewer"])])
    profile = {"name": "Acme viewer", "time_zone": "", "mail_rhythm": "never"}
    viewer.post(reverse("accounts:profile"), profile)
    assert Notification.objects.get().mail_at is None


# --- The API --------------------------------------------------------------------------------
def test_the_api_lists_what_is_unread(in_acme: World, viewer: Client) -> None:
    NotificationFactory.create(member=in_acme["viewer"], title="Seen", read_at=timezone.now())
    NotificationFactory.create(member=in_acme["viewer"], title="New")
    rows = viewer.get(API, {"state": "unread"}).json()["results"]
    assert [(row["title"], row["state"]) for row in rows] == [("New", "unread")]


@pytest.mark.parametrize(("action", "state"), [("read", "read"), ("unread", "unread")])
def test_the_api_marks_one(action: str, state: str, in_acme: World, viewer: Client) -> None:
    row = NotificationFactory.create(member=in_acme["viewer"])
    answer = viewer.post(f"{API}{row.pk}/{action}/")
    assert (answer.status_code, answer.json()["state"]) == (200, state)


def test_the_api_marks_all(in_acme: World, viewer: Client) -> None:
    NotificationFactory.create_batch(2, member=in_acme["viewer"])
    assert viewer.post(f"{API}read-all/").json() == {"marked": 2}
