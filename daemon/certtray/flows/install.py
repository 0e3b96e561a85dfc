"""Put a certificate with its key into every store that lacks it: 跨瀏覽器憑證安裝 (0-24, 1-08, 1-15)."""

from __future__ import annotations

from certtray.core.certificate import Usage
from certtray.core.identity import same_person
from certtray.crypto.pfx import KeyPair
from certtray.flows.chosen_stores import choose_places, places
from certtray.flows.done import Done
from certtray.flows.key_file import KeyFile
from certtray.flows.key_source import keys_of
from certtray.flows.put_in_stores import ask_protection, parcels_of, put_all, summary
from certtray.flows.recorded import record
from certtray.flows.stage import Stage, looks_like_fingerprint
from certtray.inventory.history import History, What


def play(stage: Stage, given: str) -> Done:
    """Take the key from its file or a store, ask which stores are meant, and put it there.

    All stores that lack it are proposed; what will happen is said beforehand for each.
    """
    file = keys_of(stage, given)
    pairs = newest_pair(file, given)
    parcels = parcels_of(pairs, file.content.others, stage.inventory)
    found = places(stage.face, with_system=True)
    usable = [each for each in found if each.error is None]
    chosen = choose_places(
        stage.face, "install_stores", found, [each for each in usable if each.lacks_any(parcels)], parcels
    )
    if not chosen:
        return Done("nothing_installed", data={"stores": []}, level="info")
    done = put_all(stage.face, chosen, parcels, ask_protection(stage.face, chosen), stage.clock())
    if any(each.error is None for each in done):
        fingerprints = [pair.certificate.fingerprint for pair in pairs]
        record(stage.face, History(stage.home.history), stage.clock(), What.INSTALL, fingerprints)
    return summary("installed", done)


def newest_pair(file: KeyFile, given: str) -> list[KeyPair]:
    """Return the pair a fingerprint means, else the latest in the file; with the other half where it lies there too."""
    by_end = sorted(file.content.pairs, key=lambda pair: pair.certificate.not_after)
    wanted = given.replace(":", "").replace(" ", "").lower()
    fitting = [pair for pair in by_end if pair.certificate.fingerprint.startswith(wanted)]
    main = fitting[0] if fitting and looks_like_fingerprint(given) else by_end[-1]
    other = {Usage.SIGN: Usage.ENCRYPT, Usage.ENCRYPT: Usage.SIGN}.get(main.certificate.usage)
    halves = [
        pair for pair in by_end if pair.certificate.usage is other and same_person(pair.certificate, main.certificate)
    ]
    return sorted([main, *halves[-1:]], key=lambda pair: pair.certificate.usage is not Usage.SIGN)
