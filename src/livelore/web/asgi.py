"""The ASGI interface as plain types, whatever framework stands behind it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

# Any: scopes and messages are open dictionaries by specification (ASGI 3.0).
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
