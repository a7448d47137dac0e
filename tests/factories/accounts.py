"""Rows of accounts; each factory makes one row and what it cannot do without."""

from typing import Any

import factory
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.choices import MoneyAccess, OrgRole
from accounts.fields import new_id
from accounts.models import Member, Notification, Organization, Person
from accounts.tenancy import tenant

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
