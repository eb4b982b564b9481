"""The pages that play a customer: each platform's own files, and those that all have in common."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route

SHARED = Path(__file__).parent / "page"
INDEX = "index.html"
MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' https: blob: data:; media-src 'self' blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def page_routes(folder: Path) -> list[Route]:
    """A platform's page at `/`, the files beside it, and the common ones under `/shared/`."""
    own = _serving(folder)
    return [Route("/", own), Route("/{name}", own), Route("/shared/{name}", _serving(SHARED))]


def standing_alone(api: Starlette, page: Starlette) -> Starlette:
    """A platform on a server of its own: the API at the root, the page at `/page/`."""
    return Starlette(routes=[Mount("/page", page), Mount("/", api)])


def _serving(folder: Path) -> Callable[[Request], Awaitable[Response]]:
    files = {one.name: one for one in folder.iterdir() if one.suffix in MEDIA_TYPES}

    async def serve(request: Request) -> Response:
        file = files.get(request.path_params.get("name", INDEX))
        if file is None:
            return Response(status_code=404)
        return FileResponse(file, media_type=MEDIA_TYPES[file.suffix], headers=HEADERS)

    return serve
