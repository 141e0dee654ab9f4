"""Somebody with an account in a running program."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from tests.servers import Answer, Program

PASSWORD = "Correct-Horse7"
_numbers = count(1)


@dataclass
class Person:
    """One signed-in device."""

    program: Program
    name: str
    access: str = ""
    refresh_token: str = ""

    @property
    def email(self) -> str:
        return f"{self.name}@example.org"

    def register(self, timeout: float = 30) -> Answer:
        body = {"email": self.email, "username": self.name, "password": PASSWORD}
        return self.program.call("POST", "auth/register", body, timeout=timeout)

    def log_in(self, password: str = PASSWORD, timeout: float = 30) -> Answer:
        body = {"identifier": self.email, "password": password}
        return self._keep(self.program.call("POST", "auth/login", body, timeout=timeout), "tokens")

    def profile(self, timeout: float = 30) -> Answer:
        return self.program.call("GET", "users/profile", token=self.access, timeout=timeout)

    def refresh(self, timeout: float = 30) -> Answer:
        body = {"refreshToken": self.refresh_token}
        return self._keep(self.program.call("POST", "auth/refresh", body, timeout=timeout))

    def _keep(self, answer: Answer, inside: str = "") -> Answer:
        if answer.status == 200:
            tokens = answer.data[inside] if inside else answer.data
            self.access, self.refresh_token = tokens["accessToken"], tokens["refreshToken"]
        return answer


def somebody(program: Program) -> Person:
    """Registered and signed in."""
    person = Person(program, f"person_{next(_numbers)}")
    assert person.register().status == 201
    assert person.log_in().status == 200
    return person
