# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cleans the events of a recording by an allow-list (POLICY REC-1): what is not listed goes.

``static/src/recorder/cleaner.js`` does the same in the browser, before anything is sent; this is the second time, on the
server, for whatever a browser, or somebody in its place, has sent. Both read ``allow_list.json``. Events are built anew
from what is known of them: nothing unknown is carried over, and cleaning twice changes nothing more.
"""

import json
import math
import re
from functools import lru_cache
from pathlib import Path

from .chunk import BadChunk
from .clean_css import CssCleaner

ALLOW_LIST = Path(__file__).parents[1] / "static/src/recorder/allow_list.json"
_SPACES = re.compile(r"[ \t\n\r\f\v\u00a0]+")
#: signs of no width, which editors put around links: they hold a line open, and a mask would be seen
_NOTHINGS = re.compile("[\\u200b\\u2060\\ufeff]+")
_SHEET = re.compile(
    r"(?:https?://[^/?#]+)?(/web/assets/(?:[0-9]{1,9}/)?[0-9a-z]{1,40}/[a-z0-9_.]{1,80}\.css)(?:[?#].*)?", re.DOTALL
)
_ADDRESS = re.compile(r"(https?://[A-Za-z0-9.:_\[\]-]{1,255})?(/[^?#]*)?(?:[?#].*)?", re.DOTALL)
_SIZE = re.compile(r"(-?[0-9]{1,6})(?:(\.[0-9]{1,2})[0-9]*)?(px|%)?")
_LANG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_HTML = re.compile(r"html", re.IGNORECASE)
_SPELLING = {"_csstext": "_cssText", "rr_scrollleft": "rr_scrollLeft", "rr_scrolltop": "rr_scrollTop"}
_DEEPEST = 100
_MOUSE = range(13)


@lru_cache
def load_allow_list():
    """The allow-list, as a dict. Do not change it. Lists of words stand in it as texts."""
    return json.loads(ALLOW_LIST.read_text("utf-8"))


class Cleaner:
    """The cleaning for one allow-list and the terms of one language's interface.

    :param dict allow: see :func:`load_allow_list`
    :param terms: container of texts that stay readable
    """

    def __init__(self, allow, terms):
        self._terms = terms
        self._limits = allow["limits"]
        self._mask = allow["mask"]
        self._fixed = allow["fixed"]
        self._tags = frozenset(allow["tags"].split())
        self._blocked = frozenset(allow["blocked"].split())
        self._replaced = frozenset(allow["replaced"].split())
        self._attributes = allow["attributes"]
        self._values = {name: frozenset(values.split()) for name, values in allow["values"].items()}
        self._routes = frozenset(allow["routes"].split())
        self._models = re.compile(allow["models"])
        self._css = CssCleaner(allow)
        self._nodes = 0

    # ---------------------------------------------------------------- events

    def clean(self, events):
        """The events that may stay, cleaned, in order.

        :param list events: as parsed from JSON
        :return: list
        :raises BadChunk: something is no event of a recording
        """
        self._nodes = 0
        return [kept for event in events if (kept := self.event(event)) is not None]

    def event(self, event):
        """One event, cleaned; None for one of a kind that is not recorded.

        :raises BadChunk: it is none
        """
        event = _dict(event)
        kind, moment = _integer(event.get("type")), event.get("timestamp")
        if type(moment) not in (int, float) or not 0 <= moment < 1e14:
            raise BadChunk("time")
        data = event.get("data", {})
        kept = self._data(kind, _dict(data))
        return None if kept is None else {"type": kind, "data": kept, "timestamp": moment}

    def _data(self, kind, data):
        if kind in (0, 1):
            return {}
        if kind == 2:
            return {"node": self._node(data.get("node"), 0), "initialOffset": self._numbers(
                _given(data, "initialOffset", {}), ("left", "top"))}
        if kind == 3:
            clean = getattr(self, f"_source_{_integer(data.get('source'))}", None)
            kept = clean and clean(data)
            return {"source": _integer(data["source"]), **kept} if kept is not None else None
        if kind == 4:
            return {"href": self.address(_text(_given(data, "href", ""))), **self._numbers(data, ("width", "height"))}
        return self._own(data) if kind == 5 else None

    def _own(self, data):
        """Our own facts."""
        tag, payload = data.get("tag"), _dict(data.get("payload", {}))
        if tag == "unicdo.view":
            model, route = _text(_given(payload, "model", "")), _text(_given(payload, "route", ""))
            kept = {
                "surface": self._listed("surface", payload.get("surface")), "view": self._listed("view", payload.get("view")),
                "model": model if len(model) <= 64 and self._models.fullmatch(model) else "custom" if model else "",
                "route": self.route(route),
            }
        elif tag == "unicdo.end":
            kept = {"why": self._listed("why", payload.get("why"))}
        elif tag in ("unicdo.error", "unicdo.pause", "unicdo.resume"):
            kept = {}
        else:
            return None
        return {"tag": tag, "payload": kept}

    def _listed(self, name, value):
        return value if isinstance(value, str) and value in self._values[name] else ""

    # ---------------------------------------------------------------- incremental

    def _source_0(self, data):
        """Changes of the page."""
        if data.get("isAttachIframe"):
            return None
        return {
            "texts": [self._change(item, self._changed_text) for item in self._list(data, "texts")],
            "attributes": [self._change(item, self._changed_attributes) for item in self._list(data, "attributes")],
            "removes": [self._removal(item) for item in self._list(data, "removes")],
            "adds": [self._addition(item) for item in self._list(data, "adds")],
        }

    def _change(self, item, clean):
        item = _dict(item)
        return {"id": _identity(item.get("id")), **clean(item)}

    def _changed_text(self, item):
        value = item.get("value")
        return {"value": None if value is None else self.text(_text(value))}

    def _changed_attributes(self, item):
        return {"attributes": self._attribute_values(_dict(item.get("attributes")))}

    @staticmethod
    def _removal(item):
        item = _dict(item)
        shadow = {"isShadow": True} if item.get("isShadow") is True else {}
        return {"parentId": _identity(item.get("parentId")), "id": _identity(item.get("id")), **shadow}

    def _addition(self, item):
        item = _dict(item)
        after = item.get("nextId")
        return {
            "parentId": _identity(item.get("parentId")), "nextId": None if after is None else _identity(after),
            "node": self._node(item.get("node"), 0),
        }

    def _source_1(self, data):
        """Mouse movement."""
        return {"positions": [
            {"id": _identity(_dict(item).get("id")), **self._numbers(item, ("x", "y", "timeOffset"))}
            for item in self._list(data, "positions")
        ]}

    _source_6 = _source_12 = _source_1

    def _source_2(self, data):
        """Clicks, touches and focus."""
        kind = _integer(data.get("type"))
        if kind not in _MOUSE:
            raise BadChunk("interaction")
        place = self._numbers(data, ("x", "y")) if "x" in data else {}
        return {"type": kind, "id": _identity(data.get("id")), **place}

    def _source_3(self, data):
        """Scrolling."""
        return {"id": _identity(data.get("id")), **self._numbers(data, ("x", "y"))}

    def _source_4(self, data):
        """Size of the window."""
        return self._numbers(data, ("width", "height"))

    def _source_5(self, data):
        """Input: that there is some, never what or how much; no state of boxes and buttons."""
        text = self._fixed if _text(_given(data, "text", "")) else ""
        return {"id": _identity(data.get("id")), "text": text, "isChecked": False}

    def _source_8(self, data):
        """Rules put into or taken out of a style sheet. A refused one leaves an empty one, so that the places stay."""
        kept = self._sheet_ids(data)
        if "removes" in data:
            kept["removes"] = [{"index": self._place(_dict(item).get("index"))} for item in self._list(data, "removes")]
        if "adds" in data:
            kept["adds"] = [self._added_rule(item) for item in self._list(data, "adds")]
        for name in ("replace", "replaceSync"):
            if name in data:
                kept[name] = self._css.sheet(_text(data[name]))
        return kept

    def _added_rule(self, item):
        item = _dict(item)
        place = {"index": self._place(item["index"])} if "index" in item else {}
        return {"rule": self._css.sheet(_text(_given(item, "rule", ""))) or "o{}", **place}

    def _source_13(self, data):
        """A declaration changed in a style sheet."""
        kept = {**self._sheet_ids(data), "index": self._place(data.get("index"))}
        if "set" in data:
            change = _dict(data["set"])
            pair = self._css.declaration(_text(_given(change, "property", "")), _text(_given(change, "value", "")))
            if not pair:
                return None
            kept["set"] = {"property": pair[0], "value": pair[1]}
            if change.get("priority") == "important":
                kept["set"]["priority"] = "important"
        if "remove" in data:
            name = _text(_given(data["remove"], "property", ""))
            pair = self._css.declaration(name, "0")
            if not pair:
                return None
            kept["remove"] = {"property": pair[0]}
        return kept

    def _source_15(self, data):
        """Style sheets adopted by a document or shadow root."""
        kept = {
            "id": _identity(data.get("id")), "styleIds": [_identity(number) for number in self._list(data, "styleIds")],
        }
        if "styles" in data:
            kept["styles"] = [
                {"styleId": _identity(_dict(item).get("styleId")),
                 "rules": [self._added_rule(rule) for rule in self._list(item, "rules")]}
                for item in self._list(data, "styles")
            ]
        return kept

    @staticmethod
    def _sheet_ids(data):
        return {name: _identity(data[name]) for name in ("id", "styleId") if data.get(name) is not None}

    @staticmethod
    def _place(index):
        numbers = index if isinstance(index, list) else [index]
        if not 0 < len(numbers) < 10 or any(not 0 <= _integer(number) < 100_000 for number in numbers):
            raise BadChunk("index")
        return index

    # ---------------------------------------------------------------- nodes

    def _node(self, node, depth):
        node = _dict(node)
        self._nodes += 1
        if self._nodes > self._limits["nodes"]:
            raise BadChunk("nodes")
        kind, kept = _integer(node.get("type")), {"id": _identity(node.get("id"))}
        for name in ("isShadow", "isShadowHost"):
            if node.get(name) is True:
                kept[name] = True
        if kind == 2:
            return {"type": 2, **self._element(node, depth), **kept}
        if kind == 0:
            return {"type": 0, "childNodes": self._children(node, depth), **kept}
        if kind == 1:
            return {"type": 1, "name": "html", "publicId": "", "systemId": "", **kept}
        if kind == 3:
            return {"type": 3, **self._text_node(node), **kept}
        return {"type": 5, "textContent": "", **kept}

    def _text_node(self, node):
        text = _text(_given(node, "textContent", ""))
        if node.get("isStyle") is True:
            return {"textContent": self._css.sheet(text), "isStyle": True}
        return {"textContent": self.text(text)}

    def _element(self, node, depth):
        tag = _text(node.get("tagName")).lower()
        attributes = self._attribute_values(_dict(_given(node, "attributes", {})))
        if tag in self._blocked or depth >= _DEEPEST:
            kept = {name: attributes[name] for name in ("class", "rr_height", "rr_width") if name in attributes}
            place = "img" if tag in self._replaced else "meta" if tag in self._blocked else "div"
            return {"tagName": place, "attributes": kept, "childNodes": [], "needBlock": True}
        if node.get("needBlock") is True:
            return {"tagName": tag if tag in self._tags else "div", "attributes": attributes, "childNodes": [],
                    "needBlock": True}
        return {
            "tagName": tag if tag in self._tags else "div", "attributes": attributes,
            "childNodes": self._children(node, depth),
        }

    def _children(self, node, depth):
        return [self._node(child, depth + 1) for child in self._list(node, "childNodes")]

    def _attribute_values(self, attributes):
        if len(attributes) > 500:
            raise BadChunk("attributes")
        kept = {}
        for name in sorted(attributes):
            rule = self._attributes.get(name.lower())
            if rule is None:
                continue
            value = attributes[name]
            value = None if value is None else getattr(self, f"_rule_{rule}")(value)
            if value is not None or attributes[name] is None:
                kept[_spelling(name)] = value
        return kept

    # ---------------------------------------------------------------- values of attributes; None: it goes

    def _rule_class(self, value):
        return " ".join(name for name in _split(value) if self._css.is_class(name)) if isinstance(value, str) else None

    def _rule_style(self, value):
        if isinstance(value, str):
            return self._css.declarations(value)
        if not isinstance(value, dict):
            return None
        kept = {}
        for name in sorted(value):
            one = value[name]
            text = one[0] if isinstance(one, list) and one else one
            if one is False and self._css.declaration(name, "0"):
                kept[name] = False
            elif isinstance(text, str) and (pair := self._css.declaration(name, text)):
                kept[pair[0]] = [pair[1], "important"] if one is not text and one[1:] == ["important"] else pair[1]
        return kept

    def _rule_id(self, value):
        return self._listed("id", value) or None

    def _rule_fixed(self, value):
        return "" if value is False or value == "" else self._fixed

    def _rule_term(self, value):
        return value if isinstance(value, str) and self._is_term(value) else None

    def _rule_type(self, value):
        return self._listed("type", value) or None

    def _rule_role(self, value):
        return self._listed("role", value) or None

    def _rule_dir(self, value):
        return self._listed("dir", value) or None

    def _rule_rel(self, value):
        return self._listed("rel", value) or None

    def _rule_media(self, value):
        return self._listed("media", value) or None

    def _rule_state(self, value):
        return self._listed("state", value) or None

    def _rule_data(self, value):
        return self._listed("data", value) or None

    @staticmethod
    def _rule_lang(value):
        return value if isinstance(value, str) and _LANG.fullmatch(value) else None

    @staticmethod
    def _rule_sheet(value):
        found = _SHEET.fullmatch(value) if isinstance(value, str) else None
        return found[1] if found else None

    @staticmethod
    def _rule_size(value):
        if type(value) in (int, float):
            return value if math.isfinite(value) and abs(value) < 1e7 else None
        found = _SIZE.fullmatch(value) if isinstance(value, str) else None
        return "".join(found.groups("")) if found else None

    @staticmethod
    def _rule_flag(value):
        return value if isinstance(value, bool) else "" if isinstance(value, str) else None

    def _rule_css(self, value):
        return self._css.sheet(value) if isinstance(value, str) else None

    # ---------------------------------------------------------------- texts and addresses

    def _is_term(self, text):
        return _SPACES.sub(" ", text).strip(" ") in self._terms

    def text(self, text):
        """A text as it may stay: whole if it equals a term of the interface, else masked, word by word.

        A mask has as many signs as a word up to the listed number, so that lines break where they did.
        """
        text = _SPACES.sub(_one_space, text)
        if text.strip(" \n") and self._is_term(text):
            return text
        longest = self._limits["word"]
        text = _NOTHINGS.sub("\u200b", text)[:self._limits["text"]]
        return "".join(
            part if part in (" ", "\n", "\u200b") else self._mask * min(len(part), longest)
            for part in re.split("([ \n\u200b])", text)
        )

    def address(self, text):
        """An address as it may stay: where it leads to, and its route."""
        found = _ADDRESS.fullmatch(text)
        return f"{found[1] or ''}{self.route(found[2] or '')}" if found else ""

    def route(self, path):
        """The pattern of a path: known words stay, numbers are ``:id``, other words ``:name``; no query, no fragment."""
        found = _ADDRESS.fullmatch(path)
        path = (found[2] or "") if found else ""
        return "/".join(self._segment(part) for part in path.split("/")[:12])

    def _segment(self, part):
        if not part or part in self._routes or part in (":id", ":name", "action-:id", "m-:id"):
            return part
        head, _dash, number = part.rpartition("-")
        if re.fullmatch(r"[0-9]+", number):
            return ":id" if not head else f"{head}-:id" if head in ("action", "m") else ":name"
        return ":name"

    # ---------------------------------------------------------------- shapes

    def _list(self, data, name):
        found = _given(data, name, [])
        if not isinstance(found, list) or len(found) > self._limits["list"]:
            raise BadChunk("list")
        return found

    def _numbers(self, data, names):
        kept = {}
        for name in names:
            number = _given(data, name, 0)
            if type(number) not in (int, float) or not abs(number) <= self._limits["number"]:
                raise BadChunk("number")
            kept[name] = number
        return kept


def _one_space(found):
    return "\n" if "\n" in found.group() else " "


def _split(text):
    return [part for part in _SPACES.split(text) if part]


def _spelling(name):
    """How rrweb writes an attribute's name."""
    return _SPELLING.get(name.lower(), name.lower())


def _dict(value):
    if not isinstance(value, dict):
        raise BadChunk("shape")
    return value


def _text(value):
    if not isinstance(value, str):
        raise BadChunk("text")
    return value


def _given(data, name, default):
    """What a dict says, or the default where it says nothing."""
    found = _dict(data).get(name)
    return default if found is None else found


def _integer(value):
    """A whole number, which JSON may write as 1.0."""
    if type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not int:
        raise BadChunk("integer")
    return value


def _identity(value):
    number = _integer(value)
    if not -3 <= number < 2**31:
        raise BadChunk("id")
    return number
