"""The one page of a stand-in, where a person changes work and watches what follows elsewhere.

Plain HTML from the server: a list to filter and to leaf through, and four buttons for each issue.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from markupsafe import Markup
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from standins.records import Issue
from standins.state import Tracker, UnknownRecordError

PAGE_SIZE = 50
STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
FLASH = "standin-flash"
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'"
STAGES = {
    "open": ("triage", "backlog", "new", "unstarted", "undefined"),
    "in progress": ("indeterminate", "started"),
    "finished": ("done", "completed", "canceled", "duplicate"),
}

DOCUMENT = Markup("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}: {site}</title>
<link rel="stylesheet" href="/page.css">
</head>
<body>
<header><h1>{title}</h1><p>A stand-in for demonstrations. What you change here is seen by the next
synchronisation.</p></header>
<main>
{flash}
<form class="filter" method="get" action="/" role="search">
<label>{space_word} <select name="space">{spaces}</select></label>
<label>State <select name="stage">{stages}</select></label>
<label>Text <input type="search" name="text" value="{text}"></label>
<button>Show</button>
</form>
<p class="count" aria-live="polite">{count}</p>
<div class="scroll"><table>
<caption class="unseen">Issues</caption>
<thead><tr><th scope="col">Key</th><th scope="col">Title</th><th scope="col">State</th>
<th scope="col" class="number">Points</th><th scope="col">Change</th></tr></thead>
<tbody>{rows}</tbody>
</table></div>
<nav aria-label="Pages">{pages}</nav>
</main>
</body>
</html>
""")
ROW = Markup("""<tr><th scope="row">{key}</th><td>{title}</td>
<td><span class="state {stage}">{status}</span></td><td class="number">{points}</td>
<td><div class="actions">{actions}</div></td></tr>
""")
BUTTON = Markup(
    '<form method="post" action="/issues/{id}/{verb}?{query}">{extra}'
    '<button aria-label="{label} {key}">{label}</button></form>'
)
TARGET = Markup('<select name="to" aria-label="Move {key} to">{options}</select>')
OPTION = Markup('<option value="{value}"{selected}>{name}</option>')
NOTE = Markup('<p class="flash" role="status">{text}</p>')
LEAF = Markup('<a href="/?{query}" rel="{rel}">{name}</a> ')


@dataclass(frozen=True)
class Filter:
    """What the page shows, as its query string says."""

    space: str
    stage: str
    text: str
    page: int

    @classmethod
    def of(cls, request: Request) -> "Filter":
        asked = request.args
        page = asked.get("page", 1, type=int)
        space, stage = asked.get("space", ""), asked.get("stage", "")
        return cls(space, stage, asked.get("text", "").strip(), max(page, 1))

    def query(self, page: int | None = None) -> str:
        return urlencode(
            {
                "space": self.space,
                "stage": self.stage,
                "text": self.text,
                "page": page or self.page,
            }
        )


def from_elsewhere(request: Request) -> bool:
    """Whether another site's page made a browser post this: then it names itself in Origin."""
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc != request.host


def stage_of(category: str) -> str:
    return next((name for name, kinds in STAGES.items() if category in kinds), "open")


class Page:
    def __init__(self, tracker: Tracker, title: str) -> None:
        self._tracker = tracker
        self._title = title

    def routes(self) -> list[tuple[str, str, Callable[..., Response]]]:
        return [
            ("GET", "/", self._show),
            ("GET", "/page.css", self._style),
            ("GET", "/browse/<key>", self._browse),
            ("POST", "/issues/<issue_id>/<verb>", self._change),
        ]

    def _style(self, _: Request) -> Response:
        return Response(STYLE, mimetype="text/css")

    def _browse(self, _: Request, key: str) -> Response:
        """Where links to an issue lead."""
        return redirect(f"/?{urlencode({'text': key})}")

    def _change(self, request: Request, issue_id: str, verb: str) -> Response:
        if from_elsewhere(request):
            return Response("This page is not for other sites.", 403)
        try:
            note = self._carry_out(verb, issue_id, request.form.get("to", ""))
        except UnknownRecordError as missing:
            note = f"There is no {missing} any more."
        response = redirect(f"/?{Filter.of(request).query()}", 303)
        response.set_cookie(FLASH, note, max_age=60, httponly=True, samesite="Strict")
        return response

    def _carry_out(self, verb: str, issue_id: str, to: str) -> str:
        tracker, key = self._tracker, self._tracker.find(issue_id).key
        match verb:
            case "finish":
                tracker.finish(issue_id)
                return f"{key} is finished."
            case "reopen":
                tracker.reopen(issue_id)
                return f"{key} is open again."
            case "move":
                return f"{key} is now {tracker.move(issue_id, to).key}."
            case "delete":
                tracker.delete(issue_id)
                return f"{key} is deleted."
        raise UnknownRecordError(verb)

    def _show(self, request: Request) -> Response:
        chosen = Filter.of(request)
        found = self._found(chosen)
        first = (chosen.page - 1) * PAGE_SIZE
        shown = found[first : first + PAGE_SIZE]
        note = request.cookies.get(FLASH)
        html = DOCUMENT.format(
            title=self._title,
            site=self._tracker.site.name,
            flash=NOTE.format(text=note) if note else "",
            space_word="Team" if self._tracker.site.kind == "linear" else "Project",
            spaces=self._spaces(chosen.space),
            stages=_options([("", "any"), *((name, name) for name in STAGES)], chosen.stage),
            text=chosen.text,
            count=f"{len(found):,} issues, {len(shown)} on this page",
            rows=Markup().join(self._row(issue, chosen) for issue in shown),
            pages=_leaves(chosen, len(found)),
        )
        response = Response(html, mimetype="text/html")
        response.headers["Content-Security-Policy"] = POLICY
        response.delete_cookie(FLASH)
        return response

    def _found(self, chosen: Filter) -> list[Issue]:
        found = [issue for issue in self._tracker.visible() if self._matches(issue, chosen)]
        return sorted(found, key=lambda issue: issue.updated, reverse=True)

    def _matches(self, issue: Issue, chosen: Filter) -> bool:
        space = self._tracker.site.spaces[issue.space_id]
        return (
            issue.archived is None
            and chosen.space in {"", space.key}
            and chosen.stage in {"", stage_of(self._tracker.status_of(issue).category)}
            and chosen.text.lower() in f"{issue.key} {issue.title}".lower()
        )

    def _row(self, issue: Issue, chosen: Filter) -> Markup:
        status = self._tracker.status_of(issue)
        return ROW.format(
            key=issue.key,
            title=issue.title,
            status=self._state(issue),
            stage=stage_of(status.category).replace(" ", "-"),
            points="" if issue.estimate is None else f"{issue.estimate:g}",
            actions=self._actions(issue, chosen),
        )

    def _state(self, issue: Issue) -> str:
        """The status, and with it a resolution that says something else."""
        status, known = self._tracker.status_of(issue).name, self._tracker.site.resolutions
        resolution = known[issue.resolution_id].name if issue.resolution_id else status
        return status if resolution == status else f"{status} ({resolution})"

    def _actions(self, issue: Issue, chosen: Filter) -> Markup:
        finished = stage_of(self._tracker.status_of(issue).category) == "finished"
        verb, label = ("reopen", "Re-open") if finished else ("finish", "Finish")
        target = TARGET.format(key=issue.key, options=_options(self._others(issue), ""))
        buttons = ((verb, label, ""), ("move", "Move", target), ("delete", "Delete", ""))
        return Markup().join(
            BUTTON.format(
                id=issue.id,
                key=issue.key,
                verb=verb,
                label=label,
                extra=extra,
                query=chosen.query(),
            )
            for verb, label, extra in buttons
        )

    def _others(self, issue: Issue) -> list[tuple[str, str]]:
        """Where an issue can be moved to."""
        spaces = self._tracker.visible_spaces()
        return [(space.key, space.name) for space in spaces if space.id != issue.space_id]

    def _spaces(self, selected: str) -> Markup:
        spaces = [(space.key, space.name) for space in self._tracker.visible_spaces()]
        return _options([("", "all"), *spaces], selected)


def _options(choices: list[tuple[str, str]], selected: str) -> Markup:
    mark = {True: Markup(" selected"), False: ""}
    return Markup().join(
        OPTION.format(value=value, name=name, selected=mark[value == selected])
        for value, name in choices
    )


def _leaves(chosen: Filter, count: int) -> Markup:
    """Links to the page before and the page after, where there are any."""
    last = max(-(-count // PAGE_SIZE), 1)
    here = Markup("Page {} of {} ").format(chosen.page, last)
    if chosen.page > 1:
        here += LEAF.format(query=chosen.query(chosen.page - 1), rel="prev", name="Previous")
    if chosen.page < last:
        here += LEAF.format(query=chosen.query(chosen.page + 1), rel="next", name="Next")
    return here
