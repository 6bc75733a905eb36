# SPDX-License-Identifier: LGPL-3.0-or-later
"""Undoes what recorder/fold.js did to make events small: what is packed becomes single steps, which rrweb's player demands."""

import json

from .chunk import BadChunk

#: nodes that one event may add
MOST_NODES = 20_000


def unfold(events, most_bytes):
    """Events as rrweb's player takes them; what else is wrong with them is for the cleaning to find.

    :param list events: as they came
    :param int most_bytes: that all packed nodes may take once they are unpacked: a few bytes may stand for many
    :raises BadChunk: one says that it is folded, and is not, or it becomes too large
    """
    unfolder = _Unfolder(most_bytes)
    return [unfolder.event(event) for event in events]


class _Unfolder:
    def __init__(self, most_bytes):
        self._room = most_bytes

    def event(self, event):
        data = event.get("data") if isinstance(event, dict) else None
        if not isinstance(data, dict) or "shapes" not in data:
            return event
        self._shapes = [(_of(dict, shape), len(json.dumps(shape))) for shape in _of(list, data["shapes"])]
        self._adds, self._last = [], 0
        for root in _of(list, data.get("adds")):
            if len(_of(list, root)) != 3:
                raise BadChunk("folded")
            self._tree(*root)
        rest = {name: value for name, value in data.items() if name != "shapes"}
        return {**event, "data": {**rest, "adds": self._adds}}

    def _tree(self, parent, following, packed):
        """Append one step per node, in the order in which the numbers count on."""
        groups = [(parent, following, [packed])]
        while groups:
            parent, following, nodes = groups.pop()
            below = []
            for node in reversed(nodes):
                number, step, children = self._read(node)
                self._last += step
                self._step(parent, following, number)
                following = self._last
                if children:
                    below.append((self._last, None, children))
            groups += below  # the first child's group was put last, and is taken first

    @staticmethod
    def _read(node):
        """:return: number of its shape, step to its own number, packed nodes in it"""
        node = [node] if type(node) is int else _of(list, node)
        number, step, children = [*node, None, None][:3] if 0 < len(node) < 4 else [None] * 3
        return _of(int, number), 1 if step is None else _of(int, step), [] if children is None else _of(list, children)

    def _step(self, parent, following, number):
        if not 0 <= number < len(self._shapes) or len(self._adds) >= MOST_NODES:
            raise BadChunk("folded")
        shape, size = self._shapes[number]
        self._room -= size
        if self._room < 0:
            raise BadChunk("large")
        node = {**shape, "id": self._last, "childNodes": []}
        self._adds.append({"parentId": parent, "nextId": following, "node": node})


def _of(kind, value):
    if type(value) is not kind:
        raise BadChunk("folded")
    return value
