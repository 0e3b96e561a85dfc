"""May this enrollment begin? By the profile: registered or not, which old certificates, which factors, what it will say."""

from __future__ import annotations

import dataclasses
import sqlite3
from datetime import datetime

from certtray.rules.profile import AfterExpiry, Factor, Profile, Way
from certtray_sandbox import certificates, challenge, enrollments, people, registrations
from certtray_sandbox.certificates import HOLD, Issued
from certtray_sandbox.enrollments import Body, Enrollment, Wanted
from certtray_sandbox.home import Sandbox
from certtray_sandbox.refusals import (
    NOT_REGISTERED,
    OLD_EXPIRED,
    OLD_NOT_YET,
    OLD_ON_HOLD,
    OLD_REVOKED,
    OLD_UNKNOWN,
    OTHER_USAGES,
    Reason,
    Refusal,
)


def admit(
    db: sqlite3.Connection, sandbox: Sandbox, person: str, enrollment_id: str, body: Body, now: datetime
) -> tuple[Enrollment, bool]:
    """Return the enrollment of this id and whether it is new; refuse one that may not begin."""
    known = enrollments.known(db, person, enrollment_id, body)
    if known is not None:
        return known, False
    enrollments.check_body(sandbox, body)
    old = old_certificates(db, sandbox.profile, person, body, now)
    wanted = _renewed(old[0], body) if old else _registered(db, sandbox, person, body, now)
    enrollment = enrollments.insert(db, person, enrollment_id, body, wanted, _needs(sandbox.profile, body.action), now)
    for each in old:
        if each.usage == "encrypt":
            challenge.make(db, enrollment_id, each)
    return enrollment, True


def old_certificates(db: sqlite3.Connection, profile: Profile, person: str, body: Body, now: datetime) -> list[Issued]:
    """Return the certificates to be renewed, after checking that each may be, and that none of a pair is missing."""
    found = [certificates.find(db, serial) for serial in body.old_serials]
    for old in found:
        if old is None or old.person != person:
            raise Refusal(OLD_UNKNOWN)
        if old.revoked:
            raise Refusal(OLD_ON_HOLD if old.revoked == HOLD else OLD_REVOKED)
        if now > old.not_after:
            raise Refusal(too_late(profile))
        if now < old.not_before:
            raise Refusal(OLD_NOT_YET)
    old_usages = [old.usage for old in found if old is not None]
    if body.action == "renew" and len(body.usages) > 1 and sorted(old_usages) != sorted(body.usages):
        raise Refusal(OTHER_USAGES)  # both keys have to be proven (3-13)
    return [old for old in found if old is not None]


def too_late(profile: Profile) -> Reason:
    """Return the refusal of an expired certificate, with the way out (2-13, 3-31)."""
    way_out = {
        AfterExpiry.APPLY: "無法更新，請重新申請。",
        AfterExpiry.COUNTER: "無法更新，請至原申請單位臨櫃辦理。",
        AfterExpiry.REGISTER: "無法展期，請重新註冊後申請。",
    }[profile.renewal.after_expiry]
    return dataclasses.replace(OLD_EXPIRED, detail=OLD_EXPIRED.detail.rstrip("。") + "，" + way_out)


def _renewed(old: Issued, body: Body) -> Wanted:
    return Wanted(old.cn, old.device, body.email or old.email)


def _registered(db: sqlite3.Connection, sandbox: Sandbox, person: str, body: Body, now: datetime) -> Wanted:
    if sandbox.profile.manage.register is Way.NONE:  # who trades on line may apply
        if body.registration or body.action == "convert":
            raise Refusal(NOT_REGISTERED)
        device = sandbox.desk.devices[0]
        cn = sandbox.desk.common_name(person, device, now)
        return Wanted(cn, device, body.email or people.mail_address(db, person))
    registration = registrations.find_open(db, person, body.registration, body.action)
    return Wanted(registration.cn, registration.device, body.email or registration.email)


def _needs(profile: Profile, action: enrollments.Action) -> tuple[enrollments.Factor, ...]:
    """Return the factors this server checks; the birth date is asked before a code is sent, the rest is elsewhere."""
    if action == "convert":  # no counter visit, so no password from it (3-26)
        return ()
    factors = profile.apply_factors if action == "apply" else profile.renew_factors
    checked: dict[Factor, enrollments.Factor] = {Factor.OTP: "otp", Factor.APPLY_PASSWORD: "apply_password"}
    return tuple(checked[factor] for factor in factors if factor in checked)
