# SPDX-License-Identifier: LGPL-3.0-or-later
"""Words and numbers that several files share."""

#: kinds of end; all but the first refund whatever the notice
KINDS = [
    ("ordinary", "Cancellation with notice"),
    ("good_cause", "Cancellation for good cause"),
    ("provider_fault", "Our fault"),
    ("withdrawal", "Withdrawal from the contract"),
]
CHANNELS = [
    ("portal", "Portal"),
    ("public", "Public form"),
    ("mail", "E-mail"),
    ("phone", "Phone"),
    ("letter", "Letter"),
    ("person", "In person"),
]
#: why customers leave, as far as they like to say
REASONS = [
    ("price", "Price"),
    ("not_needed", "Not needed any more"),
    ("other_provider", "Another provider"),
    ("own_server", "Our own server"),
    ("quality", "Quality or support"),
    ("other", "Something else"),
]
#: the way to the end, in its order
STATES = [
    ("draft", "Draft"),
    ("received", "Received"),
    ("verified", "To decide"),
    ("scheduled", "End scheduled"),
    ("terminated", "Ended"),
    ("credited", "Credited"),
    ("waiting", "Waiting for payment"),
    ("closed", "Closed"),
    ("taken_back", "Taken back"),
    ("refused", "Refused"),
]
#: a request that is under way; a second identical one joins it
OPEN_STATES = ("received", "verified", "scheduled", "terminated", "credited", "waiting")
#: until then the customer can take it back
REVOCABLE_STATES = ("received", "verified", "scheduled")
#: days before the end on which backup and retrieval are called to mind (CAN-5)
REMINDER_DAYS = (7, 1)
#: hour of the day, roughly, at which they go out in the customer's time zone
REMINDER_HOUR = 8
#: what a hosting provider is told, in this order (CAN-6)
CALL_EVENTS = [
    ("hosting.backup_offered", "A last backup is offered"),
    ("hosting.ended", "Access ends"),
    ("hosting.data_deleted", "The data goes"),
]
#: seconds between calls that are not answered; the last pause repeats until they are
CALL_PAUSES = (60, 300, 900, 3600, 3 * 3600, 6 * 3600)
#: after so many calls without an answer a person is told
TELL_AFTER = 3
#: days from the receipt of a withdrawal until the money is back (Directive 2011/83/EU, Art. 13(1))
MONEY_BACK_DAYS = 14
#: hours for which a link that proves an address works
VERIFY_HOURS = 72
#: links of that kind that one person is mailed a day, whatever is declared in their name
LINKS_A_DAY = 5
#: days for which the page with a public declaration can be opened again
DECLARATION_DAYS = 7
#: public declarations within an hour, from one network address and naming one mail address
DECLARATIONS_PER_SOURCE = 30
DECLARATIONS_PER_ADDRESS = 10
