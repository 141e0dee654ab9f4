"""Which notices a person wants by mail too."""

from __future__ import annotations

from collections.abc import Mapping

from notifications.kinds import Kind


def wants_mail(user: object, kind: Kind) -> bool:
    """Should a notice of this kind go to the person by mail as well?

    Yes, unless their preferences say `{"notifications": {"ROLE_CHANGED": false}}`. Security is
    mailed whatever they say: who took an account over must not be able to silence it.
    Reads the person's profile, one query where that is not at hand; none for security.
    """
    if kind.is_security:
        return True
    # Found by name: the app that has the profiles stands above this one. Preferences are free
    # JSON, so anything may be where the choices should be.
    preferences = getattr(getattr(user, "profile", None), "preferences", None)
    chosen = preferences.get("notifications") if isinstance(preferences, Mapping) else None
    return not isinstance(chosen, Mapping) or chosen.get(kind.value) is not False
