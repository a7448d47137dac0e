"""Pages about money, below an organisation."""

from django.urls import path

from funding.views import budgets, ledger

app_name = "funding"
urlpatterns = [
    path("budgets/", budgets.budgets, name="budgets"),
    path("budgets/export/", budgets.budgets_export, name="budgets-export"),
    path("budgets/new/", budgets.budget_create, name="budget-create"),
    path("budgets/<uuid:pk>/", ledger.budget, name="budget"),
    path("budgets/<uuid:pk>/edit/", budgets.budget_edit, name="budget-edit"),
    path("budgets/<uuid:pk>/archive/", budgets.budget_archive, name="budget-archive"),
    path("budgets/<uuid:pk>/restore/", budgets.budget_restore, name="budget-restore"),
    path(
        "budgets/<uuid:pk>/entries/<uuid:entry>/reverse/",
        ledger.entry_reverse,
        name="entry-reverse",
    ),
]
