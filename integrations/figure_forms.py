"""Forms about what delivers figures."""

from typing import Any

from django import forms

from integrations.forms import offer_owners, owner_field
from integrations.models import Pull, PushAddress
from integrations.providers.csv_file.reader import LONGEST_FILE
from integrations.providers.json_pull.credentials import NAME
from lib.display import show_interval

HEADERS_HELP = "One a line, as in “Authorization: Bearer …”. They are sealed and not shown again."
TYPE_AGAIN = "Type the values again: what was typed is not sent back."
INTERVALS = [(minutes, show_interval(minutes)) for minutes in (15, 60, 360, 1440, 10080)]


class PushAddressForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    class Meta:
        model = PushAddress
        fields = ("name",)


class ImportForm(forms.Form):
    """A file to look at; once it was looked at, its text goes along instead of the file."""

    file = forms.FileField(
        label="CSV file", max_length=160, error_messages={"required": "Choose a file."}
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    file_name = forms.CharField(required=False, max_length=160, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("text")

    @property
    def body(self) -> bytes:
        """The file, or as much of it as shows that it is too large."""
        file = self.cleaned_data.get("file")
        if file is None:
            return str(self.cleaned_data["text"]).encode()
        return bytes(file.read(LONGEST_FILE + 1))

    @property
    def name(self) -> str:
        file = self.cleaned_data.get("file")
        return str(file.name if file else self.cleaned_data["file_name"])


class HeadersInput(forms.Textarea):
    """Headers as they are typed. Back to the page go their names alone."""

    def format_value(self, value: Any) -> str:
        lines = [line.partition(":") for line in str(value or "").splitlines()]
        names = [name.strip() for name, colon, _ in lines if colon]
        return "\n".join(f"{name}: " for name in names if NAME.fullmatch(name))


class PullForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs only
    """An address, where in its answer the number is, and what opens it."""

    headers = forms.CharField(
        required=False,
        max_length=20_000,
        help_text=HEADERS_HELP,
        widget=HeadersInput(
            attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off", "class": "code"}
        ),
    )
    interval_minutes = forms.TypedChoiceField(label="Pull", coerce=int, choices=INTERVALS)

    class Meta:
        model = Pull
        fields = ("name", "address", "path", "headers", "interval_minutes", "delay_days")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("headers", "").strip():
            self.fields["headers"].help_text = f"{TYPE_AGAIN} {HEADERS_HELP}"
        chosen = self.instance.interval_minutes
        if chosen not in dict(INTERVALS):
            words = (chosen, show_interval(chosen))
            self.fields["interval_minutes"].choices = sorted([*INTERVALS, words])  # type: ignore[attr-defined]
        self.fields["interval_minutes"].initial = chosen

    def clean_headers(self) -> dict[str, str]:
        """Name → value; what cannot be sent is refused by the provider."""
        pairs: dict[str, str] = {}
        for line in self.cleaned_data["headers"].splitlines():
            name, colon, value = line.partition(":")
            if not line.strip():
                continue
            if not colon:
                raise forms.ValidationError("Write each header as in “Name: value”.")
            if not value.strip() and NAME.fullmatch(name.strip()):
                raise forms.ValidationError(f"Type the value of {name.strip()}.")
            pairs[name.strip()] = value.strip()
        return pairs


class PullEditForm(PullForm):
    """With who looks after it: of a new one, that is who makes it."""

    owner = owner_field()
    version = forms.IntegerField(widget=forms.HiddenInput)
    forget_headers = forms.BooleanField(required=False, label="Send no headers any more")
    field_order = ("name", "owner", "address", "path", "headers", "forget_headers")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_owners(self)
        if self.instance.header_names:
            sent = ", ".join(self.instance.header_names)
            headers = self.fields["headers"]
            headers.help_text = f"Left empty, these stay: {sent}. {headers.help_text}"
        else:
            del self.fields["forget_headers"]

    @property
    def new_headers(self) -> dict[str, str] | None:
        """None when the stored ones stay."""
        if self.cleaned_data.get("forget_headers"):
            return {}
        return self.cleaned_data["headers"] or None
