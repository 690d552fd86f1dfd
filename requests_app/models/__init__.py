"""The nouns, one module each; this page is their table of contents."""

from requests_app.models.background_job import ENDED, ItemState, Job, JobItem, JobKind, JobState
from requests_app.models.campaign import Campaign
from requests_app.models.channel import ChannelKind, ChannelPost, NoticeKind, NotificationChannel
from requests_app.models.checkpoint import Checkpoint, TreeLeaf
from requests_app.models.dashboard import DashboardFigures
from requests_app.models.event import Event, EventPersonalValue, Subject, erase_personal_values, record_event
from requests_app.models.event_bulk import NewEvent, record_events
from requests_app.models.event_format import EventValueError
from requests_app.models.event_stream import EventStream
from requests_app.models.event_words import Action, Source, StreamKind
from requests_app.models.evidence import Evidence
from requests_app.models.export import OPEN_EXPORTS, Export, ExportFormat, ExportState
from requests_app.models.follow_up import FollowUp, FollowUpState
from requests_app.models.inbound import InboundKind, InboundMail, InboundState, Waits, Way
from requests_app.models.inbound_hook import InboundHook, MailProvider
from requests_app.models.job import Heartbeat, record_heartbeat
from requests_app.models.mail_settings import MailSettings, Tls
from requests_app.models.membership import Invitation, Membership, Role, SetupLink
from requests_app.models.message import Message
from requests_app.models.noted_version import NotedVersion
from requests_app.models.notice import CalendarFeed, Digest, Notice, NoticeMail, NoticeSettings
from requests_app.models.notify import notify, notify_all
from requests_app.models.organisation import Organisation
from requests_app.models.outbox import OutgoingMail, PausedAddress, Purpose, SendState
from requests_app.models.policy import FollowUpPolicy
from requests_app.models.record_signer import RecordSigner
from requests_app.models.reminder import Reminder, ReminderKind, ReminderState
from requests_app.models.request import OptOutRequest
from requests_app.models.saved_view import SavedView
from requests_app.models.status import MOVES, OUTCOMES, MoveRefused, Outcome, Status, check_move
from requests_app.models.user import User
from requests_app.models.vendor import Procedure, ProcedureVersion, Vendor
from requests_app.models.wording import OwnWording
from requests_app.models.workspace import Workspace

__all__ = [
    "ENDED",
    "MOVES",
    "OPEN_EXPORTS",
    "OUTCOMES",
    "Action",
    "CalendarFeed",
    "Campaign",
    "ChannelKind",
    "ChannelPost",
    "Checkpoint",
    "DashboardFigures",
    "Digest",
    "Event",
    "EventPersonalValue",
    "EventStream",
    "EventValueError",
    "Evidence",
    "Export",
    "ExportFormat",
    "ExportState",
    "FollowUp",
    "FollowUpPolicy",
    "FollowUpState",
    "Heartbeat",
    "InboundHook",
    "InboundKind",
    "InboundMail",
    "InboundState",
    "Invitation",
    "ItemState",
    "Job",
    "JobItem",
    "JobKind",
    "JobState",
    "MailProvider",
    "MailSettings",
    "Membership",
    "Message",
    "MoveRefused",
    "NewEvent",
    "NotedVersion",
    "Notice",
    "NoticeKind",
    "NoticeMail",
    "NoticeSettings",
    "NotificationChannel",
    "OptOutRequest",
    "Organisation",
    "Outcome",
    "OutgoingMail",
    "OwnWording",
    "PausedAddress",
    "Procedure",
    "ProcedureVersion",
    "Purpose",
    "RecordSigner",
    "Reminder",
    "ReminderKind",
    "ReminderState",
    "Role",
    "SavedView",
    "SendState",
    "SetupLink",
    "Source",
    "Status",
    "StreamKind",
    "Subject",
    "Tls",
    "TreeLeaf",
    "User",
    "Vendor",
    "Waits",
    "Way",
    "Workspace",
    "check_move",
    "erase_personal_values",
    "notify",
    "notify_all",
    "record_event",
    "record_events",
    "record_heartbeat",
]
