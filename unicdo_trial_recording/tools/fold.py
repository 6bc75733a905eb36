# SPDX-License-Identifier: LGPL-3.0-or-later
"""Undoes what recorder/fold.js did to make events small: nodes within their parents become single steps again."""

from .chunk import BadChunk

MOST = 20_000


def unfold(event):
    """An event as rrweb tells it; what else is wrong with it is for the cleaning to find.

    :raises BadChunk: it says that it is folded, and is not
    """
    data = event.get("data") if isinstance(event, dict) else None
    if not isinstance(data, dict) or data.get("folded") is not True:
        return event
    adds, last = [], 0
    for root in _list(data.get("adds")):
        root = _dict(root)
        last = _unfold_tree(root, adds, last)
    return {**event, "data": {**{name: value for name, value in data.items() if name != "folded"}, "adds": adds}}


def _unfold_tree(root, adds, last):
    """Append one step per node, in the order in which the numbers count on.

    :return: number of the last node
    """
    groups = [(root.get("parentId"), root.get("nextId"), [root.get("node")])]
    while groups:
        parent, following, nodes = groups.pop()
        below = []
        for node in reversed(nodes):
            node = _dict(node)
            if type(node.get("id")) is not int or len(adds) >= MOST:
                raise BadChunk("folded")
            last += node["id"]
            adds.append({"parentId": parent, "nextId": following, "node": {**node, "id": last, "childNodes": []}})
            following = last
            if "childNodes" in node:
                below.append((last, None, _list(node["childNodes"])))
        groups += below  # the first child's group was put last, and is taken first
    return last


def _dict(value):
    if not isinstance(value, dict):
        raise BadChunk("folded")
    return value


def _list(value):
    if not isinstance(value, list):
        raise BadChunk("folded")
    return value
