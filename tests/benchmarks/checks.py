"""Before the clock runs: does each server give the right answer, and the same one?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.benchmarks.asking import Answer, ask
from tests.benchmarks.place import CannotMeasure
from tests.benchmarks.processes import running
from tests.benchmarks.statements import COUNTED
from tests.benchmarks.subjects import LOGIN, PEER_PROFILE, PROFILE, REFRESH, Subjects

LOGOUT = "/api/v1/auth/logout"


class Requests:
    """One request of each kind; every refresh token is sent once."""

    def __init__(self, subjects: Subjects) -> None:
        place = subjects.place
        self.tokens = place.lines("access.txt")
        self.refresh_tokens = iter(place.lines("refresh.txt")[:100])
        self.logins: Iterator[dict[str, Any]] = map(json.loads, place.lines("login.txt"))

    def profile(self, port: int) -> Answer:
        return ask(port, PROFILE, bearer=self.tokens[0])

    def refresh(self, port: int) -> Answer:
        return ask(port, REFRESH, body={"refreshToken": next(self.refresh_tokens)})

    def login(self, port: int) -> Answer:
        return ask(port, LOGIN, body=next(self.logins))

    def kinds(self) -> dict[str, tuple[Callable[[int], Answer], int]]:
        """Each kind of request, and how many of them to count statements over."""
        return {
            "profile": (self.profile, COUNTED),
            "refresh": (self.refresh, COUNTED),
            "login": (self.login, COUNTED // 2),
        }


def check_all(subjects: Subjects, *, peer: bool) -> None:
    """Raises CannotMeasure for the first answer that is not as it should be."""
    folder = subjects.place.folder
    requests = Requests(subjects)
    with running(subjects.muster("checked"), folder) as up:
        profile = requests.profile(up.port)
        _expect(profile, "roles", lambda data: data["roles"] == ["user"])
        _expect(profile, "a profile", lambda data: data["profile"]["city"] == "Zürich")
        _expect(profile, "a user", lambda data: data["email"].endswith("@example.com"))
        nobody = ask(up.port, PROFILE)
        if nobody.status != 401:
            raise CannotMeasure(f"A profile without a token: {nobody.status}, not 401.")
        renewed = requests.refresh(up.port)
        _expect(renewed, "a new pair", lambda data: data["refreshToken"] and data["accessToken"])
        entered = requests.login(up.port)
        _expect(entered, "tokens", lambda data: data["tokens"]["refreshToken"])
        _check_ends(up.port, str(entered.body["data"]["tokens"]["accessToken"]))
        # Twice as many as asked for below: each process of the bare app goes through its own list.
        known = [ask(up.port, PROFILE, bearer=token).body["data"] for token in requests.tokens[:20]]
    with running(subjects.bare("checked_bare"), folder) as up:
        for _ in range(10):
            bare = requests.profile(up.port).body["data"]
            if bare not in known:
                raise CannotMeasure(f"The bare app answers something else: {bare}")
    if peer:
        with running(subjects.peer(), folder) as up:
            answer = ask(up.port, PEER_PROFILE, bearer=subjects.place.lines("peer_access.txt")[0])
            if answer.body["roles"] != ["user"] or answer.body["profile"]["city"] != "Zürich":
                raise CannotMeasure(f"The peer answers something else: {answer.body}")


def _check_ends(port: int, token: str) -> None:
    """A session that ended is refused at once: its state is asked for, not remembered."""
    for expected in (200, 401):
        found = ask(port, PROFILE, bearer=token).status
        if found != expected:
            raise CannotMeasure(f"A profile was {found}, not {expected}, around a logout.")
        ask(port, LOGOUT, bearer=token, body={})


def _expect(answer: Answer, what: str, holds: Callable[[Any], object]) -> None:
    try:
        right = answer.status == 200 and bool(holds(answer.body["data"]))
    except (KeyError, TypeError):
        right = False
    if not right:
        raise CannotMeasure(f"Expected {what}, got {answer.status}: {answer.body}")
