"""Rows of accounts; each factory makes one row and what it cannot do without."""

from datetime import timedelta
from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.choices import MoneyAccess, OrgRole
from accounts.fields import new_id
from accounts.models import ApiToken, Invitation, Member, Notification, Organization, Person
from accounts.tenancy import tenant
from accounts.tokens import digest

PASSWORD = "correct horse battery"


class PersonFactory(factory.django.DjangoModelFactory[Person]):
    class Meta:
        model = Person
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@example.com")
    # Hashing as the product does costs more than the test around it.
    password = "!"

    @factory.post_generation
    def confirmed(self: Person, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


def make_organization(name: str, **fields: Any) -> Organization:
    """An organisation without members; bind it before making more."""
    organization = Organization(id=new_id(), name=name, slug=name.lower(), **fields)
    with tenant(organization.pk):
        organization.save(force_insert=True)
    return organization


class MemberFactory(factory.django.DjangoModelFactory[Member]):
    """A member of the bound organisation."""

    class Meta:
        model = Member

    person = factory.SubFactory(PersonFactory)
    name = factory.SelfAttribute("person.name")
    role = OrgRole.MEMBER
    money = MoneyAccess.NONE


class NotificationFactory(factory.django.DjangoModelFactory[Notification]):
    """Something unread that waits to be mailed."""

    class Meta:
        model = Notification

    member = factory.SubFactory(MemberFactory)
    kind = "mention"
    key = factory.Sequence(lambda n: f"event:{n}")
    title = factory.Sequence(lambda n: f"Somebody mentioned you, {n}")
    url = "/o/acme/"
    mail_at = factory.LazyFunction(timezone.now)


class ServiceAccountFactory(MemberFactory):
    person = None  # type: ignore[assignment]
    name = factory.Sequence(lambda n: f"Script {n}")  # type: ignore[assignment]


class InvitationFactory(factory.django.DjangoModelFactory[Invitation]):
    """An offer that can still be accepted."""

    class Meta:
        model = Invitation

    email = factory.Sequence(lambda n: f"guest{n}@example.com")
    token_hash = factory.Sequence(lambda n: digest(f"link {n}"))
    invited_by: Any = factory.SubFactory(MemberFactory)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=14))


class ApiTokenFactory(factory.django.DjangoModelFactory[ApiToken]):
    """A row as of a live token that reads; nobody holds the token itself."""

    class Meta:
        model = ApiToken

    member: Any = factory.SubFactory(MemberFactory)
    name = factory.Sequence(lambda n: f"Token {n}")
    prefix = factory.Sequence(lambda n: f"{n:08d}")
    token_hash = factory.Sequence(lambda n: digest(f"token {n}"))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=1))
