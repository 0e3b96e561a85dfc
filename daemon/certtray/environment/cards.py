"""What cards and tokens need: the PC/SC service, a reader, the vendor's PKCS#11 module, the local services (4-01, 4-08)."""

from __future__ import annotations

import http.client
import os
import platform
import socket
import ssl
import struct
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from certtray.core.errors import ChildFailed
from certtray.environment.finding import Finding, Level, Value, plain
from certtray.rules.profiles import config_folder
from certtray.system.spawn import ask_child

PROBE_SECONDS = 10.0
SERVICE_SECONDS = 1.5
P11_KIT = (Path("/usr/share/p11-kit/modules"), Path("/etc/pkcs11/modules"))
ELF_MACHINES = {"x86_64": 62, "aarch64": 183, "i686": 3, "armv7l": 40}


def cards(needed: bool) -> Iterator[Finding]:
    """Yield the checks; what is missing is in the way only where the person has a card (``needed``)."""
    missing = Level.BAD if needed else Level.UNKNOWN
    running = service_runs()
    yield Finding(
        "pcsc", Level.OK if running else missing, Value("running"), Value("running" if running else "not_running")
    )
    yield _reader(running, missing)
    found = list(modules())
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


def modules() -> Iterator[Path]:
    """Yield the PKCS#11 modules that are installed: those known by name, and those p11-kit knows."""
    known = tomllib.loads((config_folder() / "pkcs11.toml").read_text("utf-8"))
    names = [Path(os.path.expandvars(name)) for name in known.get(sys.platform, ())]
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
    """Load a module in a child, which may crash or hang, and start and end it; no card is asked anything."""

    def found(level: Level, current: Value) -> Finding:
        return Finding("module", level, Value("loadable"), current, str(path))

    if (bits := foreign_bits(path)) is not None:
        return found(Level.BAD, Value("bitness", {"bits": bits, "own": struct.calcsize("P") * 8}))
    try:
        answer = next(ask_child("_probe", {"module": str(path)}, PROBE_SECONDS), {})
    except ChildFailed as error:
        return found(Level.BAD, Value("crashed", {"reason": str(error.facts["reason"])}))
    if "library" in answer:
        return found(Level.OK, plain(str(answer["library"])))
    return found(Level.BAD, Value("not_loadable", {"reason": str(answer.get("error", "–"))}))


def foreign_bits(path: Path) -> int | None:
    """Return the bitness of a library that cannot be loaded for that reason; None where it fits, or is of no known kind."""
    with path.open("rb") as file:
        head = file.read(4096)
    own = struct.calcsize("P") * 8
    if head[:4] == b"\x7fELF":
        bits = 64 if head[4] == 2 else 32
        (machine,) = struct.unpack_from("<H", head, 18)
        return bits if bits != own or machine != ELF_MACHINES.get(platform.machine(), machine) else None
    if head[:2] == b"MZ" and len(head) > 64:
        (at,) = struct.unpack_from("<I", head, 60)
        if at + 6 <= len(head):
            bits = {0x8664: 64, 0xAA64: 64, 0x014C: 32}.get(struct.unpack_from("<H", head, at + 4)[0], own)
            return bits if bits != own else None
    return None


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
        answer = next(ask_child("_probe", {"readers": True}, PROBE_SECONDS), {})
    except ChildFailed as error:
        return Finding("reader", missing, Value("seen"), Value("crashed", {"reason": str(error.facts["reason"])}))
    names = answer.get("readers", [])
    if not names:
        return Finding("reader", missing, Value("seen"), Value("none_seen"))
    return Finding("reader", Level.OK, Value("seen"), plain(", ".join(map(str, names))))


def _library_folders() -> list[Path]:
    triplet = f"{platform.machine()}-linux-gnu"
    return [Path(base) for base in (f"/usr/lib/{triplet}/pkcs11", "/usr/lib64/pkcs11", "/usr/lib/pkcs11")]
