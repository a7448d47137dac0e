"""What a page offers: its links, and its forms as they would be sent untouched."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin

from django.test import Client

Fields = dict[str, list[str]]
Attributes = dict[str, str]
TICKED = {"checkbox", "radio"}


@dataclass(frozen=True)
class Offer:
    """One thing to press: where it leads, and what is sent along."""

    method: str
    address: str
    fields: Fields = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return f"{self.method} {self.address}"

    @property
    def path(self) -> str:
        return self.address.partition("?")[0]

    def press(self, client: Client) -> Any:
        send = client.post if self.method == "POST" else client.get
        return send(self.address, self.fields)


@dataclass
class Form:
    action: str = ""
    method: str = "GET"
    fields: Fields = field(default_factory=dict)
    buttons: list[Attributes] = field(default_factory=list)

    def add(self, name: str, values: list[str]) -> None:
        self.fields.setdefault(name, []).extend(values)

    def pressed(self, button: Attributes) -> Offer:
        """What one of its buttons sends."""
        fields = {name: list(values) for name, values in self.fields.items()}
        if "name" in button:
            fields.setdefault(button["name"], []).append(button.get("value", ""))
        return Offer(self.method, button.get("formaction", self.action), fields)


class PageReader(HTMLParser):
    """Reads the page at an address; `offers` is what it found."""

    def __init__(self, address: str, page: str) -> None:
        super().__init__()
        self.address = address
        self.links: list[Offer] = []
        # By id, for controls that stand outside; one without an id has a number.
        self.forms: dict[str, Form] = {}
        # What is being read.
        self.form = Form()
        self.select: tuple[Form, str, list[tuple[str, bool]]] | None = None
        self.textarea: list[str] | None = None
        self.feed(page)

    @property
    def offers(self) -> list[Offer]:
        """Those that lead to the page's own site; a form that cannot be sent offers nothing."""
        sent = [form.pressed(button) for form in self.forms.values() for button in form.buttons]
        found = [
            Offer(it.method, urldefrag(urljoin(self.address, it.address)).url, it.fields)
            for it in (*self.links, *sent)
        ]
        return [offer for offer in found if offer.address.startswith("/")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = self.form_named(given.get("id", str(len(self.forms))))
            self.form.action = given.get("hx-post", given.get("action", ""))
            self.form.method = "POST" if "hx-post" in given else given.get("method", "get").upper()
        elif tag == "a" and "href" in given:
            self.links.append(Offer("GET", given["href"]))
        elif tag == "option" and self.select:
            self.select[2].append((given.get("value", ""), "selected" in given))
        elif "disabled" not in given:
            self.read_control(tag, given)

    def form_named(self, name: str) -> Form:
        return self.forms.setdefault(name, Form())

    def read_control(self, tag: str, given: Attributes) -> None:
        form = self.form_named(given["form"]) if "form" in given else self.form
        kind, name = given.get("type", ""), given.get("name", "")
        if tag == "button" and "hx-post" in given:
            self.links.append(Offer("POST", given["hx-post"]))
        elif tag == "button" and kind != "button":
            form.buttons.append(given)
        elif tag == "input" and name and (kind not in TICKED or "checked" in given):
            form.add(name, [given.get("value", "on" if kind in TICKED else "")])
        elif tag == "select" and name:
            self.select = form, name, []
        elif tag == "textarea" and name:
            form.fields[name] = self.textarea = [""]

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.textarea[0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = Form()
        elif tag == "textarea":
            self.textarea = None
        elif tag == "select" and self.select:
            form, name, options = self.select
            chosen = [value for value, is_chosen in options if is_chosen]
            form.add(name, chosen or [value for value, _ in options[:1]])
            self.select = None
