# SPDX-License-Identifier: LGPL-3.0-or-later
"""What the ground floor itself keeps."""

from .source import FOLLOW, Link, Part, _lt, acted, keep, links, source

#: Proof of consent has to outlive the consent (GDPR Art. 7(1)).
_PROOF = keep("legal", "consent")

SOURCES = (
    source(
        "unicdo.subject", _lt("The key that stands for you in our records of proof"), "usage",
        links("partner_id"),
        "partner_id",
        purpose="security", retention="consent", erase=FOLLOW, carries=False,
    ),
    source(
        "unicdo.consent", _lt("Your privacy choices"), "usage",
        (Link("subject_id.partner_id"),),
        "purpose_id state since valid_until",
        provided="*", purpose="security", retention="consent", erase=_PROOF, carries=False,
    ),
    source(
        "unicdo.consent.event", _lt("History of your privacy choices"), "usage",
        (Part("subject_id", of=("unicdo.subject",)),),
        "occurred_on what purpose_id purpose_key policy_version_id channel text_body text_sha256",
        provided="occurred_on what purpose_key channel", purpose="security", retention="consent", erase=_PROOF,
        carries=False,
    ),
    source(
        "unicdo.consent.event.trace", _lt("From where you made your privacy choices"), "device",
        (Part("event_id", of=("unicdo.consent.event",)),),
        "event_id address user_agent",
        provided="address user_agent", purpose="security", retention="consent", carries=False,
    ),
    source(
        "unicdo.recheck.tries", _lt("Wrong tries at proving who you are"), "credentials",
        links("user_id"),
        "tries last_at",
        purpose="security", retention="short", carries=False,
    ),
    source(
        "unicdo.sign.in.change", _lt("Recent changes of how you sign in"), "credentials",
        links("partner_id user_id"),
        "what address changed_at",
        purpose="security", retention="short", carries=False,
    ),
    source(
        "unicdo.role.grant", _lt("Your privacy roles"), "usage",
        links("user_id") + acted("requested_by_id granted_by_id suspended_by_id ended_by_id"),
        "group_id reason state granted_at effective_at suspended_at ended_at",
        purpose="security", retention="consent", erase=_PROOF, carries=False,
    ),
    source(
        "unicdo.oauth.token", _lt("Services you connected"), "credentials",
        links("user_id"),
        "provider_id scopes created_at expires_at ended_at ended_how revocation",
        purpose="security", retention="log", carries=False,
    ),
    source(
        "unicdo.project.setup", _lt("Projects you set up"), "project",
        links("user_id"),
        "provider_id repository database state public_key hook_verified_at key_verified_at delivered_at content_until",
        provided="repository database", purpose="contract", retention="with_record", carries=False,
    ),
    source(
        "unicdo.oauth.use", _lt("What was done with services you connected"), "credentials",
        (Part("token_id", of=("unicdo.oauth.token",)),),
        "what done_at",
        purpose="security", retention="log", carries=False,
    ),
    source(
        "unicdo.provider", _lt("Service providers that you looked after"), "usage",
        acted("responsible_id evaluated_by_id reviewed_by_id"),
        "name state evaluated_on reviewed_on",
        purpose="security", retention="claims", erase=keep("legal", "claims"), carries=False,
    ),
)

EXEMPT = {
    "unicdo.oauth.flow": _lt("Who was sent to a provider and has not come back, gone within minutes."),
    "unicdo.oauth.seal": _lt("Sealed tokens, gone within two days; what they were for is listed where it stands."),
    "unicdo.project.delivery": _lt("When a project's webhook was last heard of; the project itself is listed."),
    "unicdo.privacy.settings": _lt("How to reach the controller, the officer and the authority: published."),
    "unicdo.rate.limit": _lt("Keyed digests of sources of public forms, gone within a day."),
    "unicdo.recheck": _lt("Codes that prove who somebody is, gone within minutes."),
    "unicdo.source.decision": _lt("The data map itself, and which officer decided."),
    "unicdo.vault.key": _lt("Names of keys; what they open is listed where it stands."),
    "unicdo.work": _lt("Work list of record numbers, emptied a month after it is done."),
}
