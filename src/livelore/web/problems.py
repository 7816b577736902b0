"""One shape for every refusal: RFC 9457 problem JSON with a stable ``code``."""

from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from sqlalchemy.exc import DataError

from livelore.kit.errors import AppError, BadRequestError, InvariantError

log = structlog.get_logger(__name__)
MEDIA_TYPE = "application/problem+json"
FRAMEWORK_CODES = {
    400: "request.invalid",
    401: "identity.not_logged_in",
    403: "request.forbidden",
    404: "request.not_found",
    405: "request.method_not_allowed",
    413: "request.too_large",
    415: "request.media_type",
    429: "request.too_many",
    500: "site.internal",
}
"""Status → code of what the framework refuses before any of our own code runs."""


def problem_body(
    status: int, code: str, fields: dict[str, Any], *, retryable: bool = False
) -> dict[str, Any]:
    """The members of a problem; ``fields`` stand beside the standard ones."""
    title = HTTPStatus(status).phrase
    fixed = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "retryable": retryable,
    }
    return {**fields, **fixed}


def problem_bytes(error: AppError) -> bytes:
    """A refusal as problem JSON, for places outside of HTTP handlers."""
    return msgspec.json.encode(
        problem_body(error.status, error.code, error.fields, retryable=error.retryable),
        enc_hook=str,
    )


def _response(body: dict[str, Any]) -> Response[bytes]:
    headers: dict[str, str] = {}
    if "retry_after_s" in body:
        headers["Retry-After"] = str(int(body["retry_after_s"]) + 1)
    return Response(
        msgspec.json.encode(body, enc_hook=str),
        status_code=body["status"],
        media_type=MEDIA_TYPE,
        headers=headers,
    )


def render_app_error(_request: Request[Any, Any, Any], error: AppError) -> Response[bytes]:
    """An expected refusal."""
    return _response(
        problem_body(error.status, error.code, error.fields, retryable=error.retryable)
    )


def render_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """A refusal of the web framework: wrong shape, no such route."""
    if error.status_code >= 500:
        return render_unexpected(request, error)
    fields: dict[str, Any] = {"detail": error.detail}
    if isinstance(error, ValidationException) and error.extra:
        fields = {"detail": "The request does not have the shape it should.", "errors": error.extra}
    code = FRAMEWORK_CODES.get(error.status_code, "request.invalid")
    return _response(problem_body(error.status_code, code, fields))


def render_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Anything else: logged whole, told in one line."""
    event = "invariant_broken" if isinstance(error, InvariantError) else "request_failed"
    log.error(event, path=request.url.path, method=request.method, exc_info=error)
    return _response(problem_body(500, FRAMEWORK_CODES[500], {}))


def render_out_of_range(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A number or text that no column can hold: whoever sent it is told, nothing was done."""
    log.warning("value_out_of_range", kind=type(error).__name__)
    return _response(
        problem_body(400, BadRequestError.code, {"detail": "A value is too large to be stored."})
    )


HANDLERS: dict[Any, Any] = {
    AppError: render_app_error,
    OverflowError: render_out_of_range,
    DataError: render_out_of_range,
    HTTPException: render_http_error,
    Exception: render_unexpected,
}
