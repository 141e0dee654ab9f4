"""Fields that several calls share."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from config.common.ids import parse_uuid


class Id(serializers.UUIDField):
    """An id as answers give it: text in the one spelling; numbers are none."""

    def to_internal_value(self, data: Any) -> UUID:
        found = parse_uuid(data) if isinstance(data, str) else None
        if found is None:
            self.fail("invalid", value=data)
        return found
