"""Refusals that only a document system can meet."""

from gongkai.core.errors import DomainError


class NotAuthentic(DomainError):
    """The request is not a known sender's, not of this time, or was seen before."""


class TooMany(DomainError):
    """The sender sends faster than it may."""
