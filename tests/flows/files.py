"""Files of a person's computer, and what tools that are not ours say of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from certtray_sandbox.script import Answer, Conversation, Played
from tests.faces import Program
from tests.inventory.test_history import VERIFY
from tests.makers import Party, issue, name, run_tool, spare_key

OLD, NEW = "old-file-2468", "new-file-1357"
BANK = ("0060000-Taiwan Cooperative Bank", "FXML")
"""What the subject of system 3 bears (3-33)."""


def broker_place(program: Program) -> Path:
    """Where the broker's own program keeps the file (0-15)."""
    path = Path(program.environment["HOME"]) / "ekey" / "551" / "A123456789" / "S" / "Sinopac.pfx"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def bank_pair(authority: Party, **encrypting: Any) -> tuple[Party, Party]:
    """A signing and an encryption certificate of one person (3-04)."""
    subject = name("A123456789-00-090319", *BANK)
    sign = issue(subject, issuer=authority, use="sign", key=spare_key(11), serial=17605)
    return sign, issue(subject, issuer=authority, use="encrypt", key=spare_key(12), serial=17606, **encrypting)


def play(program: Program, *words: str | Path, answers: dict[str, Answer], **more: str) -> Played:
    """Run a procedure over ``--json``; ``more`` goes into its environment."""
    command = [*program.command, *map(str, words), "--json"]
    return Conversation(command, {**program.environment, **more}).play(answers)


def killed(program: Program, point: str, *words: str | Path, answers: dict[str, Answer]) -> tuple[Played, list[str]]:
    """Run it killed at ``point`` (tests.flows.killer); return also the points passed."""
    trace = program.folder / "trace"
    command = [sys.executable, "-m", "tests.flows.killer", str(trace), point, *map(str, words), "--json"]
    played = Conversation(command, program.environment).play(answers)
    return played, trace.read_text("utf-8").splitlines()


def history(program: Program) -> list[str]:
    """Return what was set down, once every line was verified without our code."""
    path = program.home / "history.jsonl"
    if not path.exists():
        return []
    run_tool(sys.executable, "-c", VERIFY, path)
    return [json.loads(text)["what"] for text in path.read_text("ascii").splitlines()]


def algorithms(path: Path, password: str) -> str:
    """Return what OpenSSL says of a PFX's encryption and MAC."""
    words = ["openssl", "pkcs12", "-legacy", "-in", str(path), "-passin", "stdin", "-info", "-noout"]
    done = subprocess.run(words, input=password + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def certificates_in(path: Path, password: str, work: Path) -> set[str]:
    """Return the SHA-256 of every certificate Java finds in a PFX."""
    secret = work / "java-secret"
    secret.write_text(password)
    pem = run_tool("keytool", "-list", "-rfc", "-keystore", path, "-storetype", "PKCS12", "-storepass:file", secret)
    return {each.fingerprint(hashes.SHA256()).hex() for each in x509.load_pem_x509_certificates(pem)}


def nss_takes(path: Path, password: str, folder: Path) -> bool:
    """Say whether NSS imports the PFX with its keys."""
    folder.mkdir()
    secret = folder / "secret"
    secret.write_text(password + "\n")
    run_tool("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
    run_tool("pk12util", "-i", path, "-d", f"sql:{folder}", "-w", secret)
    return b"rsa" in run_tool("certutil", "-K", "-d", f"sql:{folder}")
