from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    name = "reviews"
    verbose_name = "Reviews"

    def ready(self) -> None:
        from accounts.notifications import NotificationKind, register_kind
        from reviews.actions import updates
        from reviews.panels import register_panels

        register_panels()
        register_kind(
            NotificationKind(
                name="follow-up", label="Follow-ups", icon="clipboard-document-check", order=60
            )
        )
        register_kind(
            NotificationKind(
                name="update",
                label="Updates",
                icon="envelope",
                order=70,
                standing=updates.standing,
            )
        )
