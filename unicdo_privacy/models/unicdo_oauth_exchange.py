# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is said between us and a provider about a token: getting one, making sure that it is ours, and revoking it.

Functions and no methods, so that code typed into the database never reaches them.
"""

from ..tools import oauth, token_mask
from ..tools.code_host import HOSTS
from ..tools.http_call import NoAnswer, call
from .unicdo_oauth_provider import client_secret, prepared

GITHUB = ("github_app", "github_oauth")


def exchange(provider, code, code_verifier):
    """Get a token for a code (RFC 6749, 4.1.3).

    :return: dict as of :func:`~..tools.oauth.read_token`
    :raises NoAnswer: the provider cannot be reached
    :raises OAuthError: it refuses, or gave less than was asked for, or the token was made for somebody else
    """
    provider_sudo = provider.sudo()  # addresses are read by administrators only
    secret, headers = client_secret(provider), {}
    content = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": provider.return_url,
        "client_id": provider_sudo.client_id, "code_verifier": code_verifier,
    }
    if secret and provider.kind in GITHUB:
        content["client_secret"] = secret
    elif secret:
        headers["Authorization"] = oauth.basic(provider_sudo.client_id, secret)
    answer = call(**prepared(provider, "POST", provider_sudo.token_url, headers, content, form=True))
    granted = oauth.read_token(answer.status, answer.body, provider_sudo.scope or "")
    token_mask.remember(granted["token"])
    if not _is_good(provider, granted):
        revoke(provider, granted["token"])
        raise oauth.OAuthError("invalid_scope")
    return granted


def _is_good(provider, granted):
    """Whether a token may what was asked for, and was made for us, where the provider says so."""
    enough = provider.kind == "github_app" or set(oauth.read_scopes(provider.sudo().scope)) <= set(granted["scopes"])
    try:
        return enough and _is_ours(provider, granted["token"])
    except NoAnswer:
        return False


def _is_ours(provider, token):
    """Ask for whom a token was made (RFC 7662, and GitHub's and GitLab's own ways); True where nobody says."""
    provider_sudo, bearer = provider.sudo(), {"Authorization": f"Bearer {token}"}
    own = provider_sudo.client_id
    if provider.kind in GITHUB:
        headers = _own_authorization(provider)
        return call(**prepared(provider, *_with_headers(HOSTS[provider.kind].check(own, token), headers))).status == 200
    if provider.kind == "gitlab":
        answer = call(**prepared(provider, "GET", f"{provider_sudo.token_url}/info", bearer))
        application = oauth.read_json(answer.body).get("application")
        return answer.status == 200 and isinstance(application, dict) and application.get("uid") == own
    if not provider_sudo.introspect_url:
        return True
    answer = call(**prepared(
        provider, "POST", provider_sudo.introspect_url, _own_authorization(provider), {"token": token}, form=True,
    ))
    content = oauth.read_json(answer.body)
    return answer.status == 200 and content.get("active") is True and content.get("client_id", own) == own


def _with_headers(request, headers):
    method, path, content = request
    return method, path, headers, content


def _own_authorization(provider):
    return {"Authorization": oauth.basic(provider.sudo().client_id, client_secret(provider))}


def revocation(provider, token):
    """The request that revokes a token, ready for :func:`~..tools.http_call.call`; None where there is no way.

    :param str token: the token itself
    """
    provider_sudo = provider.sudo()
    if provider.kind in GITHUB:
        asked = HOSTS[provider.kind].revocation(provider_sudo.client_id, token)
        return prepared(provider, *_with_headers(asked, _own_authorization(provider)))
    if not provider_sudo.revoke_url:
        return None
    content = {"token": token, "token_type_hint": "access_token"}
    return prepared(provider, "POST", provider_sudo.revoke_url, _own_authorization(provider), content, form=True)


def is_revoked(kind, status):
    """Whether an answer says that a token is worth nothing now: revoked, or unknown already."""
    return status in (204, 404) if kind in GITHUB else status in (200, 204)


def revoke(provider, token, deadline=3):
    """Revoke a token.

    :param float deadline: seconds
    :return: whether it is; None where there is no way
    """
    try:
        asked = revocation(provider, token)
        return asked and is_revoked(provider.kind, call(**asked, deadline=deadline).status)
    except NoAnswer:
        return False
