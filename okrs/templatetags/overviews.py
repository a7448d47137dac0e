"""Small parts that overviews share: `{% load overviews %}`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from lib import icons
from lib.charts import Branch, CrossLink, Lane, Needs, alignment_tree, roadmap
from lib.decimals import rounded
from lib.display import PACE_WORDS, show_count, show_day, show_number
from lib.templatetags.flotilla import freshness, kept, moved_mark
from okrs.queries.moment import Moment
from okrs.queries.objectives import PaceCounts
from okrs.queries.roadmap import Window
from okrs.views.addresses import Address

register = template.Library()
TALLIED = ("at_risk", "behind", "outdated", "on_track")
NEGLIGIBLE = Decimal("0.005")
# Outdated key results that are named; of more there is only the count.
NAMED = 3


@register.simple_tag
def pace_tally(pace: PaceCounts) -> SafeString:
    """How many key results stand where, the worst first; what there is none of is left out."""
    return tally(*(getattr(pace, name) for name in TALLIED))


@kept
def tally(*counts: int) -> SafeString:
    """Counts in the order of `TALLIED`."""
    parts = [(name.replace("_", "-"), n) for name, n in zip(TALLIED, counts, strict=True) if n]
    if not parts:
        return format_html('<span class="muted">{}</span>', "no pace yet")
    return format_html(
        '<span class="cluster tally">{}</span>',
        format_html_join(
            "",
            '<span class="pace pace-{0}" title="{1} {2}"><span class="pace-mark">{3}</span>{1}'
            '<span class="visually-hidden"> {2}</span></span>',
            ((key, count, PACE_WORDS[key], icons.pace_glyph(key)) for key, count in parts),
        ),
    )


@register.inclusion_tag("okrs/as_of_banner.html")
def as_of_banner(
    moment: Moment,
    now_url: object,
    *,
    guessed: object = 0,
    final: object = False,
    left_out: str = "",
) -> dict[str, object]:
    """That a page shows a past moment: which, as known when, what is not known of it, the way back.

    `guessed` counts links whose history begins later, `final` says that a close fixed the scores.
    """
    by_when = "with everything that is known today"
    if moment.known_at is not None:
        by_when = f"as known on {in_words(moment.known_at)}"
    return {
        "title": f"As of {in_words(moment.as_of)}.",
        "words": f"What was true then, {by_when}.",
        "now_url": now_url,
        "guessed": guessed,
        "final": final,
        "left_out": left_out,
    }


def in_words(moment: datetime) -> str:
    """The day alone where its last instant is meant."""
    local = timezone.localtime(moment)
    is_end = (local + timedelta(microseconds=1)).date() > local.date()
    return show_day(local.date()) if is_end else f"{show_day(local.date())}, {local:%H:%M}"


@register.filter
def same_moment(address: Address) -> str:
    """What leads to another page at the moment of this one; empty for now."""
    kept = address.only("as_of", "known_at").parameters
    return f"?{urlencode(kept)}" if kept else ""


@register.simple_tag
def late(on: date | datetime | None, recorded: date | datetime | None) -> SafeString | str:
    """That a value was written down on a later day than it was true; nothing otherwise."""
    if on is None or recorded is None:
        return ""
    true_on, written_on = day_of(on), day_of(recorded)
    if written_on <= true_on:
        return ""
    words = f"recorded {show_day(written_on)} for {show_day(true_on)}"
    return format_html('<span class="badge badge-warn late-value">{}</span>', words)


def day_of(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


@register.simple_tag
def moved(change: Decimal | None) -> SafeString | str:
    """How far a score moved, with its sign; nothing when it stood still."""
    if change is None or abs(change) < NEGLIGIBLE:
        return ""
    return moved_mark(rounded(change, 2), places=2)


@register.simple_tag
def last_evidence(pace: PaceCounts, *, verb: str = "") -> SafeString:
    """When a key result was last confirmed, with a warning that names the outdated ones."""
    if pace.evidence_at is None:
        return format_html('<span class="muted">{}</span>', "no number yet")
    stale = bool(pace.outdated)
    return freshness(pace.evidence_at, verb=verb, stale=stale, why=outdated_words(pace))


def outdated_words(pace: PaceCounts) -> str:
    """What had no check-in or sync when one was due; empty when nothing is outdated."""
    if not pace.outdated:
        return ""
    if not pace.outdated_titles:
        total = show_count(pace.total, "key result")
        return f"{pace.outdated} of {total} had no check-in or sync when due"
    named = ", ".join(f"“{title}”" for title in pace.outdated_titles[:NAMED])
    more = len(pace.outdated_titles) - NAMED
    return f"No check-in or sync when due: {named}" + (f" and {more} more" if more > 0 else "")


@register.filter
def of(mapping: Mapping[Any, Any], key: Any) -> Any:
    """The value of `key`, or nothing."""
    return mapping.get(key, "")


@register.filter
def plain(value: Decimal | None) -> str:
    """A number as text, for attributes; empty when there is none."""
    return "" if value is None else show_number(value)


@register.simple_tag
def alignment_map(branches: Sequence[Branch], links: Sequence[CrossLink]) -> SafeString:
    """The alignment as a drawing from left to right."""
    return alignment_tree(branches, links=links)


@register.filter
def following(address: Address, goal: UUID) -> str:
    """The page with one goal followed up and down, whatever gaps there are."""
    return str(address.having(goal=goal, view="", gap="", gaps=""))


@register.filter
def below(address: Address, path: str) -> str:
    """The query of a branch: what the page is narrowed to, and the place that asks."""
    kept = address.without("view", "gap", "path").parameters
    return f"?{urlencode([*kept, ('path', path)])}"


@register.filter
def as_table(address: Address) -> str:
    """The page as a table, which browsers without scripts can page through."""
    return str(address.having(view="table"))


@register.simple_tag
def rest_query(address: Address, start: int, path: str = "", goal: UUID | None = None) -> str:
    """The query of the goals that follow those shown below `goal`, or at the top."""
    place = address.without("view", "gap").having(below=goal, path=path)
    return f"?{urlencode([*place.parameters, ('from', start)])}"


@register.simple_tag
def timeline(
    lanes: Sequence[Lane], window: Window, today: date, needs: Sequence[Needs]
) -> SafeString:
    """The road map as a drawing."""
    return roadmap(lanes, first=window.first, last=window.last, today=today, needs=needs)
