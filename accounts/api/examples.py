"""What bodies and answers look like, for the documents."""

from __future__ import annotations

from typing import Any, Final

ID: Final = "019aaf3e-5c1f-7c52-9d43-0c6f5a2b7e10"
SESSION_ID: Final = "019aaf41-0a77-7b3e-8f0c-d2b6a1c4e593"
TIME: Final = "2026-11-23T10:00:00.000Z"
PASSWORD: Final = "Correct-Horse7"  # noqa: S105  an example
JWT: Final = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxIn0.eyJzdWIiOiIwMTlhYWYzZSJ9.c2lnbmF0dXJl"

USER: Final[dict[str, Any]] = {
    "id": ID,
    "email": "ada@example.org",
    "username": "ada",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "emailVerified": True,
    "createdAt": TIME,
}
TOKENS: Final = {
    "accessToken": JWT,
    "refreshToken": JWT,
    "tokenType": "Bearer",
    "expiresIn": "15m",
}
SIGNED_IN: Final = {
    "user": {**USER, "roles": ["user"]},
    "tokens": TOKENS,
    "session": {"id": SESSION_ID},
    "deviceToken": "eyJ1IjoiMDE5YWFmM2UifQ:1vN2Xq:3x0f",
}
AVATAR: Final = "https://id.example.org/media/avatars/7c/7c41f0b2d9a86e35c4f1b07a92d8e6f3.webp"
PROFILE: Final = {
    **USER,
    "avatar": AVATAR,
    "isActive": True,
    "lastLoginAt": TIME,
    "profile": {
        "bio": "Analyst of engines.",
        "phone": "+442071838750",
        "dateOfBirth": "1985-12-10",
        "address": "12 St James's Square",
        "city": "London",
        "country": "United Kingdom",
        "timezone": "Europe/London",
        "language": "en",
        "preferences": {"theme": "dark"},
    },
    "roles": ["user"],
}
PROFILE_INPUT: Final = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "bio": "Analyst of engines.",
    "phone": "+442071838750",
    "dateOfBirth": "1985-12-10",
    "address": "12 St James's Square",
    "city": "London",
    "country": "United Kingdom",
    "timezone": "Europe/London",
    "language": "en",
}
PUBLIC_PROFILE: Final = {
    "id": ID,
    "username": "ada",
    "firstName": "Ada",
    "lastName": "Lovelace",
    "avatar": AVATAR,
    "createdAt": TIME,
}
