"""What is hardly meant about those who wait: announcements too long, timeouts too short."""

from collections.abc import Iterator

from acd.config.document import Wrong
from acd.config.file import File, Queue
from acd.config.waiting import LEAST_TIMEOUT_S
from acd.ivr import speaking
from acd.settings import Language

PAUSE_S = 2
"""So much music there is between two announcements."""


def warnings(file: File) -> Iterator[Wrong]:
    """All of them."""
    languages = sorted({file.language, *(one.language for one in file.routes if one.language)})
    for place, queue in enumerate(file.queues):
        if queue.timeout_s and queue.timeout_s < LEAST_TIMEOUT_S:
            says = f"a timeout below {LEAST_TIMEOUT_S} s is raised to {LEAST_TIMEOUT_S} s"
            yield Wrong(at=("queues", place, "timeout_s"), says=says)
        longest_s = max(longest_ms(queue, each) for each in languages) / 1000
        if queue.announce_every_s < longest_s + PAUSE_S:
            says = (
                f"an announcement takes up to {longest_s:.1f} s: the next one comes {PAUSE_S} s "
                f"after its end, not every {queue.announce_every_s} s"
            )
            yield Wrong(at=("queues", place, "announce_every_s"), says=says)


def longest_ms(queue: Queue, language: Language) -> int:
    """The longest that an announcement of the queue can take; 0 if it makes none."""
    parts = [
        speaking.LONGEST_POSITION_MS[language] if queue.announce.position else 0,
        speaking.LONGEST_WAIT_MS[language]
        if queue.announce.position and queue.announce_wait
        else 0,
    ]
    if queue.announce.exit:
        back = (queue.exit_to or "").startswith("callback:")
        offer = speaking.exit_offer(language, queue.exit_digit, called_back=back)
        parts.append(offer.duration_ms)
    return sum(parts)
