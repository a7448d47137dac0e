"""What the member may do with a row of the map."""

from django import template

from accounts.access import Access
from accounts.tenant_models import EditableModel
from portfolio import actions

register = template.Library()


@register.filter
def writable_by(row: EditableModel, access: Access) -> bool:
    return actions.may_write(access, row)
