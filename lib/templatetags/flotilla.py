"""Components of every page: `{% load flotilla %}`. All arguments are named; values are escaped.

Those that stand in every row of a table and depend on nothing but a few small arguments are kept
once they were drawn: a list says the same of many rows, and again when it is looked at again.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lib import charts, display, icons
from lib.decimals import rounded
from lib.form_markup import form_errors, labelled_field

register = template.Library()
Link = Mapping[str, object]
# By type too: what is marked as safe must not stand in for the same words that are not.
kept = lru_cache(maxsize=2048, typed=True)

register.simple_tag(icons.icon, name="icon")
register.simple_tag(charts.progress_ring)
register.simple_tag(charts.planned_spent_bar)
register.simple_tag(display.show_count, name="count")

progress_bar = register.simple_tag(kept(charts.progress_bar), name="progress_bar")
_sparkline = kept(charts.sparkline)


@register.simple_tag
def sparkline(values: Sequence[Decimal], **given: Any) -> SafeString:
    return _sparkline(tuple(values), **given)


# --- What a number means --------------------------------------------------------------------
@register.simple_tag
@kept
def score_badge(score: Decimal | None, *, final: bool = False, words: bool = True) -> SafeString:
    """Shape, number and word of a score of 0..1; `final` once the cycle is closed."""
    if score is None:
        return format_html('<span class="band band-none">{}</span>', "no data")
    band = display.score_band(score)
    word = display.band_words(band, final=final)
    kind = "band-word" if words else "visually-hidden"
    return format_html(
        '<span class="band band-{}">{}<span class="band-number">{}</span> '
        '<span class="{}">{}</span></span>',
        band,
        icons.band_glyph(band),
        display.show_score(score),
        kind,
        word,
    )


@register.simple_tag
@kept
def pace_badge(pace: str | None, *, gap: Decimal | None = None) -> SafeString:
    """Where progress stands against today: "on-track", "behind", "at-risk", "outdated" or none.

    `gap` is in points of 0..100, above 0 is behind.
    """
    key = str(pace or "none")
    told = format_html(
        '<span class="pace pace-{}"><span class="pace-mark">{}</span>{}</span>',
        key,
        icons.pace_glyph(key),
        display.PACE_WORDS[key],
    )
    if gap is None:
        return told
    words = display.show_gap(gap)
    # The word "behind" stands there already.
    apart = "by " + words.removesuffix(" behind") if key == "behind" else words
    return format_html('{} <span class="pace-gap">{}</span>', told, apart)


@register.simple_tag
def badge(label: str, *, tone: str = "neutral", icon: str = "") -> SafeString:
    """A state in a word; tones are neutral, accent, ok, warn and bad."""
    drawn = icons.icon(icon) if icon else ""
    return format_html('<span class="badge badge-{}">{}{}</span>', tone, drawn, label)


@register.simple_tag
@kept
def confidence(value: Decimal | None, *, previous: Decimal | None = None) -> SafeString:
    """The owner's probability of 0..1 in tenths, and how it moved since `previous`."""
    if value is None:
        return format_html(
            '<span class="muted" title="{0}"><span aria-hidden="true">{1}</span>'
            '<span class="visually-hidden">{0}</span></span>',
            "No confidence given",
            display.NO_DATA,
        )
    tenths = int(rounded(value * 10, 0))
    bars = format_html_join(
        "",
        '<rect class="{}" x="{}" width="2" height="10" rx="1"/>',
        (("on" if index < tenths else "off", index * 4) for index in range(10)),
    )
    moved = None if previous is None or previous == value else value - previous
    return format_html(
        '<span class="confidence"><svg width="38" height="10" aria-hidden="true">{}</svg>'
        '<span class="visually-hidden">Confidence </span>{}{}</span>',
        bars,
        display.show_number(value, places=1),
        "" if moved is None else _moved(moved),
    )


@register.simple_tag
def freshness(
    at: datetime | None,
    *,
    verb: str = "Synced",
    stale: bool = False,
    note: str = "",
    why: str = "",
) -> SafeString:
    """When a number was last brought up to date: "Synced 12 minutes ago, 214 items".

    `why` says what is outdated, to the pointer and to assistive tools.
    """
    return _freshness(time_ago(at), verb, bool(stale), note, why)


@kept
def _freshness(ago: SafeString, verb: str, stale: bool, note: str, why: str) -> SafeString:  # noqa: FBT001 (what is kept is looked up by position)
    return format_html(
        '<span class="{}"{}>{}<span>{} {}{}</span>{}</span>',
        "freshness freshness-stale" if stale else "freshness",
        format_html(' title="{}"', why) if why else "",
        icons.icon("exclamation-triangle" if stale else "arrow-path"),
        verb,
        ago,
        f", {note}" if note else "",
        format_html('<span class="visually-hidden">. {}.</span>', why) if why else "",
    )


@register.simple_tag
def number(value: Decimal | int | None, *, unit: str = "", places: int | None = None) -> SafeString:
    """A measured value with the name of its unit, in figures of one width."""
    if value is not None and display.is_currency(unit):
        return money(Decimal(value), unit)
    shown = display.show_number(value, places=places)
    if value is None or not unit:
        return format_html('<span class="number">{}</span>', shown)
    space = "" if unit == "%" else "\N{NO-BREAK SPACE}"
    return format_html(
        '<span class="number">{}<span class="unit">{}{}</span></span>', shown, space, unit
    )


@register.simple_tag
def money(amount: Decimal | None, currency: str, *, compact: bool = False) -> SafeString:
    """An amount of money; a compact one keeps its full digits in the title."""
    shown = display.show_money(amount, currency, compact=compact)
    if not compact:
        return format_html('<span class="number">{}</span>', shown)
    full = display.show_money(amount, currency)
    return format_html('<span class="number" title="{}">{}</span>', full, shown)


@register.simple_tag
def time_ago(at: datetime | None) -> SafeString:
    """How long ago, with the exact moment in the reader's time zone as title."""
    if at is None:
        return format_html("<span>{}</span>", "never")
    zone = timezone.get_current_timezone()
    return _time(at, zone, display.show_ago(timezone.localtime(at, zone), timezone.now()))


@register.simple_tag
def due(at: datetime) -> SafeString:
    """When something comes next: "next in 5 minutes" or "due now"; the exact moment as title."""
    zone = timezone.get_current_timezone()
    return _time(at, zone, display.show_due(timezone.localtime(at, zone), timezone.now()))


@register.filter
def interval(minutes: int) -> str:
    return display.show_interval(minutes)


@kept
def _time(at: datetime, zone: tzinfo, ago: str) -> SafeString:
    local = timezone.localtime(at, zone)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(timespec="seconds"),
        f"{display.show_day(local.date())}, {local:%H:%M %Z}",
        ago,
    )


@register.simple_tag
def day(value: date | None) -> SafeString:
    """A calendar date: 4 Nov 2026."""
    if value is None:
        return format_html("<span>{}</span>", display.NO_DATA)
    return format_html(
        '<time datetime="{}">{}</time>', f"{value:%Y-%m-%d}", display.show_day(value)
    )


@register.simple_tag
def day_span(first: date, last: date) -> str:
    """Two dates, both included: 1 Oct - 31 Dec 2026."""
    return display.show_span(first, last)


@register.simple_tag
@kept
def avatar(name: str, *, size: int = 24, with_name: bool = False) -> SafeString:
    """Initials in a colour that always belongs to this name."""
    hue = sum(map(ord, name)) % 6 + 1
    beside = format_html('<span class="person-name">{}</span>', name) if with_name else ""
    hidden = "" if with_name else format_html('<span class="visually-hidden">{}</span>', name)
    return format_html(
        '<span class="person"><span class="avatar avatar-{} avatar-{}px" title="{}">'
        '<span aria-hidden="true">{}</span>{}</span>{}</span>',
        hue,
        size,
        name,
        display.initials(name),
        hidden,
        beside,
    )


def moved_mark(change: Decimal, *, places: int) -> SafeString:
    """How far a number went up or down: an arrow, a sign and a colour."""
    way = "up" if change > 0 else "down"
    return format_html(
        '<span class="moved moved-{} number">{}{}</span>',
        way,
        icons.icon(f"arrow-{way}"),
        display.show_change(change, places=places),
    )


# --- Forms ----------------------------------------------------------------------------------
@register.simple_tag
def field(
    bound: BoundField, *, prefix: str = "", suffix: str = "", hide_label: bool = False
) -> SafeString:
    """Label, control, help and errors of a form field, tied together for assistive tools."""
    return labelled_field(bound, prefix=prefix, suffix=suffix, hide_label=hide_label)


@register.simple_tag
def error_summary(form: BaseForm) -> SafeString:
    """What is wrong with a form, each with a link to its field; nothing when all is well."""
    return form_errors(form)


# --- Containers -----------------------------------------------------------------------------
@register.simple_block_tag
def card(
    content: str,
    *,
    title: str = "",
    note: str = "",
    id: str = "",  # noqa: A002 (the name that HTML gives it)
    link_url: str = "",
    link_label: str = "",
    flush: bool = False,
) -> SafeString:
    """A titled surface; `flush` lets a table reach its edges."""
    link = _more_link(link_url, link_label) if link_url else ""
    aside = format_html('<span class="card-note">{}</span>', note) if note else ""
    head = format_html('<header class="card-head"><h2>{}</h2>{}{}</header>', title, aside, link)
    return format_html(
        '<section class="card{}"{}>{}<div class="card-body">{}</div></section>',
        " card-flush" if flush else "",
        _id(id),
        head if title else "",
        content,
    )


@register.simple_block_tag
def dialog(content: str, *, id: str, title: str) -> SafeString:  # noqa: A002
    """A modal that `<button data-opens="id">` opens."""
    return format_html(
        '<dialog id="{0}" class="dialog" aria-labelledby="{0}-title"><header class="dialog-head">'
        '<h2 id="{0}-title">{1}</h2>{2}</header><div class="dialog-body">{3}</div></dialog>',
        id,
        title,
        close_button(),
        content,
    )


@register.simple_tag
def close_button() -> SafeString:
    """Closes the dialog around it, without a script."""
    return format_html(
        '<form method="dialog"><button class="button button-quiet button-icon"'
        ' aria-label="Close">{}</button></form>',
        icons.icon("x-mark"),
    )


@register.simple_block_tag
def empty_state(
    content: str,
    *,
    title: str,
    icon: str = "inbox",
    action_url: str = "",
    action_label: str = "",
) -> SafeString:
    """Why there is nothing here, as the content, and the one thing to do about it."""
    action = (
        format_html('<a class="button" href="{}">{}</a>', action_url, action_label)
        if action_url
        else ""
    )
    return format_html(
        '<div class="empty"><span class="empty-icon">{}</span><p class="empty-title">{}</p>'
        '<div class="empty-text">{}</div>{}</div>',
        icons.icon(icon, 24),
        title,
        content,
        action,
    )


@register.simple_block_tag
def menu(
    content: str,
    *,
    id: str,  # noqa: A002
    label: str,
    icon: str = "ellipsis-horizontal",
    show_label: bool = False,
    kind: str = "quiet",
) -> SafeString:
    """A button and the list of links and buttons that it opens; works without a script."""
    words = label if show_label else format_html('<span class="visually-hidden">{}</span>', label)
    return format_html(
        '<span class="menu"><button type="button" class="button button-{}{}" popovertarget="{}"'
        ' aria-haspopup="true">{}{}</button>'
        '<div class="menu-panel" id="{}" popover>{}</div></span>',
        kind,
        "" if show_label else " button-icon",
        id,
        icons.icon(icon) if icon else "",
        words,
        id,
        content,
    )


@register.simple_block_tag
def filter_sheet(content: str, *, id: str = "more-filters") -> SafeString:  # noqa: A002
    """The filters beside the first one: in the row on a desk, behind a button on a phone."""
    return format_html(
        '<button type="button" class="button filter-sheet-open" popovertarget="{0}">{1}Filters'
        '</button><div class="filter-sheet" id="{0}" popover>{2}<div class="filter-sheet-foot">'
        '<button type="button" class="button button-primary" popovertarget="{0}"'
        ' popovertargetaction="hide">Done</button></div></div>',
        id,
        icons.icon("funnel"),
        content,
    )


@register.simple_block_tag
def banner(
    content: str,
    *,
    tone: str = "info",
    title: str = "",
    id: str = "",  # noqa: A002
) -> SafeString:
    """A notice above a page or a part of it; tones are info, ok, warn and bad."""
    drawn = {"ok": "check-circle", "info": "information-circle"}.get(tone, "exclamation-triangle")
    strong = format_html("<strong>{}</strong> ", title) if title else ""
    return format_html(
        '<div class="banner banner-{}"{}>{}<div class="banner-text">{}{}</div></div>',
        tone,
        _id(id),
        icons.icon(drawn, 20),
        strong,
        content,
    )


# --- Navigation -----------------------------------------------------------------------------
@register.simple_tag
def tabs(items: Iterable[Link], *, label: str) -> SafeString:
    """Links between views of one record: label, url, active and an optional count."""
    links = format_html_join(
        "",
        '<li><a class="tab" href="{}"{}>{}{}</a></li>',
        ((item["url"], _current(item), item["label"], _count(item)) for item in items),
    )
    return format_html('<nav class="tabs" aria-label="{}"><ul>{}</ul></nav>', label, links)


@register.simple_tag
def breadcrumbs(items: Sequence[Link]) -> SafeString:
    """The way down to this page; the last item is the page itself when it has no url."""
    parts = format_html_join("", "<li>{}</li>", ((_crumb(item),) for item in items))
    return format_html('<nav class="crumbs" aria-label="Breadcrumb"><ol>{}</ol></nav>', parts)


@register.simple_tag
def pager(next_url: str | None, *, columns: int = 0, label: str = "Show more") -> SafeString | str:
    """A "more" link that gives way to the next rows, or nothing on the last page.

    `columns` makes it a table row of that width. The address answers htmx with the following
    rows and their own pager, and everybody else with the whole next page.
    """
    if not next_url:
        return ""
    within = "closest .more"
    link = format_html(
        '<a class="button button-quiet" href="{0}" hx-get="{0}" hx-target="{1}"'
        ' hx-swap="outerHTML">{2}</a>',
        next_url,
        within,
        label,
    )
    if columns:
        return format_html('<tr class="more"><td colspan="{}">{}</td></tr>', columns, link)
    return format_html('<div class="more">{}</div>', link)


@register.simple_tag
def stat(label: str, value: object, *, hint: str = "", tone: str = "", url: str = "") -> SafeString:
    """One figure with its name and what it means; inside `<dl class="stats">`."""
    shown = format_html('<a href="{}">{}</a>', url, value) if url else value
    return format_html(
        '<div class="stat{}"><dt>{}</dt><dd class="stat-value">{}</dd>{}</div>',
        f" stat-{tone}" if tone else "",
        label,
        shown,
        format_html('<dd class="stat-hint">{}</dd>', hint) if hint else "",
    )


@register.simple_tag
def keys(shortcut: str) -> SafeString:
    """The keys of a shortcut, "g r" for one after the other."""
    shown = format_html_join(" ", "<kbd>{}</kbd>", ((key,) for key in shortcut.split()))
    return format_html('<span class="keys" aria-hidden="true">{}</span>', shown)


def _moved(change: Decimal) -> SafeString:
    return format_html(" {}", moved_mark(change, places=1))


def _more_link(url: str, label: str) -> SafeString:
    return format_html(
        '<a class="card-link" href="{}">{}{}</a>', url, label, icons.icon("chevron-right")
    )


def _id(value: str) -> SafeString | str:
    return format_html(' id="{}"', value) if value else ""


def _current(item: Link) -> SafeString | str:
    return format_html(' aria-current="{}"', "page") if item.get("active") else ""


def _count(item: Link) -> SafeString | str:
    count = item.get("count")
    return "" if count is None else format_html(' <span class="count">{}</span>', count)


def _crumb(item: Link) -> SafeString:
    if item.get("url"):
        return format_html('<a href="{}">{}</a>', item["url"], item["label"])
    return format_html('<span aria-current="page">{}</span>', item["label"])
