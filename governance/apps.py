from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        from accounts.notifications import NotificationKind, register_kind
        from governance.actions.decisions import record_trade_off
        from governance.palette import SOURCES
        from governance.panels import register_panels
        from lib import search
        from okrs.actions.commitments import register_backing

        register_panels()
        register_backing(record_trade_off)
        for source in SOURCES:
            search.register(source)
        for order, (name, label, icon) in enumerate(
            (
                ("mention", "Mentions", "at-symbol"),
                ("reply", "Answers to you", "chat-bubble-left-right"),
                ("comment", "Comments on what is yours", "chat-bubble-left"),
                ("decision", "Decisions", "scale"),
                ("risk", "Risks", "exclamation-triangle"),
                ("signal", "Signals", "signal"),
            )
        ):
            register_kind(NotificationKind(name=name, label=label, icon=icon, order=order * 10))
