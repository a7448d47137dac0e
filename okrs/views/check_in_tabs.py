"""The pages about checking in, as tabs."""

from django.urls import reverse

from accounts.permissions import MemberRequest

PAGES = {
    "check-ins": "Yours",
    "check-in-report": "On time",
    "cadences": "Cadences",
    "reminders": "Reminders",
}


def check_in_tabs(request: MemberRequest, here: str) -> list[dict[str, object]]:
    """Every page about checking in; the one named `here` is active."""
    return [
        {
            "label": label,
            "url": reverse(f"okrs:{name}", args=[request.org.slug]),
            "active": name == here,
        }
        for name, label in PAGES.items()
    ]
