"""A token in software (SoftHSM): its user makes keys and deletes them with the PIN alone, as on an iKey."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from certtray_sandbox.cards.service import RigUnavailable

MODULE: Final = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "24681357", "97531864"
"""Made up, as everything on a token of the rig."""


@dataclass(frozen=True, slots=True)
class SoftToken:
    """An initialised token in ``folder``; RigUnavailable where SoftHSM is not installed."""

    folder: Path
    label: str = "iKey"
    environment: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        (self.folder / "tokens").mkdir(parents=True)
        conf = self.folder / "softhsm2.conf"
        conf.write_text(f"directories.tokendir = {self.folder / 'tokens'}\nlog.level = ERROR\n", "utf-8")
        object.__setattr__(self, "environment", {"SOFTHSM2_CONF": str(conf)})
        self._tool("softhsm2-util", "--init-token", "--free", "--label", self.label, "--so-pin", SO_PIN, "--pin", PIN)

    def put(self, key_pem: Path, certificate_der: Path, key_id: str) -> None:
        """Put a private key (PKCS#8, PEM) and its certificate on the token; ``key_id`` in hex."""
        named = ("--label", key_id, "--id", key_id, "--pin", PIN)
        self._tool("softhsm2-util", "--import", str(key_pem), "--token", self.label, *named)
        written = ("--write-object", str(certificate_der), "--type", "cert", "--token-label", self.label, "--login")
        self._tool("pkcs11-tool", "--module", str(MODULE), *written, *named)

    def _tool(self, *command: str) -> None:
        try:
            subprocess.run(command, env={**os.environ, **self.environment}, check=True, capture_output=True)  # noqa: S603
        except FileNotFoundError:
            raise RigUnavailable(command[0]) from None
