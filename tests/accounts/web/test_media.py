from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

NAME = "avatars/7c/7c41f0b2d9a86e35c4f1b07a92d8e6f3.webp"


@pytest.fixture(params=["memory", "folder"])
def served(request, settings, tmp_path):
    """A file of our own in the storage."""
    if request.param == "folder":
        settings.STORAGES = {
            **settings.STORAGES,
            "default": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(tmp_path), "base_url": "/media/"},
            },
        }
    default_storage.delete(NAME)
    default_storage.save(NAME, ContentFile(b"<script>alert(1)</script>"))
    return f"/media/{NAME}"


def test_a_picture_is_nothing_but_a_picture_whatever_is_in_it(client, served):
    answer = client.get(served)

    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_browsers_keep_it_for_long_and_shared_caches_not_at_all(client, served):
    assert client.get(served).headers["Cache-Control"] == "private, max-age=31536000, immutable"


def test_pages_elsewhere_may_show_it(client, served):
    assert client.get(served).headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_nobody_gets_a_cookie_with_it(client, served):
    assert not client.get(served).cookies


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_can_only_be_looked_at(client, served, method):
    assert getattr(client, method)(served).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "",
        "avatars",
        "avatars/",
        "avatars/7c/",
        "avatars/7c/7c41f0b2d9a86e35c4f1b07a92d8e6f4.webp",
        "avatars/7c/7C41F0B2D9A86E35C4F1B07A92D8E6F3.webp",
        "avatars/7c/7c41f0b2d9a86e35c4f1b07a92d8e6f3.png",
        "avatars/7c/../7c/7c41f0b2d9a86e35c4f1b07a92d8e6f3.webp",
        "avatars/7c/%2e%2e%2f7c41f0b2d9a86e35c4f1b07a92d8e6f3.webp",
        "../muster.sqlite3",
        "..%2f..%2fetc%2fpasswd",
        "health/x",
        "notes.txt",
    ],
)
def test_nothing_else_is_there(client, served, path):
    default_storage.save("notes.txt", ContentFile(b"secret"))

    answer = client.get(f"/media/{path}")

    assert answer.status_code == 404
    assert b"secret" not in answer.content


def test_where_files_live_elsewhere_nothing_is_served_here(client, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "storages.backends.s3.S3Storage",
            "OPTIONS": {"bucket_name": "pictures", "endpoint_url": "http://127.0.0.1:9"},
        },
    }

    assert client.get(f"/media/{NAME}").status_code == 404
