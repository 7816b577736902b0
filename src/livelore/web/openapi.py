"""The API's description: what its routes do not say themselves, refusals and credentials."""

from typing import Any

from litestar import Request
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from livelore.web.middleware import SESSION_COOKIE
from livelore.web.problems import MEDIA_TYPE

PREFIX = "/api/v1"
_SECURITY_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The `token` that sign-up and log-in answer.",
    },
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "For browsers; a write needs the session's `X-CSRF-Token` as well.",
    },
}
_PROBLEM = {
    "title": "Problem",
    "description": "A refusal (RFC 9457); its own fields stand beside these.",
    "type": "object",
    "required": ["type", "title", "status", "code", "retryable"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable and dotted: docs/reference/errors.md."},
        "retryable": {"type": "boolean", "description": "Whether the same may work later."},
    },
}
_REFUSAL = {
    "description": "A refusal, named by its `code`.",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def complete(document: dict[str, Any]) -> dict[str, Any]:
    """The framework's document with every refusal as a problem and two ways to prove oneself.

    Args:
        document: As the framework made it (Any: OpenAPI is an open format); it is changed.
    """
    parts = document.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = _PROBLEM
    parts["securitySchemes"] = _SECURITY_SCHEMES
    document["security"] = [{"bearer": []}, {"cookie": []}, {}]
    for path, operations in document["paths"].items():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("400", None)  # the framework's own shape, which is never sent
            responses["default"] = _REFUSAL
            responses.get("204", {}).pop("content", None)
            operation.setdefault("tags", [_tag(path)])
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "Idempotency-Key":
                    parameter |= {"required": True, "schema": {"type": "string"}}
    return document


def _tag(path: str) -> str:
    """What a route without a tag is about: the first word of its path."""
    return path.removeprefix(PREFIX).strip("/").split("/", 1)[0]


class _Json(JsonRenderPlugin):
    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Made when somebody asks for it, not at every start."""
        return super().render(request, complete(openapi_schema))


def openapi_config(version: str) -> OpenAPIConfig:
    """How the framework describes the API, at ``/api/v1/openapi.json``."""
    return OpenAPIConfig(
        title="Livelore",
        version=version,
        path=PREFIX,
        render_plugins=[_Json(path="/openapi.json")],
        use_handler_docstrings=True,
    )
