"""A real browser: Debian's Chromium, driven by Playwright, which counts what goes wrong in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser. Skips where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("There is no Chromium here: apt install chromium.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """One browser profile with one tab. faults: what its console and its CSP complained of."""

    def __init__(self, browser: Any, base: str, **options: Any) -> None:
        self.base = base
        self.context = browser.new_context(base_url=base, locale="en-GB", **options)
        self.context.set_default_timeout(20_000)
        self.faults: list[str] = []
        self.page = self.context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.context.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => console.error("
            "'CSP', event.violatedDirective, event.blockedURI))"
        )

    def _heard(self, message: Any) -> None:
        if message.type not in {"error", "warning"}:
            return
        # A form that is refused says so with its status; the browser calls that an error.
        if "the server responded with a status of 4" in message.text:
            return
        self.faults.append(f"{self.page.url}: {message.text}")

    def open(self, path: str) -> Any:
        answer = self.page.goto(path)
        assert answer is not None
        return answer

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.page.fill(f"#id_{name}", value)

    def press(self, name: str) -> None:
        """The button or link of this name, in the page itself."""
        place = self.page.locator("main")
        button = place.get_by_role("button", name=name, exact=True)
        (
            button if button.count() else place.get_by_role("link", name=name, exact=True)
        ).first.click()
        self.page.wait_for_load_state()

    def sees(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()

    def is_at(self, path: str) -> None:
        self.page.wait_for_url(f"**{path}")

    def sign_in(self, name: str, password: str) -> None:
        self.open("/login")
        self.fill(identifier=name, password=password)
        self.press("Sign in")
