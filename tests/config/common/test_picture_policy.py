"""Pages show pictures from where the operator keeps them, and from nowhere else."""

from __future__ import annotations

import pytest
from django.core.files.storage import default_storage

from config.common.pages import PAGE_POLICY, page_policy
from config.settings.storage import storage_settings

REGIONAL = "https://s3.eu-central-1.amazonaws.com"
HOSTS = {
    "s3://faces": "https://faces.s3.amazonaws.com",
    "s3://faces?region=eu-central-1&signed=off": "https://faces.s3.amazonaws.com",
    "s3://fa.ces?region=eu-central-1": REGIONAL,  # a certificate covers no dots: path style
    "s3://faces?endpoint=https://minio.example:9000&region=eu-1": "https://minio.example:9000",
    "s3://faces?endpoint=http://127.0.0.1:9000&signed=off": "http://127.0.0.1:9000",
}


def images(policy: str) -> list[str]:
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    return directives["img-src"].removeprefix("'self' data:").split()


@pytest.fixture
def bucket(settings, monkeypatch):
    """Stores in S3 as STORAGE_URL says it, with a key of one's own."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something")

    def chosen(url: str, **more: object) -> None:
        monkeypatch.setenv("STORAGE_URL", url)
        default = storage_settings()[0]["default"]
        default["OPTIONS"].update(more)
        settings.STORAGES = {**settings.STORAGES, "default": default}

    return chosen


@pytest.mark.parametrize(("url", "host"), HOSTS.items(), ids=HOSTS.keys())
def test_a_bucket_is_where_its_pictures_are(bucket, url, host):
    bucket(url)

    assert images(page_policy()) == [host]
    assert default_storage.url("avatars/00/x.webp").startswith(f"{host}/")


def test_a_domain_of_its_own_counts(bucket):
    bucket("s3://faces", custom_domain="faces.example.org")

    assert images(page_policy()) == ["https://faces.example.org"]


def test_without_a_key_nobody_is_asked_for_one(bucket, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setattr("botocore.session.Session.get_credentials", pytest.fail)
    bucket("s3://faces")

    assert images(page_policy()) == ["https://faces.s3.amazonaws.com"]


LOGOS = {
    "https://cdn.example.org/logo.svg": ["https://cdn.example.org"],
    "https://CDN.example.org:8443/logo.svg?x=1": ["https://cdn.example.org:8443"],
    "https://cdn.example.org:443/logo.svg": ["https://cdn.example.org"],
    "https://bücher.example/logo.svg": ["https://xn--bcher-kva.example"],
    "//cdn.example.org/logo.svg": ["https://cdn.example.org"],
    "https://muster.example/logo.svg": [],
    "/static/logo.svg": [],
    "data:image/svg+xml,x": [],
    "": [],
    "https://a;script-src *": [],
    "https://a.example:nothing/": [],
    "javascript://a.example/": [],
}


@pytest.mark.parametrize(("logo", "hosts"), LOGOS.items(), ids=[*LOGOS.keys()])
def test_a_logo_counts_where_it_is_elsewhere(settings, logo, hosts):
    settings.PUBLIC_URL = "https://muster.example"
    settings.BRAND_LOGO = logo

    assert images(page_policy()) == hosts
    assert page_policy().count(";") == PAGE_POLICY.count(";")


def test_without_either_nothing_comes_from_elsewhere():
    assert page_policy() == PAGE_POLICY


def test_a_page_is_sent_with_both(client, settings, bucket):
    settings.BRAND_LOGO = "https://cdn.example.org/logo.svg"
    bucket("s3://faces")

    policy = client.get("/brand.css").headers["Content-Security-Policy"]

    assert images(policy) == ["https://cdn.example.org", "https://faces.s3.amazonaws.com"]
    assert policy.replace(" https://cdn.example.org https://faces.s3.amazonaws.com", "") == (
        PAGE_POLICY
    )
