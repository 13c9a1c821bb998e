"""Only this server's own pages ask it, by its own name; browsers are told what a page may do."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crm_analysis.presentation.ui.guard import HEADERS, Guard


async def _app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    headers = [(b"Referrer-Policy", b"no-referrer")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"yes"})


def asked(kind: str, **headers: str) -> list[dict[str, Any]]:
    """What the server sends to a request with these headers."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": f"{kind}.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Guard(_app)({"type": kind, "headers": pairs}, receive, send))
    return sent


HOME = "localhost:8501"


@pytest.mark.parametrize(
    ("kind", "host", "origin", "is_let_in"),
    [
        ("http", HOME, None, True),
        ("http", HOME, "http://localhost:8501", True),
        ("http", "127.0.0.1:8501", None, True),
        ("http", "[::1]:8501", None, True),
        ("http", "evil.example", None, False),
        ("http", HOME, "http://evil.example", False),
        ("http", HOME, "http://localhost:9999", False),
        ("http", "[broken", None, False),
        ("http", HOME, "http://[broken", False),
        ("websocket", HOME, "http://localhost:8501", True),
        ("websocket", "[::1]:8501", "http://[::1]:8501", True),
        ("websocket", HOME, None, False),
        ("websocket", HOME, "null", False),
        ("websocket", HOME, "http://localhost:3000", False),
        ("websocket", "evil.example", "http://evil.example", False),
    ],
)
def test_who_names_another_server_or_comes_from_another_page_is_refused(
    kind: str, host: str, origin: str | None, is_let_in: bool
) -> None:
    headers = {"host": host} | ({} if origin is None else {"origin": origin})
    first = asked(kind, **headers)[0]
    if kind == "http":
        assert first["status"] == (200 if is_let_in else 403)
    else:
        assert first["type"] == f"websocket.{'accept' if is_let_in else 'close'}"


def test_an_origin_of_a_proxy_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {
        "server.allowedHosts": ["*.shop.example"],
        "server.corsAllowedOrigins": ["https://crm.shop.example"],
    }
    monkeypatch.setattr("streamlit.get_option", options.get)
    crm = {"host": "inner.shop.example", "origin": "https://crm.shop.example"}
    assert asked("websocket", **crm)[0]["type"] == "websocket.accept"
    other = crm | {"origin": "https://other.shop.example"}
    assert asked("websocket", **other)[0]["type"] == "websocket.close"


def test_a_browser_is_told_what_a_page_may_do() -> None:
    first = asked("http", host=HOME)[0]
    said = {name.lower(): value for name, value in first["headers"]}
    assert said[b"referrer-policy"] == b"no-referrer"  # what is said already stays
    for name, value in HEADERS:
        assert name in said and (name == b"referrer-policy" or said[name] == value)
    refused = asked("http", host="evil.example")[0]
    assert set(HEADERS) <= set(refused["headers"])
