"""What a service tells by itself: where it may, and what arrived there."""

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.fields import TenantForeignKey
from accounts.models import Member
from accounts.tenant_models import TenantModel
from integrations.models.trackers import Connection


class Webhook(TenantModel):
    """Where a service may tell that something happened. The address names, the secret proves."""

    audit = {
        "secret": ["token", "sealed"],
        "silent": ["received", "last_received_at", "refused", "last_refused_at", "refused_because"],
    }

    connection = TenantForeignKey(Connection, on_delete=models.CASCADE, related_name="webhooks")
    token = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    set_by = TenantForeignKey(Member, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    received = models.PositiveIntegerField(default=0)
    last_received_at = models.DateTimeField(null=True)
    refused = models.PositiveIntegerField(default=0)
    last_refused_at = models.DateTimeField(null=True)
    refused_because = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "connection"], name="webhook_one_a_connection"
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("hook", args=[self.token])


class WebhookDelivery(TenantModel):
    """A delivery that was believed, kept for a while so that a repeated one counts once."""

    audit = None

    webhook = TenantForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=200)
    event = models.CharField(max_length=80)
    remote_id = models.CharField(max_length=64)
    removed = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "webhook", "delivery_id"], name="webhook_delivery_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["organization", "webhook", "id"],
                condition=Q(settled_at=None),
                name="webhook_delivery_waiting",
            ),
        ]
