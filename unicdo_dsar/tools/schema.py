# SPDX-License-Identifier: LGPL-3.0-or-later
"""The JSON schema that lets another provider read a portability package (GDPR Art. 20(1))."""

DRAFT = "https://json-schema.org/draft/2020-12/schema"
PAIR = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
    "required": ["name"],
}
CHOICE = {
    "type": "object",
    "properties": {"value": {"type": "string"}, "label": {"type": "string"}},
    "required": ["value", "label"],
}
TYPES = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "monetary": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "selection": CHOICE,
    "many2one": PAIR,
    "reference": PAIR,
    "one2many": {"type": "array", "items": PAIR},
    "many2many": {"type": "array", "items": PAIR},
    "file": {"type": "array", "items": {"type": "string", "description": "Path inside the package"}},
    "base64": {"type": "string", "contentEncoding": "base64"},
    "json": {},
    "properties": {},
}


def table_schema(title, columns):
    """The schema of one JSON table.

    :param str title: the table's label
    :param list columns: dicts ``name``, ``label``, ``type``
    :rtype: dict
    """
    return {
        "title": title,
        "type": "object",
        "required": ["source", "fields", "records"],
        "properties": {
            "source": {"type": "string"},
            "fields": {"type": "object"},
            "records": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {column["name"]: _property(column) for column in columns},
                    "additionalProperties": False,
                },
            },
        },
    }


def _property(column):
    shape = TYPES.get(column["type"], {"type": "string"})
    described = {"description": column["label"]}
    return {**described, "anyOf": [shape, {"type": "null"}]} if shape else described


def package_schema(tables):
    """One document for the whole package.

    :param dict tables: file name pattern (``data/<slug>*.json``) to ``table_schema`` result
    :rtype: dict
    """
    return {"$schema": DRAFT, "title": "Personal data, portable copy", "$defs": tables}
