"""The subscriber terms of each RA: our own sentences that say what the manuals' clauses say (0-14, 2-16, 3-35)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Terms:
    """One version; each clause in Chinese and English."""

    version: str
    clauses: tuple[tuple[str, str], ...]


BROKER: Final = Terms(
    "2026-1",
    (
        (
            "本憑證由臺灣網路認證公司(TWCA)簽發，供您在本公司進行網路交易時使用。",
            "This certificate is issued by TWCA and is for your on-line trading with us.",
        ),
        (
            "憑證的簽發與使用，依 TWCA 公布的憑證實務作業基準(CPS)辦理。",
            "TWCA's certification practice statement (CPS) governs its issue and use.",
        ),
        (
            "您提供的資料必須正確；資料不實所生的責任由您負擔。",
            "The data you give must be correct; you are liable for what follows if they are not.",
        ),
        (
            "請妥善保管憑證、私密金鑰與密碼；遭冒用、外洩或遺失時，請立即通知本公司。",
            "Keep certificate, private key and password safe; tell us at once if they are misused, exposed or lost.",
        ),
        (
            "憑證只能用於本公司公告的業務。",
            "The certificate may only be used for the purposes we have announced.",
        ),
        (
            "不得將憑證用於任何違法行為。",
            "It must not be used for anything unlawful.",
        ),
        (
            "您違反本約定時，本公司得廢止您的憑證。",
            "If you break these terms we may revoke your certificate.",
        ),
    ),
)
"""Seven clauses (0-14)."""

TWCA: Final = Terms(
    "2026-1",
    (
        (
            "憑證的簽發與使用，依 TWCA 公布的憑證實務作業基準(CPS)辦理。",
            "TWCA's certification practice statement (CPS) governs issue and use.",
        ),
        ("註冊資料必須正確；變更時應通知註冊中心。", "Registration data must be correct; changes are to be reported."),
        (
            "私密金鑰、密碼與備份由您妥善保管；有外洩或遺失之虞時應立即申請廢止。",
            "Keep private key, passwords and backup safe; ask for revocation at once if exposure or loss is feared.",
        ),
        ("憑證應於到期前完成展期；逾期須重新註冊。", "Renew before the certificate ends; after that, register anew."),
        (
            "損害賠償以該張憑證年費的一百倍為上限。",
            "Compensation is limited to one hundred times the annual fee of that certificate.",
        ),
        ("不得將憑證用於任何違法行為。", "The certificate must not be used for anything unlawful."),
    ),
)
"""With the cap on compensation (2-16)."""

BANK: Final = Terms(
    "2026-1",
    (
        ("憑證的簽發與使用，依憑證實務作業基準(CPS)辦理。", "The certification practice statement (CPS) governs."),
        ("您提供的資料必須正確。", "The data you give must be correct."),
        ("資料變更時，應至原申請單位辦理異動。", "Changes of your data are to be reported at your branch."),
        ("私密金鑰與密碼由您妥善保管，不得交付他人。", "Keep private key and passwords safe and to yourself."),
        (
            "金鑰外洩或載具遺失時，應立即暫禁或註銷憑證。",
            "If a key leaks or a token is lost, suspend or revoke at once.",
        ),
        ("憑證只能用於約定的合法業務。", "The certificate may only be used for lawful, agreed business."),
        ("因天災等不可抗力所致的損害，本行不負責任。", "We are not liable for damage by force majeure."),
        ("您與交易對象的爭議，由雙方自行解決。", "Disputes with your partners are settled between you."),
        ("您違反約定時，憑證機構得廢止憑證，費用不予退還。", "On a breach the CA may revoke, without refund."),
        ("憑證到期前應完成更新；逾期須重新申請。", "Renew before the certificate ends; after that, apply anew."),
    ),
)
"""Ten clauses (3-35)."""


def of(profile: str) -> Terms:
    """Return the terms in force at the RA of ``profile``."""
    return {"twca-soft": TWCA, "twca-fine": TWCA, "tcb-fxml": BANK}.get(profile, BROKER)
