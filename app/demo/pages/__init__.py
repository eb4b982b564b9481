"""The demo company's pages: its shop, with the chat on it, and the mail that it sends."""

from app.demo.pages.routes import demo_router

__all__ = ["demo_router"]
