# SPDX-License-Identifier: LGPL-3.0-or-later
"""Makes a style sheet of Odoo stand alone: it fetches nothing, and brings the fonts that its icons need."""

import re

#: the parts that a style sheet is read in; what is none of them is taken as it stands
_PART = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|$))
      | (?P<import>@import\b(?:"[^"]*"|'[^']*'|\([^)]*\)|[^;{}])*;?)
      | (?P<url>\b(?:url|src)\(\s*(?:"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>(?:[^'\\\n]|\\.)*)'|(?P<bare>[^)"']*))[^)]*\)?)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<escape>\\(?:[0-9a-f]{1,6}\s?|[g-z]))
      | (?P<fetch>\b(?:image-set|image|cross-fade|element|paint)\s*\()""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_PICTURE = re.compile(r"data:image/(?:svg\+xml|png|gif|jpeg|webp)[;,]", re.IGNORECASE)
#: stands where something was to be fetched
NOTHING = 'url("data:,")'


def stand_alone(css, font):
    """A style sheet without anything that a browser would fetch.

    :param str css: of one of Odoo's bundles
    :param font: function of a URL that returns a ``data:`` URL for one of Odoo's own fonts, else None
    :return: str
    """
    return _PART.sub(lambda found: _part(found, font), css)


def _part(found, font):
    kind = next(name for name in ("comment", "import", "url", "string", "escape", "fetch") if found[name])
    if kind == "string":
        return found[0]
    if kind == "url":
        return _address(found["double"] or found["single"] or found["bare"] or "", font)
    # a function's name written in escapes, or one that fetches by plain strings, becomes no function
    return {"comment": "", "import": "", "escape": "_", "fetch": "nothing("}[kind]


def _address(address, font):
    if _PICTURE.match(address.strip()):
        return 'url("{}")'.format(address.strip().replace("\\", "").replace('"', "%22").replace("\n", ""))
    data = font(address.strip())
    return f'url("{data}")' if data else NOTHING
