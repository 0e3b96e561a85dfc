"""A person's browsers for tests: Firefox profiles and the database the others share, and what NSS's own tools say of them."""

from __future__ import annotations

from pathlib import Path

from certtray.core.store import Store
from certtray.stores.nss import read_store
from tests.faces import Program
from tests.makers import run_tool
from tests.stores.kinds import firefox_library

PRIMARY = "主密碼 primary-7"


def firefox(program: Program, *profiles: str, primary: str = "") -> list[Path]:
    """Make Firefox profiles as its first start does; those named like ``primary`` get a primary password from its own NSS."""
    root = Path(program.environment["HOME"]) / ".mozilla/firefox"
    root.mkdir(parents=True, exist_ok=True)
    folders = []
    for name in profiles:
        folder = root / name
        folder.mkdir()
        secret = root / "primary"
        secret.write_text((PRIMARY if name == primary else "") + "\n", "utf-8")
        library = f"LD_LIBRARY_PATH={firefox_library()}"
        run_tool("env", library, "certutil", "-N", "-d", f"sql:{folder}", "-f", secret)
        folders.append(folder)
    sections = [f"[Profile{number}]\nName={name}\nIsRelative=1\nPath={name}\n" for number, name in enumerate(profiles)]
    (root / "profiles.ini").write_text("\n".join(sections), "utf-8")
    return folders


def shared(program: Program) -> Path:
    """Where Chromium and its kin keep theirs."""
    return Path(program.environment["HOME"]) / ".pki/nssdb"


def made(folder: Path, primary: str = "") -> Path:
    """Make an empty database there, with a primary password if one is given."""
    folder.mkdir(parents=True)
    secret = folder.parent / "primary"
    secret.write_text(primary + "\n", "utf-8")
    run_tool("certutil", "-N", "-d", f"sql:{folder}", "-f", secret)
    return folder


def held(folder: Path) -> dict[bytes, bool]:
    """DER, and whether its key is there."""
    reading = read_store(Store("nss", "any", "", folder))
    assert reading.reason is None, reading.reason
    return {each.der: each.has_key for each in reading.held}


def user_certificates(folder: Path) -> int:
    """How many certificates with their keys NSS's own tool lists."""
    return run_tool("certutil", "-L", "-d", f"sql:{folder}").decode().count("u,u,u")
