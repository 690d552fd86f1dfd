"""Who gets what from each address: the one table that tests/test_access_matrix.py holds against the URLconf.

Whoever adds an address adds its line here. How a line is read: who may do it, by which methods, and of which object of
Acme its arguments are (an attribute of AcmeTestCase, or text as it stands).
"""

from dataclasses import dataclass, field
from enum import Enum


class Who(Enum):
    """Who is let in, from everybody to nobody but owners."""

    ANYBODY = "no account needed"
    SIGNED_IN = "anybody who has signed in"
    MEMBER = "members, auditors too"
    ADMIN = "admins and owners"
    OWNER = "owners"
    NOBODY = "nobody: it is over, such as the set-up wizard"


@dataclass(frozen=True)
class Rule:
    """One address: who may use it, the methods it knows (HEAD comes with GET), and its arguments.

    With `post`, other people are let in for POST than for GET.
    """

    who: Who
    methods: tuple[str, ...] = ("GET",)
    arguments: dict[str, str] = field(default_factory=dict)
    post: Who | None = None

    def who_may(self, method: str) -> Who:
        return self.post if self.post and method == "POST" else self.who


GET, POST, FORM = ("GET",), ("POST",), ("GET", "POST")

RULES = {
    "home": Rule(Who.SIGNED_IN),
    "healthz": Rule(Who.ANYBODY),
    "livez": Rule(Who.ANYBODY),
    "readyz": Rule(Who.ANYBODY),
    # There is none without METRICS_TOKEN; tests/records/test_metrics.py has the rest.
    "metrics": Rule(Who.NOBODY),
    "today": Rule(Who.MEMBER),
    # People
    "profile": Rule(Who.SIGNED_IN, FORM),
    "setup": Rule(Who.NOBODY, FORM, {"token": "a-link-of-these-tests"}),
    "setup_organisation": Rule(Who.NOBODY, FORM),
    "setup_vendors": Rule(Who.NOBODY, FORM),
    "invitation": Rule(Who.ANYBODY, FORM, {"token": "an-invitation-token-of-these-tests"}),
    "settings": Rule(Who.MEMBER),
    "organisation_settings": Rule(Who.MEMBER, FORM, post=Who.OWNER),
    "members": Rule(Who.MEMBER),
    "invite_member": Rule(Who.OWNER, FORM),
    "member": Rule(Who.OWNER, GET, {"pk": "colleague"}),
    "member_role": Rule(Who.OWNER, POST, {"pk": "colleague"}),
    "member_remove": Rule(Who.OWNER, POST, {"pk": "colleague"}),
    "revoke_invitation": Rule(Who.OWNER, POST, {"pk": "invitation"}),
    # Catalogue
    "catalogue": Rule(Who.MEMBER),
    "vendor": Rule(Who.MEMBER, GET, {"pk": "private_vendor"}),
    "procedure": Rule(Who.MEMBER, GET, {"pk": "private_procedure"}),
    "procedure_changes": Rule(Who.MEMBER, GET, {"pk": "private_procedure"}),
    "new_vendor": Rule(Who.ADMIN, FORM),
    "edit_vendor": Rule(Who.ADMIN, FORM, {"pk": "private_vendor"}),
    "new_procedure": Rule(Who.ADMIN, FORM, {"pk": "private_vendor"}),
    "edit_procedure": Rule(Who.ADMIN, FORM, {"pk": "private_procedure"}),
    "retire_procedure": Rule(Who.ADMIN, POST, {"pk": "private_procedure"}),
    # Drafting
    "new_request": Rule(Who.ADMIN, FORM),
    "edit_request": Rule(Who.ADMIN, FORM, {"pk": "draft"}),
    "preview": Rule(Who.MEMBER, FORM, {"pk": "draft"}, post=Who.ADMIN),
    "wordings": Rule(Who.MEMBER),
    "edit_wording": Rule(Who.ADMIN, FORM, {"pk": "private_procedure", "locale": "en"}),
    # Delivery
    "hand_over": Rule(Who.MEMBER, GET, {"pk": "draft"}),
    "output": Rule(Who.MEMBER, GET, {"pk": "draft", "name": "request.eml"}),
    "submitted": Rule(Who.ADMIN, POST, {"pk": "draft"}),
    "send": Rule(Who.ADMIN, POST, {"pk": "draft"}),
    "outgoing": Rule(Who.MEMBER, GET, {"pk": "queued"}),
    "decide_outgoing": Rule(Who.ADMIN, POST, {"pk": "outgoing"}),
    "mail_settings": Rule(Who.OWNER, FORM),
    "mail_trial": Rule(Who.OWNER, POST),
    "system": Rule(Who.OWNER),
    "mailbox_settings": Rule(Who.OWNER, FORM),
    "read_mailbox": Rule(Who.OWNER, POST),
    "resume_address": Rule(Who.ADMIN, POST, {"pk": "paused_address"}),
    "inbound_hook": Rule(Who.NOBODY, POST, {"provider": "mailgun", "secret": "a-secret-that-nobody-has"}),
    "inbound_hooks": Rule(Who.OWNER, FORM),
    "rotate_hook": Rule(Who.OWNER, POST, {"pk": "hook"}),
    "drop_hook": Rule(Who.OWNER, POST, {"pk": "hook"}),
    "evidence_add": Rule(Who.ADMIN, FORM, {"pk": "submitted"}),
    "evidence_replace": Rule(Who.ADMIN, FORM, {"pk": "evidence"}),
    "evidence_file": Rule(Who.MEMBER, GET, {"pk": "evidence"}),
    "message_file": Rule(Who.MEMBER, GET, {"pk": "message"}),
    # Tracking
    "requests": Rule(Who.MEMBER),
    "record": Rule(Who.MEMBER, POST, {"pk": "submitted"}),
    "verify_record": Rule(Who.MEMBER, FORM),
    "record_settings": Rule(Who.OWNER, FORM),
    "record_signer_drop": Rule(Who.OWNER, POST),
    "request": Rule(Who.MEMBER, GET, {"pk": "submitted"}),
    "request_move": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "request_acknowledge": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "request_pause": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "request_snooze": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "follow_up_policies": Rule(Who.OWNER, FORM),
    "new_follow_up_policy": Rule(Who.OWNER, FORM),
    "follow_up_policy": Rule(Who.OWNER, FORM, {"pk": "policy"}),
    "request_note": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "request_reverify": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "decide_follow_up": Rule(Who.ADMIN, POST, {"pk": "follow_up"}),
    "follow_up_letter": Rule(Who.MEMBER, GET, {"pk": "follow_up"}),
    "request_responsible": Rule(Who.ADMIN, POST, {"pk": "submitted"}),
    "bulk": Rule(Who.ADMIN, FORM),
    "save_view": Rule(Who.MEMBER, FORM),
    "saved_view": Rule(Who.ADMIN, FORM, {"pk": "shared_view"}),
    "dashboard": Rule(Who.MEMBER),
    "refresh_dashboard": Rule(Who.MEMBER, POST),
    "search": Rule(Who.MEMBER),
    "campaigns": Rule(Who.MEMBER),
    "new_campaign": Rule(Who.ADMIN, FORM),
    "campaign": Rule(Who.MEMBER, GET, {"pk": "campaign"}),
    "edit_campaign": Rule(Who.ADMIN, FORM, {"pk": "campaign"}),
    "jobs": Rule(Who.MEMBER),
    "job": Rule(Who.MEMBER, GET, {"pk": "job"}),
    "cancel_job": Rule(Who.ADMIN, POST, {"pk": "job"}),
    "export_requests": Rule(Who.MEMBER, POST),
    "exports": Rule(Who.MEMBER),
    "export": Rule(Who.MEMBER, GET, {"pk": "export"}),
    "export_file": Rule(Who.MEMBER, GET, {"pk": "export"}),
    "cancel_export": Rule(Who.MEMBER, POST, {"pk": "export"}),
    "version_changes": Rule(Who.MEMBER),
    "review_change": Rule(Who.ADMIN, POST),
    "workspaces": Rule(Who.MEMBER),
    "gaps": Rule(Who.MEMBER),
    "new_workspace": Rule(Who.ADMIN, FORM),
    "workspace": Rule(Who.MEMBER, GET, {"pk": "workspace"}),
    "edit_workspace": Rule(Who.ADMIN, FORM, {"pk": "workspace"}),
    "retire_workspace": Rule(Who.ADMIN, POST, {"pk": "workspace"}),
    # Triage
    "triage": Rule(Who.MEMBER),
    "upload_mail": Rule(Who.ADMIN, FORM),
    "inbound_mail": Rule(Who.MEMBER, GET, {"pk": "held_mail"}),
    "inbound_original": Rule(Who.MEMBER, GET, {"pk": "held_mail"}),
    "inbound_confirm": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "inbound_move": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "inbound_new_request": Rule(Who.ADMIN, FORM, {"pk": "held_mail"}),
    "inbound_discard": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "inbound_restore": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "inbound_seen": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "inbound_sent_it": Rule(Who.ADMIN, POST, {"pk": "held_mail"}),
    "request_upload_mail": Rule(Who.ADMIN, FORM, {"pk": "submitted"}),
    "inbound_formatted": Rule(Who.MEMBER, GET, {"pk": "reply_mail"}),
    "inbound_html": Rule(Who.MEMBER, GET, {"pk": "reply_mail"}),
    "inbound_attachment": Rule(Who.MEMBER, GET, {"pk": "reply_mail", "part": "1"}),
    "inbound_attachment_keep": Rule(Who.ADMIN, POST, {"pk": "reply_mail", "part": "1"}),
    "suggestion": Rule(Who.ADMIN, POST, {"pk": "reply_mail"}),
    # Notices
    "notifications": Rule(Who.MEMBER, FORM),
    "calendar_address": Rule(Who.MEMBER, POST),
    "calendar": Rule(Who.ANYBODY, GET, {"token": "a-calendar-token-of-these-tests"}),
    "unsubscribe": Rule(Who.ANYBODY, FORM, {"token": "unsubscribe_token"}),
    "channels": Rule(Who.OWNER),
    "new_channel": Rule(Who.OWNER, FORM),
    "channel": Rule(Who.OWNER, FORM, {"pk": "channel"}),
    "channel_test": Rule(Who.OWNER, POST, {"pk": "channel"}),
    "channel_secret": Rule(Who.OWNER, POST, {"pk": "channel"}),
    "channel_remove": Rule(Who.OWNER, POST, {"pk": "channel"}),
}
