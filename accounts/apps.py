from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People and organisations"

    def ready(self) -> None:
        from accounts.palette import PEOPLE
        from accounts.permissions import Permission
        from accounts.settings_pages import SettingsPage, register_settings_page
        from lib import search

        search.register(PEOPLE)
        for order, (label, name, permission) in enumerate(
            (
                ("Organisation", "organization", Permission.ORG_READ),
                ("People", "people", Permission.ORG_READ),
                ("API tokens", "tokens", Permission.TOKEN_MANAGE),
                ("Audit log", "audit-log", Permission.AUDIT_READ),
                ("Health", "health", Permission.ORG_MANAGE),
            )
        ):
            register_settings_page(
                SettingsPage(
                    label=label,
                    url_name=f"accounts:{name}",
                    permission=permission,
                    order=order * 10,
                )
            )
