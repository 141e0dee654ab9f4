"""The list of people, and one person."""

from __future__ import annotations

from typing import Any, Final

from tests.benchmarks.scale.client import Query
from tests.benchmarks.scale.contest import USERS, Contest
from tests.benchmarks.scale.crowd import PERIOD, PROLIFIC, told
from tests.benchmarks.scale.stage import Stage

PAGE_MS: Final = 15.0
SEARCH_TIMES: Final = 50.0
DETAIL_MS: Final = 20.0

# Terms of three letters or more: one in five has it, one in a hundred, five have it, nobody.
TERMS: Final = (
    "gmail.com", "ann", "Schmidt", "MÜLLER", "Änne", "Иванов", "кузн", "Παπαδόπουλος",
    "qxylander", "Öxlemöller", "жемчужников", "zzyqqy",
)  # fmt: skip
COMMON_PAIRS: Final = ("an", "ов")
RARE_PAIRS: Final = ("qx", "öx")


def searching(stage: Stage, contest: Contest) -> None:
    """By three letters and more, then by two."""
    for term in TERMS:
        contest.pages(
            f"search “{term}”",
            USERS,
            {"q": term},
            rows=_matching(term),
            original="users",
            most_ms=PAGE_MS,
            least_times=SEARCH_TIMES,
        )
    for terms, most in ((COMMON_PAIRS, 150.0), (RARE_PAIRS, 1500.0)):
        for term in terms:
            answer = contest.ours.get(USERS, q=term)
            ending = ", incomplete" if answer.get("incomplete") else ""
            contest.line(
                f"search “{term}”, two letters{ending}",
                USERS,
                {"q": term},
                original="users",
                most_ms=most,
            )


def listing(stage: Stage, contest: Contest) -> None:
    """No term: any depth, every filter and sort alone, two filters together."""
    from accounts.models import User

    everybody = User.objects.all()
    year_two = told(stage.marker["now"] - PERIOD * 0.6)[:10]
    year_four = told(stage.marker["now"] - PERIOD * 0.2)[:10]
    for query, rows in (
        ({}, everybody),
        ({"sortBy": "createdAt", "order": "asc"}, everybody),
        ({"sortBy": "email", "order": "asc"}, everybody),
        ({"sortBy": "email", "order": "desc"}, everybody),
        ({"sortBy": "username", "order": "asc"}, everybody),
        ({"sortBy": "username", "order": "desc"}, everybody),
        ({"sortBy": "lastLoginAt", "order": "asc"}, everybody),
        ({"sortBy": "lastLoginAt", "order": "desc"}, everybody),
        ({"status": "active"}, everybody.active()),
        ({"status": "suspended"}, everybody.filter(suspended_at__isnull=False)),
        ({"status": "inactive"}, None),
        ({"status": "deleted"}, None),
        ({"status": "locked"}, None),
        ({"verified": "true"}, everybody.filter(email_verified_at__isnull=False)),
        ({"verified": "false"}, everybody.filter(email_verified_at__isnull=True)),
        ({"twoFactor": "true"}, everybody.filter(two_factor_enabled_at__isnull=False)),
        ({"twoFactor": "false"}, everybody.filter(two_factor_enabled_at__isnull=True)),
        ({"createdAfter": year_four}, everybody.filter(created_at__gte=year_four)),
        ({"createdBefore": year_two}, everybody.filter(created_at__lt=year_two)),
        *(({"role": name}, _holding(name)) for name in ("user", "founders", "editors")),
        *(({"role": name}, None) for name in ("moderator", "admin", "archivists")),
        ({"role": "founders", "sortBy": "email", "order": "asc"}, _holding("founders")),
        ({"role": "editors", "sortBy": "lastLoginAt", "order": "desc"}, _holding("editors")),
        ({"status": "suspended", "twoFactor": "true"}, None),
        ({"verified": "false", "twoFactor": "true"}, None),
        ({"status": "active", "sortBy": "email", "order": "asc"}, everybody.active()),
        ({"role": "editors", "status": "suspended"}, None),
        ({"role": "user", "status": "deleted"}, None),
        ({"role": "founders", "verified": "false"}, None),
        ({"q": "Schmidt", "status": "suspended"}, None),
        ({"q": "gmail.com", "role": "archivists"}, None),
        ({"status": "inactive", "createdBefore": year_two}, None),
    ):
        _list(contest, query, rows)


def detail(stage: Stage, contest: Contest) -> None:
    """One person, and the roles with their numbers."""
    from accounts.models import User

    newest = User.objects.order_by("-created_at").values_list("pk", flat=True)[0]
    prolific = User.objects.order_by("created_at", "pk").values_list("pk", flat=True)[PROLIFIC]
    for whose, key in (("the newest person", newest), ("whom most entries concern", prolific)):
        contest.line(f"detail of {whose}", f"{USERS}/{key}", {}, most_ms=DETAIL_MS)
    contest.line(
        "roles with their user counts", "/api/v1/roles", {}, original="roles", most_ms=DETAIL_MS
    )


def _list(contest: Contest, query: Query, rows: Any) -> None:
    words = ", ".join(f"{name}={value}" for name, value in query.items()) or "no term"
    if rows is None:
        contest.line(f"people, {words}", USERS, query, original="users", most_ms=PAGE_MS)
    else:
        contest.pages(
            f"people, {words}", USERS, query, rows=rows, original="users", most_ms=PAGE_MS
        )


def _matching(term: str) -> Any:
    from accounts.models import User
    from accounts.models.user import folded

    return User.objects.filter(search_text__contains=folded(term))


def _holding(role: str) -> Any:
    from accounts.models import User

    return User.objects.filter(role_assignments__role__name=role)


GROUPS: Final = {"search": searching, "list": listing, "detail": detail}
