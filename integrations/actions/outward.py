"""The one way out, as the operator allows it."""

import ipaddress

from django.conf import settings

from lib.outbound import Limits, OutboundClient, OutboundPolicy


def outbound(limits: Limits | None = None) -> OutboundClient:
    policy = OutboundPolicy(
        allow_loopback=settings.OUTBOUND_ALLOW_LOOPBACK,
        allowed_networks=tuple(
            ipaddress.ip_network(network) for network in settings.OUTBOUND_ALLOWED_NETWORKS
        ),
    )
    return OutboundClient(policy, limits)
