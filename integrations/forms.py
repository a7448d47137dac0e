"""Forms about connections, sources and links."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from accounts.access import Access
from integrations.actions.connections import secret_fields
from integrations.actions.credentials import OPEN_PARTS
from integrations.actions.number_fields import offer
from integrations.actions.offers import Offer
from integrations.actions.sites import is_known_by_host
from integrations.choices import Measure
from integrations.models import Connection, Source
from integrations.ports import Category, Selection, SourceKind
from integrations.providers.oauth import Site
from integrations.queries.connections import NAME_TAKEN, is_name_taken
from integrations.queries.owners import people
from integrations.queries.vocabulary import COUNTED_WORDS, WORDS, Term
from integrations.registry import PROVIDERS
from portfolio.models import Product, Team
from portfolio.queries import live

OFFERED = 50
EITHER = "Choose something to follow, or write a query."
NOT_BOTH = "Choose something to follow or write a query, not both."
NO_FIELD = "Name the field to add up."

GROUP_WORDS = {"statuses": "Status", "resolutions": "Resolution", "types": "Type"}
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


def free_name(name: str) -> str:
    if is_name_taken(name):
        raise forms.ValidationError(NAME_TAKEN)
    return name


class SecretsForm(forms.Form):
    """The credential of one provider; what is stored is never shown again."""

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.provider = provider
        for name in secret_fields(provider):
            is_secret = name not in OPEN_PARTS
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
        self.fields["address"].required = PROVIDERS[provider].needs_address
        self.fields["address"].help_text = ADDRESS_HELP[provider]
        self.fields["name"].initial = PROVIDERS[provider].label

    def clean_name(self) -> str:
        """Refused before the service is asked, so that the token is entered once."""
        return free_name(self.cleaned_data["name"])

    @property
    def connection(self) -> Connection:
        """An unsaved connection of what was typed."""
        return Connection(
            provider=self.provider,
            name=self.cleaned_data["name"],
            address=self.cleaned_data["address"].strip().rstrip("/"),
        )


class AddressForm(SecretsForm):
    """Where the site of a connection is now.

    The credential is asked for where the site cannot prove without it that it is the known one.
    """

    address = forms.CharField(max_length=240)
    version = forms.IntegerField(widget=forms.HiddenInput)
    field_order = ("address",)

    def __init__(self, *args: Any, connection: Connection, **kwargs: Any) -> None:
        super().__init__(*args, provider=connection.provider, **kwargs)
        self.fields["address"].help_text = ADDRESS_HELP[self.provider]
        for name in secret_fields(self.provider):
            if not is_known_by_host(connection):
                del self.fields[name]
                continue
            self.fields[name].required = False
            self.fields[name].help_text = "For another host, enter it again."

    @property
    def entered(self) -> dict[str, str] | None:
        """The credential, if its secret was entered: the rest is filled in already."""
        return self.secrets if self.cleaned_data.get(self.secret_name) else None


class SignInForm(forms.Form):
    """What a connection made by signing in needs beside that: its name."""

    name = forms.CharField(max_length=80)

    def __init__(self, *args: Any, provider: str, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", "sign_in_%s")
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = PROVIDERS[provider].label

    def clean_name(self) -> str:
        """Refused now rather than after the way to the service and back."""
        return free_name(self.cleaned_data["name"])


class SiteForm(forms.Form):
    """One of the sites that a grant reaches."""

    site_id = forms.ChoiceField(label="Site", widget=forms.RadioSelect)

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sites = {site.id: site for site in sites}
        choices = [(it.id, f"{it.name} ({it.url.removeprefix('https://')})") for it in sites]
        self.fields["site_id"].choices = choices  # type: ignore[attr-defined]

    @property
    def site(self) -> Site:
        return self.sites[self.cleaned_data["site_id"]]


def owner_field() -> Any:
    """Who looks after something; `offer_owners` says who comes into question."""
    return forms.ModelChoiceField(
        queryset=None,
        label="Looked after by",
        empty_label="Choose somebody",
        help_text="Is told when it breaks.",
    )


def offer_owners(form: Any) -> None:
    """Let people choose among those who can be told something; the present owner is chosen."""
    form.fields["owner"].queryset = people()
    form.fields["owner"].initial = form.instance.owner_id


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    owner = owner_field()
    field_order = ("name", "owner")
    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Connection
        fields = (
            "name", "interval_minutes", "points_fields", "census_hours", "query_census_hours",
            "shrink_percent", "keep_days",
        )  # fmt: skip
        labels = {"points_fields": "fields that hold estimates"}
        help_texts = {
            "points_fields": "Ids of number fields, by commas; the first with a value counts.",
            "shrink_percent": (
                "A source that loses more of its items in one census is not believed. Up to three"
                " missing items are believed while more than half are left."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_owners(self)
        if self.instance.number_fields is not None:
            self.fields["points_fields"].help_text += f" {offer(self.instance)}"


class SourceForm(forms.Form):
    """What to follow: something that the service listed, or a query of one's own."""

    one_of = ("choice", "query")
    choice = forms.ChoiceField(label="Follow", required=False)
    query = forms.CharField(
        label="Or a query (JQL)",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Without ORDER BY, and with at least one restriction.",
    )
    measure = forms.ChoiceField(label="Count it as", choices=Measure.choices, required=False)
    field = forms.ChoiceField(label="Field to add up", required=False, help_text="For sums only.")
    name = forms.CharField(
        label="Name of the query", max_length=160, required=False, help_text="For a query only."
    )

    def __init__(self, *args: Any, connection: Connection, offer: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        followed = connection.sources.filter(archived_at=None)
        known = set(followed.values_list("kind", "remote_id"))
        fresh = [
            s for s in offer.sources if (s.kind.value, s.remote_id) not in known and not s.archived
        ]
        self.options = {f"{s.kind.value}:{s.remote_id}": s for s in fresh}
        choices = [(key, f"{s.name} ({s.key or s.kind.value})") for key, s in self.options.items()]
        self.fields["choice"].choices = [("", "Choose …"), *choices]  # type: ignore[attr-defined]
        numbers = [(field.remote_id, field.name) for field in offer.number_fields]
        self.fields["field"].choices = [("", "none"), *numbers]  # type: ignore[attr-defined]
        if not connection.provider.startswith("jira"):
            del self.fields["query"], self.fields["name"]
            self.fields["choice"].required = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("choice") and data.get("query"):
            self.add_error("query", NOT_BOTH)
        elif not any(name in self.errors or data.get(name) for name in self.one_of):
            self.add_error("choice", EITHER)
        if data.get("query") and not data.get("name"):
            self.add_error("name", "Give the query a name.")
        return data

    @property
    def counted(self) -> dict[str, str]:
        """How the link that follows is to count, as far as it was chosen."""
        chosen = {name: self.cleaned_data[name] for name in ("measure", "field")}
        return {name: value for name, value in chosen.items() if value}

    @property
    def source(self) -> dict[str, str]:
        """The arguments of `add_source`."""
        if self.cleaned_data.get("query"):
            query = self.cleaned_data["query"]
            return {"kind": SourceKind.JQL, "name": self.cleaned_data["name"], "query": query}
        chosen = self.options[self.cleaned_data["choice"]]
        return {"kind": chosen.kind, "name": chosen.name, "remote_id": chosen.remote_id}


class TasteForm(forms.Form):
    """What `SourceForm` holds while somebody fills it in."""

    choice = forms.CharField(required=False)
    query = forms.CharField(required=False)
    measure = forms.ChoiceField(choices=Measure.choices)
    field = forms.CharField(max_length=80, required=False)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("choice") and data.get("query"):
            self.add_error("query", NOT_BOTH)
        if data.get("choice", "").partition(":")[0] not in {"", *SourceKind}:
            self.add_error("choice", "There is no such source.")
        if data.get("measure") == Measure.SUM and not data.get("field"):
            self.add_error("field", NO_FIELD)
        return data

    def selection(self, connection: Connection) -> Selection | None:
        """What is to be looked at; None while nothing is chosen or something is wrong."""
        kind, _, value = self.cleaned_data.get("choice", "").partition(":")
        if self.cleaned_data.get("query"):
            kind, value = SourceKind.JQL, self.cleaned_data["query"]
        if self.errors or not value:
            return None
        return Selection(
            kind=SourceKind(kind),
            value=value,
            points_fields=tuple(connection.points_fields),
            number_fields=(self.cleaned_data["field"],) if self.is_sum else (),
        )

    @property
    def asked_by(self) -> str:
        """The field that says what to look at."""
        return "query" if self.cleaned_data.get("query") else "choice"

    @property
    def is_sum(self) -> bool:
        return bool(self.cleaned_data.get("measure") == Measure.SUM)


class RulesForm(forms.Form):
    """What each status, resolution and type counts as, where it is not the default."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, terms: list[Term], rules: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.terms, self.rules_before = terms, rules
        for term in terms:
            self.fields[field_of(term)] = rule_field(term, f"{term.default} (default)", rules)

    @property
    def rows(self) -> list[tuple[Term, forms.BoundField]]:
        return [(term, self[field_of(term)]) for term in self.terms]

    @property
    def rules(self) -> dict[str, Any]:
        """The connection's rules with what was chosen."""
        return changed_rules(self.rules_before, self.terms, self.cleaned_data)


def rule_field(term: Term, usual: str, rules: dict[str, Any]) -> forms.ChoiceField:
    """What a term counts as: as usual, or otherwise."""
    return forms.ChoiceField(
        label=f"{GROUP_WORDS[term.group]} {term.name or term.remote_id}",
        required=False,
        choices=[("", usual), *choices_of(term)],
        initial=stored_choice(rules.get(term.group, {}).get(term.remote_id)),
    )


def changed_rules(
    before: dict[str, Any], terms: list[Term], chosen: dict[str, Any]
) -> dict[str, Any]:
    """The rules with what was chosen for the terms; what is not among them stays."""
    rules = {name: dict(v) if isinstance(v, dict) else v for name, v in before.items()}
    for term in terms:
        choice = chosen[field_of(term)]
        group = rules.setdefault(term.group, {})
        group.pop(term.remote_id, None)
        if choice:
            group[term.remote_id] = choice == "yes" if term.group == "types" else choice
    return {name: value for name, value in rules.items() if value != {}}


def field_of(term: Term) -> str:
    return f"{term.group}-{term.remote_id}"


def choices_of(term: Term) -> list[tuple[str, str]]:
    if term.group == "types":
        return [("yes", COUNTED_WORDS[True]), ("no", COUNTED_WORDS[False])]
    if term.group == "resolutions":
        return [(name, WORDS[name]) for name in (Category.DONE, Category.LEFT_OUT)]
    return list(WORDS.items())


def stored_choice(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value or "")


class ItemFilterForm(forms.Form):
    category = forms.ChoiceField(
        required=False,
        choices=[("", "All items"), *((name, word) for name, word in WORDS.items())],
    )
    label = forms.CharField(
        required=False, max_length=120, widget=forms.TextInput(attrs={"placeholder": "Label"})
    )
    q = forms.CharField(
        required=False,
        max_length=120,
        label="Words or key",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "Words or key"}),
    )

    @property
    def chosen(self) -> dict[str, str]:
        """The filters that can be read."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class UnservedFilterForm(forms.Form):
    """Which list of gaps, and of whom; what is not valid counts as not given."""

    KINDS = (
        ("initiatives", "Initiatives that drive no key result"),
        ("key-results", "Key results without work"),
        ("items", "Tickets that no goal takes up"),
    )
    list = forms.ChoiceField(choices=KINDS, required=False)
    product: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="All products")
    team: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="All teams")
    source: Any = forms.ModelChoiceField(queryset=None, required=False, empty_label="All sources")
    of_nobody = forms.BooleanField(required=False, label="Of no product or team")

    def __init__(self, data: QueryDict, *, access: Access) -> None:
        super().__init__(data, auto_id="filter_%s")
        choices: dict[str, Any] = {
            "product": live(Product, access),
            "team": live(Team, access),
            "source": Source.objects.filter(archived_at=None),
        }
        for name, pool in choices.items():
            self.fields[name].queryset = pool  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def kind(self) -> str:
        return self.cleaned_data.get("list") or "initiatives"

    def chosen(self, name: str) -> Any:
        return self.cleaned_data.get(name)

    @property
    def units(self) -> dict[str, UUID | None]:
        """The product and the team that were chosen."""
        return {name: getattr(self.chosen(name), "pk", None) for name in ("product", "team")}

    @property
    def narrows(self) -> bool:
        return any(self.chosen(name) for name in ("product", "team", "source", "of_nobody"))
