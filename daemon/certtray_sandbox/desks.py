"""What only the RAs themselves know, beside the profiles: the names in certificates, and who gets mail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from cryptography import x509
from cryptography.x509.oid import NameOID

from certtray.core.dates import TAIPEI

Device = Literal["PC", "iPhone", "GPhone", "iKey", "ezSign", "card"]

ATTRIBUTES: Final = {
    "C": NameOID.COUNTRY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}


def name(*parts: str) -> x509.Name:
    """Build a distinguished name from ``C=TW`` and the like, in encoded order."""
    pairs = (part.split("=", 1) for part in parts)
    return x509.Name([x509.NameAttribute(ATTRIBUTES[attribute], value) for attribute, value in pairs])


@dataclass(frozen=True, slots=True)
class Desk:
    """One RA's own table."""

    issuer: x509.Name
    """The CA that signs this RA's certificates."""
    subject: Callable[[str, str, str], tuple[str, ...]]
    """From holder number, CN and usage to the subject's parts."""
    common_name: Callable[[str, Device, datetime], str]
    """From holder number, device and time of registration to the CN, which stays the same over renewals."""
    devices: tuple[Device, ...]
    """What the counter may register; the first unless told otherwise."""
    short_serials: bool
    """Serials run on from 17465, as in system 2's and 3's tables (2-15), instead of being 8 hex digits."""
    notice: bool
    """Mails the renewal notice one month before the end (2-14, 3-13, 4-05)."""


def _evaluation(common_name: str) -> x509.Name:
    return name("C=TW", "O=TAIWAN-CA.COM Inc.", "OU=User CA - Evaluation Only", f"CN={common_name} - Evaluation Only")


def _broker(organization: str, *units: str) -> Callable[[str, str, str], tuple[str, ...]]:
    def subject(_holder: str, cn: str, _usage: str) -> tuple[str, ...]:
        service = (f"O={organization}", "O=Certification Service Provider")  # two O's, as on real ones (FACTS.md 1.3)
        return ("C=TW", *service, *(f"OU={unit}" for unit in units), f"CN={cn}")

    return subject


def _twca_soft(_holder: str, cn: str, usage: str) -> tuple[str, ...]:
    """The two subjects of one person differ (2-15)."""
    return ("C=TW", "O=O1", "OU=OU1", f"CN={cn}") if usage == "encrypt" else ("C=TW", "O=TWCA", "OU=TWCA", f"CN={cn}")


def _fxml(_holder: str, cn: str, _usage: str) -> tuple[str, ...]:
    units = ("OU=TWCA Financial User CA", "OU=0060000-Taiwan Cooperative Bank", "OU=FXML")
    return ("C=TW", "O=Finance", *units, f"CN={cn}")


def _fine(holder: str, cn: str, _usage: str) -> tuple[str, ...]:
    units = ("OU=Information", "OU=TaiCA Information User CA", f"OU={holder}-RA-FINE", "OU=TWCA FINE")
    return ("C=TW", *units, f"CN={cn}")


def _by_device(holder: str, device: Device, _now: datetime) -> str:
    """A computer's has no suffix, the phones' have (1-13)."""
    return holder + {"GPhone": "-00-MG001", "iPhone": "-00-MI001"}.get(device, "")


DESKS: Final = {
    "sinopac": Desk(
        issuer=_evaluation("TaiCA Sandbox User CA"),
        subject=_broker("TaiCA Secure CA - Evaluation Only", "RA-SinoPac", "SinoPac Group"),
        common_name=lambda holder, _device, _now: f"{holder}-00-00::PCC005",
        devices=("PC",),
        short_serials=False,
        notice=False,
    ),
    "ezongguan": Desk(
        issuer=_evaluation("TaiCA Sandbox Broker CA"),
        subject=_broker("TaiCA Secure CA - Evaluation Only", "RA-eBroker", "eBroker Group"),
        common_name=_by_device,
        devices=("PC", "iPhone", "GPhone"),
        short_serials=False,
        notice=False,
    ),
    "twca-soft": Desk(
        issuer=_evaluation("TWCA Sandbox Soft CA"),
        subject=_twca_soft,
        common_name=lambda holder, _device, _now: f"{holder}-63-0001",
        devices=("PC",),
        short_serials=True,
        notice=True,
    ),
    "tcb-fxml": Desk(
        issuer=name("C=TW", "O=TAIWAN-CA.COM Inc.", "OU=Evaluation Only", "CN=TaiCA Test FXML CA"),  # 3-33
        subject=_fxml,
        common_name=lambda holder, _device, now: f"{holder}-00-{now.astimezone(TAIPEI):%y%m%d}",
        devices=("PC", "iKey", "ezSign"),
        short_serials=True,
        notice=True,
    ),
    "twca-fine": Desk(
        issuer=name("C=TW", "O=TaICA", "OU=User CA", "CN=TaiCA Information User CA"),  # 4-26
        subject=_fine,
        common_name=lambda holder, _device, _now: f"{holder}-00-0007",
        devices=("card",),
        short_serials=False,
        notice=True,
    ),
}
"""By profile id: the five systems of the feature table."""
