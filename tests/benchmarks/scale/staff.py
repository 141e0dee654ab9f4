"""Signs people in: the first admin, and whom most entries concern. As a login would."""

from __future__ import annotations

import sys
from pathlib import Path

import django


def main(folder: Path) -> None:
    """One access token a line, good for the whole run."""
    django.setup()

    from django.db import transaction

    from accounts.models import User
    from accounts.services import sessions
    from config.common.request_meta import RequestMeta
    from tests.benchmarks.scale.crowd import PROLIFIC
    from tests.benchmarks.scale.names import AGENTS

    tokens = []
    meta = RequestMeta(ip="127.0.0.1", user_agent=AGENTS[0])
    for number in (0, PROLIFIC):
        with transaction.atomic():
            user = User.objects.order_by("created_at", "pk")[number]
            session = sessions.open_session(user, meta=meta)
        tokens.append(sessions.tokens_of(session).access)
    (folder / "access.txt").write_text("".join(f"{token}\n" for token in tokens))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
