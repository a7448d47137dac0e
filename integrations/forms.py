"""Forms about connections, sources and links."""

from typing import Any

from django import forms

from accounts.access import Access
from integrations.actions.connections import Proof, secret_fields
from integrations.choices import Measure
from integrations.models import Connection
from integrations.ports import SourceKind
from integrations.queries.connections import linkable_key_results
from integrations.registry import PROVIDERS
from okrs.models import Initiative

SECRET_LABELS = {"email": "E-mail address of the account", "token": "Token", "key": "API key"}
HELP = {
    "jira-cloud": "An API token of an account that may browse the projects. Reading is enough.",
    "jira-data-center": "A personal access token of an account that may browse the projects.",
    "linear": "A personal API key with read access.",
}
ADDRESS_HELP = {
    "jira-cloud": "The site, as in https://your-site.atlassian.net.",
    "jira-data-center": "The address of your Jira, beginning with https://.",
    "linear": "Leave empty: Linear has one address.",
}


class SecretsForm(forms.Form):
    """The credential of one provider; what is stored is never shown again."""

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider = provider
        for name in secret_fields(provider):
            is_secret = name != "email"
            self.fields[name] = forms.CharField(
                label=SECRET_LABELS.get(name, name),
                help_text=HELP[provider] if is_secret else "",
                widget=forms.PasswordInput(attrs={"autocomplete": "off"})
                if is_secret
                else forms.EmailInput(),
            )

    @property
    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data[name].strip() for name in secret_fields(self.provider)}

    @property
    def secret_name(self) -> str:
        """The field that a refusal of the credential stands beside."""
        return secret_fields(self.provider)[-1]


class ConnectForm(SecretsForm):
    name = forms.CharField(max_length=80)
    address = forms.CharField(max_length=240, required=False)

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, provider=provider, **kwargs)
        self.fields["address"].required = provider != "linear"
        self.fields["address"].help_text = ADDRESS_HELP[provider]
        self.fields["name"].initial = PROVIDERS[provider].label

    @property
    def connection(self) -> Connection:
        """An unsaved connection of what was typed."""
        return Connection(
            provider=self.provider,
            name=self.cleaned_data["name"],
            address=self.cleaned_data["address"].strip().rstrip("/"),
        )


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Connection
        fields = ("name", "interval_minutes", "rules")


class SourceForm(forms.Form):
    """What to follow: something that the service listed, or a query of one's own."""

    choice = forms.ChoiceField(label="Follow", required=False)
    query = forms.CharField(
        label="or a query (JQL)",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Without ORDER BY, and with at least one restriction.",
    )
    name = forms.CharField(max_length=160, required=False, help_text="For a query.")

    def __init__(self, *args: Any, connection: Connection, proof: Proof, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.options = {f"{s.kind.value}:{s.remote_id}": s for s in proof.sources}
        choices = [(key, f"{s.name} ({s.key or s.kind.value})") for key, s in self.options.items()]
        self.fields["choice"].choices = [("", "Choose …"), *choices]  # type: ignore[attr-defined]
        if not connection.provider.startswith("jira"):
            del self.fields["query"], self.fields["name"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("choice")) == bool(data.get("query")):
            self.add_error("choice", "Choose something to follow, or write a query.")
        if data.get("query") and not data.get("name"):
            self.add_error("name", "Give the query a name.")
        return data

    @property
    def source(self) -> dict[str, str]:
        """The arguments of `add_source`."""
        if self.cleaned_data.get("query"):
            query = self.cleaned_data["query"]
            return {"kind": SourceKind.JQL, "name": self.cleaned_data["name"], "query": query}
        chosen = self.options[self.cleaned_data["choice"]]
        return {"kind": chosen.kind, "name": chosen.name, "remote_id": chosen.remote_id}


class LinkForm(forms.Form):
    """Which goal the work of a source moves, and how it is counted."""

    key_result: Any = forms.ModelChoiceField(queryset=None, required=False)
    initiative: Any = forms.ModelChoiceField(queryset=None, required=False)
    measure = forms.ChoiceField(choices=Measure.choices)
    label = forms.CharField(label="Only items with the label", max_length=120, required=False)
    field = forms.CharField(
        label="Field to add up", max_length=80, required=False, help_text="For sums only."
    )

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key_result"].queryset = linkable_key_results(access)  # type: ignore[attr-defined]
        initiatives = Initiative.objects.filter(archived_at=None).order_by("title", "id")
        self.fields["initiative"].queryset = initiatives  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("key_result")) == bool(data.get("initiative")):
            self.add_error("key_result", "Choose one key result or one initiative.")
        if data.get("measure") == Measure.SUM and not data.get("field"):
            self.add_error("field", "Name the field to add up.")
        return data


class ItemFilterForm(forms.Form):
    category = forms.ChoiceField(
        required=False,
        choices=[("", "All items"), ("done", "Done"), ("doing", "In progress"), ("todo", "To do"),
                 ("left_out", "Left out")],
    )  # fmt: skip
    q = forms.CharField(required=False, label="Search")
