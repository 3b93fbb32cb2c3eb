"""Who may see the pages: anyone on this machine, elsewhere whoever knows the token."""

from __future__ import annotations

import hmac
import secrets
from typing import Any

from bokeh.server.auth_provider import AuthProvider
from tornado.web import RequestHandler

COOKIE = "polysem"
ASK = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Polysem</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body style="font-family:system-ui,sans-serif;margin:2rem"><h1>Polysem</h1>
<form method="post"><label>Token, as given to polysem explore:
<input type="password" name="token" autofocus required></label>
<button>Open</button></form><p role="alert">%s</p></body></html>"""


class TokenAuth(AuthProvider):
    """Lets in who sent the token once, by `?token=…` or the form at /login."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._pass = secrets.token_urlsafe(32)  # what the cookie holds, new for every server
        super().__init__()

    @property
    def get_user(self) -> Any:
        """The function that decides about one request."""

        def user(handler: Any) -> str | None:
            if same(handler.get_cookie(COOKIE, ""), self._pass):
                return "user"
            websocket = handler.request.headers.get("Upgrade", "").lower() == "websocket"
            if not websocket and same(handler.get_query_argument("token", ""), self._token):
                self.admit(handler)
                return "user"
            return None

        return user

    @property
    def get_user_async(self) -> None:
        """Not used."""
        return None

    @property
    def login_url(self) -> str:
        """Where to send the others."""
        return "/login"

    @property
    def get_login_url(self) -> None:
        """Not used."""
        return None

    @property
    def login_handler(self) -> type[RequestHandler]:
        """The form that asks for the token."""
        provider = self

        class Login(RequestHandler):
            def get(self) -> None:
                self.finish(ASK % "")

            def post(self) -> None:
                if same(self.get_body_argument("token", ""), provider._token):
                    provider.admit(self)
                    self.redirect("/")
                    return
                self.set_status(403)
                self.finish(ASK % "That is not the token.")

        return Login

    @property
    def logout_url(self) -> None:
        """There is none."""
        return None

    @property
    def logout_handler(self) -> None:
        """There is none."""
        return None

    def admit(self, handler: RequestHandler) -> None:
        """Remember the browser. Other sites cannot make it send the cookie."""
        handler.set_cookie(COOKIE, self._pass, httponly=True, samesite="Strict")


def same(given: str | None, wanted: str) -> bool:
    """True if equal, in a time that does not tell how nearly."""
    return hmac.compare_digest((given or "").encode(), wanted.encode())
