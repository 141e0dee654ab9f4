"""One's own picture."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.response import Response

from accounts import errors
from accounts.api import examples
from accounts.api.profile import ProfileAnswer
from accounts.selectors.principals import again, own_profile
from accounts.services import avatar
from config.common.api.operations import operation
from config.common.api.serializers import WireSerializer
from config.common.api.throttling import Limit
from config.common.api.views import ApiRequest, ApiViewSet
from config.common.api.wire import answer
from config.common.errors import Busy
from config.common.request_meta import RequestMeta

NAMES = ("avatar", "file")


class FilePart(serializers.FileField):
    """A file in a form."""

    # What drf-spectacular reads instead of guessing; importing its decorator is slow.
    _spectacular_annotation: ClassVar[dict[str, Any]] = {
        "field": {"type": "string", "contentMediaType": "application/octet-stream"}
    }


class AvatarInput(WireSerializer):
    avatar = FilePart(help_text="JPEG, PNG, WebP or GIF, at most 2 MB and 40 megapixels.")


class AvatarAnswer(WireSerializer):
    avatar = serializers.CharField(help_text="Where the picture can be seen.")
    user = ProfileAnswer()


class AvatarViewSet(ApiViewSet):
    # Whole in memory: the edge lets no more than 2.5 MiB in, with or without a length.
    parser_classes = (MultiPartParser,)

    @operation(
        "Upload your picture",
        description=(
            "The first file part, named `avatar` or `file`. Known by its content, not by name or "
            "declared type; turned upright, cropped to its middle square, kept as WebP of 512 "
            "pixels without metadata. Moving pictures are refused. The one before goes."
        ),
        limit=Limit("upload", "upload"),
        body=AvatarInput,
        media_type="multipart/form-data",
        body_example={"avatar": "(the bytes of the file)"},
        answer=AvatarAnswer,
        example={"avatar": examples.AVATAR, "user": examples.PROFILE},
        message="Your picture is saved.",
        under_impersonation=True,
        errors=(
            errors.NoFile,
            errors.InvalidImage,
            errors.FileTooLarge,
            errors.StorageUnavailable,
            Busy,
        ),
    )
    def upload(self, request: ApiRequest) -> Response:
        avatar.replace(request.user, _first_file(request), meta=RequestMeta.of(request))
        profile = own_profile(again(request.auth))
        return answer({"avatar": profile["avatar"], "user": profile}, _("Your picture is saved."))

    @operation(
        "Remove your picture",
        description="Also where there is none.",
        answer=ProfileAnswer,
        example={**examples.PROFILE, "avatar": None},
        message="Your picture is removed.",
        under_impersonation=True,
    )
    def remove(self, request: ApiRequest) -> Response:
        avatar.remove(request.user, meta=RequestMeta.of(request))
        return answer(own_profile(again(request.auth)), _("Your picture is removed."))


def _first_file(request: ApiRequest) -> bytes:
    """The first part named as it should be, or else the first one. Raises NoFile."""
    given: Any = request.FILES
    for name in [*NAMES, *given]:
        if name in given:
            return bytes(given.getlist(name)[0].read())
    raise errors.NoFile
