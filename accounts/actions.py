"""Writes on organisations, members, invitations and tokens."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from accounts.access import Access
from accounts.choices import MoneyAccess, OrgRole, TokenScope
from accounts.fields import new_id
from accounts.models import ApiToken, FormerSlug, Invitation, Member, Organization, Person
from accounts.notifications import plan_mail_anew
from accounts.permissions import Permission
from accounts.principal import organizations_of
from accounts.queries import organization_of_invitation
from accounts.tenancy import tenant
from accounts.tenant_models import StaleVersion, save_edit
from accounts.tokens import digest, new_token

SetUpStep = Callable[[Organization, Member], None]
_set_up_steps: list[SetUpStep] = []
LONGEST_TOKEN_LIFE = timedelta(days=365)


def register_set_up(step: SetUpStep) -> None:
    """Let an app above give each new organisation what it starts with."""
    if step not in _set_up_steps:
        _set_up_steps.append(step)


@transaction.atomic
def create_organization(
    person: Person, *, name: str, slug: str | None = None, **fields: Any
) -> Organization:
    """A new organisation with `person` as its first administrator."""
    organization = Organization(id=new_id(), name=name, slug=slug or free_slug(name), **fields)
    member = Member(
        organization=organization,
        person=person,
        name=str(person),
        role=OrgRole.ADMIN,
        money=MoneyAccess.CHANGE,
    )
    with tenant(organization.pk, actor_id=member.pk):
        organization.full_clean()
        organization.save(force_insert=True)
        member.save()
        for step in _set_up_steps:
            step(organization, member)
    return organization


def free_slug(name: str) -> str:
    """An address made from `name` that no organisation has or had."""
    base = slugify(name)[:40] or "organisation"
    candidate, number = base, 1
    while slug_is_taken(candidate):
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def slug_is_taken(slug: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT flotilla_slug_taken(%s)", [slug])
        return bool(cursor.fetchone()[0])


@transaction.atomic
def edit_organization(access: Access, *, expected_version: int, **changes: Any) -> Organization:
    """Change the organisation's settings; a former address keeps redirecting."""
    access.require(Permission.ORG_MANAGE)
    organization = Organization.objects.select_for_update().get(pk=access.organization.pk)
    if organization.version != expected_version:
        raise StaleVersion(organization)
    before = organization.slug
    for field, value in changes.items():
        setattr(organization, field, value)
    if organization.slug != before:
        check_slug(organization.slug, before)
    organization.version += 1
    organization.full_clean()
    organization.save()
    return organization


def check_slug(slug: str, before: str) -> None:
    if FormerSlug.objects.filter(slug=slug).delete()[0] == 0 and slug_is_taken(slug):
        raise ValidationError({"slug": "This address is taken."})
    FormerSlug.objects.get_or_create(slug=before)


@transaction.atomic
def invite(
    access: Access,
    *,
    email: str,
    role: str = OrgRole.MEMBER,
    money: str = MoneyAccess.NONE,
    link: Callable[[str], str],
) -> Invitation:
    """Offer membership by e-mail; `link` makes the address of the acceptance page."""
    access.require(Permission.MEMBER_MANAGE)
    email = email.strip().lower()
    if Member.objects.filter(person__email=email, left_at=None).exists():
        raise ValidationError({"email": "This person is a member already."})
    now = timezone.now()
    # An invitation that ran out shall not stand in the way of a new one.
    Invitation.objects.filter(
        email=email, accepted_at=None, withdrawn_at=None, expires_at__lte=now
    ).update(withdrawn_at=now)
    raw = secrets.token_urlsafe(32)
    invitation = Invitation(
        email=email,
        role=role,
        money=money,
        token_hash=digest(raw),
        invited_by=access.member,
        expires_at=now + settings.INVITATION_LIFETIME,
    )
    invitation.full_clean()
    invitation.save()
    send_after_commit(access, invitation, link(raw))
    return invitation


@transaction.atomic
def renew_invitation(
    access: Access, invitation: Invitation, *, link: Callable[[str], str]
) -> Invitation:
    """Send a fresh link; the former one stops working."""
    access.require(Permission.MEMBER_MANAGE)
    check_open(invitation)
    raw = secrets.token_urlsafe(32)
    invitation.token_hash = digest(raw)
    invitation.expires_at = timezone.now() + settings.INVITATION_LIFETIME
    save_edit(invitation, fields=["token_hash", "expires_at"], expected_version=None)
    send_after_commit(access, invitation, link(raw))
    return invitation


def check_open(invitation: Invitation) -> None:
    if invitation.accepted_at or invitation.withdrawn_at:
        raise ValidationError("This invitation was answered or withdrawn already.")


def send_after_commit(access: Access, invitation: Invitation, url: str) -> None:
    context = {"organization": access.organization, "by": access.member, "url": url}
    transaction.on_commit(lambda: send_invitation(invitation.email, context))


def send_invitation(email: str, context: dict[str, Any]) -> None:
    subject = render_to_string("emails/invitation_subject.txt", context).strip()
    send_mail(subject, render_to_string("emails/invitation.txt", context), None, [email])


@transaction.atomic
def withdraw_invitation(
    access: Access, invitation: Invitation, *, expected_version: int | None
) -> Invitation:
    """Take an offer back; its link stops working."""
    access.require(Permission.MEMBER_MANAGE)
    check_open(invitation)
    invitation.withdrawn_at = timezone.now()
    return save_edit(invitation, fields=["withdrawn_at"], expected_version=expected_version)


@transaction.atomic
def accept_invitation(person: Person, raw: str) -> Member:
    """Make `person` a member. Raises `ValidationError` for a dead link or another address."""
    organization_id = organization_of_invitation(raw)
    if organization_id is None:
        raise ValidationError("This invitation is not valid any more. Ask for a new one.")
    with tenant(organization_id):
        invitation = Invitation.objects.select_for_update().get(token_hash=digest(raw))
        if invitation.email != person.email:
            raise ValidationError(
                f"This invitation is for {invitation.email}. Sign in with that address."
            )
        invitation.accepted_at = timezone.now()
        save_edit(invitation, fields=["accepted_at"], expected_version=None)
        return join(person, invitation)


def join(person: Person, invitation: Invitation) -> Member:
    """The membership that the invitation offers, or the one that the person has."""
    present = Member.objects.filter(person=person, left_at=None).first()
    if present is not None:
        return present
    member = Member(person=person, name=str(person), role=invitation.role, money=invitation.money)
    member.full_clean()
    member.save()
    return member


@transaction.atomic
def edit_profile(person: Person, **changes: Any) -> Person:
    """Change what a person says of themselves; their memberships and waiting mail follow."""
    before = Person.objects.get(pk=person.pk)
    for field, value in changes.items():
        setattr(person, field, value)
    person.full_clean()
    person.save(update_fields=list(changes))
    for choice in organizations_of(person.pk):
        with tenant(choice.id):
            follow_person(before, person)
    return person


def follow_person(before: Person, now: Person) -> None:
    """Bring the bound organisation's rows about a person in line with their profile."""
    for member in Member.objects.filter(person=now, left_at=None):
        if (before.mail_rhythm, before.time_zone) != (now.mail_rhythm, now.time_zone):
            plan_mail_anew(now, member)
        if member.name == before.name != now.name:
            member.name = now.name
            save_edit(member, fields=["name"], expected_version=None)


@transaction.atomic
def edit_member(
    access: Access, member: Member, *, expected_version: int | None, **changes: Any
) -> Member:
    """Change a member's role, name or money grant; the last administrator stays one."""
    access.require(Permission.MEMBER_MANAGE)
    keep_an_administrator(member, becomes=changes.get("role", member.role))
    for field, value in changes.items():
        setattr(member, field, value)
    return save_edit(member, fields=list(changes), expected_version=expected_version)


@transaction.atomic
def remove_member(access: Access, member: Member, *, expected_version: int | None) -> Member:
    """End a membership now: sessions find no organisation, tokens are revoked."""
    access.require(Permission.MEMBER_MANAGE)
    keep_an_administrator(member, becomes=None)
    member.left_at = timezone.now()
    member.tokens.filter(revoked_at=None).update(revoked_at=member.left_at)
    return save_edit(member, fields=["left_at"], expected_version=expected_version)


def keep_an_administrator(member: Member, *, becomes: str | None) -> None:
    if member.role != OrgRole.ADMIN or becomes == OrgRole.ADMIN:
        return
    others = (
        Member.objects.select_for_update()
        .filter(role=OrgRole.ADMIN, left_at=None, person__isnull=False)
        .exclude(pk=member.pk)
    )
    if not others:
        raise ValidationError({"role": "The organisation needs at least one administrator."})


@transaction.atomic
def create_service_account(
    access: Access, *, name: str, role: str = OrgRole.MEMBER, money: str = MoneyAccess.NONE
) -> Member:
    """A member for scripts, which stays when people leave."""
    access.require(Permission.MEMBER_MANAGE)
    member = Member(person=None, name=name, role=role, money=money)
    member.full_clean()
    member.save()
    return member


@transaction.atomic
def create_token(
    access: Access, *, name: str, scope: str, expires_at: datetime, member: Member | None = None
) -> tuple[ApiToken, str]:
    """A token of the asking member or, for administrators, of a service account.

    Returns the row and the token itself, which is stored nowhere.
    """
    access.require(Permission.TOKEN_MANAGE)
    holder = member or access.member
    if holder.pk != access.member.pk:
        access.require(Permission.MEMBER_MANAGE)
        if not holder.is_service_account:
            raise ValidationError({"member": "People make their own tokens."})
    if not timezone.now() < expires_at <= timezone.now() + LONGEST_TOKEN_LIFE:
        raise ValidationError({"expires_at": "Choose a day within the next year."})
    fresh = new_token()
    token = ApiToken(
        member=holder,
        name=name,
        scope=TokenScope(scope),
        prefix=fresh.prefix,
        token_hash=fresh.digest,
        expires_at=expires_at,
    )
    token.full_clean()
    token.save()
    return token, fresh.raw


@transaction.atomic
def revoke_token(access: Access, token: ApiToken) -> None:
    """Make a token useless at once."""
    if token.member_id != access.member.pk:
        access.require(Permission.MEMBER_MANAGE)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
