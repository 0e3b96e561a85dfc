"""Keeps the web view on our page: whatever asks to go elsewhere, in this window or a new one, is refused.

The page itself never asks; this is for the day something gets into it. pywebview has no setting for it, so each engine is
told in its own words.
"""

from __future__ import annotations

import logging
from typing import Any

log = logging.getLogger(__name__)


def stay_on_page(window: Any) -> None:
    """Refuse every navigation but the first, which is our page. Call in ``before_show``, in the GUI thread."""
    view = window.native
    if hasattr(view, "webview"):
        _guard_qt(view)
    else:
        from webview.platforms.gtk import BrowserView

        _guard_gtk(BrowserView.instances[window.uid].webview)


def _guard_qt(view: Any) -> None:
    from qtpy.QtWebEngineCore import QWebEngineSettings

    page = view.webview.page()
    first = iter([True])

    def decide(request: Any) -> None:
        if request.isMainFrame() and request.url().scheme() == "data" and next(first, False):
            return
        log.warning("navigation refused: %s", request.url().scheme())
        request.reject()

    def loaded(_well: bool) -> None:
        # A refused navigation ends in this signal too, upon which pywebview would begin its bridge anew.
        page.loadFinished.disconnect(view.on_load_finished)
        page.loadFinished.disconnect(loaded)

    page.navigationRequested.connect(decide)
    page.loadFinished.connect(loaded)
    page.settings().setAttribute(QWebEngineSettings.WebAttribute.JavascriptCanOpenWindows, False)
    # pywebview would open the system's browser with whatever a new window asks for.
    type(page).createWindow = lambda _page, _kind: None


def _guard_gtk(view: Any) -> None:
    from gi.repository import WebKit2

    first = iter([True])

    def decide(_view: Any, decision: Any, kind: Any) -> bool:
        if kind == WebKit2.PolicyDecisionType.RESPONSE:
            return False
        url = decision.get_navigation_action().get_request().get_uri()
        if kind == WebKit2.PolicyDecisionType.NAVIGATION_ACTION and url == "about:blank" and next(first, False):
            return False
        log.warning("navigation refused: %s", url.partition(":")[0])
        decision.ignore()
        return True

    # Before pywebview's own handler, which hands links for new windows to the system's browser.
    view.disconnect_by_func(_handler_of(view))
    view.connect("decide-policy", decide)


def _handler_of(view: Any) -> Any:
    from webview.platforms.gtk import BrowserView

    return next(each.on_navigation for each in BrowserView.instances.values() if each.webview is view)
