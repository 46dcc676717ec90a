"""People at the workspace."""

from tests.publishing.conftest import sign_in

__all__ = ["sign_in"]
