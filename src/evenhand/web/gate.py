"""Who may ask the page anything: its own host, a browser that is signed in, forms of its own.

Loopback is no protection: any page that the same browser shows can send requests there. So the
host's name is checked (DNS rebinding), what changes something has to come from this page (Origin,
Sec-Fetch-Site and a token of the session), bodies are bounded, and every answer carries a policy
under which no script or style runs that isn't a file of this page.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "evenhand"
LARGEST = 20 * 1024 * 1024
"""Bytes of a body."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
REPORTS = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-downloads"
)
"""The same for reports, which are whole files with a style inside and no script at all."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_READS = frozenset({"GET", "HEAD"})


class Keys:
    """The one-time link of a start, and the tokens of its forms."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self.link = secrets.token_urlsafe(24)

    def opens(self, key: str) -> bool:
        """Whether a key is the link's; it is one once."""
        good = bool(self.link) and hmac.compare_digest(key.encode(), self.link.encode())
        if good:
            self.link = ""
        return good

    def token(self, cookie: str) -> str:
        """What every form of a session carries."""
        return hmac.new(self._secret, cookie.encode(), sha256).hexdigest()

    def is_token(self, cookie: str, token: str) -> bool:
        """Whether a form is of this session."""
        return hmac.compare_digest(self.token(cookie).encode(), token.encode())


def cookie_of(headers: Mapping[str, str]) -> str:
    """The session's secret; empty where there is none."""
    parts = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in parts if name == COOKIE), "")


class Gate:
    """Refuses what doesn't come from this page before anything is read of it."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it in a sentence."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refused(scope["method"], headers)
        bounded = _Bounded(receive)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    sent.setdefault(name, value)
                sent.setdefault("Content-Security-Policy", POLICY)
            await send(message)

        if refused:
            status, sentence = refused
            await PlainTextResponse(sentence + "\n", status)(scope, receive, answer)
            return
        await self._app(scope, bounded, answer)

    def _refused(self, method: str, headers: Headers) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if host not in self._hosts:
            return 421, "This page answers to its own address alone; open the one that it printed."
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > LARGEST:
            return 413, f"That is too large; at most {LARGEST // 1024 // 1024} MB are read."
        if method in _READS:
            return None
        origin = headers.get("origin", f"http://{host}")
        site = headers.get("sec-fetch-site", "same-origin")
        if origin != f"http://{host}" or site != "same-origin":
            return 403, "That form was sent by another page; use the one of evenhand."
        return None


class _Bounded:
    """A body that ends where it is larger than it may be, whatever its headers said."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > LARGEST:
            return {"type": "http.disconnect"}
        return message
