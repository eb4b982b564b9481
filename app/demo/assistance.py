"""The demo company's assistance as a service that answers JSON, page by page.

The demo serves it beside the shop, so that `bottega source sync` works as long as the demo runs;
the first load asks it on a port of its own, since the app is not up yet.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, FastAPI, Query

ANSWERS = "assistance.json"


def assistance_router(folder: Path) -> APIRouter:
    """The people whom the assistance knows, from the file in a folder."""
    router = APIRouter(include_in_schema=False)

    @router.get("/demo/assistance/people")
    def people(
        page: Annotated[int, Query(ge=1)] = 1, size: Annotated[int, Query(ge=1, le=500)] = 100
    ) -> dict[str, Any]:
        everybody = json.loads((folder / ANSWERS).read_text(encoding="utf-8"))
        start = (page - 1) * size
        return {"total": len(everybody), "people": everybody[start : start + size]}

    return router


@contextmanager
def assistance_answering(folder: Path) -> Iterator[str]:
    """Let the service answer on a free port of the loopback address, which is given."""
    service = FastAPI()
    service.include_router(assistance_router(folder))
    server = uvicorn.Server(uvicorn.Config(service, host="127.0.0.1", port=0, log_level="error"))
    socket = server.config.bind_socket()
    thread = threading.Thread(target=server.run, args=([socket],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        socket.close()
