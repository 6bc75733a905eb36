# SPDX-License-Identifier: LGPL-3.0-or-later
"""Recordings that try to run or to send something where they are watched, and an ear that hears if they do."""

import itertools
import socket
import threading

#: attributes whose names are no names in Python
SPELLING = {"http_equiv": "http-equiv", "xlink__href": "xlink:href", "_as": "as", "is_": "is"}


class Ear:
    """Listens on a loopback port and notes who comes."""

    def __init__(self):
        self.heard = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/heard"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(1)
                try:
                    self.heard.append(connection.recv(200))
                except OSError:
                    self.heard.append(b"")

    def close(self):
        self._socket.close()


def hostile_events(url, moment=1_790_000_000_000):
    """A recording, as a page that nobody cleaned could give one.

    :param str url: where it tries to go
    """
    counter = itertools.count(100)
    run = f"top.hacked=1;window.hacked=1;document.title='hacked';new Image().src='{url}/run';fetch('{url}/run')"

    def node(tag, *children, svg=False, **attributes):
        attributes = {SPELLING.get(name, name): value for name, value in attributes.items()}
        made = {"type": 2, "id": next(counter), "tagName": tag, "attributes": attributes, "childNodes": list(children)}
        return made | ({"isSVG": True} if svg else {})

    def text(content, **more):
        return {"type": 3, "id": next(counter), "textContent": content, **more}

    def style(name):
        return f"body{{background:url({url}/{name})}}@import url({url}/{name}-import);"

    def css_link(css):
        return {"type": 2, "id": next(counter), "tagName": "link", "attributes": {"rel": "stylesheet", "_cssText": css},
                "childNodes": []}

    def nodes():
        return [
            node("script", text(run)), node("script", src=f"{url}/script"), node("SCRIPT", text(run)),
            node("img", src=f"{url}/img", onerror=run, srcset=f"{url}/srcset 2x"), node("img", onerror=run, src="x:"),
            node("body", onload=run), node("div", onclick=run, onpointerover=run, style=f"background:url({url}/style)"),
            node("details", onToggle=run, open="open"), node("input", onfocus=run, autofocus="autofocus"),
            node("a", href=f"javascript:{run}", ping=f"{url}/ping"),
            node("meta", http_equiv="refresh", content=f"0;url={url}/refresh"),
            node("meta", http_equiv="refresh", content=f"0;url=javascript:{run}"), node("base", href=f"{url}/base/"),
            node("iframe", srcdoc=f"<script>{run}</script><img src='{url}/srcdoc'>"), node("iframe", src=f"{url}/iframe"),
            node("iframe", src=f"javascript:{run}"), node("frame", src=f"{url}/frame"), node("object", data=f"{url}/object"),
            node("embed", src=f"{url}/embed"), node("portal", src=f"{url}/portal"),
            node("link", rel="stylesheet", href=f"{url}/sheet"), node("link", rel="preload", _as="image", href=f"{url}/preload"),
            node("link", rel="prefetch", href=f"{url}/prefetch"), node("link", rel="preconnect", href=url),
            node("link", rel="dns-prefetch", href=url), node("link", rel="modulepreload", href=f"{url}/module"),
            node("link", rel="icon", href=f"{url}/icon"), node("link", rel="manifest", href=f"{url}/manifest"),
            node("style", text(style("text"))), node("style", text(style("flag"), isStyle=True)),
            node("style", _cssText=style("csstext")), css_link(style("link-csstext")),
            css_link(f"a{{}}</style><script>{run}</script><img src='{url}/break-out'>"),
            node("style", text(f"@font-face{{font-family:f;src:url({url}/font)}}body{{font-family:f}}")),
            node("style", text(f"body{{background:u\\72l({url}/escape);background:image-set('{url}/set' 1x)}}")),
            node("video", src=f"{url}/video", poster=f"{url}/poster", autoplay=True, rr_mediaState="played"),
            node("audio", src=f"{url}/audio"), node("source", src=f"{url}/source"), node("track", src=f"{url}/track"),
            node("form", node("button", text("x"), formaction=f"javascript:{run}"), action=f"{url}/form"),
            node("input", type="image", src=f"{url}/input"), node("table", background=f"{url}/background"),
            node("svg", node("script", text(run), svg=True), node("image", href=f"{url}/svg-image", svg=True),
                 node("image", xlink__href=f"{url}/svg-xlink", svg=True), node("use", href=f"{url}/use#a", svg=True),
                 node("animate", onbegin=run, attributeName="x", dur="1s", svg=True), node("set", onbegin=run, svg=True),
                 node("a", node("animate", attributeName="href", values=f"javascript:{run}", svg=True), svg=True),
                 svg=True, onload=run),
            node("canvas", rr_dataURL=f"{url}/canvas"), node("img", rr_dataURL=f"{url}/rr-data", src=""),
            node("template", node("script", text(run))), node("noscript", node("img", src=f"{url}/noscript")),
            node("x-custom", text("x"), is_="x") | {"isCustom": True},
        ]

    page = {"type": 0, "id": 1, "childNodes": [
        {"type": 1, "id": 2, "name": "html", "publicId": "", "systemId": ""},
        {"type": 2, "id": 3, "tagName": "html", "attributes": {}, "childNodes": [
            {"type": 2, "id": 4, "tagName": "head", "attributes": {}, "childNodes": []},
            {"type": 2, "id": 5, "tagName": "body", "attributes": {"onload": run}, "childNodes": [
                {"type": 2, "id": 6, "tagName": "p", "attributes": {}, "childNodes": []}, *nodes(),
            ]},
        ]},
    ]}
    later = [
        {"source": 0, "texts": [], "attributes": [], "removes": [],
         "adds": [{"parentId": 6, "nextId": None, "node": item} for item in nodes()]},
        {"source": 0, "texts": [], "removes": [], "adds": [], "attributes": [
            {"id": 6, "attributes": {"onclick": run, "style": f"background:url({url}/mutated)", "srcdoc": run, "href": url}},
            {"id": 5, "attributes": {"style": {"background": f"url({url}/object-style)"}, "background": f"{url}/body"}},
        ]},
        {"source": 8, "id": 6, "adds": [{"rule": f"p{{background:url({url}/rule)}}", "index": 0}]},
        {"source": 15, "id": 1, "styleIds": [1], "styles": [
            {"styleId": 1, "rules": [{"rule": f"p{{background:url({url}/adopted)}}", "index": 0}]}
        ]},
        {"source": 10, "family": "f", "fontSource": f"{url}/font-face", "buffer": False},
        {"source": 9, "id": 6, "type": 0, "commands": [{"property": "drawImage", "args": [{"rr_type": "x", "src": f"{url}/9"}]}]},
        {"source": 7, "id": 6, "type": 0},
        {"source": 2, "type": 2, "id": 6, "x": 5, "y": 5},
        {"source": 5, "id": 6, "text": f"<img src={url}/input>", "isChecked": True},
    ]
    return [
        {"type": 4, "timestamp": moment, "data": {"href": f"javascript:{run}", "width": 800, "height": 600}},
        {"type": 2, "timestamp": moment + 1, "data": {"node": page, "initialOffset": {"left": 0, "top": 0}}},
        *({"type": 3, "timestamp": moment + 100 + 50 * place, "data": data} for place, data in enumerate(later)),
        {"type": 5, "timestamp": moment + 800, "data": {"tag": "<img src=x onerror=alert(1)>", "payload": {}}},
        {"type": 6, "timestamp": moment + 850, "data": {"plugin": "rrweb/console@1", "payload": {"trace": [url]}}},
        {"type": 5, "timestamp": moment + 1000, "data": {"tag": "unicdo.view", "payload": {
            "surface": "backend", "model": f"<img src={url}/mark>", "view": "<script>", "route": f"javascript:{run}"}}},
    ]
