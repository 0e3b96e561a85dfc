"""Marionette, Firefox's own remote control: what a person would type into its dialogs, and what it writes when told to.

A message is its length, a colon and JSON: ``[0, id, command, parameters]`` out, ``[1, id, error, result]`` back
(firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

OPTIONS: Final = ("--marionette", "-remote-allow-system-access")
"""What Firefox must be started with; its port is free to choose by the profile's preferences."""
SECONDS: Final = 60


class Marionette:
    """One connection to a Firefox that was just started on a profile; its scripts have the browser's own rights."""

    def __init__(self, profile: Path) -> None:
        told = profile / "MarionetteActivePort"
        self._socket = _connected(told)
        told.unlink()  # the next start must not be taken for this one
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._message()
        self._do("WebDriver:NewSession", capabilities={})
        self._do("Marionette:SetContext", value="chrome")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._file.close()
        self._socket.close()

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script's function body in the browser's window; return what it returns."""
        return self._do("WebDriver:ExecuteScript", script=script, args=list(arguments))["value"]

    def _do(self, command: str, **parameters: Any) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(b"%d:%b" % (len(message), message))
        _, number, error, result = self._message()
        assert number == self._number
        assert error is None, error
        return result

    def _message(self) -> Any:
        length = b""
        while (octet := self._file.read(1)) != b":":
            assert octet, "Firefox hung up"
            length += octet
        return json.loads(self._file.read(int(length)))


def _connected(told: Path) -> socket.socket:
    """Wait for the file in which Firefox tells its port, and for the port: it offers no event for either."""
    last = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", int(told.read_text())), timeout=SECONDS)
        except (FileNotFoundError, ValueError, ConnectionRefusedError):
            assert time.monotonic() < last, "Firefox did not open its remote control"
            time.sleep(0.02)


TYPE_PRIMARY_AND_GO: Final = """
const [password, address] = arguments;
Services.obs.addObserver(function typed(dialog) {
  Services.obs.removeObserver(typed, "common-dialog-loaded");
  dialog.Dialog.ui.password1Textbox.value = password;
  dialog.setTimeout(() => dialog.Dialog.ui.button0.click(), 0);
}, "common-dialog-loaded");
const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
window.gBrowser.selectedBrowser.loadURI(Services.io.newURI(address), { triggeringPrincipal });
"""
"""Go to an address, and type the primary password into the dialog that comes."""

TYPE_PIN_AND_GO: Final = """
const [pin, address] = arguments;
Services.obs.addObserver(function typed(dialog) {
  Services.obs.removeObserver(typed, "common-dialog-loaded");
  dialog.Dialog.ui.password1Textbox.value = pin;
  dialog.setTimeout(() => dialog.Dialog.ui.button0.click(), 0);
}, "common-dialog-loaded");
const triggeringPrincipal = Services.scriptSecurityManager.getSystemPrincipal();
const modules = Cc["@mozilla.org/security/pkcs11moduledb;1"].getService(Ci.nsIPKCS11ModuleDB);
const certificates = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
window.setTimeout(async () => {
  await modules.listModules();
  await certificates.getCerts();
  window.gBrowser.selectedBrowser.loadURI(Services.io.newURI(address), { triggeringPrincipal });
}, 0);
"""
"""Have Firefox list its certificates, for which it asks the card's PIN, type that, and go to an address.

Asked on the way, a Firefox that chooses by itself may have chosen nothing before the PIN was typed (measured, 153.7).
"""

START_WRITING: Final = """
const [authority] = arguments;
const database = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
window.certtrayTest = { written: 0, failed: 0, over: false };
(function write() {
  try {
    database.deleteCertificate(database.addCertFromBase64(authority, "CT,,"));
    window.certtrayTest.written += 1;
  } catch (error) {
    window.certtrayTest.failed += 1;
  }
  if (!window.certtrayTest.over) window.setTimeout(write, 200);
})();
"""
"""Have Firefox write a certificate (base64 of its DER) into its database and erase it, on and on, with pauses of 200 ms."""

STOP_WRITING: Final = """
window.certtrayTest.over = true;
return [window.certtrayTest.written, window.certtrayTest.failed];
"""
"""End that; how often it could and could not be written."""
