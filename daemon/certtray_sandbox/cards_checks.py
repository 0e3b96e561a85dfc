"""What tools that are not ours say of a card or token: OpenSC's has it sign and decrypt, OpenSSL verifies (``checks``)."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from certtray_sandbox.cards.personal import KEY_IDS, OPENSC_IDS
from certtray_sandbox.script import Row
from certtray_sandbox.tour import Tour, need

OPENSC: Final = "opensc-pkcs11.so"
"""Found by the tool itself, wherever the system keeps it."""


@dataclass(frozen=True)
class Device:
    """One card or token as a tool reaches it: its module, the PIN, and how the tool spells the ids CertTray shows."""

    tour: Tour
    module: str
    pin: str
    label: str = ""
    spelled: Callable[[str], str] = str

    def shown(self) -> Row:
        """Return what ``certtray token list`` says of the one token that is there."""
        rows: list[Row] = json.loads(self.tour.run("token", "list", "--json"))
        found = [row for row in rows if self.label in ("", row["label"])]
        need(len(found) == 1, rows)
        return found[0]

    def verified(self, pairs: int) -> list[str]:
        """Use every key: each certificate verifies up to the root, its key signs or decrypts; return the serials, newest first."""
        held = sorted(self.shown()["certificates"], key=lambda each: str(each["not_before"]), reverse=True)
        need(sorted(each["usage"] for each in held) == ["encrypt"] * pairs + ["sign"] * pairs, held)
        with tempfile.TemporaryDirectory(dir=self.tour.folder) as name:
            return [self._verified(Path(name), self.spelled(each["id"]), each["usage"]) for each in held]

    def _verified(self, work: Path, key_id: str, usage: str) -> str:
        der, pem, public, data = (work / each for each in ("leaf.der", "leaf.pem", "public.pem", "data"))
        self._tool("--id", key_id, "--read-object", "--type", "cert", "--output-file", str(der))
        self.tour.openssl("x509", "-inform", "DER", "-in", str(der), "-out", str(pem))
        public.write_text(self.tour.openssl("x509", "-in", str(pem), "-noout", "-pubkey"), "utf-8")
        chain = work / "chain.pem"
        authorities = sorted((self.tour.folder / "home" / "sandbox").rglob("user-ca.crt"))
        chain.write_text("".join(each.read_text("utf-8") for each in authorities), "utf-8")
        self.tour.openssl("verify", "-CAfile", str(self.tour.root), "-untrusted", str(chain), str(pem))
        data.write_bytes(secrets.token_bytes(40))
        (self._signs if usage == "sign" else self._decrypts)(work, key_id, public, data)
        return self.tour.openssl("x509", "-in", str(pem), "-noout", "-serial").strip().partition("=")[2]

    def _signs(self, work: Path, key_id: str, public: Path, data: Path) -> None:
        signature = work / "signature"
        signing = ("--sign", "--mechanism", "SHA256-RSA-PKCS", "--input-file", str(data))
        self._logged_in(key_id, *signing, "--output-file", str(signature))
        self.tour.openssl("dgst", "-sha256", "-verify", str(public), "-signature", str(signature), str(data))

    def _decrypts(self, work: Path, key_id: str, public: Path, data: Path) -> None:
        sealed, clear = work / "sealed", work / "clear"
        for each in (sealed, clear):
            each.unlink(missing_ok=True)
        encrypting = ("pkeyutl", "-encrypt", "-pubin", "-inkey", str(public), "-in", str(data), "-out", str(sealed))
        self.tour.openssl(*encrypting)
        decrypting = ("--decrypt", "--mechanism", "RSA-PKCS", "--input-file", str(sealed))
        self._logged_in(key_id, *decrypting, "--output-file", str(clear))
        need(clear.read_bytes() == data.read_bytes(), f"key {key_id} decrypts something else")

    def _logged_in(self, key_id: str, *words: str) -> None:
        self._tool("--login", "--pin", "env:CARD_PIN", "--id", key_id, *words)

    def _tool(self, *words: str) -> str:
        which: Sequence[str] = ("--token-label", self.label) if self.label else ()
        more = {**self.tour.more, "CARD_PIN": self.pin}
        return self.tour.tool("pkcs11-tool", "opensc", "--module", self.module, *which, *words, more=more)


def by_opensc(key_id: str) -> str:
    """Return how OpenSC spells the id that ykcs11 gives a key of the virtual card."""
    return next(spelled for spelled, slot in OPENSC_IDS.items() if slot == KEY_IDS[key_id])
