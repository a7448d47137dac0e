"""The components of the pages: what they say, how they escape, how they tie things together."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import RequestFactory
from django.utils import timezone
from django_htmx.http import trigger_client_event
from heroicons import IconDoesNotExist

from lib import htmx, panels
from lib.icons import icon

EVIL = '"><script>alert(1)</script>'
NOT_HTMX: dict[str, str] = {}
HTMX = {"HX-Request": "true"}
RESTORED = {"HX-Request": "true", "HX-History-Restore-Request": "true"}


def render(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load flotilla %}" + source).render(context)


class GoalForm(forms.Form):
    title = forms.CharField(label="Objective", help_text="One sentence.")
    target = forms.DecimalField()
    due = forms.DateField(required=False)
    shape = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    shared = forms.BooleanField(required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, object]:
        if self.data.get("title") == "twice":
            raise forms.ValidationError("There is one like this already.")
        return self.cleaned_data


@pytest.fixture
def no_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_panels", defaultdict(list))


# --- Badges -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("score", "final", "words"),
    [("0.34", False, "low so far"), ("0.34", True, "significant miss"), ("0.85", False, "full")],
)
def test_a_score_badge_says_shape_number_and_word(score: str, final: bool, words: str) -> None:
    badge = render("{% score_badge score final=final %}", score=Decimal(score), final=final)
    assert [part in badge for part in ("<svg", score, words)] == [True, True, True]


def test_a_short_score_badge_keeps_its_word_for_screen_readers() -> None:
    badge = render("{% score_badge score words=False %}", score=Decimal("0.7"))
    assert '<span class="visually-hidden">strong</span>' in badge


def test_no_score_is_no_data() -> None:
    assert render("{% score_badge score %}", score=None) == (
        '<span class="band band-none">no data</span>'
    )


@pytest.mark.parametrize(
    ("pace", "gap", "words"),
    [
        ("at-risk", "31", "31 points behind"),
        ("behind", "4", "by 4 points"),
        ("on-track", "-7", "7 points ahead"),
    ],
)
def test_a_pace_badge_says_the_gap_once(pace: str, gap: str, words: str) -> None:
    badge = render("{% pace_badge pace gap=gap %}", pace=pace, gap=Decimal(gap))
    assert f'<span class="pace-gap">{words}</span>' in badge


def test_no_pace_is_said() -> None:
    assert "no pace" in render("{% pace_badge pace %}", pace=None)


def test_an_unknown_pace_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        render("{% pace_badge pace %}", pace="fast")


def test_confidence_fills_a_bar_for_each_tenth() -> None:
    assert render("{% confidence value %}", value=Decimal("0.3")).count('class="on"') == 3


def test_lost_confidence_is_shown() -> None:
    shown = render(
        "{% confidence now previous=before %}", now=Decimal("0.3"), before=Decimal("0.7")
    )
    assert '<span class="moved moved-down number"><svg' in shown
    assert "\N{MINUS SIGN}0.4</span>" in shown


def test_stale_data_looks_stale() -> None:
    at = datetime.now(UTC) - timedelta(days=3, minutes=1)
    shown = render("{% freshness at stale=True note=note %}", at=at, note="214 items")
    assert [part in shown for part in ("freshness-stale", "3 days ago", ", 214 items")] == [
        True
    ] * 3


def test_stale_data_says_why_to_the_pointer_and_to_screen_readers() -> None:
    shown = render("{% freshness at stale=True why=why %}", at=datetime.now(UTC), why=EVIL)
    escaped = "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"
    assert f'title="{escaped}"' in shown
    assert f'<span class="visually-hidden">. {escaped}.</span>' in shown


def test_a_moment_carries_its_exact_time() -> None:
    at = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    shown = render("{% time_ago at %}", at=at)
    assert shown.startswith('<time datetime="2026-01-02T03:04:00+00:00" title="2 Jan 2026, 03:04 ')


def test_a_moment_is_told_by_the_clock_of_each_reader() -> None:
    at = datetime(2026, 1, 2, 20, 4, tzinfo=UTC)
    shown = []
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        with timezone.override(ZoneInfo(zone)):
            shown.append(render("{% time_ago at %}", at=at))
    assert [
        words in told for words, told in zip(("21:04 CET", "05:04 JST"), shown, strict=True)
    ] == [True] * 2


def test_filters_beside_the_first_fold_into_a_sheet() -> None:
    shown = render('{% filter_sheet %}<select name="tier"></select>{% endfilter_sheet %}')
    assert 'popovertarget="more-filters"' in shown
    assert '<div class="filter-sheet" id="more-filters" popover><select name="tier">' in shown


def test_a_number_of_a_currency_has_its_sign_in_front() -> None:
    shown = render('{% number amount unit="EUR" %}', amount=Decimal(-1200))
    assert shown == '<span class="number">\N{MINUS SIGN}€1,200</span>'


def test_compact_money_keeps_its_digits_in_the_title() -> None:
    shown = render('{% money amount "EUR" compact=True %}', amount=Decimal(1_234_000))
    assert 'title="\N{EURO SIGN}1,234,000">\N{EURO SIGN}1.23M<' in shown


def test_a_person_always_has_the_same_colour() -> None:
    first, second = (render("{% avatar name %}", name="Maya Okafor") for _ in range(2))
    assert first == second


def test_an_unknown_icon_is_a_mistake() -> None:
    with pytest.raises(IconDoesNotExist):
        icon("no-such-icon")


def test_an_icon_is_hidden_from_screen_readers() -> None:
    assert 'aria-hidden="true"' in icon("home")


# --- Forms --------------------------------------------------------------------------------------
def test_a_field_is_tied_to_its_label_and_help() -> None:
    field = render("{% field form.title %}", form=GoalForm())
    ties = ('for="id_title"', 'aria-describedby="id_title_helptext"', 'id="id_title_helptext"')
    assert [tie in field for tie in ties] == [True, True, True]


def test_an_error_stands_beside_its_field() -> None:
    field = render("{% field form.target %}", form=GoalForm({"target": "many"}))
    ties = ('aria-describedby="id_target_error"', 'id="id_target_error"', 'aria-invalid="true"')
    assert [tie in field for tie in ties] == [True, True, True]


def test_optional_fields_say_so() -> None:
    form = GoalForm()
    shown = [render("{% field bound %}", bound=form[name]) for name in ("due", "target")]
    assert ["optional" in field for field in shown] == [True, False]


def test_choices_are_a_group_with_a_legend() -> None:
    field = render("{% field form.shape %}", form=GoalForm())
    assert [part in field for part in ("<fieldset", "<legend")] == [True, True]


def test_a_checkbox_stands_before_its_label() -> None:
    field = render("{% field form.shared %}", form=GoalForm())
    assert field.index("<input") < field.index("<label")


def test_a_hidden_field_has_no_label() -> None:
    assert "<label" not in render("{% field form.secret %}", form=GoalForm())


def test_a_unit_stands_inside_the_frame_of_its_field() -> None:
    field = render("{% field form.target suffix=unit %}", form=GoalForm(), unit="days")
    assert field.index("<input") < field.index('<span class="affix">days</span>')


def test_a_form_without_errors_has_no_summary() -> None:
    assert render("{% error_summary form %}", form=GoalForm()) == ""


def test_the_summary_leads_to_each_field() -> None:
    data = {"title": "x", "target": "", "shape": ""}
    summary = render("{% error_summary form %}", form=GoalForm(data))
    assert [part in summary for part in ("2 things", 'href="#id_target"', "data-focus")] == [
        True
    ] * 3


def test_the_link_of_a_choice_leads_to_its_first_button() -> None:
    form = GoalForm({"title": "x", "target": "1"})
    summary, field = render("{% error_summary form %}", form=form), str(form["shape"])
    assert ('href="#id_shape_0"' in summary, 'id="id_shape_0"' in field) == (True, True)


def test_the_summary_says_what_is_wrong_with_the_whole() -> None:
    form = GoalForm({"title": "twice", "target": "1", "shape": "a"})
    summary = render("{% error_summary form %}", form=form)
    assert "There is one like this already." in summary


# --- Containers and navigation ------------------------------------------------------------------
def test_a_card_holds_its_content() -> None:
    card = render("{% card title='Decisions' %}<p>None</p>{% endcard %}")
    assert "<h2>Decisions</h2>" in card
    assert "<p>None</p>" in card


def test_a_card_without_a_title_has_no_head() -> None:
    assert "<header" not in render("{% card %}x{% endcard %}")


def test_a_dialog_is_named_by_its_title() -> None:
    shown = render("{% dialog id='d' title='Withdraw' %}x{% enddialog %}")
    assert [part in shown for part in ('aria-labelledby="d-title"', 'id="d-title"')] == [True, True]


def test_a_menu_opens_without_a_script() -> None:
    shown = render("{% menu id='m' label='Actions' %}<a href='/'>x</a>{% endmenu %}")
    assert [part in shown for part in ('popovertarget="m"', 'id="m" popover')] == [True, True]


def test_the_current_tab_is_marked() -> None:
    items = [
        {"label": "Now", "url": "/now", "active": True, "count": 0},
        {"label": "Then", "url": "/then"},
    ]
    shown = render("{% tabs items label='Views' %}", items=items)
    assert shown.count("aria-current") == 1
    assert '<span class="count">0</span>' in shown


def test_the_last_crumb_is_the_page_itself() -> None:
    items = [{"label": "Home", "url": "/"}, {"label": "Goal"}]
    assert '<span aria-current="page">Goal</span>' in render("{% breadcrumbs items %}", items=items)


def test_the_last_page_offers_no_more() -> None:
    assert render("{% pager next columns=3 %}", next=None) == ""


def test_more_rows_take_the_place_of_their_link() -> None:
    shown = render("{% pager next columns=3 %}", next="/list?after=9&q=a")
    parts = ('<td colspan="3">', 'hx-get="/list?after=9&amp;q=a"', 'hx-target="closest .more"')
    assert [part in shown for part in parts] == [True, True, True]


def test_a_safe_name_is_not_taken_for_the_same_one_that_is_not() -> None:
    assert EVIL in render("{% avatar name|safe %}", name=EVIL)
    assert EVIL not in render("{% avatar name %}", name=EVIL)


@pytest.mark.parametrize(
    "source",
    [
        "{% badge evil %}",
        "{% avatar evil with_name=True %}",
        "{% number one unit=evil %}",
        "{% money one evil %}",
        "{% card title=evil note=evil link_url=evil link_label=evil id=evil %}{% endcard %}",
        "{% dialog id=evil title=evil %}{% enddialog %}",
        "{% menu id=evil label=evil %}{% endmenu %}",
        "{% empty_state title=evil action_url=evil action_label=evil %}{% endempty_state %}",
        "{% banner title=evil id=evil %}{{ evil }}{% endbanner %}",
        "{% tabs items label=evil %}",
        "{% breadcrumbs items %}",
        "{% pager evil label=evil %}",
        "{% stat evil evil hint=evil url=evil %}",
        "{% keys evil %}",
        "{% freshness none verb=evil note=evil %}",
        "{% progress_bar one name=evil %}",
        "{% field form.title %}{% error_summary form %}",
    ],
)
def test_values_are_escaped(source: str) -> None:
    items = [{"label": EVIL, "url": EVIL, "count": EVIL}]
    form = GoalForm({"title": EVIL, "target": EVIL, "shape": EVIL})
    shown = render(source, evil=EVIL, items=items, one=Decimal(1), none=None, form=form)
    assert "<script" not in shown


# --- Pages, toasts, panels ----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("headers", "is_fragment"), [(NOT_HTMX, False), (HTMX, True), (RESTORED, False)]
)
def test_a_history_restore_gets_the_whole_page(
    rf: RequestFactory, headers: dict[str, str], is_fragment: bool
) -> None:
    assert htmx.wants_fragment(rf.get("/", headers=headers)) is is_fragment


def test_a_page_varies_on_what_htmx_asks_for(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    response = htmx.render_page(request, "404.html", {}, status=404)
    assert (response.status_code, "HX-Request" in response["Vary"]) == (404, True)


def test_an_unknown_fragment_is_a_mistake(rf: RequestFactory) -> None:
    with pytest.raises(Exception, match="no-such-part"):
        htmx.render_page(rf.get("/", headers=HTMX), "404.html", {}, fragment="no-such-part")


def test_a_toast_travels_in_a_header() -> None:
    response = htmx.toast(HttpResponse(), "Saved.", undo_url="/undo")
    assert response["HX-Trigger"] == (
        '{"toast": {"text": "Saved.", "kind": "ok", "undo_url": "/undo"}}'
    )


def test_a_toast_leaves_other_events_in_place() -> None:
    response = htmx.toast(trigger_client_event(HttpResponse(), "read"), "Saved.")
    assert response["HX-Trigger"].startswith('{"read": {}, "toast"')


@pytest.mark.parametrize(
    ("headers", "header", "status"), [(NOT_HTMX, "Location", 302), (HTMX, "HX-Redirect", 200)]
)
def test_a_redirect_moves_the_whole_browser(
    rf: RequestFactory, headers: dict[str, str], header: str, status: int
) -> None:
    response = htmx.client_redirect(rf.get("/", headers=headers), "/there")
    assert (response.status_code, response[header]) == (status, "/there")


def panel(name: str, order: int = 100, *, empty: bool = False) -> panels.Panel:
    def load(request: HttpRequest, record: object) -> dict[str, object] | None:
        return None if empty else {"record": record}

    return panels.Panel(name=name, title=name, template="404.html", load=load, order=order)


def test_panels_come_in_order(rf: RequestFactory, no_panels: None) -> None:
    panels.register("page", panel("late", 200))
    panels.register("page", panel("early", 10))
    loaded = panels.panels_for("page", rf.get("/"), "record")
    assert [(one.panel.name, one.context["record"]) for one in loaded] == [
        ("early", "record"),
        ("late", "record"),
    ]


def test_a_panel_with_nothing_to_show_is_left_out(rf: RequestFactory, no_panels: None) -> None:
    panels.register("page", panel("empty", empty=True))
    assert panels.panels_for("page", rf.get("/"), "record") == []


def test_a_name_is_registered_once_a_page(no_panels: None) -> None:
    panels.register("page", panel("same"))
    with pytest.raises(ValueError, match="already has a panel"):
        panels.register("page", panel("same"))
