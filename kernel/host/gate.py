"""Who may ask and what may be asked: one token, in a header only, and a short list of routes."""

from __future__ import annotations

import hmac
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.services.api.handlers import APIStatusHandler
from jupyter_server.services.kernels.handlers import (
    KernelActionHandler,
    KernelHandler,
    MainKernelHandler,
)
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler
from tornado import web

from host.health import HealthHandler

SERVED = (
    APIStatusHandler,
    MainKernelHandler,
    KernelHandler,
    KernelActionHandler,
    KernelWebsocketHandler,
)


class HeaderIdentity(IdentityProvider):
    """Knows one user, by the token in `Authorization`. Sets no cookie, reads no address."""

    async def get_user(self, handler: Any) -> User | None:
        """The one user, or nobody."""
        given = handler.request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"token {self.token}".encode()):
            return None
        # Jupyter reads this to skip the checks that protect cookies.
        handler._token_authenticated = True
        return User("web")


def keep_served_routes(application: web.Application) -> None:
    """Drop every route whose handler is not on the list, add ours; everything else answers 404."""
    router = application.wildcard_router
    router.rules[:] = [rule for rule in router.rules if rule.target in SERVED]
    router.add_rules(
        [
            (r"/api/health", HealthHandler),
            (r".*", web.ErrorHandler, {"status_code": 404}),
        ]
    )
