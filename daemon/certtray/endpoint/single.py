"""One process of a kind for each home: the first listens, the next hands over what it was started for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Protocol

from certtray.endpoint.words import Request
from certtray.system.paths import Home


class Endpoint(Protocol):
    """The listening end."""

    def close(self) -> None:
        """Stop listening and let the next start take its place."""
        ...


def single(name: str, home: Home, request: Request, received: Callable[[Request], None]) -> Endpoint | None:
    """Become the one ``name`` (``tray``, ``window``) of ``home``, or hand ``request`` to it and return None.

    ``received`` gets what later starts hand over, on another thread: it must only post. Raises EndpointUnusable.
    """
    if sys.platform == "win32":
        from certtray.endpoint import windows

        return windows.listen_or_send(name, home, request, received)
    from certtray.endpoint import place, unix

    return unix.listen_or_send(place.socket_folder(home) / f"{name}.sock", request, received)


def tell(name: str, home: Home, request: Request) -> bool:
    """Hand ``request`` to the one ``name`` of ``home``; false where there is none. Raises EndpointUnusable."""
    if sys.platform == "win32":
        from certtray.endpoint import windows

        return windows.send(name, home, request)
    from certtray.endpoint import place, unix

    return unix.send(place.socket_folder(home) / f"{name}.sock", request)
