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
        allowed_ports=frozenset(settings.OUTBOUND_ALLOWED_PORTS),
        ca_file=settings.OUTBOUND_CA_FILE or None,
    )
    return OutboundClient(policy, limits)
