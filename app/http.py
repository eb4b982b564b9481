"""JSON answers."""

from typing import Any

import orjson
from fastapi import Response


def json_response(body: Any, status: int = 200) -> Response:
    """An answer with a JSON body."""
    return Response(orjson.dumps(body), status_code=status, media_type="application/json")
