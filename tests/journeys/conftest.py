from tests.servers.fixtures import as_configured, empty_sqlite, mail_server

__all__ = ["as_configured", "empty_sqlite", "mail_server"]
