# SPDX-License-Identifier: LGPL-3.0-or-later
"""Cleans style sheets by an allow-list: selectors, properties and values that are listed stay, the rest goes.

Nothing that can carry words or reach out survives: no strings, URLs, names of fonts or animations, attribute selectors,
comments or escapes; of custom properties those few of Odoo's that are listed, with numbers and listed words. Output
is built from what was recognised, never cut out of the input.
"""

import re

_SPACE = " \t\n\r\f"
_CLASS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,60}")
_CLASS_WORD = re.compile(r"([A-Za-z]{0,24})(?:[0-9]{0,3}|[0-9]{1,3}px|[0-9]{1,2}x[0-9]{1,2})")
_CLASS_OWN = re.compile(r"[A-Za-z]{0,40}[0-9]{0,3}[a-z]{0,6}")
_COMMENT = re.compile(r"/\*.*?(?:\*/|$)", re.DOTALL)
_MARK = re.compile(r"[{};]")
_BRACE = re.compile(r"[{}]")
_VALUE = re.compile(
    r"[ \t\n\r\f]+|[(),/*+!-]|#[0-9a-f]{3,8}(?![0-9a-z_-])"
    r"|(?P<number>[0-9]{1,7}(?![0-9])|[0-9]{0,7}\.[0-9]{1,6})[0-9]{0,20}(?P<unit>%|[a-z]{0,5})(?![0-9a-z_.%-])"
    r"|(?P<word>[a-z][a-z0-9-]*)"
)
_SELECTOR = re.compile(
    r"[ \t\n\r\f]*[>+~][ \t\n\r\f]*|[ \t\n\r\f]+|\*|\.(?P<class>[A-Za-z_-][A-Za-z0-9_-]*)|#(?P<id>[A-Za-z_-][A-Za-z0-9_-]*)"
    r"|::?(?P<pseudo>[a-z-]+)|(?P<tag>[a-z][a-z0-9]*)"
)
_CONDITION = re.compile(r"\((?P<feature>[a-z-]+)[ ]?:[ ]?(?P<value>[0-9]{1,5}(?:\.[0-9]{1,3})?(?:px|em|rem)|[a-z-]{1,16})\)")
_CONDITION_VALUES = ("portrait", "landscape", "dark", "light", "reduce", "no-preference")
#: how deep @media may stand in @media
_DEEPEST = 3


class CssCleaner:
    """The cleaning for one allow-list, as ``load_allow_list`` returns it."""

    def __init__(self, allow):
        css = allow["css"]
        self._properties = frozenset(css["properties"].split())
        self._keywords = frozenset(css["keywords"].split())
        self._functions = frozenset(css["functions"].split())
        self._units = frozenset(css["units"].split())
        self._pseudo = frozenset(css["pseudo"].split())
        self._features = frozenset(css["features"].split())
        self._tags = frozenset(allow["tags"].split())
        self._ids = frozenset(allow["values"]["id"].split())
        self._class_prefixes = tuple(allow["class_prefixes"].split())
        self._class_words = frozenset(allow["class_words"].split())
        self._most_rules = allow["limits"]["rules"]
        self._longest = allow["limits"]["rule_text"]

    def is_class(self, name):
        """Whether a class name is one of Odoo's or an icon font's by its beginning, or made of words of Bootstrap's names.

        Numbers have three digits at most.
        """
        if not _CLASS.fullmatch(name):
            return False
        parts = re.split(r"[-_]+", name)
        if name.startswith(self._class_prefixes):
            return all(map(_CLASS_OWN.fullmatch, parts))
        found = list(map(_CLASS_WORD.fullmatch, parts))
        return all(found) and all(not part[1] or part[1] in self._class_words for part in found)

    def sheet(self, text):
        """A cleaned style sheet, "" if nothing is left of it."""
        if len(text) > self._longest:
            text = text[:self._longest]
        rules = []
        self._rules(_COMMENT.sub(" ", text), rules, 0)
        return "".join(rules)

    def _rules(self, text, rules, depth):
        start = 0
        while len(rules) < self._most_rules:
            found = _MARK.search(text, start)
            if not found:
                return
            place = found.start()
            head = text[start:place].strip(_SPACE)
            if found.group() != "{":
                start = place + 1
                continue
            end = _closing(text, place)
            inner = text[place + 1:end]
            if head.startswith("@media"):
                self._media(head[6:], inner, rules, depth)
            elif not head.startswith("@") and "{" not in inner:
                self._rule(head, inner, rules)
            start = end + 1

    def _media(self, condition, inner, rules, depth):
        condition = self._condition(condition)
        if not condition or depth >= _DEEPEST:
            return
        nested = []
        self._rules(inner, nested, depth + 1)
        if nested:
            rules.append(f"@media {condition}{{{''.join(nested)}}}")

    def _condition(self, text):
        parts = re.sub(f"[{_SPACE}]+", " ", text.lower()).strip(" ").split(" and ")
        for part in parts:
            found = _CONDITION.fullmatch(part)
            known = part in ("screen", "print", "all") or (
                found and found["feature"] in self._features
                and (found["value"][0].isdigit() or found["value"] in _CONDITION_VALUES)
            )
            if not known:
                return ""
        return " and ".join(parts)

    def _rule(self, head, inner, rules):
        selectors = [kept for part in head.split(",") if (kept := self.selector(part))]
        declarations = self.declarations(inner)
        if selectors and declarations:
            rules.append(f"{','.join(selectors)}{{{declarations}}}")

    def selector(self, text):
        """A selector of known tags, classes, ids and pseudo-classes; "" if it has anything else."""
        text, place, kept = text.strip(_SPACE), 0, []
        while place < len(text):
            found = _SELECTOR.match(text, place)
            if not found or not self._is_simple(found):
                return ""
            kept.append(found.group().strip(_SPACE) or " ")
            place = found.end()
        return "".join(kept)

    def _is_simple(self, found):
        kind = found.lastgroup
        if kind is None:
            return True
        name = found[kind]
        if kind == "class":
            return self.is_class(name)
        return name in {"id": self._ids, "pseudo": self._pseudo, "tag": self._tags}[kind]

    def declarations(self, text):
        """The text of a style attribute, cleaned; "" if nothing is left of it."""
        kept = []
        for part in _COMMENT.sub(" ", text[:self._longest]).split(";"):
            name, colon, value = part.partition(":")
            if colon and (pair := self.declaration(name, value)):
                kept.append(f"{pair[0]}:{pair[1]}")
        return ";".join(kept)

    def declaration(self, name, value):
        """One declaration, cleaned: of numbers, six decimals are left.

        :return: (name, value), or None
        """
        name, value = name.strip(_SPACE).lower(), value.strip(_SPACE).lower()
        if name not in self._properties or not value or len(value) > 200:
            return None
        place, kept = 0, []
        while place < len(value):
            found = _VALUE.match(value, place)
            if not found or not self._is_value(found, value):
                return None
            sign = found.group() if found.group().strip(_SPACE) else " "
            kept.append(sign if found["number"] is None else found["number"] + found["unit"])
            place = found.end()
        return name, "".join(kept)

    def _is_value(self, found, value):
        if found["word"] is not None:
            known = self._functions if value[found.end():found.end() + 1] == "(" else self._keywords
            return found["word"] in known
        return found["number"] is None or not found["unit"] or found["unit"] in self._units


def _closing(text, place):
    """Where the block that opens at ``place`` closes; the end of the text if it does not."""
    depth = 0
    for found in _BRACE.finditer(text, place):
        depth += 1 if found.group() == "{" else -1
        if not depth:
            return found.start()
    return len(text)
