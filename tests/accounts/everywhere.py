"""Looking for words in everything that is kept: tables, sealed columns, files, caches."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.apps import apps
from django.contrib.sessions.models import Session as PageSession
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.files.storage import default_storage
from django.db import connection


def holding(words: Collection[str]) -> list[str]:
    """`table.column: word` for each place where one of the words is kept, in any case."""
    wanted = [word.casefold() for word in words]
    return sorted(
        {
            f"{place}: {word}"
            for place, value in everything()
            for word in wanted
            if word in value.casefold()
        }
    )


def everything() -> Iterator[tuple[str, str]]:
    yield from in_tables()
    yield from in_sealed_columns()
    yield from in_files()
    yield from in_caches()


def in_tables() -> Iterator[tuple[str, str]]:
    """Every table there is, every column as text."""
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  names of our own
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    yield f"{table}.{column}", str(value)


def in_sealed_columns() -> Iterator[tuple[str, str]]:
    """As the models read them: decrypted, decoded."""
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.all():
            for field in model._meta.concrete_fields:
                yield f"{model._meta.label}.{field.name}", str(field.value_from_object(row))
    for page in PageSession.objects.all():
        yield "page session", str(page.get_decoded())


def in_files(folder: str = "") -> Iterator[tuple[str, str]]:
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        path = f"{folder}/{name}".lstrip("/")
        yield "file", path
        yield path, default_storage.open(path).read().decode(errors="replace")
    for inner in folders:
        yield from in_files(f"{folder}/{inner}".lstrip("/"))


def in_caches() -> Iterator[tuple[str, str]]:
    for cache in caches.all(initialized_only=True):
        for key, value in _pairs(cache):
            yield "cache", f"{key} {value}"


def _pairs(cache: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(cache, LocMemCache):
        yield from cache._cache.items()
        return
    client = cache._cache.get_client()
    for key in client.scan_iter(match=f"{cache.key_prefix}*"):
        yield key.decode(), client.get(key)
