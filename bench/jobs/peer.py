"""The list that a team would write first: REST framework's own classes over the same rows."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from django.test import RequestFactory
from rest_framework.generics import ListAPIView
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer

from bench.harness import Contest, Run
from bench.jobs.lists import PAGE, told, view_of
from bench.world import Place, World
from okrs.models import KeyResult
from okrs.serializers.records import KeyResultSerializer

COLUMNS = {field.name for field in KeyResult._meta.get_fields()}


class PlainSerializer(ModelSerializer[KeyResult]):
    class Meta:
        model = KeyResult
        fields: ClassVar[list[str]] = [
            name for name in KeyResultSerializer.Meta.fields if name in COLUMNS
        ]


class PlainList(ListAPIView[KeyResult]):
    """Without permissions, so that nothing is asked beside the rows and their number."""

    serializer_class = PlainSerializer
    pagination_class = LimitOffsetPagination
    renderer_classes = (JSONRenderer,)
    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()

    def get_queryset(self) -> Any:
        rows = KeyResult.objects.select_related("objective", "metric", "owner")
        return rows.filter(archived_at=None).order_by("id")


def list_page(world: World) -> Contest:
    return Contest(
        name="P6",
        title="key results over the API beside a plain list",
        job=view_of(world.largest),
        floor=plain_view(world.largest),
        # The plain list has the stored pace, not the one that is shown.
        seen=partial(told, pace=False),
    )


def plain_view(place: Place) -> Callable[[], Run]:
    view = PlainList.as_view()

    def prepare() -> Run:
        request = RequestFactory().get(f"/?limit={PAGE}")

        def run() -> HttpResponse:
            with place.bound():
                response: HttpResponse = view(request).render()
            return response

        return run

    return prepare
