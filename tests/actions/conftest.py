"""Actions that touch the database run on a real one."""

from tests.crm.conftest import database

__all__ = ["database"]
