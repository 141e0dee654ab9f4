"""What opens the API, and the many things that do not."""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings as django_settings

from config.common.ids import uuid7
from config.settings import keys as key_files
from tests.accounts.conftest import code_of


def asks(api, token):
    return code_of(api.get("users/profile", HTTP_AUTHORIZATION=f"Bearer {token}"))


def claims_of(token):
    return jwt.decode(token, options={"verify_signature": False})


def kid_of(token):
    return jwt.get_unverified_header(token)["kid"]


def base64url(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def test_a_token_names_user_session_issuer_audience_and_times(api, owner, clock):
    api.sign_in(owner)

    claims = claims_of(api.token)

    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    assert (claims["sub"], claims["sid"]) == (str(owner.pk), api.session_id)
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert claims["iss"] == django_settings.PUBLIC_URL


def test_it_expires_after_fifteen_minutes_and_says_so(api, owner, clock):
    api.sign_in(owner)
    clock.shift(15 * 60 - 1)
    assert asks(api, api.token) == (200, "")

    clock.shift(1)

    assert asks(api, api.token) == (401, "TOKEN_EXPIRED")


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "NOT_AUTHENTICATED"),
        ("Basic YTpi", "NOT_AUTHENTICATED"),
        ("Bearer", "TOKEN_INVALID"),
        ("Bearer ", "TOKEN_INVALID"),
        ("Bearer garbage", "TOKEN_INVALID"),
        ("Bearer a.b.c", "TOKEN_INVALID"),
        ("Bearer \u00e4.\u00f6.\u00fc", "TOKEN_INVALID"),
        ("Bearer " + "x" * 5000, "TOKEN_INVALID"),
        ("Bearer null", "TOKEN_INVALID"),
    ],
)
def test_what_is_no_token(api, header, code):
    answer = api.get("users/profile", HTTP_AUTHORIZATION=header)

    assert code_of(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def forged(kind, token):
    """The same claims, signed as somebody would who does not hold the key; or who holds it."""
    claims, kid = claims_of(token), kid_of(token)
    secret = django_settings.JWT_SIGNER.signing
    unsigned = (
        f"{base64url(json.dumps({'alg': 'none', 'kid': kid}).encode())}.{token.split('.')[1]}."
    )
    own = {
        "other audience": {"aud": "muster-refresh"},
        "other issuer": {"iss": "https://elsewhere.example"},
        "no expiry": {"exp": None},
        "no session": {"sid": None},
        "no id": {"jti": None},
        "session that is no id": {"sid": "1"},
        "user that is no id": {"sub": "1"},
        "session as a number": {"sid": 7},
    }
    if kind in own:
        changed = {key: value for key, value in (claims | own[kind]).items() if value is not None}
        return jwt.encode(changed, secret, "HS256", headers={"kid": kid})
    return {
        "alg none": unsigned,
        "alg None, spelled otherwise": unsigned.replace(
            unsigned.partition(".")[0], base64url(b'{"alg":"nOnE","kid":"%s"}' % kid.encode())
        ),
        "HS512": jwt.encode(claims, secret, "HS512", headers={"kid": kid}),
        "other kid": jwt.encode(claims, secret, "HS256", headers={"kid": "0" * 16}),
        "no kid": jwt.encode(claims, secret, "HS256"),
        "kid as a path": jwt.encode(claims, secret, "HS256", headers={"kid": "../../dev/null"}),
        "other secret": jwt.encode(claims, "x" * 64, "HS256", headers={"kid": kid}),
        "empty secret": jwt.encode(claims, "\0" * 32, "HS256", headers={"kid": kid}),
        "jku": jwt.encode(
            claims, "x" * 64, "HS256", headers={"kid": kid, "jku": "https://evil.example/jwks"}
        ),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    [
        "alg none",
        "alg None, spelled otherwise",
        "HS512",
        "other kid",
        "no kid",
        "kid as a path",
        "other secret",
        "empty secret",
        "jku",
        "other audience",
        "other issuer",
        "no expiry",
        "no session",
        "no id",
        "session that is no id",
        "user that is no id",
        "session as a number",
    ],
)
def test_a_forged_token_is_invalid(api, owner, kind):
    api.sign_in(owner)

    assert asks(api, forged(kind, api.token)) == (401, "TOKEN_INVALID")
    assert asks(api, api.token) == (200, "")


def test_a_refresh_token_is_no_access_token(api, owner):
    api.sign_in(owner)

    assert asks(api, api.refresh_token) == (401, "TOKEN_INVALID")


def test_no_bit_of_a_token_can_be_flipped(api, owner):
    api.sign_in(owner)
    raw = api.token.encode()

    passed = []
    for position in range(len(raw)):
        flipped = bytearray(raw)
        flipped[position] ^= 1 << (position % 7)
        token = flipped.decode("ascii")
        # The last character of a base64 part may carry bits that mean nothing.
        if _decoded(token) != _decoded(api.token) and asks(api, token)[0] != 401:
            passed.append(position)

    assert passed == []


def _decoded(token):
    try:
        return [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    except ValueError:
        return None


@pytest.mark.parametrize("claim", ["sub", "sid"])
def test_a_well_signed_token_for_a_session_that_is_not_theirs(api, owner, stranger, claim):
    api.sign_in(owner)
    other = str(stranger.pk) if claim == "sub" else str(uuid7())
    claims = claims_of(api.token) | {claim: other}
    token = jwt.encode(
        claims, django_settings.JWT_SIGNER.signing, "HS256", headers={"kid": kid_of(api.token)}
    )

    assert asks(api, token) == (401, "SESSION_REVOKED")


def test_an_actor_that_nobody_put_there_changes_nothing(api, owner):
    api.sign_in(owner)

    assert "act" not in claims_of(api.token)


def test_a_token_from_a_machine_whose_clock_is_ahead_is_read(api, owner):
    api.sign_in(owner)
    claims = claims_of(api.token) | {"iat": int(time.time()) + 3}
    token = jwt.encode(
        claims, django_settings.JWT_SIGNER.signing, "HS256", headers={"kid": kid_of(api.token)}
    )

    assert asks(api, token) == (200, "")


def test_the_api_knows_no_cookies(api, owner):
    api.sign_in(owner)
    api.cookies["access_token"] = api.cookies["session"] = api.token

    assert code_of(api.get("users/profile", HTTP_AUTHORIZATION="")) == (401, "NOT_AUTHENTICATED")


# --- Signed with Ed25519 --------------------------------------------------------------------------


@pytest.fixture
def eddsa(tmp_path, monkeypatch):
    """`eddsa(count)`: key files, and the signer that the settings make of them."""
    monkeypatch.setenv("JWT_ALGORITHM", "EdDSA")

    def made(*names):
        for name in names:
            path = tmp_path / name
            if not path.exists():
                path.write_text(key_files.private_pem(Ed25519PrivateKey.generate()))
        listed = ",".join(str(tmp_path / name) for name in names)
        monkeypatch.setenv("JWT_SIGNING_KEY_FILE", listed)
        return key_files.access_signer()

    return made


def published(api):
    answer = api.get("/.well-known/jwks.json")
    return jwt.PyJWKSet.from_dict(json.loads(answer.content))


def test_ed25519_tokens_verify_against_what_is_published(api, owner, eddsa, keys):
    with keys(JWT_SIGNER=eddsa("new.pem", "old.pem")):
        api.sign_in(owner)
        header = jwt.get_unverified_header(api.token)
        key = published(api)[header["kid"]]

        claims = jwt.decode(api.token, key, algorithms=["EdDSA"], audience="muster")

        assert claims["sid"] == api.session_id
        assert header["alg"] == "EdDSA"
        assert len(published(api).keys) == 2
        assert asks(api, api.token) == (200, "")
        assert api.post("auth/refresh", {"refreshToken": api.refresh_token}).status_code == 200


def test_nothing_private_is_published(api, eddsa, keys):
    with keys(JWT_SIGNER=eddsa("new.pem")):
        listed = json.loads(api.get("/.well-known/jwks.json").content)["keys"]

    assert [set(key) for key in listed] == [{"crv", "x", "kty", "kid", "use", "alg"}]


def test_with_a_secret_nothing_is_published(api):
    assert json.loads(api.get("/.well-known/jwks.json").content) == {"keys": []}


def test_a_new_ed25519_key_signs_nobody_out(api, owner, eddsa, keys):
    with keys(JWT_SIGNER=eddsa("old.pem")):
        api.sign_in(owner)

    with keys(JWT_SIGNER=eddsa("new.pem", "old.pem")):
        assert asks(api, api.token) == (200, "")
    with keys(JWT_SIGNER=eddsa("new.pem")):
        assert asks(api, api.token) == (401, "TOKEN_INVALID")


def test_the_public_key_is_no_secret_to_sign_with(api, owner, eddsa, keys):
    signer = eddsa("new.pem")
    with keys(JWT_SIGNER=signer):
        api.sign_in(owner)
        header = {"alg": "HS256", "kid": signer.kid}
        body = f"{base64url(json.dumps(header).encode())}.{api.token.split('.')[1]}"
        public = signer.verifying[signer.kid].encode()
        signature = jwt.get_algorithm_by_name("HS256").sign(body.encode(), public)

        assert asks(api, f"{body}.{base64url(signature)}") == (401, "TOKEN_INVALID")


def test_going_over_to_ed25519_leaves_refresh_tokens_alone(api, owner, eddsa, keys):
    api.sign_in(owner)

    with keys(JWT_SIGNER=eddsa("new.pem")):
        access = asks(api, api.token)
        answer = api.post("auth/refresh", {"refreshToken": api.refresh_token})
        fresh = asks(api, answer.data["data"]["accessToken"])

    assert (access, fresh) == ((401, "TOKEN_INVALID"), (200, ""))
