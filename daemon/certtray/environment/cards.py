"""What cards and tokens need: the PC/SC service, a reader, the vendor's PKCS#11 module, the local services (4-01, 4-08)."""

from __future__ import annotations

import http.client
import os
import platform
import socket
import ssl
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from certtray.core.errors import ChildFailed, TokenModuleFailed
from certtray.environment.finding import Finding, Level, Value, plain
from certtray.system.paths import find_home
from certtray.system.spawn import ask_child
from certtray.token.client import TokenWorker
from certtray.token.modules import Module, Unblock, installed, modules

PROBE_SECONDS = 10.0
SERVICE_SECONDS = 1.5
P11_KIT = (Path("/usr/share/p11-kit/modules"), Path("/etc/pkcs11/modules"))


def cards(needed: bool) -> Iterator[Finding]:
    """Yield the checks; what is missing is in the way only where the person has a card (``needed``)."""
    missing = Level.BAD if needed else Level.UNKNOWN
    running = service_runs()
    yield Finding(
        "pcsc", Level.OK if running else missing, Value("running"), Value("running" if running else "not_running")
    )
    yield _reader(running, missing)
    found = list(found_modules(find_home().modules))
    for path in found:
        yield check_module(path)
    if not found:
        yield Finding("module", missing, Value("loadable"), Value("none_found"))
    for name, port in (("hipki", 61161), ("twca", 4450)):
        alive = service_alive(port, is_alive="/TCW/isAlive" if name == "twca" else "")
        level = Level.OK if alive else Level.UNKNOWN
        yield Finding(
            f"service_{name}", level, Value("alive"), Value("alive" if alive else "silent"), f"127.0.0.1:{port}"
        )


def found_modules(own: Path) -> Iterator[Path]:
    """Yield the PKCS#11 modules that are installed: those of the table, and those p11-kit knows; ``own`` is the person's table."""
    names = [module.path for module in installed(modules(own)) if module.path]
    for folder in P11_KIT:
        for described in sorted(folder.glob("*.module")) if folder.is_dir() else ():
            for line in described.read_text("utf-8", "replace").splitlines():
                key, _, value = line.partition(":")
                if key.strip() == "module" and value.strip() != "p11-kit-proxy.so":
                    place = Path(value.strip())
                    names += [place] if place.is_absolute() else [base / place for base in _library_folders()]
    seen = set()
    for path in names:
        if path.is_file() and (real := path.resolve()) not in seen:
            seen.add(real)
            yield path


def check_module(path: Path) -> Finding:
    """Load a module in a worker, which may crash or hang, and start and end it; no card is asked anything."""

    def found(level: Level, current: Value) -> Finding:
        return Finding("module", level, Value("loadable"), current, str(path))

    try:
        with TokenWorker(Module("module", path.name, (path,), Unblock.NONE), find_home().card_locks) as worker:
            return found(Level.OK, plain(f"{worker.about.library} {worker.about.version}"))
    except TokenModuleFailed as failed:
        rule, detail = failed.facts["rule"], failed.facts.get("detail", "–")
    if rule == "bitness":
        return found(Level.BAD, Value("bitness", {"bits": detail, "own": struct.calcsize("P") * 8}))
    if rule == "not_loadable":
        return found(Level.BAD, Value("not_loadable", {"reason": detail}))
    return found(Level.BAD, Value("crashed", {"reason": rule}))


def service_runs() -> bool:
    """Whether the PC/SC service takes a connection."""
    if sys.platform != "linux":
        return True  # Windows starts it with the first reader, macOS with the first question
    place = os.environ.get("PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm")
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(SERVICE_SECONDS)
            connection.connect(place)
    except OSError:
        return False
    return True


def service_alive(port: int, *, is_alive: str) -> bool:
    """Whether a local signing service answers: a connection, and ``is_alive`` where it has such a page. Nothing else is asked."""
    try:
        with socket.create_connection(("127.0.0.1", port), SERVICE_SECONDS):
            pass
        if not is_alive:
            return True
        # Its certificate is the vendor's own, made on this computer; nothing is sent that anybody could not read.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        asked = http.client.HTTPSConnection("127.0.0.1", port, timeout=SERVICE_SECONDS, context=context)
        try:
            asked.request("GET", is_alive)
            return asked.getresponse().status == 200
        finally:
            asked.close()
    except (OSError, http.client.HTTPException):
        return False


def _reader(running: bool, missing: Level) -> Finding:
    if not running:
        return Finding("reader", missing, Value("seen"), Value("not_running"))
    try:
        answer = next(ask_child("_probe", {}, PROBE_SECONDS), {})
    except ChildFailed as error:
        return Finding("reader", missing, Value("seen"), Value("crashed", {"reason": str(error.facts["reason"])}))
    names = answer.get("readers", [])
    if not names:
        return Finding("reader", missing, Value("seen"), Value("none_seen"))
    return Finding("reader", Level.OK, Value("seen"), plain(", ".join(map(str, names))))


def _library_folders() -> list[Path]:
    triplet = f"{platform.machine()}-linux-gnu"
    return [Path(base) for base in (f"/usr/lib/{triplet}/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11")]
