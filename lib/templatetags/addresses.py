"""Takes the place of Django's `url` in every template: see TEMPLATES in the settings."""

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as parsed_by_django
from django.urls import NoReverseMatch
from django.utils.html import conditional_escape

from lib.addresses import address_of

register = template.Library()


class AddressNode(URLNode):
    """Django's `url` with the addresses of `lib.addresses`; with named arguments it is Django's."""

    def render(self, context: Context) -> str:
        if self.kwargs:
            return super().render(context)
        name, arguments = self.view_name.resolve(context), [a.resolve(context) for a in self.args]
        try:
            address = address_of(name, *arguments)
        except NoReverseMatch:
            if self.asvar is None:
                raise
            address = ""
        if self.asvar is None:
            return conditional_escape(address) if context.autoescape else address
        context[self.asvar] = address
        return ""


@register.tag
def url(parser: Parser, token: Token) -> Node:
    """The address of a page: `{% url 'okrs:objective' org.slug goal.id %}`, also `as name`."""
    found = parsed_by_django(parser, token)
    return AddressNode(found.view_name, found.args, found.kwargs, found.asvar)
