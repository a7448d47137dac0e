"""Comments: what is said, who is told, and what is left when it is taken back."""

from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.template import Context, Template
from django.utils import timezone

from accounts.models import AuditEntry, Member, Notification
from accounts.tenant_models import StaleVersion
from governance.actions.comments import add_comment, delete_comment, edit_comment
from governance.models import Comment, CommentMention
from governance.queries.comments import members_to_mention
from governance.queries.records import BY_SLUG
from okrs.models import Objective
from portfolio.models import Product
from tests.factories.accounts import MemberFactory, PersonFactory
from tests.factories.governance import CommentFactory, DecisionFactory
from tests.factories.okrs import DependencyFactory, InitiativeFactory, KeyResultFactory
from tests.factories.promises import CommitmentFactory
from tests.governance.conftest import Browser, make_private
from tests.personas import World


def say(world: World, persona: str, record: Any, text: str, **more: Any) -> Comment:
    return add_comment(world.access(persona), record, text=text, **more).comment


def told(member: Member) -> list[tuple[str, str]]:
    rows = Notification.objects.filter(member=member).order_by("id")
    return list(rows.values_list("kind", "title"))


def shown(comment: Comment) -> str:
    """The words of a comment as a page prints them."""
    template = Template("{% load governance %}{% comment_text comment %}")
    return template.render(Context({"comment": comment}))


# --- Saying something -------------------------------------------------------------------------
@pytest.mark.parametrize("persona", ["admin", "lead", "contributor", "viewer", "bystander"])
def test_every_member_may_comment_on_what_they_read(
    persona: str, bound: World, objective: Objective
) -> None:
    comment = say(bound, persona, objective, "Why not sooner?")
    assert (comment.author, comment.objective) == (bound[persona], objective)


def records_of_every_kind(world: World, objective: Objective) -> dict[str, Any]:
    product = Product.objects.get(slug="product")
    return {
        "portfolios": product.placements.get().portfolio,
        "products": product,
        "objectives": objective,
        "key-results": KeyResultFactory.create(objective=objective),
        "initiatives": InitiativeFactory.create(product=product),
        "dependencies": DependencyFactory.create(needer_key_result__objective=objective),
        "commitments": CommitmentFactory.create(objective=objective),
        "decisions": DecisionFactory.create(),
    }


@pytest.mark.parametrize("slug", sorted(BY_SLUG))
def test_every_kind_of_record_is_talked_about(
    slug: str, bound: World, objective: Objective, viewer: Browser
) -> None:
    record = records_of_every_kind(bound, objective)[slug]
    answer = viewer.post("discussion", slug, record.pk, text="Noted.")
    assert (answer.status_code, Comment.objects.get().text) == (302, "Noted.")
    assert "Noted." in viewer.client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_silence_is_refused(text: str, bound: World, objective: Objective) -> None:
    with pytest.raises(ValidationError, match="Write something"):
        say(bound, "viewer", objective, text)


def test_a_very_long_comment_is_refused(bound: World, objective: Objective) -> None:
    with pytest.raises(ValidationError):
        say(bound, "viewer", objective, "x" * 4001)


def test_the_database_wants_one_record(bound: World, objective: Objective) -> None:
    product = Product.objects.get(slug="product")
    with pytest.raises(IntegrityError, match="comment_one_record"), transaction.atomic():
        CommentFactory.create(objective=objective, product=product)


# --- Answers ----------------------------------------------------------------------------------
def test_an_answer_hangs_on_the_first_comment(bound: World, objective: Objective) -> None:
    first = say(bound, "lead", objective, "Sooner?")
    answer = say(bound, "viewer", objective, "In May.", parent=first)
    second = say(bound, "lead", objective, "Good.", parent=answer)
    assert (answer.parent, second.parent) == (first, first)


def test_an_answer_stays_on_its_record(bound: World, objective: Objective) -> None:
    elsewhere = CommentFactory.create()
    with pytest.raises(ValidationError, match="another record"):
        say(bound, "viewer", objective, "In May.", parent=elsewhere)


def test_a_deleted_comment_takes_no_answer(bound: World, objective: Objective) -> None:
    first = say(bound, "viewer", objective, "Sooner?")
    delete_comment(bound.access("viewer"), first, expected_version=None)
    with pytest.raises(ValidationError, match="deleted meanwhile"):
        say(bound, "lead", objective, "In May.", parent=first)


def test_the_database_keeps_answers_one_deep(bound: World, objective: Objective) -> None:
    first = CommentFactory.create(objective=objective)
    answer = CommentFactory.create(objective=objective, parent=first)
    with pytest.raises(IntegrityError, match="first comment"), transaction.atomic():
        CommentFactory.create(objective=objective, parent=answer)


def test_the_database_keeps_answers_on_the_record(bound: World, objective: Objective) -> None:
    elsewhere = CommentFactory.create()
    with pytest.raises(IntegrityError, match="same record"), transaction.atomic():
        CommentFactory.create(objective=objective, parent=elsewhere)


# --- Who is told ------------------------------------------------------------------------------
def test_who_is_mentioned_is_told(bound: World, objective: Objective) -> None:
    say(bound, "admin", objective, "@Acme viewer, is this true?")
    assert told(bound["viewer"]) == [("mention", "Acme admin mentioned you on “Shops sell sooner”")]


def test_the_notification_leads_to_the_comment(bound: World, objective: Objective) -> None:
    comment = say(bound, "admin", objective, "@Acme viewer")
    url = Notification.objects.get(member=bound["viewer"]).url
    assert url == f"/o/acme/objectives/{objective.pk}/#comment-{comment.pk}"


def test_who_answers_for_the_record_is_told(bound: World, objective: Objective) -> None:
    say(bound, "viewer", objective, "Sooner?")
    assert [kind for kind, _ in told(bound["lead"])] == ["comment"]


def test_who_is_answered_is_told(bound: World, objective: Objective) -> None:
    first = say(bound, "viewer", objective, "Sooner?")
    say(bound, "admin", objective, "In May.", parent=first)
    assert [kind for kind, _ in told(bound["viewer"])] == ["reply"]


def test_nobody_is_told_twice_of_one_comment(bound: World, objective: Objective) -> None:
    first = say(bound, "lead", objective, "Sooner?")
    say(bound, "admin", objective, "@Acme lead @Acme lead in May.", parent=first)
    assert [kind for kind, _ in told(bound["lead"])] == ["mention"]


def test_nobody_is_told_of_their_own_words(bound: World, objective: Objective) -> None:
    say(bound, "lead", objective, "@Acme lead, remember this.")
    assert told(bound["lead"]) == []


def test_namesakes_are_all_told_by_their_name(bound: World, objective: Objective) -> None:
    twins = [MemberFactory.create(person=PersonFactory.create(name="Kim Lee")) for _ in range(2)]
    say(bound, "admin", objective, "@Kim Lee")
    assert [len(told(twin)) for twin in twins] == [1, 1]


def test_an_address_tells_namesakes_apart(bound: World, objective: Objective) -> None:
    one, other = (
        MemberFactory.create(person=PersonFactory.create(name="Kim Lee", email=f"kim{n}@x.com"))
        for n in range(2)
    )
    say(bound, "admin", objective, "@kim1@x.com")
    assert (len(told(one)), len(told(other))) == (0, 1)


def test_who_cannot_see_the_record_is_not_told(bound: World, objective: Objective) -> None:
    make_private()
    said = add_comment(bound.access("lead"), objective, text="@Acme bystander, look")
    assert (told(bound["bystander"]), said.untold) == ([], [bound["bystander"]])


def test_the_one_who_mentions_learns_who_was_not_told(
    bound: World, objective: Objective, lead: Browser
) -> None:
    make_private()
    answer = lead.post("discussion", "objectives", objective.pk, htmx=True, text="@Acme bystander")
    assert "Acme bystander cannot see this and was not told." in answer["HX-Trigger"]


def test_an_owner_without_sight_is_not_told(bound: World, objective: Objective) -> None:
    make_private()
    Objective.objects.update(owner=bound["bystander"])
    say(bound, "lead", objective, "Sooner?")
    assert told(bound["bystander"]) == []


# --- Correcting -------------------------------------------------------------------------------
def aged(comment: Comment, minutes: int) -> Comment:
    Comment.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
    comment.refresh_from_db()
    return comment


def test_an_edit_is_marked_and_its_history_kept(bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "Soner?")
    edit_comment(bound.access("viewer"), comment, text="Sooner?", expected_version=1)
    entry = AuditEntry.objects.filter(row_id=comment.pk).latest("id")
    assert comment.edited_at is not None
    assert entry.changes["text"] == ["Soner?", "Sooner?"]


def test_words_can_be_changed_for_a_quarter_of_an_hour(bound: World, objective: Objective) -> None:
    comment = aged(say(bound, "viewer", objective, "Soner?"), 14)
    edit_comment(bound.access("viewer"), comment, text="Sooner?", expected_version=1)
    assert comment.text == "Sooner?"


def test_after_that_the_words_stand(bound: World, objective: Objective) -> None:
    comment = aged(say(bound, "viewer", objective, "Soner?"), 16)
    with pytest.raises(ValidationError, match="for 15 minutes"):
        edit_comment(bound.access("viewer"), comment, text="Sooner?", expected_version=1)


def test_nobody_changes_the_words_of_another(bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    with pytest.raises(PermissionDenied):
        edit_comment(bound.access("admin"), comment, text="Later!", expected_version=1)


def test_of_two_edits_at_once_one_is_refused(bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "Soner?")
    again = Comment.objects.get(pk=comment.pk)
    edit_comment(bound.access("viewer"), comment, text="Sooner?", expected_version=1)
    with pytest.raises(StaleVersion):
        edit_comment(bound.access("viewer"), again, text="Later?", expected_version=1)


def test_who_is_mentioned_only_now_is_told(bound: World, objective: Objective) -> None:
    comment = say(bound, "admin", objective, "@Acme viewer?")
    edit_comment(
        bound.access("admin"), comment, text="@Acme viewer @Acme contributor?", expected_version=1
    )
    assert [len(told(bound[name])) for name in ("viewer", "contributor")] == [1, 1]


def test_who_is_not_mentioned_any_more_is_not_told_any_more(
    bound: World, objective: Objective
) -> None:
    comment = say(bound, "admin", objective, "@Acme viewer?")
    edit_comment(bound.access("admin"), comment, text="@Acme lead?", expected_version=1)
    assert (told(bound["viewer"]), CommentMention.objects.get().member) == ([], bound["lead"])


# --- Deleting ---------------------------------------------------------------------------------
def test_a_deleted_comment_leaves_a_mark(bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "@Acme lead, sooner?")
    say(bound, "lead", objective, "In May.", parent=comment)
    delete_comment(bound.access("viewer"), comment, expected_version=None)
    stored = Comment.objects.get(pk=comment.pk)
    assert (stored.text, stored.is_deleted, stored.mentions.count()) == ("", True, 0)


def test_what_was_told_about_a_deleted_comment_is_taken_back(
    bound: World, objective: Objective
) -> None:
    comment = say(bound, "admin", objective, "@Acme viewer?")
    delete_comment(bound.access("admin"), comment, expected_version=None)
    assert told(bound["viewer"]) == []


@pytest.mark.parametrize("persona", ["viewer", "admin"])
def test_who_wrote_it_and_who_runs_the_organisation_delete_a_comment(
    persona: str, bound: World, objective: Objective
) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    delete_comment(bound.access(persona), comment, expected_version=None)
    assert comment.is_deleted


@pytest.mark.parametrize("persona", ["facilitator", "lead", "bystander"])
def test_nobody_else_deletes_a_comment(persona: str, bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    with pytest.raises(PermissionDenied):
        delete_comment(bound.access(persona), comment, expected_version=None)


def test_a_deleted_comment_is_not_edited(bound: World, objective: Objective) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    delete_comment(bound.access("viewer"), comment, expected_version=None)
    with pytest.raises(PermissionDenied):
        edit_comment(bound.access("viewer"), comment, text="Back", expected_version=None)


# --- What is printed --------------------------------------------------------------------------
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    'https://x.com/"onmouseover="alert(1)',
    "javascript:alert(1)",
    "<a href='https://evil.example'>click</a>",
    "@<b>Acme</b> viewer",
    "&lt;script&gt;",
]


class Tags(HTMLParser):
    """The tags of a piece of HTML with their attributes, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_html_is_shown_as_text(
    text: str, bound: World, objective: Objective, viewer: Browser
) -> None:
    say(bound, "admin", objective, text)
    page = viewer.text("discussion", "objectives", objective.pk, htmx=True)
    inside = page[page.index('class="comment-text">') + 21 :].split("</p>")[0]
    for tag, attributes in Tags(inside).found:
        assert (tag, set(attributes)) == ("a", {"href", "rel"})
        assert str(attributes["href"]).startswith(("https://", "http://"))


def test_an_address_becomes_a_link_that_search_engines_ignore(
    bound: World, objective: Objective
) -> None:
    comment = say(bound, "admin", objective, "See https://example.com/a?b=1&c=2.")
    assert shown(comment) == (
        'See <a href="https://example.com/a?b=1&amp;c=2" rel="nofollow">'
        "https://example.com/a?b=1&amp;c=2</a>."
    )


def test_lines_are_kept(bound: World, objective: Objective) -> None:
    assert shown(say(bound, "admin", objective, "One\r\n\nTwo")) == "One<br><br>Two"


def test_a_mention_is_marked_as_it_was_typed(bound: World, objective: Objective) -> None:
    comment = say(bound, "admin", objective, "Hi @acme viewer!")
    assert shown(comment) == 'Hi <strong class="mention">@acme viewer</strong>!'


def test_a_mention_by_address_shows_the_name(bound: World, objective: Objective) -> None:
    comment = say(bound, "admin", objective, "Hi @viewer@acme.example!")
    assert shown(comment) == 'Hi <strong class="mention">@Acme viewer</strong>!'


def test_an_at_before_nobody_is_text(bound: World, objective: Objective) -> None:
    assert shown(say(bound, "admin", objective, "@nobody & co")) == "@nobody &amp; co"


# --- The discussion ---------------------------------------------------------------------------
def test_a_deleted_thread_without_answers_is_gone(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    delete_comment(bound.access("viewer"), comment, expected_version=None)
    assert "This comment was deleted" not in viewer.text("discussion", "objectives", objective.pk)


def test_a_deleted_comment_with_answers_leaves_its_mark_on_the_page(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    say(bound, "lead", objective, "In May.", parent=comment)
    delete_comment(bound.access("viewer"), comment, expected_version=None)
    page = viewer.text("discussion", "objectives", objective.pk)
    assert ("This comment was deleted" in page, "Sooner?" in page) == (True, False)


def test_a_refused_comment_keeps_what_was_typed(objective: Objective, viewer: Browser) -> None:
    answer = viewer.post("discussion", "objectives", objective.pk, htmx=True, text="x" * 4001)
    assert (answer.status_code, "x" * 4001 in answer.content.decode()) == (422, True)


def test_an_answer_is_written_under_its_comment(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "lead", objective, "Sooner?")
    page = viewer.text("discussion", "objectives", objective.pk, reply=str(comment.pk), htmx=True)
    assert f'name="parent" value="{comment.pk}"' in page


def test_an_edit_by_the_page_is_shown_as_such(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "viewer", objective, "Soner?")
    form = viewer.get("edit-comment", comment.pk, htmx=True).context["own_form"]
    given = {"text": "Sooner?", "version": form["version"].value()}
    page = viewer.post("edit-comment", comment.pk, htmx=True, **given).content.decode()
    assert ("Sooner?" in page, ">edited<" in page) == (True, True)


def test_a_lost_race_keeps_what_was_typed(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "viewer", objective, "Soner?")
    answer = viewer.post("edit-comment", comment.pk, htmx=True, text="Sooner?", version=7)
    assert (answer.status_code, "Sooner?" in answer.content.decode()) == (409, True)


def test_deleting_asks_first(bound: World, objective: Objective, viewer: Browser) -> None:
    comment = say(bound, "viewer", objective, "Sooner?")
    asked = viewer.text("delete-comment", comment.pk)
    viewer.post("delete-comment", comment.pk)
    comment.refresh_from_db()
    assert ("Delete this comment?" in asked, comment.is_deleted) == (True, True)


def test_the_words_of_another_cannot_be_opened_for_an_edit(
    bound: World, objective: Objective, viewer: Browser
) -> None:
    comment = say(bound, "lead", objective, "Sooner?")
    assert viewer.get("edit-comment", comment.pk).status_code == 403


@pytest.mark.parametrize("name", ["edit-comment", "delete-comment"])
def test_a_comment_in_private_is_not_there_for_others(
    name: str, bound: World, objective: Objective, bystander: Browser
) -> None:
    comment = say(bound, "bystander", objective, "Sooner?")
    make_private()
    assert bystander.get(name, comment.pk).status_code == 404


def test_a_private_record_is_not_talked_about_by_others(
    objective: Objective, bystander: Browser
) -> None:
    make_private()
    assert bystander.get("discussion", "objectives", objective.pk).status_code == 404


def test_an_unknown_kind_of_record_is_not_there(viewer: Browser, objective: Objective) -> None:
    assert viewer.get("discussion", "budgets", objective.pk).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 50])
def test_a_discussion_costs_the_same_however_long(
    count: int,
    bound: World,
    objective: Objective,
    viewer: Browser,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(count):
        first = CommentFactory.create(objective=objective, author=bound["lead"])
        CommentFactory.create(objective=objective, parent=first)
        CommentMention.objects.create(comment=first, member=bound["viewer"], words="x")
    viewer.get("discussion", "objectives", objective.pk, htmx=True)
    with django_assert_num_queries(10):
        viewer.get("discussion", "objectives", objective.pk, htmx=True)


# --- The picker -------------------------------------------------------------------------------
def test_the_picker_offers_those_whose_names_begin_so_first(bound: World) -> None:
    for name in ("Ann Viewer", "Viewer Adams"):
        MemberFactory.create(person=PersonFactory.create(name=name))
    found = [member.name for member in members_to_mention("viewer")]
    assert found == ["Viewer Adams", "Acme viewer", "Ann Viewer"]


def test_the_picker_offers_nobody_who_cannot_see_the_record(
    objective: Objective, lead: Browser
) -> None:
    make_private()
    page = lead.text("mentions", "objectives", objective.pk, q="acme")
    assert ("Acme viewer" in page, "Acme bystander" in page) == (True, False)


def test_the_picker_inserts_the_address_of_namesakes(objective: Objective, lead: Browser) -> None:
    for number in range(2):
        MemberFactory.create(person=PersonFactory.create(name="Kim Lee", email=f"k{number}@x.com"))
    page = lead.text("mentions", "objectives", objective.pk, q="kim")
    assert ('data-insert="k0@x.com"' in page, 'data-insert="k1@x.com"' in page) == (True, True)
