"""A hasher that costs nothing, for tests that are about something else."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FastPasswordHasher(PBKDF2PasswordHasher):
    algorithm = "pbkdf2_test"
    iterations = 1
