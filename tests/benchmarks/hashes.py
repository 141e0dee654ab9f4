"""What the machine can do at most: bcrypt and nothing else, so many processes at once."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import time

import bcrypt

from tests.benchmarks.place import REPOSITORY, CannotMeasure

ROUNDS = 12


def rate(processes: int, seconds: float) -> float:
    """Hashes a second, all processes together."""
    command = [sys.executable, "-m", "tests.benchmarks.hashes", str(seconds)]
    started = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    outputs = [each.communicate()[0] for each in started]
    if any(each.returncode for each in started):
        raise CannotMeasure("The bare hashing failed.")
    return sum(float(output) for output in outputs)


def own_rate(seconds: float) -> float:
    """Of the present process alone, counted in whole hashes over the time that they really took."""
    # What Django's BCryptSHA256PasswordHasher does with a password.
    digest = base64.b16encode(hashlib.sha256(b"a password of the benchmark").digest()).lower()
    stored = bcrypt.hashpw(digest, bcrypt.gensalt(ROUNDS))
    count, begun = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - begun) < seconds:
        bcrypt.hashpw(digest, stored)
        count += 1
    return count / elapsed


if __name__ == "__main__":
    print(own_rate(float(sys.argv[1])))
