"""The staff API: what people of the company and their programs may see and do."""

from desk.api.application import mount_staff_api, staff_api
from desk.api.context import Desk
from desk.api.health import health_router

__all__ = ["Desk", "health_router", "mount_staff_api", "staff_api"]
