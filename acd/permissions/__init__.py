"""Who may do what: one question, asked in one place."""

from acd.permissions.allowed import Key, Role, User, allowed

__all__ = ["Key", "Role", "User", "allowed"]
