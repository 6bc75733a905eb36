# SPDX-License-Identifier: LGPL-3.0-or-later
"""Rows to JSON, CSV and HTML, written as they come.

A *column* is a dict ``name``, ``label``, ``type``. A *row* is a dict of column name to a JSON value; ``None`` means
"nothing stored". A *cell* is the same value as a person reads it, always text.
"""

import csv
import html
import json

#: a spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

#: characters that are escaped at a time: as a whole, a text of a hundred megabytes would stand in memory ten times over
PIECE = 1 << 20

encode = json.JSONEncoder(ensure_ascii=False).encode


def is_long(value):
    """Whether a value is a text to be written in pieces."""
    return isinstance(value, str) and len(value) > PIECE


def pieces(text):
    """A text, piece by piece."""
    return (text[start : start + PIECE] for start in range(0, len(text), PIECE))


def guard(cell):
    """A text that no spreadsheet runs: an apostrophe before what could begin a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


class JsonTable:
    """``{"source": …, "fields": {…}, "records": […]}``, one record per line.

    :param write: called with bytes
    :param dict head: what describes the table, put before the records
    :param list columns: see above
    """

    def __init__(self, write, head, columns):
        self._write = write
        self._first = True
        fields = {column["name"]: {key: column[key] for key in ("label", "type")} for column in columns}
        opening = json.dumps({**head, "fields": fields}, ensure_ascii=False, indent=1)
        self._write(f'{opening[:-2]},\n "records": ['.encode())

    def add(self, row):
        """Write one row."""
        start = "\n" if self._first else ",\n"
        self._first = False
        if any(map(is_long, row.values())):
            self._add_long(start, row)
        else:
            self._write(f"{start}{encode(row)}".encode())

    def _add_long(self, start, row):
        comma = "{"
        for name, value in row.items():
            self._write(f"{start}{comma}{encode(name)}: ".encode())
            start, comma = "", ", "
            if is_long(value):
                self._write(b'"')
                for piece in pieces(value):
                    self._write(encode(piece)[1:-1].encode())
                self._write(b'"')
            else:
                self._write(encode(value).encode())
        self._write(b"}")

    def close(self):
        """Write what ends the table."""
        self._write(b"\n]}\n")


class CsvTable:
    """RFC 4180, UTF-8 with byte order mark so that every spreadsheet reads it.

    :param write: called with bytes
    :param list titles: one per column
    """

    def __init__(self, write, titles):
        self._write = write
        self._writer = csv.writer(self)
        self._write(b"\xef\xbb\xbf")
        self._writer.writerow([guard(title) for title in titles])

    def write(self, line):  # pylint: disable=method-required-super
        """What ``csv.writer`` calls with each line."""
        self._write(line.encode())

    def add(self, cells, numbers=()):
        """Write one row.

        :param list cells: texts
        :param numbers: positions of columns that hold numbers only: their minus sign stays
        """
        cells = [cell if position in numbers else guard(cell.replace("\0", "")) for position, cell in enumerate(cells)]
        if any(map(is_long, cells)):
            self._add_long(cells)
        else:
            self._writer.writerow(cells)

    def _add_long(self, cells):
        for position, cell in enumerate(cells):
            self._write(b',"' if position else b'"')
            for piece in pieces(cell):
                self._write(piece.replace('"', '""').encode())
            self._write(b'"')
        self._write(b"\r\n")


class HtmlTable:
    """A page of cards, one per record, that prints well and fits a phone; empty values are left out.

    :param write: called with bytes
    :param str title: heading
    :param str style: CSS, put inline: the page needs nothing from outside
    :param dict words: translated texts ``back``, ``files``, ``none`` and ``lang``, ``dir``
    """

    def __init__(self, write, title, style, words):
        self._write = write
        self._words = words
        self._put(
            f'<!DOCTYPE html>\n<html lang="{_attr(words["lang"])}" dir="{_attr(words["dir"])}"><head>'
            '<meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_text(title)}</title>'
            f'<style>{style}</style></head><body><header class="top"><a href="../index.html">{_text(words["back"])}</a>'
            f"<h1>{_text(title)}</h1></header><main>\n"
        )

    def _put(self, text):
        self._write(text.encode())

    def add(self, heading, pairs, files=()):
        """Write one card.

        :param str heading: the record's name
        :param pairs: iterable of ``(label, cell)``
        :param files: iterable of ``(path from the package's top, name)``
        """
        text = f"<article><h2>{_text(heading)}</h2><dl>"
        for label, cell in pairs:
            if is_long(cell):
                self._put(f"{text}<div><dt>{_text(label)}</dt><dd>")
                for piece in pieces(cell):
                    self._put(_text(piece))
                text = "</dd></div>"
            elif cell:
                text += f"<div><dt>{_text(label)}</dt><dd>{_text(cell)}</dd></div>"
        links = "".join(f'<li><a href="../{_attr(_quote(path))}">{_text(name)}</a></li>' for path, name in files)
        links = f'<h3>{_text(self._words["files"])}</h3><ul class="files">{links}</ul>' if links else ""
        self._put(f"{text}</dl>{links}</article>\n")

    def close(self):
        """Write what ends the page."""
        self._put("</main></body></html>\n")


def _text(value):
    return html.escape(value, quote=False) if "<" in value or "&" in value or ">" in value else value


def _attr(value):
    return html.escape(value, quote=True)


def _quote(path):
    """Percent-encode what would end or change a relative link."""
    return "".join(f"%{ord(char):02X}" if char in "%#?&;+" else char for char in path)
