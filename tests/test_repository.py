"""Rules for the files themselves. `make lint` runs them too."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from config.env import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "config" / "requirements"
MOST_LINES = 300

# Where packages come from is the business of the machine that installs them. The brackets keep
# this line from finding itself.
ADDRESS_OF_PACKAGES = re.compile(
    r"pypi[.]org|pythonhosted[.]org|npmjs[.]org|deb[.]debian[.]org|[-]-(?:extra-)?index-url|[-]-find-links"
)


def files() -> list[Path]:
    """Those that git tracks, and new ones that it would."""
    if not shutil.which("git"):
        pytest.skip("git is not there")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git clone")
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def pins(lock: str) -> dict[str, str]:
    text = (LOCKS / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", text, re.MULTILINE))


def test_no_source_file_is_longer_than_the_house_allows() -> None:
    sources = [path for path in files() if path.suffix == ".py" and "migrations" not in path.parts]

    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources}

    assert {name: count for name, count in lengths.items() if count > MOST_LINES} == {}


def test_no_file_names_where_packages_come_from() -> None:
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path in files()
        if (match := ADDRESS_OF_PACKAGES.search(path.read_text(errors="replace")))
    }

    assert found == {}


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (ROOT / ".env.example").read_text()

    documented = re.findall(r"^#?([A-Z][A-Z_]+)=", text, re.MULTILINE)

    assert sorted(documented) == sorted(VARIABLES)


def test_the_documented_defaults_are_the_real_ones() -> None:
    text = (ROOT / ".env.example").read_text()

    documented = dict(re.findall(r"^#([A-Z][A-Z_]+)=(.*)$", text, re.MULTILINE))

    real = {name: value for name, value in VARIABLES.items() if value is not None}
    assert {name: documented[name] for name in real} == real


def test_copying_the_example_changes_nothing() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == []


@pytest.mark.parametrize("lock", ["runtime", "dev", "bench"])
def test_every_package_is_pinned_by_hash(lock: str) -> None:
    text = (LOCKS / f"{lock}.txt").read_text().replace("\\\n", " ")

    entries = [line for line in text.splitlines() if line.strip()]

    assert entries
    assert [e for e in entries if not re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", e)] == []


@pytest.mark.parametrize("lock", ["dev", "bench"])
def test_the_tests_run_on_the_versions_that_the_program_runs_on(lock: str) -> None:
    runtime, other = pins("runtime"), pins(lock)

    shared = runtime.keys() & other.keys()

    assert {name: other[name] for name in shared} == {name: runtime[name] for name in shared}
    assert lock == "bench" or shared == runtime.keys()
