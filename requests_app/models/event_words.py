"""The closed vocabulary of the event log. A word that has been written is never changed or removed, only added to."""

from django.db import models


class StreamKind(models.TextChoices):
    """Whose history a stream holds."""

    ORGANISATION = "organisation", "Organisation"
    REQUEST = "request", "Opt-out request"


class Source(models.TextChoices):
    """The door through which a change came in."""

    WEB = "web", "Web page"
    COMMAND = "command", "Command line"
    CLOCK = "clock", "Clock"
    MAIL = "mail", "Incoming mail"
    IMPORT = "import", "Import"
    STAFF = "staff", "Staff page"


class Action(models.TextChoices):
    """What happened, in the past tense."""

    ORGANISATION_CREATED = "organisation_created", "Organisation created"
    ORGANISATION_CHANGED = "organisation_changed", "Organisation changed"
    SETTINGS_CHANGED = "settings_changed", "Settings changed"

    MEMBER_INVITED = "member_invited", "Member invited"
    INVITATION_REVOKED = "invitation_revoked", "Invitation withdrawn"
    MEMBER_JOINED = "member_joined", "Member joined"
    MEMBER_ROLE_CHANGED = "member_role_changed", "Member's role changed"
    MEMBER_REMOVED = "member_removed", "Member removed"

    CATALOGUE_UPDATED = "catalogue_updated", "Catalogue updated"
    VENDOR_ADDED = "vendor_added", "Vendor added"
    VENDOR_CHANGED = "vendor_changed", "Vendor changed"
    PROCEDURE_ADDED = "procedure_added", "Procedure added"
    PROCEDURE_CHANGED = "procedure_changed", "Procedure changed"
    PROCEDURE_RETIRED = "procedure_retired", "Procedure retired"

    WORKSPACE_REGISTERED = "workspace_registered", "Workspace registered"
    WORKSPACE_CHANGED = "workspace_changed", "Workspace changed"
    WORKSPACE_RETIRED = "workspace_retired", "Workspace retired"
    CAMPAIGN_STARTED = "campaign_started", "Campaign started"
    CAMPAIGN_CHANGED = "campaign_changed", "Campaign changed"

    REQUEST_DRAFTED = "request_drafted", "Request drafted"
    REQUEST_CHANGED = "request_changed", "Request changed"
    REQUEST_SUBMITTED = "request_submitted", "Request submitted"
    REQUEST_ASSIGNED = "request_assigned", "Request assigned"
    STATUS_CHANGED = "status_changed", "Status changed"
    OUTCOME_RECORDED = "outcome_recorded", "Outcome recorded"
    REQUEST_REOPENED = "request_reopened", "Request reopened"
    REVERIFICATION_SCHEDULED = "reverification_scheduled", "Re-verification scheduled"
    REQUEST_REVERIFIED = "request_reverified", "Request checked again"
    VERSION_CHANGE_SEEN = "version_change_seen", "Change of the procedure looked at"

    MESSAGE_QUEUED = "message_queued", "Message queued"
    MESSAGE_HANDED_OVER = "message_handed_over", "Message handed over"
    MESSAGE_SENT = "message_sent", "Message sent"
    MESSAGE_SEND_FAILED = "message_send_failed", "Sending failed"
    MESSAGE_SEND_UNKNOWN = "message_send_unknown", "Sending left in doubt"
    MESSAGE_APPROVED = "message_approved", "Sending approved"
    MESSAGE_CANCELLED = "message_cancelled", "Sending cancelled"
    MESSAGE_DEFERRED = "message_deferred", "Sending put off"
    MESSAGE_REQUEUED = "message_requeued", "Message queued again"
    SENDING_PAUSED = "sending_paused", "Sending paused"
    SENDING_RESUMED = "sending_resumed", "Sending resumed"
    ADDRESS_PAUSED = "address_paused", "Address paused"
    ADDRESS_RESUMED = "address_resumed", "Address resumed"
    FOLLOW_UP_CHANGED = "follow_up_changed", "Follow-up changed"
    FOLLOW_UP_DROPPED = "follow_up_dropped", "Follow-up dropped"
    FOLLOW_UP_SENT = "follow_up_sent", "Follow-up sent"
    BOUNCE_RECEIVED = "bounce_received", "Bounce received"

    REPLY_RECEIVED = "reply_received", "Reply received"
    REPLY_HELD = "reply_held", "Reply held"
    REPLY_MATCHED = "reply_matched", "Reply matched"
    REPLY_MOVED = "reply_moved", "Reply moved"
    REPLY_DISCARDED = "reply_discarded", "Reply discarded"
    REPLY_RESTORED = "reply_restored", "Discarded reply taken back"
    REPLY_SEEN = "reply_seen", "Reply seen"
    SUGGESTION_LEFT = "suggestion_left", "What a reply suggests left aside"

    NOTE_ADDED = "note_added", "Note added"
    EVIDENCE_ADDED = "evidence_added", "Evidence added"
    EVIDENCE_SUPERSEDED = "evidence_superseded", "Evidence replaced by a newer file"
    EVIDENCE_REMOVED = "evidence_removed", "Evidence removed"

    ANSWER_PROMISED = "answer_promised", "Day for an answer promised"
    CLOCK_PAUSED = "clock_paused", "Clock paused"
    CLOCK_RESUMED = "clock_resumed", "Clock goes on"
    REMINDER_SENT = "reminder_sent", "Reminder sent"
    REMINDER_SNOOZED = "reminder_snoozed", "Reminder snoozed"
    REQUEST_ESCALATED = "request_escalated", "Request escalated"

    RECORD_EXPORTED = "record_exported", "Record exported"
    CHECKPOINT_SIGNED = "checkpoint_signed", "Checkpoint signed"
    PERSONAL_DATA_ERASED = "personal_data_erased", "Personal data erased"
