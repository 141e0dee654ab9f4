"""The same pictures in S3, by setting alone, against a real S3 API on loopback (moto's server)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer
from PIL import Image

from accounts.errors import StorageUnavailable
from accounts.models import DiscardedFile, User
from accounts.selectors.avatar import url_of
from accounts.services import avatar
from config.settings.storage import storage_settings
from tests.accounts.drawing import encoded

BUCKET = "pictures"
EVERYBODY_READS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/avatars/*",
        }
    ],
}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint, monkeypatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test-key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test-secret")
    bucket = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1").Bucket(BUCKET)
    bucket.create()
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.fixture
def in_s3(bucket, endpoint, settings, monkeypatch) -> Callable[[str], None]:
    """Storage as STORAGE_URL says it."""

    def use(signed: str, at: str = endpoint) -> None:
        monkeypatch.setenv(
            "STORAGE_URL", f"s3://{BUCKET}?endpoint={at}&region=us-east-1&signed={signed}"
        )
        options, _folder = storage_settings()
        settings.STORAGES = {**settings.STORAGES, "default": options["default"]}

    return use


def names(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def name_of(user: User) -> str:
    return User.objects.get(pk=user.pk).avatar


def fetched(url: str) -> tuple[Image.Image, Any]:
    assert urlsplit(url).hostname == "127.0.0.1"
    with urlopen(Request(url)) as answer:  # noqa: S310  loopback
        return Image.open(BytesIO(answer.read())), answer.headers


def test_a_picture_is_one_object_that_says_what_it_is(owner, in_s3, bucket, meta):
    in_s3("on")

    avatar.replace(owner, encoded(), meta=meta)

    assert names(bucket) == [name_of(owner)]
    stored = bucket.Object(name_of(owner))
    assert stored.content_type == "image/webp"
    assert stored.cache_control == "private, max-age=31536000, immutable"


def test_a_signed_address_shows_it_and_works_for_an_hour(owner, in_s3, meta):
    in_s3("on")
    avatar.replace(owner, encoded(), meta=meta)

    url = url_of(name_of(owner))

    query = parse_qs(urlsplit(url).query)
    assert query["X-Amz-Expires"] == ["3600"]
    assert query["X-Amz-Signature"]
    picture, headers = fetched(url)
    assert (picture.size, headers["Content-Type"]) == ((512, 512), "image/webp")


def test_a_public_address_is_the_same_for_everybody_and_for_good(
    owner, in_s3, bucket, endpoint, meta
):
    in_s3("off")
    bucket.Policy().put(Policy=json.dumps(EVERYBODY_READS))
    avatar.replace(owner, encoded(), meta=meta)

    url = url_of(name_of(owner))

    assert url == f"{endpoint}/{BUCKET}/{name_of(owner)}"
    assert fetched(url)[0].size == (512, 512)


def test_a_new_picture_takes_the_place_of_the_old_object(owner, in_s3, bucket, meta):
    in_s3("on")
    avatar.replace(owner, encoded(), meta=meta)
    old = name_of(owner)

    avatar.replace(owner, encoded(), meta=meta)

    assert names(bucket) == [name_of(owner)] != [old]


def test_a_removed_picture_leaves_no_object(owner, in_s3, bucket, meta):
    in_s3("off")
    avatar.replace(owner, encoded(), meta=meta)
    url = url_of(name_of(owner))

    avatar.remove(owner, meta=meta)

    assert names(bucket) == []
    with pytest.raises(HTTPError) as raised:
        fetched(url)
    assert raised.value.code == 404
    raised.value.close()


def test_a_transaction_that_fails_leaves_no_object(owner, in_s3, bucket, meta, monkeypatch):
    def fail(*_args, **_kwargs):
        raise RuntimeError

    in_s3("on")
    monkeypatch.setattr(avatar, "record", fail)

    with pytest.raises(RuntimeError):
        avatar.replace(owner, encoded(), meta=meta)

    assert names(bucket) == []
    assert not DiscardedFile.objects.exists()


def test_a_storage_that_does_not_answer_is_unavailable(owner, in_s3, meta):
    in_s3("on", at="http://127.0.0.1:9")

    with pytest.raises(StorageUnavailable):
        avatar.replace(owner, encoded(), meta=meta)

    assert name_of(owner) == ""
    # What may have got there is looked for again.
    assert DiscardedFile.objects.count() == 1


def test_the_profile_and_the_public_profile_give_the_address(owner, api, in_s3, meta):
    in_s3("off")
    avatar.replace(owner, encoded(), meta=meta)
    api.sign_in(owner)

    url = url_of(name_of(owner))

    assert api.get("users/profile").data["data"]["avatar"] == url
    assert api.get("users/owner_of_it").data["data"]["avatar"] == url
