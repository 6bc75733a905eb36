# SPDX-License-Identifier: LGPL-3.0-or-later
"""Messages, discussions, activities, text messages, letters, ratings, calendar, live chat."""

from .source import FOLLOW, Email, Link, Owned, Part, Phone, Reference, _lt, acted, anonymise, keep, links, source

_MESSAGE_FIELDS = (
    "date subject body email_from author_id message_type subtype_id model res_id record_name attachment_ids"
)
#: What employees write among themselves. A message without subtype is a plain mail.
_INTERNAL = ("|", ("is_internal", "=", True), ("subtype_id.internal", "=", True))
_OPEN = (("is_internal", "!=", True), "|", ("subtype_id", "=", False), ("subtype_id.internal", "!=", True))
_MESSAGE_IGNORE = {"email_layout_xmlid": _lt("Name of a layout.")}

SOURCES = (
    source(
        "mail.message", _lt("Messages you wrote or received"), "messages",
        (
            *links("author_id partner_ids notified_partner_ids"), Email("email_from", owner="author_id"),
            Email("incoming_email_to", many=True), Email("incoming_email_cc", many=True),
            Email("outgoing_email_to", many=True), Part("author_guest_id"), *acted("starred_partner_ids"),
        ),
        f"{_MESSAGE_FIELDS} incoming_email_to incoming_email_cc",
        provided="date subject body attachment_ids", redact="incoming_email_to incoming_email_cc",
        files=True, purpose="communication", retention="with_record", carries=False,
        erase=anonymise("email_from author_id body subject"), ignore=_MESSAGE_IGNORE,
    ),
    source(
        "mail.message", _lt("Messages on your records"), "messages",
        (Reference("model", "res_id"),),
        _MESSAGE_FIELDS,
        key="mail.message.thread",
        files=True, purpose="communication", retention="with_record", erase=FOLLOW, carries=False, domain=_OPEN,
    ),
    source(
        "mail.message", _lt("Internal notes on your records"), "messages",
        (Reference("model", "res_id"),),
        _MESSAGE_FIELDS,
        key="mail.message.note",
        review="*", files=True, purpose="communication", retention="with_record", erase=FOLLOW, carries=False,
        domain=_INTERNAL,
    ),
    source(
        "mail.tracking.value", _lt("Changes noted on your records"), "messages",
        (Part("mail_message_id", of=("mail.message.thread", "mail.message.note")),),
        "create_date field_id old_value_char new_value_char old_value_text new_value_text old_value_datetime "
        "new_value_datetime old_value_integer new_value_integer old_value_float new_value_float",
        review="*", purpose="communication", retention="with_record",
    ),
    source(
        "mail.notification", _lt("What was delivered to you"), "usage",
        (*links("res_partner_id"), Email("mail_email_address", owner="res_partner_id"), Link("author_id", about=False)),
        "mail_message_id notification_type notification_status is_read read_date failure_type mail_email_address",
        provided="is_read read_date", purpose="communication", retention="with_record", carries=False,
    ),
    source(
        "mail.mail", _lt("Mails being sent to you"), "messages",
        (
            *links("recipient_ids"), Email("email_to", many=True), Email("email_cc", many=True),
            Part("mail_message_id", of=("mail.message",)),
        ),
        "create_date subject email_to email_cc recipient_ids body_html state failure_type scheduled_date",
        redact="email_to email_cc recipient_ids", purpose="communication", retention="short", carries=False,
    ),
    source(
        "mail.scheduled.message", _lt("Messages planned"), "messages",
        (*links("author_id partner_ids"), Reference("model", "res_id")),
        "scheduled_date subject body author_id partner_ids is_note",
        redact="partner_ids", review="*", purpose="communication", retention="short",
    ),
    source(
        "mail.message.schedule", _lt("Delayed notifications"), "messages",
        (Part("mail_message_id", of=("mail.message",)),),
        "mail_message_id scheduled_datetime",
        purpose="communication", retention="short",
    ),
    source(
        "mail.message.translation", _lt("Translations of your messages"), "messages",
        (Part("message_id", of=("mail.message", "mail.message.thread")),),
        "create_date source_lang target_lang body",
        purpose="communication", retention="short",
    ),
    source(
        "mail.message.reaction", _lt("Reactions"), "messages",
        (*links("partner_id"), Part("guest_id")),
        "message_id content",
        provided="*", purpose="communication", retention="with_record",
    ),
    source(
        "mail.followers", _lt("What you follow"), "usage",
        links("partner_id"),
        "res_model res_id name subtype_ids",
        provided="res_model res_id name", purpose="communication", retention="with_record", carries=False,
        ignore={"res_id": _lt("The followed record, found by itself where it is about the person.")},
    ),
    source(
        "mail.activity", _lt("Activities about you"), "messages",
        (Reference("res_model", "res_id"), *links("request_partner_id"), *acted("user_id")),
        "date_deadline date_done activity_type_id summary note feedback user_id res_name",
        review="*", purpose="communication", retention="with_record",
    ),
    source(
        "mail.guest", _lt("Visits to discussions as a guest"), "account",
        (Email("email"),),
        "name email country_id lang timezone image_1920 create_date",
        provided="name email lang timezone image_1920", purpose="communication", retention="visit", carries=False,
    ),
    source(
        "discuss.channel", _lt("Your private chats"), "messages",
        (Owned("discuss.channel.member", "channel_id"),),
        "name channel_type create_date",
        purpose="communication", erase=FOLLOW, domain=(("channel_type", "in", ("chat", "group")),),
        ignore={
            "livechat_operator_id": _lt("See live chats."), "livechat_agent_partner_ids": _lt("See live chats."),
            "livechat_bot_partner_ids": _lt("See live chats."), "livechat_customer_partner_ids": _lt("See live chats."),
        },
    ),
    source(
        "discuss.channel", _lt("Your live chats"), "messages",
        (
            *links("livechat_customer_partner_ids"), Part("livechat_visitor_id"),
            *acted("livechat_operator_id livechat_agent_partner_ids"),
        ),
        "name create_date livechat_end_dt country_id livechat_lang_id livechat_outcome livechat_note",
        key="discuss.channel.livechat",
        review="livechat_note", purpose="communication", retention="prospect",
        domain=(("channel_type", "=", "livechat"),),
        ignore={"livechat_bot_partner_ids": _lt("A chatbot's partner, not a person.")},
    ),
    source(
        "discuss.channel.member", _lt("Channels you are in"), "usage",
        (*links("partner_id"), Part("guest_id")),
        "channel_id custom_channel_name create_date last_seen_dt last_interest_dt mute_until_dt custom_notifications",
        provided="custom_channel_name last_seen_dt custom_notifications", purpose="communication", carries=False,
    ),
    source(
        "discuss.channel.rtc.session", _lt("Calls going on"), "usage",
        links("partner_id"),
        "channel_id create_date is_camera_on is_muted is_screen_sharing_on",
        purpose="communication", retention="short",
    ),
    source(
        "im_livechat.channel.member.history", _lt("Live chat participation"), "usage",
        (*links("partner_id"), Part("guest_id")),
        "channel_id create_date livechat_member_type session_duration_hour",
        purpose="communication", retention="prospect",
    ),
    source(
        "chatbot.message", _lt("Answers to a chatbot"), "messages",
        (Part("mail_message_id"),),
        "create_date script_step_id user_script_answer_id user_raw_answer",
        provided="user_raw_answer", purpose="communication", retention="prospect",
    ),
    source(
        "mail.presence", _lt("Online status"), "usage",
        (*links("user_id"), Part("guest_id")),
        "last_poll last_presence status",
        provided="*", purpose="communication", retention="short",
    ),
    source(
        "mail.push.device", _lt("Devices with notifications"), "device",
        links("partner_id"),
        "create_date expiration_time",
        purpose="communication",
    ),
    source(
        "res.users.settings.volumes", _lt("Call volumes"), "usage",
        (Part("user_setting_id"), *acted("partner_id guest_id")),
        "partner_id guest_id volume",
        redact="partner_id guest_id", purpose="contract",
    ),
    source(
        "mail.canned.response", _lt("Own canned responses"), "usage",
        (Link("create_uid"),),
        "source substitution last_used create_date",
        provided="source substitution", purpose="personnel", carries=False,
    ),
    source(
        "mail.blacklist", _lt("Block list of addresses"), "usage",
        (Email("email", normal=True),),
        "email active create_date opt_out_reason_id",
        provided="email active", purpose="marketing_email", retention="suppression",
        erase=keep("legal", "suppression"),
    ),
    source(
        "phone.blacklist", _lt("Block list of numbers"), "usage",
        (Phone("number"),),
        "number active create_date",
        provided="number active", purpose="marketing_email", retention="suppression",
        erase=keep("legal", "suppression"),
    ),
    source(
        "mail.gateway.allowed", _lt("Addresses allowed to send much mail"), "usage",
        (Email("email"), Email("email_normalized", normal=True)),
        "email create_date",
        purpose="security", retention="log",
    ),
    source(
        "sms.sms", _lt("Text messages"), "messages",
        (*links("partner_id"), Phone("number"), Part("mail_message_id", of=("mail.message",))),
        "create_date number body state failure_type",
        purpose="communication", retention="short", carries=False,
    ),
    source(
        "snailmail.letter", _lt("Letters"), "messages",
        (*links("partner_id"), *acted("user_id"), Reference("model", "res_id")),
        "create_date street street2 zip city state_id country_id state attachment_id",
        files=True, purpose="contract", retention="claims",
    ),
    source(
        "rating.rating", _lt("Ratings"), "usage",
        (*links("partner_id"), Reference("res_model", "res_id"), *acted("rated_partner_id publisher_id")),
        "create_date res_name rating rating_text feedback rated_on publisher_comment publisher_datetime",
        provided="rating feedback rated_on", purpose="communication", retention="with_record",
        erase=anonymise("partner_id feedback"),
    ),
    source(
        "calendar.event", _lt("Meetings"), "messages",
        (*links("partner_ids user_id"), Reference("res_model", "res_id"), Part("applicant_id")),
        "name start stop allday location videocall_location description user_id partner_ids privacy show_as notes",
        provided="name start stop location description", redact="partner_ids", review="notes",
        purpose="communication", retention="prospect", erase=anonymise("partner_ids"), carries=False,
    ),
    source(
        "calendar.attendee", _lt("Answers to invitations"), "messages",
        (*links("partner_id"),),
        "event_id state availability create_date",
        provided="state", purpose="communication", retention="prospect",
    ),
    source(
        "calendar.filters", _lt("Calendars shown"), "usage",
        (*links("user_id"), *acted("partner_id")),
        "partner_id active partner_checked",
        redact="partner_id", purpose="contract",
    ),
)

EXEMPT = {
    "mail.activity.plan.template": _lt("Configuration: who gets planned activities."),
    "mail.activity.type": _lt("Configuration: who gets activities of a kind."),
    "mail.template": _lt("Texts of mails, with placeholders for addresses."),
    "im_livechat.channel": _lt("Configuration: which employees answer."),
    "chatbot.script": _lt("A chatbot's name and picture, not a person."),
}
