# SPDX-License-Identifier: LGPL-3.0-or-later
"""The authorisation server: Authlib's, with PKCE by S256 required of every app, in each provider's manner.

RFC 6749 (codes), RFC 7636 (PKCE), RFC 7009 (revocation), RFC 7662 (introspection).
"""
import json
import os
import secrets
from html import escape
from urllib.parse import urlencode

from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Payload,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7662 import IntrospectionEndpoint
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from .world import Code, Token

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback alone

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"/><meta name="viewport" content="width=device-width"/><title>Authorise</title></head>
<body><h1>Authorise {app}</h1><p>It asks for: {scope}</p>
<form method="post"><input type="hidden" name="consent" value="{consent}"/>
<label>Sign in as <select name="user">{users}</select></label>
<button name="decision" value="agree">Authorise</button> <button name="decision" value="deny">Cancel</button></form>
</body></html>"""
#: GitHub's name and words for what went wrong with a token request
GITHUB_ERRORS = {
    "invalid_client": ("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect."),
    "redirect_uri": (
        "redirect_uri_mismatch", "The redirect_uri MUST match the registered callback URL for this application."),
    "refresh_token": ("bad_refresh_token", "The refresh token passed is incorrect or expired."),
    "code": ("bad_verification_code", "The code passed is incorrect or expired."),
}


def form_of(request):
    """Fields of a request's body, form-encoded or JSON; never those of its address."""
    return MultiDict(request.get_json()) if request.is_json else request.form


class Payload(OAuth2Payload):
    def __init__(self, data):
        self._data = data

    @property
    def data(self):
        return self._data

    @property
    def datalist(self):
        return dict(self._data.lists())


class Asked(OAuth2Request):
    """A request as Authlib wants it: the authorise page reads the address, all else the body.

    """

    def __init__(self, request, rules=None):
        super().__init__(request.method, request.url, headers=request.headers)
        self._form = MultiDict(form_of(request))
        page = rules and request.path == rules.authorize
        data = MultiDict(request.args) if page else self._form
        if rules and rules.authorize.startswith("/login/"):
            data.setdefault("response_type" if page else "grant_type", "code" if page else "authorization_code")
        self.payload = Payload(data)

    @property
    def form(self):
        return self._form


class CodeGrant(grants.AuthorizationCodeGrant):
    """Codes of one use; a second one ends the tokens of the first (RFC 6749, 4.1.2)."""

    agreed = None

    def save_authorization_code(self, code, request):
        scopes = request.scope.split()
        if self.agreed is not None:
            scopes = [scope for scope in scopes if scope in self.agreed]
        data = request.payload.data
        world = self.server.world
        world.codes[code] = Code(
            request.client, request.user, " ".join(scopes), data.get("redirect_uri"),
            data["code_challenge"], data["code_challenge_method"], world.now() + world.code_seconds)

    def query_authorization_code(self, code, client):
        world = self.server.world
        found = world.codes.get(code)
        if not found or found.app is not client:
            return None
        if found.used:
            world.revoke_where(lambda token: token.code is found)
            return None
        return found if world.now() < found.expires_at else None

    def delete_authorization_code(self, authorization_code):
        authorization_code.used = True

    def authenticate_user(self, authorization_code):
        return authorization_code.user


class RefreshGrant(grants.RefreshTokenGrant):
    """A refresh token works once; then it and its access token are gone."""

    TOKEN_ENDPOINT_AUTH_METHODS = CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        found = self.server.world.refresh_token(refresh_token)
        return found if found and found.refresh_active else None

    def authenticate_user(self, refresh_token):
        return refresh_token.user

    def revoke_old_credential(self, refresh_token):
        self.server.world.revoke(refresh_token)


class ImplicitGrant(grants.ImplicitGrant):
    """A token in the address's fragment at once, as Odoo's own sign-in asks for it (RFC 6749, 4.2)."""


class Pkce(CodeChallenge):
    """S256 alone, and of clients with a secret too."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant, redirect_uri):
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _ByToken:
    CLIENT_AUTH_METHODS = CodeGrant.TOKEN_ENDPOINT_AUTH_METHODS

    def query_token(self, token_string, token_type_hint):
        world = self.server.world
        return world.token(token_string) or world.refresh_token(token_string)


class Revocation(_ByToken, RevocationEndpoint):
    def revoke_token(self, token, request):
        self.server.world.revoke(token)


class Introspection(_ByToken, IntrospectionEndpoint):
    def check_permission(self, token, client, request):
        return token.check_client(client)

    def introspect_token(self, token):
        return {
            "client_id": token.app.client_id, "token_type": "Bearer", "username": token.user, "scope": token.scope,
            "exp": int(token.expires_at), "iat": int(token.issued_at),
        }


class Server(AuthorizationServer):
    """Authlib's server on werkzeug.

    :param str page: path of the authorise page; only apps of providers with that page are known here
    """

    def __init__(self, world, page):
        super().__init__()
        self.world = world
        self.page = page
        self.register_grant(CodeGrant, [Pkce(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ImplicitGrant)
        self.register_endpoint(Revocation)
        self.register_endpoint(Introspection)
        self.register_token_generator("default", self._new_token)

    def query_client(self, client_id):
        app = self.world.apps.get(client_id)
        return app if app and app.rules.authorize == self.page else None

    def create_oauth2_request(self, request):
        return request if isinstance(request, OAuth2Request) else Asked(request)

    def handle_response(self, status, body, headers):
        return Response(json.dumps(body) if isinstance(body, dict) else body, status, headers)

    def send_signal(self, name, *args, **kwargs):
        """Nobody listens."""

    @staticmethod
    def _new_token(client, scope, include_refresh_token, **_other):
        rules = client.rules
        token = {"access_token": rules.token_prefix + secrets.token_hex(32), "token_type": "Bearer", "scope": scope or ""}
        if rules.lifetime:
            token["expires_in"] = rules.lifetime
        if include_refresh_token:
            token["refresh_token"] = rules.refresh_prefix + secrets.token_hex(32)
        return token

    def save_token(self, token, request):
        origin = request.authorization_code or getattr(request.refresh_token, "code", None)
        self.world.tokens.append(Token(
            self.world, request.client, request.user, token["scope"], origin, token["access_token"],
            token.get("refresh_token"), self.world.now()))


def authorize(server, request, rules):
    """The page where a person agrees. GET shows it, POST with its ``consent`` decides; both check all the app asked for."""
    asked = Asked(request, rules)
    try:
        grant = server.get_consent_grant(asked)
    except OAuth2Error as error:
        return server.handle_error_response(asked, error)
    if request.method == "GET":
        consent = secrets.token_hex(16)
        server.world.consents[consent] = request.url
        app = asked.client
        return Response(PAGE.format(
            app=escape(app.client_id), scope=escape(asked.scope) or "nothing", consent=consent,
            users="".join(f"<option>{escape(login)}</option>" for login in server.world.users),
        ), mimetype="text/html")
    if server.world.consents.pop(request.form.get("consent"), None) != request.url:
        return Response("This page was not shown.", 403)
    user = request.form.get("user")
    if user not in server.world.users:
        return Response("There is no such user.", 422)
    if "scopes" in request.form:
        grant.agreed = request.form["scopes"].split()
    return server.create_authorization_response(
        asked, grant_user=user if request.form.get("decision") == "agree" else None, grant=grant)


def token(server, request, rules):
    """A code or a refresh token for an access token."""
    asked = Asked(request, rules)
    return server.create_token_response(asked), asked


def plain_token(server, request, rules):
    return token(server, request, rules)[0]


def gitlab_token(server, request, rules):
    """As RFC 6749 says, with the moment of issue."""
    response = plain_token(server, request, rules)
    if response.status_code == 200:
        response.set_data(json.dumps({**json.loads(response.get_data()), "created_at": int(server.world.now())}))
    return response


def github_token(server, request, rules):
    """In GitHub's manner: errors are HTTP 200 too; form-encoded unless JSON is asked for; scopes with commas."""
    response, asked = token(server, request, rules)
    answer = json.loads(response.get_data())
    if "error" in answer:
        answer = _github_error(answer, asked)
    else:
        answer |= {"token_type": "bearer", "scope": answer["scope"].replace(" ", ",")}
        if "refresh_token" in answer:
            answer["refresh_token_expires_in"] = server.world.token(answer["access_token"]).app.rules.refresh_lifetime
    if request.accept_mimetypes.best == "application/json":
        return Response(json.dumps(answer), mimetype="application/json")
    return Response(urlencode(answer), mimetype="application/x-www-form-urlencoded")


def _github_error(answer, asked):
    """GitHub's words for an error of RFC 6749; a wrong PKCE verifier counts as a bad code."""
    which = answer["error"]
    if which not in GITHUB_ERRORS:
        if which in ("unsupported_grant_type", "unauthorized_client"):
            return {"error": which, "error_description": "The grant type is not supported."}
        which = "refresh_token" if asked.payload.grant_type == "refresh_token" else "code"
        if "redirect_uri" in answer.get("error_description", ""):
            which = "redirect_uri"
    error, description = GITHUB_ERRORS[which]
    return {"error": error, "error_description": description, "error_uri": f"https://docs.github.com/#{error}"}


def plain_revoke(server, request, rules):
    return server.create_endpoint_response("revocation", request)


def gitlab_revoke(server, request, rules):
    """RFC 7009; a foreign token or a wrong secret is 403, as with GitLab."""
    response = plain_revoke(server, request, rules)
    if response.status_code == 200:
        return response
    return server.handle_response(403, {
        "error": "unauthorized_client", "error_description": "You are not authorized to revoke this token",
    }, [("Content-Type", "application/json")])


def introspect(server, request, rules):
    return server.create_endpoint_response("introspection", request)


def userinfo(server, request, rules):
    """Who the token's person is (OpenID Connect Core, 5.3); the token comes in a header."""
    found = server.world.token(request.headers.get("Authorization", "").removeprefix("Bearer "))
    if not found or not found.active:
        challenge = [("WWW-Authenticate", 'Bearer error="invalid_token"')]
        return server.handle_response(401, {"error": "invalid_token"}, [("Content-Type", "application/json"), *challenge])
    person = server.world.users[found.user]
    answer = {"sub": str(person["id"]), "name": person["name"], "email": f"{found.user}@host.example"}
    return server.handle_response(200, answer, [("Content-Type", "application/json")])
