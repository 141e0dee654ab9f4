"""Makes the staff site the admin's own, so that every `@admin.register` lands in it."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "config.staff_site.StaffSite"
