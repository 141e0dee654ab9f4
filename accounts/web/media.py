"""Pictures out of the folder, where the storage is one. S3 serves its own."""

from __future__ import annotations

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

# A picture never changes under its name. `private`: no shared cache keeps what somebody removed.
CACHING = "private, max-age=31536000, immutable"
# Whatever a file holds, the browser runs none of it.
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@require_safe
def picture(_request: HttpRequest, name: str) -> HttpResponse:
    """A file that bears a name of ours; there is no list of them, and nothing else."""
    if getattr(default_storage, "base_url", None) != settings.MEDIA_URL:
        raise Http404
    try:
        # Made by us, so some ten kilobytes.
        with default_storage.open(name) as file:
            response = HttpResponse(file.read(), content_type="image/webp")
    except OSError as error:
        raise Http404 from error
    response.headers["Cache-Control"] = CACHING
    response.headers["Content-Security-Policy"] = POLICY
    # Pages elsewhere may show it: front ends of the API have origins of their own.
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
