"""People, the organisations they work in, and the logs of what they did."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.choices import (
    LetterState,
    MailRhythm,
    MoneyAccess,
    OrgRole,
    TokenScope,
    time_zones,
)
from accounts.constraints import Audited, RowLevelSecurity
from accounts.fields import TenantForeignKey, new_id
from accounts.tenant_models import EditableModel, TenantModel

SLUG = RegexValidator(
    r"^[a-z0-9]+(-[a-z0-9]+)*$", "Use small letters, digits and single hyphens, as in north-wind."
)


def check_time_zone(name: str) -> None:
    """Raise ValidationError for a name that is in no time zone database."""
    if name not in time_zones():
        raise ValidationError("This is no time zone. Use a name such as Europe/Berlin.")


AT_RISK_TOO_SOON = "At risk must not begin before behind."
CURRENCY = RegexValidator(r"^[A-Z]{3}$", "Use a three-letter currency code, such as EUR.")


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.full_clean()
        person.save()
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser):
    """Somebody who signs in; belongs to any number of organisations."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, blank=True, validators=[check_time_zone])
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    mail_rhythm = models.CharField(
        "e-mail about notifications",
        max_length=8,
        choices=MailRhythm,
        default=MailRhythm.AT_ONCE,
        db_default=MailRhythm.AT_ONCE,
    )
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name


class Organization(models.Model):
    """The tenant."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.CharField("address", max_length=50, unique=True, validators=[SLUG])
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[check_time_zone])
    currency = models.CharField(
        "reporting currency", max_length=3, default="EUR", validators=[CURRENCY]
    )
    fiscal_year_start = models.PositiveSmallIntegerField(
        "first month of the fiscal year",
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(12)],
    )
    behind_after = models.PositiveSmallIntegerField(
        "behind when the gap to pace is more than (points)",
        default=0,
        validators=[MaxValueValidator(100)],
    )
    at_risk_after = models.PositiveSmallIntegerField(
        "at risk when the gap to pace is more than (points)",
        default=25,
        validators=[MaxValueValidator(100)],
    )
    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = "organisation"
        constraints = [
            RowLevelSecurity(name="accounts_organization_tenant", column="id"),
            Audited(name="accounts_organization_audit"),
            models.CheckConstraint(
                condition=Q(fiscal_year_start__gte=1, fiscal_year_start__lte=12),
                name="organization_fiscal_year_start",
            ),
            models.CheckConstraint(
                condition=Q(at_risk_after__gte=models.F("behind_after")),
                name="organization_pace_order",
                violation_error_message=AT_RISK_TOO_SOON,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FormerSlug(TenantModel):
    """An address that the organisation used before; it redirects."""

    slug = models.CharField(max_length=50, unique=True)


class Member(EditableModel):
    """A person's, or a script's, place in an organisation. Every change names a member."""

    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    name = models.CharField(max_length=120, help_text="Shown beside what this member does.")
    role = models.CharField(max_length=16, choices=OrgRole, default=OrgRole.MEMBER)
    money = models.CharField(max_length=8, choices=MoneyAccess, default=MoneyAccess.NONE)
    joined_at = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person"],
                condition=Q(left_at=None),
                name="member_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(left_at=None) | Q(left_at__gte=models.F("joined_at")),
                name="member_leaves_after_joining",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_service_account(self) -> bool:
        return self.person_id is None


class Invitation(EditableModel):
    """An offer of membership, answered by the link in an e-mail."""

    audit = {"secret": ["token_hash"]}

    email = models.EmailField()
    role = models.CharField(max_length=16, choices=OrgRole, default=OrgRole.MEMBER)
    money = models.CharField(max_length=8, choices=MoneyAccess, default=MoneyAccess.NONE)
    token_hash = models.CharField(max_length=64, editable=False)
    invited_by = TenantForeignKey(Member, related_name="invitations_sent")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "email"],
                condition=Q(accepted_at=None, withdrawn_at=None),
                name="invitation_open_once",
                violation_error_message="An invitation to this address is still open.",
            ),
        ]

    def __str__(self) -> str:
        return self.email


class ApiToken(TenantModel):
    """A bearer token of a member, for one organisation; only its hash is stored."""

    audit = {"secret": ["token_hash"], "silent": ["last_used_at", "last_used_from"]}

    member = TenantForeignKey(Member, related_name="tokens")
    name = models.CharField(max_length=80)
    scope = models.CharField(max_length=8, choices=TokenScope, default=TokenScope.READ)
    prefix = models.CharField(max_length=12, unique=True, editable=False)
    token_hash = models.CharField(max_length=64, editable=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, blank=True, editable=False)

    class Meta(TenantModel.Meta):
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class AuditEntry(models.Model):
    """One change of one row. Written by a trigger; the application may only read."""

    id = models.BigAutoField(primary_key=True)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, db_index=False, related_name="+"
    )
    at = models.DateTimeField(db_default=models.functions.Now())
    actor_id = models.UUIDField(null=True)
    request_id = models.CharField(max_length=64, blank=True, default="")
    table_name = models.CharField(max_length=63)
    row_id = models.UUIDField()
    operation = models.CharField(max_length=6)
    changes = models.JSONField()

    class Meta:
        constraints = [
            RowLevelSecurity(name="accounts_auditentry_tenant"),
        ]
        indexes = [
            models.Index(fields=["organization", "row_id", "id"], name="audit_by_row"),
            models.Index(fields=["organization", "id"], name="audit_by_time"),
        ]


class OutboxEntry(TenantModel):
    """Work that a committed change owes; the dispatcher hands it to the queue."""

    audit = None

    job = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict)
    dispatched_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "id"],
                condition=Q(dispatched_at=None),
                name="outbox_waiting",
            ),
        ]


class Letter(TenantModel):
    """One e-mail to one member, about everything that they were told since the last one.

    `due_at` is when it is taken up again if nobody has sent it by then.
    """

    audit = None

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="letters")
    state = models.CharField(max_length=8, choices=LetterState, default=LetterState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["organization", "member", "created_at"], name="letter_latest"),
            # Read over all organisations, to find out whose letters are due.
            models.Index(
                fields=["due_at"], condition=Q(state=LetterState.WAITING), name="letter_all_waiting"
            ),
        ]


class Notification(TenantModel):
    """Something that a member was told, once for each `key`.

    `units` own what it speaks of: where one of them is hidden from the member, so is this.
    `mail_at` is when it may go out by e-mail, None for never.
    """

    audit = None

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=400)
    text = models.TextField(blank=True, default="")
    url = models.CharField(max_length=500)
    actor = TenantForeignKey(Member, null=True, related_name="+")
    about = models.UUIDField(null=True)
    units = ArrayField(models.UUIDField(), default=list)
    read_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(null=True)
    letter = TenantForeignKey(
        Letter, null=True, on_delete=models.SET_NULL, related_name="notifications"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member", "key"], name="notification_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "member", "id"],
                condition=Q(read_at=None),
                name="notification_unread",
            ),
            models.Index(fields=["organization", "member", "id"], name="notification_latest"),
            models.Index(fields=["organization", "about"], name="notification_about"),
            # Read over all organisations, to find out who has somebody to write to.
            models.Index(
                fields=["mail_at"],
                condition=Q(letter=None, read_at=None, mail_at__isnull=False),
                name="notification_all_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Heartbeat(models.Model):
    """When each kind of background process last showed life; one row a kind, no tenant."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()


class Round(models.Model):
    """A job that every organisation is to have, under way: up to and with `after`, by their ids.

    One row a job while its round is on, no tenant.
    """

    job = models.CharField(max_length=64, primary_key=True)
    after = models.UUIDField(default=UUID(int=0))
    moved_at = models.DateTimeField(auto_now=True)


class IdempotencyKey(TenantModel):
    """The stored answer to a POST, so that the same key has one effect."""

    audit = None

    member = TenantForeignKey(Member)
    key = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    headers = models.JSONField(default=dict)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "member", "key"], name="idempotency_key_once"
            ),
        ]
