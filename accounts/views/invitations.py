"""Inviting people, and being invited."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts import actions, invitations, queries
from accounts.forms import InvitationForm
from accounts.permissions import MemberRequest, Permission, requires, requires_post
from accounts.reauthentication import recently_confirmed
from lib.form_answers import add_errors, posted


@requires(Permission.MEMBER_MANAGE, post=Permission.MEMBER_MANAGE)
@recently_confirmed
def invite(request: MemberRequest) -> HttpResponse:
    form = InvitationForm(posted(request))
    if form.is_valid():
        try:
            sent = actions.invite(request.access, link=link_of(request), **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, f"Invitation sent to {sent.email}.")
            return redirect("accounts:people", org=request.org.slug)
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/invite.html", {"form": form}, status=status)


@requires_post(Permission.MEMBER_MANAGE)
@recently_confirmed
def renew_invitation(request: MemberRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(queries.open_invitations(request.access), pk=pk)
    actions.renew_invitation(request.access, invitation, link=link_of(request))
    messages.success(request, f"A new link was sent to {invitation.email}.")
    return redirect("accounts:people", org=request.org.slug)


@requires_post(Permission.MEMBER_MANAGE)
@recently_confirmed
def withdraw_invitation(request: MemberRequest, pk: UUID) -> HttpResponse:
    invitation = get_object_or_404(queries.open_invitations(request.access), pk=pk)
    actions.withdraw_invitation(request.access, invitation, expected_version=None)
    messages.success(request, f"The invitation of {invitation.email} does not work any more.")
    return redirect("accounts:people", org=request.org.slug)


def link_of(request: HttpRequest) -> Callable[[str], str]:
    return lambda raw: request.build_absolute_uri(reverse("accounts:accept-invitation", args=[raw]))


@require_http_methods(["GET", "HEAD", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Explain an invitation to whoever holds its link; a POST by its addressee accepts it."""
    offer = queries.offer_of(token)
    if offer is None:
        invitations.forget(request)
        return render(request, "accounts/invitation_gone.html", status=410)
    invitations.remember(request, token)
    if request.method == "POST" and request.user.is_authenticated:
        return accept(request, token)
    return show_offer(request, offer)


def accept(request: HttpRequest, token: str) -> HttpResponse:
    try:
        offer = invitations.accept(request, request.user, token)  # type: ignore[arg-type]
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("accounts:accept-invitation", token=token)
    messages.success(request, f"Welcome to {offer.organization}." if offer else "Welcome.")
    return redirect("start")


def show_offer(request: HttpRequest, offer: queries.Offer) -> HttpResponse:
    is_theirs = getattr(request.user, "email", "").lower() == offer.email
    context = {"offer": offer, "is_theirs": is_theirs}
    return render(request, "accounts/accept_invitation.html", context)
