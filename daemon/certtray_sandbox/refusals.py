"""Every "no" this RA can say: the HTTP status, the number, a title for logs and a sentence for the person.

Numbers of the 5000 and 6000 ranges are the manuals' and the Taiwanese CAs' own (FACTS.md 1.7); the 8000 range is ours.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Final

from certtray.rules.profile import Profile, Way


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of the table; ``detail`` is Traditional Chinese, as an issuer here would answer."""

    status: int
    number: str
    title: str
    detail: str


class Refusal(Exception):
    """The RA's answer is no. Whatever was counted on the way stays counted (``store.Store.transaction``).

    ``tries_left`` where tries are counted; ``retry_after`` in seconds where waiting helps.
    """

    def __init__(self, reason: Reason, tries_left: int | None = None, retry_after: int | None = None) -> None:
        super().__init__(reason.number, reason.title)
        self.reason = reason
        self.tries_left = tries_left
        self.retry_after = retry_after


def say(reason: Reason, profile: Profile, way: Way) -> Reason:
    """Return ``reason`` with where it is done instead, what to bring and whom to call."""
    where = {
        Way.MENU: "請線上辦理。",
        Way.PAGE: f"請至本公司網頁辦理：{profile.contact.page}。",
        Way.COUNTER: f"請攜帶{profile.manage.bring_zh_tw}，至原申請單位臨櫃辦理。",
        Way.PAPER: f"請備妥{profile.manage.bring_zh_tw}，郵寄或臨櫃辦理。",
        Way.NONE: "本公司未提供此項服務。",
    }[way]
    return dataclasses.replace(reason, detail=f"{reason.detail}{where}洽詢電話：{profile.contact.phone}。")


MALFORMED: Final = Reason(400, "5005", "The request cannot be read", "送出的資料無法讀取。")
INVALID: Final = Reason(422, "5005", "A field is missing or out of range", "送出的資料欄位有誤。")
TOO_LARGE: Final = Reason(413, "5005", "The request is too large", "送出的資料過大。")
NO_SUCH_PAGE: Final = Reason(404, "5010", "No such resource", "查無此項目。")
NO_SUCH_METHOD: Final = Reason(405, "5005", "Method not allowed here", "不支援此操作。")

WRONG_LOGIN: Final = Reason(401, "8001", "Account or password is wrong", "帳號或密碼不正確。")
LOGIN_LOCKED: Final = Reason(429, "8002", "Login is locked for a while", "密碼錯誤次數過多，登入已暫時鎖定。")
NO_SESSION: Final = Reason(401, "8003", "Not logged in, or the session has ended", "尚未登入或登入已逾時，請重新登入。")
OTHER_LOGIN: Final = Reason(409, "8007", "This RA has no such login", "本系統不提供此種登入方式。")
CARD_NOT_PROVEN: Final = Reason(
    401,
    "8008",
    "The card did not prove a certificate of this id that is in force",
    "卡片未能證明此憑證識別碼的有效憑證。",
)
LOGIN_SUSPENDED: Final = Reason(
    403, "8009", "Login is suspended until it is reset", "密碼錯誤次數過多，登入權限已停用。"
)
CAPTCHA_WRONG: Final = Reason(
    403, "8017", "The digits of the picture are wrong or too old", "圖形驗證碼不正確或已逾時。"
)
CAPTCHA_LOCKED: Final = Reason(429, "8018", "Too many wrong pictures", "圖形驗證碼錯誤次數過多，請稍後再試。")
SIGN_ON_VOID: Final = Reason(
    403, "8019", "This hand-over is used up, too old or not yours", "單一登入已失效，請重新登入。"
)

CHALLENGE_VOID: Final = Reason(403, "8020", "This challenge is used up or too old", "登入程序已逾時，請重新登入。")

CHANGE_FIRST: Final = Reason(403, "8022", "The first password has to be changed", "首次登入請先變更密碼。")
WRONG_PASSWORD: Final = Reason(403, "8023", "The old password is wrong", "原密碼不正確。")
PASSWORD_RULE: Final = Reason(422, "8024", "The new password breaks the rules", "新密碼不符規定。")
NO_PASSWORD_HERE: Final = Reason(409, "8025", "The password is not changed here", "密碼請至原系統變更。")

PASSWORD_LOGIN: Final = Reason(
    403, "8026", "This needs a login with the site password", "此項服務須以帳號及網站密碼登入。"
)

WRONG_BIRTH_DATE: Final = Reason(403, "8004", "The birth date does not match", "出生年月日與留存資料不符。")
IDENTITY_LOCKED: Final = Reason(
    429, "8005", "Identity check is locked for a while", "身分確認錯誤次數過多，已暫時鎖定。"
)
IDENTITY_NEEDED: Final = Reason(403, "8006", "Identity has to be checked first", "請先輸入出生年月日確認身分。")

FACTOR_NEEDED: Final = Reason(403, "8011", "A factor is still to be given", "請先完成身分驗證。")
OTP_WRONG: Final = Reason(403, "8012", "The one-time code is wrong", "一次性密碼不正確。")
OTP_EXPIRED: Final = Reason(
    403, "8013", "There is no code that could still be verified", "一次性密碼已失效，請重新發送。"
)
ENROLLMENT_ENDED: Final = Reason(
    409, "8014", "Too many wrong codes: this enrollment has ended", "一次性密碼錯誤已達三次，請重新申請。"
)
OTP_SENDS_USED: Final = Reason(429, "8015", "Too many codes were sent", "一次性密碼發送次數過多，請稍後再試。")
FACTOR_DONE: Final = Reason(
    409, "8016", "This enrollment does not need that factor (any more)", "此筆申請無須此項驗證。"
)

TERMS: Final = Reason(409, "8021", "The current terms have to be accepted", "請先閱讀並同意目前版本的用戶約定條款。")

ENROLLMENT_DIFFERS: Final = Reason(
    409, "8031", "This enrollment exists with other contents", "此申請編號已用於不同內容的申請。"
)
HASH_MISMATCH: Final = Reason(
    409, "8032", "These are not the requests the enrollment named", "憑證請求與原申請內容不符。"
)
BAD_REQUEST: Final = Reason(422, "8033", "Not a PKCS#10 request with a valid signature", "憑證請求格式或簽章不正確。")
KEY_NOT_FIT: Final = Reason(422, "8034", "The key is not of the required kind and size", "金鑰種類或長度不符規定。")
KEY_USED: Final = Reason(409, "8035", "This public key was certified before", "此金鑰已核發過憑證，請重新產生金鑰。")
OTHER_USAGES: Final = Reason(409, "8036", "Not the certificates this RA issues together", "憑證用途與規定不符。")

BAD_PROOF: Final = Reason(403, "8041", "The old key was not proven", "無法確認您持有原憑證的金鑰。")
OLD_UNKNOWN: Final = Reason(409, "5010", "The certificate is not one of yours", "查無您的這張憑證。")
OLD_EXPIRED: Final = Reason(409, "5011", "The certificate has expired", "憑證已過期。")
OLD_NOT_YET: Final = Reason(409, "5012", "The certificate is not valid yet", "憑證尚未生效。")
OLD_REVOKED: Final = Reason(409, "5020", "The certificate is revoked", "憑證已註銷，請重新申請。")
OLD_ON_HOLD: Final = Reason(409, "5026", "The certificate is suspended", "憑證暫時停用中。")

NOT_REGISTERED: Final = Reason(409, "8051", "Nothing is registered to apply for", "查無可辦理的註冊資料。")
APPLY_PASSWORD_WRONG: Final = Reason(403, "8052", "The apply password is wrong", "憑證申請密碼不正確。")
APPLY_PASSWORD_LOCKED: Final = Reason(
    403, "8053", "Too many wrong apply passwords", "憑證申請密碼錯誤次數過多，請至原申請單位重新申請密碼通知書。"
)

REVOKE_ELSEWHERE: Final = Reason(409, "8061", "Revocation is not done here", "憑證註銷不在線上辦理。")
SUSPEND_ELSEWHERE: Final = Reason(409, "8062", "Suspension is not done here", "憑證暫禁不在線上辦理。")
REINSTATE_ELSEWHERE: Final = Reason(409, "8063", "Reinstatement is not done here", "憑證解禁不在線上辦理。")

UNLOCK_ELSEWHERE: Final = Reason(409, "8064", "Cards are not unlocked here", "晶片卡解鎖不在線上辦理。")

CARD_NOT_YOURS: Final = Reason(
    403, "8071", "This card is not registered for you", "卡片驗證失敗：這張卡片不屬於此帳號。"
)
CARD_CHECKS_USED: Final = Reason(429, "8072", "Too many cards that are not yours", "卡片驗證錯誤次數過多，請稍後再試。")
UNLOCK_DIFFERS: Final = Reason(409, "8073", "This unlocking is for another card", "此解鎖作業不屬於這張卡片。")
RELEASED_ELSEWHERE: Final = Reason(
    409,
    "8074",
    "Its code was released to another unlocking, which did not report",
    "這張卡片的上一次解鎖尚未完成，請回到原電腦繼續，或洽原申請單位。",
)
UNLOCK_DONE: Final = Reason(409, "8075", "This unlocking is done", "此解鎖作業已完成。")

PENDING: Final = Reason(409, "6025", "The certificate is being issued", "憑證核發作業中，請稍後下載。")
NOTHING: Final = Reason(404, "6036", "There is no certificate to download", "沒有可下載的憑證。")
