"""What comes to the server is let in or not: by its own name, from its own pages alone.

And what leaves it tells the browser what a page may do: run this server's scripts, ask nobody
else, stand in no other site's frame.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# Streamlit sets its styles and begins by a script within the page, Plotly makes shaders of text.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' data: blob:",
        "frame-ancestors 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"SAMEORIGIN"),
    (b"referrer-policy", b"same-origin"),
)
_REFUSED = 403
_POLICY_VIOLATED = 1008  # as a WebSocket says it


class Guard:
    """An application that is asked only by its own pages.

    A request must name this server (`server.allowedHosts`), and come from a page of the same name
    and port, or of one in `server.corsAllowedOrigins`, as a proxy may have. Browsers say where a
    WebSocket comes from; who does not is no browser.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, with more to say to the browser, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif not _is_welcome(scope):
            await _refuse(scope, receive, send)
        else:
            await self._app(scope, receive, _telling(send))


def _is_welcome(scope: Scope) -> bool:
    host, origin = (_header(scope, name) for name in (b"host", b"origin"))
    try:
        if not _is_allowed(host):
            return False
        if origin is None:
            return bool(scope["type"] == "http")
        allowed = st.get_option("server.corsAllowedOrigins") or ()
        return urlsplit(origin).netloc == host or origin in allowed
    except ValueError:  # neither is an address
        return False


def _is_allowed(host: str | None) -> bool:
    """Whether a request names a host that this server answers for; a ValueError for no address."""
    names = [
        name.strip("[]") for name in st.get_option("server.allowedHosts") or ()
    ]
    if not names or "*" in names:
        return True
    name = urlsplit(f"//{host}").hostname
    return name is not None and any(
        name == allowed or (allowed.startswith("*.") and name.endswith(allowed[1:]))
        for allowed in names
    )


def _header(scope: Scope, name: bytes) -> str | None:
    values: Iterable[bytes] = (
        value for key, value in scope["headers"] if key == name
    )
    value = next(iter(values), None)
    return None if value is None else value.decode("latin-1")


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": _POLICY_VIOLATED})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), *HEADERS]
    await send(
        {"type": "http.response.start", "status": _REFUSED, "headers": headers}
    )
    await send({"type": "http.response.body", "body": b"Not from here."})


def _telling(send: Send) -> Send:
    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = {name.lower() for name, _ in message.get("headers", ())}
            more = [header for header in HEADERS if header[0] not in said]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await send(message)

    return tell
