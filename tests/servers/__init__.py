"""The program and what it stands on, as real processes: started, waited for, always ended.

What each of them wrote is printed when its test ends, which pytest shows for a test that failed.
"""

from tests.servers.mail import MailServer, link_in, text_of, token_in
from tests.servers.process import NotHere, Process, until
from tests.servers.program import Answer, Program
from tests.servers.stores import Postgres, Redis

__all__ = [
    "Answer",
    "MailServer",
    "NotHere",
    "Postgres",
    "Process",
    "Program",
    "Redis",
    "link_in",
    "text_of",
    "token_in",
    "until",
]
