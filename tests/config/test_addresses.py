"""DATABASE_URL, EMAIL_URL and STORAGE_URL, in each form that the contract names."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.settings.email import email_settings
from config.settings.logs import logging_settings
from config.settings.storage import storage_settings
from tests.config.programs import SET_UP, run

DATABASE = (
    "import json; from config.settings.base import DATABASES as d; print(json.dumps(d['default']))"
)


@pytest.fixture
def email(monkeypatch):
    def read(url):
        monkeypatch.setenv("EMAIL_URL", url)
        return email_settings()

    return read


@pytest.fixture
def storage(monkeypatch):
    def read(url):
        monkeypatch.setenv("STORAGE_URL", url)
        return storage_settings()

    return read


def test_mail_goes_to_the_console_by_default(email):
    assert email("")["EMAIL_BACKEND"].endswith("console.EmailBackend")


def test_mail_into_a_folder(email):
    found = email("file:///var/spool/my%20mails")

    assert found["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert found["EMAIL_FILE_PATH"] == "/var/spool/my mails"


def test_mail_over_starttls_with_a_password(email):
    found = email("smtp://ada%40example.org:p%40ss%2Fw%3Ard@mail.example.org?tls=starttls")

    assert found["EMAIL_HOST"] == "mail.example.org"
    assert found["EMAIL_PORT"] == 587
    assert found["EMAIL_HOST_USER"] == "ada@example.org"
    assert found["EMAIL_HOST_PASSWORD"] == "p@ss/w:rd"
    assert (found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (True, False)
    assert found["EMAIL_TIMEOUT"] == 10


@pytest.mark.parametrize(
    ("url", "port", "ssl"),
    [
        ("smtp://127.0.0.1:2525", 2525, False),
        ("smtp://mail.example.org", 25, False),
        ("smtp://mail.example.org?tls=ssl", 465, True),
        ("smtp://mail.example.org:2465?tls=ssl", 2465, True),
    ],
)
def test_mail_by_port_and_tls(email, url, port, ssl):
    found = email(url)

    assert (found["EMAIL_PORT"], found["EMAIL_USE_SSL"]) == (port, ssl)


@pytest.mark.parametrize(
    "url", ["mail.example.org", "http://x", "smtp://", "smtp://x?tls=yes", "smtp://x:port"]
)
def test_no_other_mail_address_is_understood(email, url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        email(url)


def test_files_lie_in_a_folder(storage):
    found, media = storage("file:///srv/my%20files")

    assert found["default"]["OPTIONS"]["location"] == "/srv/my files"
    assert str(media) == "/srv/my files"


def test_files_lie_in_data_by_default(storage):
    _found, media = storage("")

    assert media.parts[-2:] == ("data", "media")


def test_files_lie_in_s3_of_ones_own(storage):
    found, _media = storage("s3://avatars?endpoint=http://127.0.0.1:9000&region=eu-1&signed=off")

    options = found["default"]["OPTIONS"]
    assert found["default"]["BACKEND"] == "storages.backends.s3.S3Storage"
    assert options["bucket_name"] == "avatars"
    assert options["endpoint_url"] == "http://127.0.0.1:9000"
    assert options["region_name"] == "eu-1"
    assert options["querystring_auth"] is False


def test_links_to_s3_are_signed_by_default(storage):
    found, _media = storage("s3://avatars")

    assert found["default"]["OPTIONS"]["querystring_auth"] is True


@pytest.mark.parametrize("url", ["/srv/files", "ftp://x", "s3://", "s3:avatars"])
def test_no_other_place_for_files_is_understood(storage, url):
    with pytest.raises(ImproperlyConfigured, match="STORAGE_URL"):
        storage(url)


@pytest.mark.parametrize("name", ["LOG_FORMAT", "LOG_LEVEL"])
def test_nor_is_any_other_way_to_log(monkeypatch, name):
    monkeypatch.setenv(name, "loud")

    with pytest.raises(ImproperlyConfigured, match=name):
        logging_settings()


def database(url, **more):
    result = run(DATABASE, DATABASE_URL=url, **more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_postgresql_with_everything_in_its_address():
    found = database("postgresql://ada:p%40ss%2Fw@db.example.org:5433/muster?sslmode=require")

    assert found["ENGINE"] == "config.common.postgresql"
    assert (found["USER"], found["PASSWORD"]) == ("ada", "p@ss/w")
    assert (found["HOST"], found["PORT"], found["NAME"]) == ("db.example.org", 5433, "muster")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert found["OPTIONS"]["server_side_binding"] is True
    assert found["CONN_HEALTH_CHECKS"] is True


def test_postgresql_behind_an_old_pgbouncer():
    found = database("postgres://ada@db/muster", DB_PREPARED="off")

    assert found["OPTIONS"]["server_side_binding"] is False
    assert found["OPTIONS"]["prepare_threshold"] is None


def test_sqlite_writes_as_one_should():
    found = database("sqlite:////srv/muster.sqlite3")

    assert found["NAME"] == "/srv/muster.sqlite3"
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


@pytest.mark.parametrize("url", ["mysql://ada@db/muster", "muster.sqlite3", "http://db/muster"])
def test_no_other_database_is_understood(url):
    result = run(SET_UP, DATABASE_URL=url)

    assert result.returncode != 0
    assert "DATABASE_URL" in result.stderr
