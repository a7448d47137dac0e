"""Between a button and its act: a question where nothing can be undone, and what was wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.shortcuts import render

from accounts.permissions import MemberRequest
from okrs.models import Initiative, KeyResult


@dataclass(frozen=True)
class Question:
    """What is asked before a form is posted to the address that asks it.

    `act` and `keep` are the words of the two buttons; without `act` it cannot be done. `back` is
    the address of `place`, where the second leads to. `goals` are those that it touches.
    """

    title: str
    words: str
    act: str
    place: str
    back: str
    keep: str = "Keep it"
    goals: Sequence[KeyResult | Initiative] = ()


def ask(request: MemberRequest, question: Question) -> HttpResponse:
    return render(request, "integrations/confirm.html", {"question": question})


def wants_pause(request: MemberRequest) -> bool:
    """Whether the button said pause or go on: its page may be older than the state it told of."""
    wanted = request.POST.get("wanted")
    if wanted not in {"paused", "on"}:
        raise SuspiciousOperation("neither paused nor on")
    return wanted == "paused"
