"""What people are called, as in the demonstration, and where their mail goes."""

from __future__ import annotations

from typing import Final

from accounts.demo.names import AGENTS, CROWD, OF_HUNDRED, People, latin

__all__ = ["AGENTS", "CROWD", "DOMAINS", "OF_HUNDRED", "People", "latin"]

DOMAINS: Final = (
    "gmail.com", "gmail.com", "gmail.com", "outlook.com", "gmx.de", "web.de", "yahoo.com",
    "icloud.com", "mail.ru", "yandex.ru", "wp.pl", "hotmail.com", "uni-muenchen.example",
    "stadtwerke-koeln.example", "proton.me",
)  # fmt: skip
