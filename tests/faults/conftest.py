from tests.servers.fixtures import (
    empty_postgres,
    empty_sqlite,
    mail_server,
    on_either,
    on_postgres,
    on_sqlite,
    postgres,
    redis_server,
)

__all__ = [
    "empty_postgres",
    "empty_sqlite",
    "mail_server",
    "on_either",
    "on_postgres",
    "on_sqlite",
    "postgres",
    "redis_server",
]
