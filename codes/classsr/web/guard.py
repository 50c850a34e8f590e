"""Who may call the server, and what the browser is told with every answer."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    # The browser itself refuses whatever does not come from this server.
    "content-security-policy": "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


class OwnPageOnly:
    """Refuses what another site's page sends, and adds the headers to every answer.

    hosts: the names under which the page may be called, so that no other site's name leads here;
        none for any.
    """

    def __init__(self, app: ASGIApp, *, hosts: Sequence[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] += [(k.encode(), v.encode()) for k, v in HEADERS.items()]
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, with_headers)
        else:
            await Response("refused: another site asks", 403)(scope, receive, with_headers)

    def _is_own(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        origin = headers.get("origin", f"http://{host}")
        known = not self._hosts or urlsplit(f"//{host}").hostname in self._hosts
        return known and urlsplit(origin).netloc == host
