"""What people said, in templates: `{% load governance %}`."""

import re

from django import template
from django.utils.html import format_html, urlize
from django.utils.safestring import SafeString, mark_safe

from governance.models import Comment
from governance.queries.risks import level_of

register = template.Library()


@register.simple_tag
def comment_text(comment: Comment) -> SafeString:
    """The words of a comment with its mentions marked, addresses as links and lines kept.

    Everything else is text, whatever it looks like.
    """
    names = {f"@{m.words}": shown_name(m.words, m.member.name) for m in comment.mentions.all()}
    parts = split_at(comment.text, names)
    marked = "".join(mention(names[part]) if part in names else linked(part) for part in parts)
    return mark_safe(marked.replace("\n", "<br>"))  # noqa: S308 (every part is escaped)


def split_at(text: str, names: dict[str, str]) -> list[str]:
    """The text in pieces: each name on its own, and what stands between them."""
    if not names:
        return [text]
    longest_first = sorted(names, key=len, reverse=True)
    return re.split(f"({'|'.join(map(re.escape, longest_first))})", text)


def shown_name(words: str, name: str) -> str:
    """The name as it was typed; an e-mail address stays with those who typed it."""
    return name if "@" in words else words


def mention(name: str) -> SafeString:
    return format_html('<strong class="mention">@{}</strong>', name)


def linked(text: str) -> SafeString:
    return mark_safe(urlize(text, nofollow=True, autoescape=True))  # noqa: S308 (it escapes)


@register.filter
def risk_level(exposure: int) -> str:
    """ "low", "medium" or "high"."""
    return level_of(exposure)
