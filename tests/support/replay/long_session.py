# SPDX-License-Identifier: LGPL-3.0-or-later
"""Events of somebody who opens one list of 80 rows after the other for as long as a session may last."""
import itertools

PAGE, BODY, EVERY = 1, 5, 5000
ROWS, CELLS = 80, 10


def pieces(start, count):
    """Pieces of a recording as they are kept: each a list of cleaned events of five seconds.

    :param int start: milliseconds since 1970
    :param int count: pieces
    """
    numbers = itertools.count(10)
    last = None
    yield [
        {"type": 4, "timestamp": start, "data": {"href": "", "width": 1280, "height": 720}},
        {"type": 2, "timestamp": start + 1, "data": {"node": empty_page(), "initialOffset": {"top": 0, "left": 0}}},
        {"type": 5, "timestamp": start + 2, "data": {"tag": "unicdo.view", "payload": {
            "surface": "backend", "model": "sale.order", "view": "list", "route": "/odoo/sales"}}},
    ]
    for number in range(1, count):
        moment = start + EVERY * number
        table, adds = one_list(numbers, number)
        removes = [{"parentId": BODY, "id": last}] if last else []
        last = table
        yield [
            {"type": 3, "timestamp": moment, "data": {
                "source": 0, "texts": [], "attributes": [], "removes": removes, "adds": adds}},
            *(mouse(moment + 600 * step, step) for step in range(1, 8)),
            {"type": 3, "timestamp": moment + EVERY - 1, "data": {"source": 2, "type": 2, "id": table, "x": 5, "y": 5}},
        ]


def empty_page():
    head, body = (element(number, name) for number, name in ((4, "head"), (BODY, "body")))
    doctype = {"type": 1, "name": "html", "publicId": "", "systemId": "", "id": 2}
    return {"type": 0, "id": PAGE, "childNodes": [doctype, {**element(3, "html"), "childNodes": [head, body]}]}


def element(number, name, **attributes):
    return {"type": 2, "tagName": name, "attributes": attributes, "childNodes": [], "id": number}


def one_list(numbers, name):
    """A list's number, and its single steps as rrweb's player takes them; its first cell says which one it is."""
    table = next(numbers)
    steps = [step(BODY, element(table, "table", **{"class": "o_list_table table table-sm table-hover"}))]
    for _row in range(ROWS):
        row = next(numbers)
        steps.append(step(table, element(row, "tr", **{"class": "o_data_row o_row_draggable"})))
        for _cell in range(CELLS):
            cell = next(numbers)
            steps.append(step(row, element(cell, "td", **{"class": "o_data_cell cursor-pointer o_field_cell o_list_char"})))
            steps.append(step(cell, {"type": 3, "textContent": "xxxxx xxxxxxx xxx", "id": next(numbers)}))
    steps[0]["node"]["attributes"]["data-list"] = str(name)
    return table, steps


def step(parent, node):
    return {"parentId": parent, "nextId": None, "node": node}


def mouse(moment, number):
    positions = [{"x": 90 * number, "y": 50 * number, "id": BODY, "timeOffset": offset} for offset in range(-450, 1, 50)]
    return {"type": 3, "timestamp": moment, "data": {"source": 1, "positions": positions}}
