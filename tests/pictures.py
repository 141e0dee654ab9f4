"""The pictures of README and documentation, taken anew: `make pictures`.

The program with the demo's people in a real browser, each page by day and by night, as WebP under
`static/img/pages/`.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.benchmarks.place import REPOSITORY
from tests.journeys.app import code_of
from tests.journeys.chromium import Visitor, chromium
from tests.servers import Program
from tests.servers.process import Process

FOLDER: Final = REPOSITORY / "static" / "img" / "pages"
WIDE: Final = {"width": 1280, "height": 800}
PHONE: Final = {"width": 390, "height": 760}
QUALITY: Final = 82

# Of the demo's staff: signs in, and is who the pages belong to.
STAFF: Final = "demo_admin"


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
    """Fill the program; what the demo's people sign in with."""
    made = Process([sys.executable, "manage.py", "demo"], log=site.folder / "demo.log", env=site.env)
    made.start()
    assert made.running is not None
    assert made.running.wait(180) == 0, made.log.read_text()
    site.worker.start()
    site.serve()
    found = re.search(r"password:?\s+(\S+)", made.log.read_text(), re.IGNORECASE)
    assert found, made.log.read_text()
    return found[1]
