# SPDX-License-Identifier: LGPL-3.0-or-later
"""Events sent to hooks, signed, never followed to another address, and to this machine alone."""
import hashlib
import hmac
import json
import threading
import time
import urllib.error
import urllib.request
import uuid
from urllib.parse import urlencode, urlsplit

SECONDS = 10


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def _open(request):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    return opener.open(request, timeout=SECONDS)


def send(hook, headers, body):
    """Deliver, and note it at the hook: ``status`` is that of the answer, None when there was none."""
    note = {"event": headers.get("X-GitHub-Event") or headers.get("X-Gitlab-Event"), "status": None, "error": None}
    try:
        if urlsplit(hook.url).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise OSError("failed to connect to host")
        with _open(urllib.request.Request(hook.url, body, headers, method="POST")) as answer:
            note["status"] = answer.status
    except urllib.error.HTTPError as error:
        note["status"] = error.code
    except (OSError, ValueError) as error:
        note["error"] = str(error)
    note["at"] = time.time()
    hook.deliveries.append(note)
    return note


def github(hook, event, payload):
    """Deliver as GitHub does, in a thread; the signature is over the body's bytes."""
    body = json.dumps(payload).encode()
    content_type = "application/json"
    if hook.content_type == "form":
        body, content_type = urlencode({"payload": body.decode()}).encode(), "application/x-www-form-urlencoded"
    headers = {
        "Accept": "*/*", "Content-Type": content_type, "User-Agent": "GitHub-Hookshot/0000000",
        "X-GitHub-Delivery": str(uuid.uuid4()), "X-GitHub-Event": event, "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-Type": "repository",
    }
    if hook.secret:
        headers["X-Hub-Signature-256"] = f"sha256={hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()}"
    threading.Thread(target=send, args=(hook, headers, body), daemon=True).start()


def gitlab(hook, event, payload):
    """Deliver as GitLab does, with the secret itself in a header; the note of it."""
    headers = {
        "Content-Type": "application/json", "User-Agent": "GitLab/17.0", "X-Gitlab-Event": event,
        "X-Gitlab-Event-UUID": str(uuid.uuid4()),
    }
    if hook.secret:
        headers["X-Gitlab-Token"] = hook.secret
    return send(hook, headers, json.dumps(payload).encode())
