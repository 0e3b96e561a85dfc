"""Says digests on the desktop, and takes back what is no longer true."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from certtray.core.errors import CertTrayError, NoticeNotShown
from certtray.notify.base import Message, Notifier
from certtray.notify.words import ENVIRONMENT, FAILING, Words
from certtray.watch.due import Digest


class Notices:
    """What stands on the desktop; used by one thread.

    ``chosen`` gets the notice and the id of its button (``words.OPEN`` or ``LATER``) on another thread: it only posts.
    """

    def __init__(self, notifier: Notifier, words: Words, chosen: Callable[[Message, str], None]) -> None:
        self._notifier = notifier
        self._words = words
        self._chosen = chosen
        self._standing: dict[str, set[str]] = {}
        """What each notice speaks of, by its id."""

    def hand_over(self, digest: Digest) -> None:
        """Take back, then say; NoticeNotShown where the desktop took one not: then all is to be handed over again."""
        for fingerprint in digest.withdraw:
            self._settle(fingerprint)
        for message in self._words.messages(digest):
            self._say(message)

    def failing(self, error: CertTrayError) -> None:
        """Say that nothing could be checked for a while; NoticeNotShown."""
        self._say(self._words.failing(error))

    def environment(self, number: int) -> None:
        """Say how much the environment check found in the way, or take that back; NoticeNotShown."""
        if number:
            self._say(self._words.environment(number))
        else:
            self._notifier.withdraw(ENVIRONMENT)

    def works_again(self) -> None:
        """Take back that nothing could be checked."""
        self._notifier.withdraw(FAILING)

    def close(self) -> None:
        """Take back all: when we are gone a click would do nothing."""
        self._notifier.close()

    def _say(self, message: Message) -> None:
        for fingerprint in message.fingerprints:
            self._settle(fingerprint, but=message.id)
        if obstacle := self._notifier.send(message, partial(self._chosen, message)):
            raise NoticeNotShown(reason=obstacle.value)
        self._standing[message.id] = set(message.fingerprints)

    def _settle(self, fingerprint: str, but: str = "") -> None:
        """A notice of several goes when nothing it says is true any more."""
        for message_id, spoken_of in list(self._standing.items()):
            if message_id != but and fingerprint in spoken_of:
                spoken_of.discard(fingerprint)
                if not spoken_of:
                    del self._standing[message_id]
                    self._notifier.withdraw(message_id)
