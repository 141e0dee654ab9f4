from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from PIL import Image

from accounts.models import User
from tests.accounts.conftest import code_of
from tests.accounts.drawing import encoded, moving, png_of
from tests.factories import UserFactory

BROKEN_BASE64 = (
    b'--X\r\nContent-Disposition: form-data; name="avatar"; filename="a.png"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n!!!!!\r\n--X--\r\n"
)


@pytest.fixture
def signed_in(api, owner):
    api.sign_in(owner)
    return api


def part(data: bytes, name: str = "me.png", kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, kind)


def upload(api, **parts):
    return api.post("upload/avatar", parts, content_type=MULTIPART_CONTENT)


def test_an_upload_answers_where_the_picture_is_and_the_profile(signed_in, owner):
    answer = upload(signed_in, avatar=part(encoded()))

    assert answer.status_code == 200, answer.data
    data = answer.data["data"]
    stored = User.objects.get(pk=owner.pk).avatar
    assert data["avatar"] == f"http://localhost:5001/media/{stored}"
    assert data["user"] == signed_in.get("users/profile").data["data"]
    assert data["user"]["avatar"] == data["avatar"]


def test_everybody_sees_it_on_the_public_profile_and_under_its_address(signed_in, api):
    url = upload(signed_in, avatar=part(encoded())).data["data"]["avatar"]

    assert api.get("users/owner_of_it", HTTP_AUTHORIZATION="").data["data"]["avatar"] == url
    shown = api.get(url.removeprefix("http://localhost:5001"), HTTP_AUTHORIZATION="")
    picture = Image.open(BytesIO(shown.content))
    assert (picture.format, picture.size) == ("WEBP", (512, 512))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_the_content_decides_not_the_name_nor_the_declared_type(signed_in, form):
    lied = part(encoded(form=form), "evil.php", "text/html")

    assert upload(signed_in, avatar=lied).status_code == 200


@pytest.mark.parametrize("name", ["avatar", "file", "picture"])
def test_the_part_may_have_any_name(signed_in, name):
    assert upload(signed_in, **{name: part(encoded())}).status_code == 200


@pytest.mark.parametrize("name", ["avatar", "file"])
def test_a_part_of_the_right_name_comes_before_others(signed_in, name):
    parts = {"cover": part(b"no picture"), name: part(encoded())}

    assert upload(signed_in, **parts).status_code == 200


@pytest.mark.parametrize("parts", [{}, {"avatar": "text"}, {"avatar": ""}, {"other": "text"}])
def test_without_a_file_there_is_nothing_to_do(signed_in, parts):
    assert code_of(upload(signed_in, **parts)) == (400, "NO_FILE")


def test_no_body_at_all_is_no_file(signed_in):
    answer = signed_in.call("POST", "upload/avatar", None)

    assert code_of(answer) == (400, "NO_FILE")


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg/>", png_of(65_535, 65_535), moving("WEBP"), encoded(form="BMP"), b"\xff\xd8" * 9],
    ids=["empty", "svg", "bomb", "moving", "bmp", "broken"],
)
def test_what_is_no_picture_is_refused_and_the_present_one_stays(signed_in, owner, data):
    upload(signed_in, avatar=part(encoded()))
    before = User.objects.get(pk=owner.pk).avatar

    answer = upload(signed_in, avatar=part(data))

    assert code_of(answer) == (400, "INVALID_IMAGE")
    assert User.objects.get(pk=owner.pk).avatar == before


def test_more_than_two_megabytes_are_too_large(signed_in):
    answer = upload(signed_in, avatar=part(encoded() + bytes(2 * 1024 * 1024)))

    assert code_of(answer) == (413, "FILE_TOO_LARGE")


def test_a_body_beyond_the_edge_is_not_even_read(signed_in):
    answer = upload(signed_in, avatar=part(bytes(3 * 1024 * 1024)))

    assert code_of(answer) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("length", [0, 3 * 1024 * 1024])
def test_a_body_in_chunks_is_bounded_and_read_as_any_other(signed_in, length):
    body = encode_multipart(BOUNDARY, {"avatar": part(encoded() + bytes(length))})

    answer = signed_in.generic(
        "POST",
        "/api/v1/upload/avatar",
        HTTP_AUTHORIZATION=f"Bearer {signed_in.token}",
        CONTENT_TYPE=MULTIPART_CONTENT,
        **{"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )

    expected = (413, "PAYLOAD_TOO_LARGE") if length else (200, None)
    assert (answer.status_code, answer.json().get("code")) == expected


@pytest.mark.parametrize(
    "kind", ["application/json", "image/png", "application/x-www-form-urlencoded", "text/plain"]
)
def test_other_bodies_than_forms_with_files_are_not_read(signed_in, kind):
    answer = signed_in.call("POST", "upload/avatar", b'{"avatar": "x"}', content_type=kind)

    assert code_of(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "body",
    [
        b"no form",
        b"--X\r\n\r\n",
        BROKEN_BASE64,
    ],
)
def test_a_broken_form_is_a_fault_of_the_caller(signed_in, body):
    answer = signed_in.call(
        "POST", "upload/avatar", body, content_type="multipart/form-data; boundary=X"
    )

    assert answer.status_code == 400


def test_a_form_without_its_boundary_cannot_be_read(signed_in):
    answer = signed_in.call("POST", "upload/avatar", b"x", content_type="multipart/form-data")

    assert code_of(answer) == (400, "MALFORMED_REQUEST")


def test_removing_answers_the_profile_without_a_picture(signed_in, owner):
    upload(signed_in, avatar=part(encoded()))

    answer = signed_in.delete("upload/avatar")

    assert answer.status_code == 200
    assert answer.data["data"] == signed_in.get("users/profile").data["data"]
    assert answer.data["data"]["avatar"] is None
    assert signed_in.delete("upload/avatar").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_file_of_a_removed_picture_is_gone(signed_in, owner):
    url = upload(signed_in, avatar=part(encoded())).data["data"]["avatar"]
    name = User.objects.get(pk=owner.pk).avatar

    signed_in.delete("upload/avatar")

    assert not default_storage.exists(name)
    assert signed_in.get(url.removeprefix("http://localhost:5001")).status_code == 404


def test_a_storage_that_is_away_is_told_so(signed_in, monkeypatch):
    def fail(*_args, **_kwargs):
        raise OSError("away")

    monkeypatch.setattr("django.core.files.storage.InMemoryStorage.save", fail)

    answer = upload(signed_in, avatar=part(encoded()))

    assert code_of(answer) == (503, "STORAGE_UNAVAILABLE")
    assert answer.headers["Retry-After"]


def test_nobody_uploads_without_a_token_and_nobody_for_another(api, owner, client_for):
    stranger = UserFactory(username="stranger")

    assert code_of(upload(api, avatar=part(encoded()))) == (401, "NOT_AUTHENTICATED")
    assert code_of(api.delete("upload/avatar")) == (401, "NOT_AUTHENTICATED")
    upload(client_for(stranger), avatar=part(encoded()), userId=str(owner.pk))

    assert User.objects.get(pk=owner.pk).avatar == ""


def test_uploads_are_limited_to_five_a_minute(clock, signed_in, settings):
    settings.RATE_LIMIT_UPLOAD = (5, 60)

    answers = [upload(signed_in, avatar=part(b"no")) for _ in range(6)]

    assert [code_of(answer)[1] for answer in answers] == ["INVALID_IMAGE"] * 5 + ["RATE_LIMITED"]
    assert answers[0].headers["RateLimit-Limit"] == "5"
