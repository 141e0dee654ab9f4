"""The pictures of README and documentation, taken anew: `make pictures`.

The program with the demonstration's people in a real browser, each page by day and by night, as
WebP under `static/img/pages/`.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from PIL import Image

from tests.benchmarks.place import REPOSITORY
from tests.journeys.chromium import Visitor, chromium
from tests.servers import Program
from tests.servers.process import Process

FOLDER: Final = REPOSITORY / "static" / "img" / "pages"
WIDE: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 760}
QUALITY: Final = 82

# Name of the picture, address. {person}: somebody with a second factor.
ON_THE_WAY_IN: Final = {"login": "/login"}
OF_ONESELF: Final = {
    "sessions": "/account/sessions",
    "two-factor": "/account/two-factor/setup",
    "profile": "/account/profile",
}
WIDE_ONES: Final = {
    "overview": "/account",
    "dashboard": "/staff/",
    "people": "/staff/accounts/user/?q=er",
    "person": "/staff/accounts/user/{person}/change/",
    "roles": "/staff/permissions/",
    "audit": "/staff/audit/auditentry/{entry}/change/",
    "log": "/staff/audit/auditentry/",
    "settings": "/staff/settings/",
}


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="muster-pictures-") as name, _site(Path(name)) as site:
        password = _demo(site)
        with chromium() as browser:
            for scheme in ("light", "dark"):
                _take(site, browser, scheme, password)
    return 0


@contextmanager
def _site(folder: Path) -> Iterator[Program]:
    site = Program(folder, EMAIL_URL=f"file://{folder / 'mails'}")
    site.env |= {"APP_ENV": "development", "PUBLIC_URL": f"http://localhost:{site.port}"}
    try:
        site.bootstrap()
        yield site
    finally:
        site.close()


def _demo(site: Program) -> str:
    """Fill the program; what the people of the demonstration sign in with."""
    log = site.folder / "demo.log"
    made = Process([sys.executable, "manage.py", "demo", "--seed=7"], log=log, env=site.env)
    made.start()
    assert made.running is not None
    assert made.running.wait(180) == 0, log.read_text()
    site.worker.start()
    site.serve()
    found = re.search(r"password, shown this once: (\S+)", log.read_text())
    assert found, log.read_text()
    return found[1]


def _take(site: Program, browser: Any, scheme: str, password: str) -> None:
    base = f"http://localhost:{site.port}"
    options = {"color_scheme": scheme}
    phone = Visitor(browser, base, viewport=PHONE, **options)
    wide = Visitor(browser, base, viewport=WIDE, **options)
    for name, path in ON_THE_WAY_IN.items():
        _keep(phone, path, name, scheme)
    person, entry = _shown(site)
    for visitor in (phone, wide):
        visitor.sign_in("demo_admin", password)
    for name, path in OF_ONESELF.items():
        _keep(phone, path, name, scheme)
    for name, path in WIDE_ONES.items():
        _keep(wide, path.format(person=person, entry=entry), name, scheme)
    wide.open(f"/impersonate/{person}")
    wide.fill(reason="Looking at it together on the phone")
    wide.page.locator("main form button[type=submit]").last.click()
    wide.page.wait_for_load_state()
    _keep(wide, "/account", "impersonation", scheme)
    wide.page.get_by_role("button", name="Back to my account").click()
    assert not [*phone.faults, *wide.faults], (phone.faults, wide.faults)


def _shown(site: Program) -> tuple[str, str]:
    """A person and an entry worth looking at."""
    person = site.sql(
        "SELECT id FROM accounts_user WHERE two_factor_enabled_at IS NOT NULL AND id IN"
        " (SELECT user_id FROM accounts_session WHERE revoked_at IS NULL)"
        " AND id NOT IN (SELECT user_id FROM rbac_roleassignment JOIN rbac_role"
        " ON rbac_role.id = role_id WHERE name <> 'user')"
        " AND suspended_at IS NULL AND deleted_at IS NULL AND deactivated_at IS NULL"
        " ORDER BY id LIMIT 1"
    )[0][0]
    entry = site.sql("SELECT max(id) FROM audit_auditentry WHERE action = 'ADMIN_USER_UPDATED'")[0][
        0
    ]
    return str(UUID(person)), str(entry)


def _keep(visitor: Visitor, path: str, name: str, scheme: str) -> None:
    answer = visitor.open(path)
    assert answer.status == 200, (path, answer.status)
    shot = Image.open(io.BytesIO(visitor.page.screenshot()))
    shot.save(FOLDER / f"{name}.{scheme}.webp", quality=QUALITY, method=6)
    print(f"{name}.{scheme}.webp")


if __name__ == "__main__":
    sys.exit(main())
