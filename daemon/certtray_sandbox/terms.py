"""The subscriber terms (0-14): our own sentences that say the seven things."""

from __future__ import annotations

from typing import Final

VERSION: Final = "2026-1"

CLAUSES: Final = (
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
)
