# SPDX-License-Identifier: LGPL-3.0-or-later
"""What can be looked for in recordings: views, clicks, impatience, errors, time, first steps.

Reads cleaned events, piece by piece; what the next piece needs to know of this one is carried over. Pieces may be read
again, or late, and give the same facts as long as they follow the same piece.
"""

from collections import deque
from dataclasses import dataclass, field

#: a further event within so many milliseconds goes on with what the person was doing; a longer gap is none of their time
GAP = 10_000
#: rage: so many clicks within so many milliseconds and pixels
RAGE_CLICKS, RAGE_MS, RAGE_PIXELS = 3, 1_000, 30
#: kept of one piece; a person makes no more in its five seconds
MOST_VISITS, MOST_CLICKS, MOST_SHEETS = 100, 500, 50
#: later than this after a recording's start there is nothing true
MOST_MS = 86_400_000

#: first steps, in the order in which people take them
STEPS = ("app", "record", "created", "sent")
#: windows in which Odoo sends documents
SENDING = ("mail.compose.message", "account.move.send.wizard", "account.move.send.batch.wizard")

_ACTIVITY = frozenset((1, 2, 3, 5, 6, 12))
_META, _SNAPSHOT, _INCREMENTAL, _CUSTOM = 4, 2, 3, 5
_MUTATION, _INTERACTION, _RESIZE = 0, 2, 4
_CLICK = 2


@dataclass(frozen=True)
class Visit:
    """A view that was opened: when (milliseconds since 1970) and which."""

    at: float
    surface: str
    model: str
    view: str
    route: str


@dataclass
class Click:
    """Where somebody clicked: when, and thousandths of the window's width and height."""

    at: float
    x: int
    y: int
    rage: bool = False


@dataclass
class Facts:
    """What one piece tells."""

    #: moments of its first and last event, None without any
    first: float | None = None
    last: float | None = None
    #: milliseconds in which the person did something
    active: int = 0
    visits: list = field(default_factory=list)
    clicks: list = field(default_factory=list)
    #: times that somebody clicked in rage, not the single clicks
    rage: int = 0
    errors: int = 0
    #: step → moment it was first taken in this piece
    steps: dict = field(default_factory=dict)
    #: paths of style sheets
    sheets: list = field(default_factory=list)
    #: for the next piece
    carried: dict = field(default_factory=dict)


class Reader:
    """Reads one piece.

    :param dict carried: ``Facts.carried`` of the piece before; empty for the first
    """

    def __init__(self, carried):
        self.facts = Facts()
        self._size = list(carried.get("size") or (0, 0))
        self._view = list(carried.get("view") or ())
        self._active_at = carried.get("active_at")
        # the last clicks that may belong to one rage: moment, x, y in pixels
        self._near = deque((tuple(click) for click in carried.get("clicks") or ()), maxlen=RAGE_CLICKS - 1)
        self._raging = bool(carried.get("raging"))
        self._recent = deque(maxlen=RAGE_CLICKS - 1)

    def read(self, events):
        """The facts of these events.

        :param list events: cleaned, in order
        :return: :class:`Facts`
        """
        facts = self.facts
        for event in events:
            facts.first = event["timestamp"] if facts.first is None else min(facts.first, event["timestamp"])
            facts.last = event["timestamp"] if facts.last is None else max(facts.last, event["timestamp"])
            self._event(event["type"], event["data"], event["timestamp"])
        facts.active = min(int(facts.active), MOST_MS)
        facts.carried = {
            "size": self._size, "view": self._view, "active_at": self._active_at,
            "clicks": [list(click) for click in self._near], "raging": self._raging,
        }
        return facts

    def _event(self, kind, data, moment):
        if kind == _META:
            self._size = [data["width"], data["height"]]
        elif kind == _SNAPSHOT:
            self._note_sheets([data["node"]])
        elif kind == _CUSTOM:
            self._custom(data["tag"], data["payload"], moment)
        elif kind == _INCREMENTAL:
            self._incremental(data, moment)

    def _incremental(self, data, moment):
        source = data["source"]
        if source in _ACTIVITY:
            self._note_activity(moment)
        if source == _RESIZE:
            self._size = [data["width"], data["height"]]
        elif source == _MUTATION:
            self._note_sheets([item["node"] for item in data["adds"]])
        elif source == _INTERACTION and data["type"] == _CLICK and "x" in data:
            self._note_click(moment, data["x"], data["y"])

    def _note_activity(self, moment):
        if self._active_at is not None and 0 <= moment - self._active_at <= GAP:
            self.facts.active += moment - self._active_at
        self._active_at = moment

    def _custom(self, tag, payload, moment):
        if tag == "unicdo.error":
            self.facts.errors += 1
        elif tag == "unicdo.view":
            self._note_activity(moment)
            self._note_view(Visit(moment, payload["surface"], payload["model"], payload["view"], payload["route"]))

    def _note_view(self, visit):
        view = [visit.surface, visit.model, visit.view, visit.route]
        if view == self._view:
            return
        self._note_steps(visit)
        self._view = view
        if len(self.facts.visits) < MOST_VISITS:
            self.facts.visits.append(visit)

    def _note_steps(self, visit):
        for step in steps_of(visit, self._view):
            self.facts.steps.setdefault(step, visit.at)

    def _note_click(self, moment, x, y):
        clicks = self.facts.clicks
        rage = len(self._near) == RAGE_CLICKS - 1 and all(
            0 <= moment - at <= RAGE_MS and (x - left) ** 2 + (y - top) ** 2 <= RAGE_PIXELS ** 2
            for at, left, top in self._near
        )
        if rage and not self._raging:
            self.facts.rage += 1
            for click in self._recent:  # those that came in earlier pieces are left as they are
                click.rage = True
        self._raging = rage
        self._near.append((moment, x, y))
        if len(clicks) < MOST_CLICKS and all(self._size):
            clicks.append(Click(moment, per_mille(x, self._size[0]), per_mille(y, self._size[1]), rage))
            self._recent.append(clicks[-1])

    def _note_sheets(self, nodes):
        todo, sheets = list(nodes), self.facts.sheets
        while todo:
            node = todo.pop()
            todo.extend(node.get("childNodes") or ())
            href = (node.get("attributes") or {}).get("href") if node.get("tagName") == "link" else None
            if href and href not in sheets and len(sheets) < MOST_SHEETS:
                sheets.append(href)


def facts(events, carried=None):
    """What a piece of a recording tells.

    :param list events: cleaned, in order
    :param dict carried: ``carried`` of the facts of the piece before
    :return: :class:`Facts`
    """
    return Reader(carried or {}).read(events)


def per_mille(place, size):
    """A place in the window as thousandths of its size, from 0 to 1000."""
    return max(0, min(1000, round(1000 * place / size)))


def steps_of(visit, before):
    """The first steps that opening a view means.

    A record is created when its form goes on from the address of a new one to one with a number.

    :param Visit visit: the view opened
    :param list before: surface, model, view and route of the one before; empty at the start
    :return: list of some of ``STEPS``
    """
    if visit.surface != "backend" or not visit.model:
        return []
    if visit.model in SENDING:
        return ["sent"]
    last = visit.route.rpartition("/")[2]
    steps = ["app"]
    if visit.view == "form" and last in (":id", "new"):
        steps.append("record")
        if before and last == ":id" and before[1] == visit.model and before[3].rpartition("/")[2] == "new":
            steps.append("created")
    return steps


def furthest(steps):
    """The last of the first steps that was taken; "" for none."""
    return next((step for step in reversed(STEPS) if step in steps), "")
