"""Door 1: everything a browser can ask, on one page."""

from django.urls import path

from requests_app.catalogue import views as catalogue
from requests_app.catalogue import views_own as own_catalogue
from requests_app.delivery import views as delivery
from requests_app.delivery import views_evidence, views_mail, views_outbox
from requests_app.drafting import views as drafting
from requests_app.drafting import views_wordings
from requests_app.intake import views_copies, views_decisions, views_files, views_hooks, views_mailbox, views_triage
from requests_app.people import views as people
from requests_app.people import views_invitation, views_members, views_setup
from requests_app.records import views_exports, views_metrics, views_records, views_system
from requests_app.tracking import views as tracking
from requests_app.tracking import (
    views_bulk,
    views_campaigns,
    views_changes,
    views_clock,
    views_dashboard,
    views_follow_ups,
    views_health,
    views_policy,
    views_requests,
    views_reverification,
    views_saved,
    views_search,
    views_suggested,
    views_version_changes,
    views_workspaces,
)
from requests_app.tracking.notices import views as notices
from requests_app.tracking.notices import views_channels

urlpatterns = [
    path("", tracking.home, name="home"),
    path("healthz", views_health.healthz, name="healthz"),
    path("livez", views_health.livez, name="livez"),
    path("readyz", views_health.readyz, name="readyz"),
    path("metrics", views_metrics.metrics, name="metrics"),
    path("o/<slug:organisation>/", tracking.today, name="today"),
    # Workspaces and what is open for them
    path("o/<slug:organisation>/workspaces/", views_workspaces.workspaces, name="workspaces"),
    path("o/<slug:organisation>/workspaces/gaps/", views_workspaces.gaps, name="gaps"),
    path("o/<slug:organisation>/workspaces/new/", views_workspaces.new_workspace, name="new_workspace"),
    path("o/<slug:organisation>/workspaces/<int:pk>/", views_workspaces.workspace, name="workspace"),
    path("o/<slug:organisation>/workspaces/<int:pk>/edit/", views_workspaces.edit_workspace, name="edit_workspace"),
    path("o/<slug:organisation>/workspaces/<int:pk>/retire/", views_workspaces.retire, name="retire_workspace"),
    # Requests: the list, one of them, and what is recorded about it
    path("o/<slug:organisation>/requests/", views_requests.requests, name="requests"),
    path("o/<slug:organisation>/requests/many/", views_bulk.bulk, name="bulk"),
    path("o/<slug:organisation>/requests/export/", views_exports.export_requests, name="export_requests"),
    path("o/<slug:organisation>/records/<int:pk>/", views_records.record, name="record"),
    path("o/<slug:organisation>/verify/", views_records.verify, name="verify_record"),
    path("o/<slug:organisation>/settings/records/", views_records.record_settings, name="record_settings"),
    path(
        "o/<slug:organisation>/settings/records/forget/",
        views_records.record_signer_drop,
        name="record_signer_drop",
    ),
    path("o/<slug:organisation>/exports/", views_exports.exports, name="exports"),
    path("o/<slug:organisation>/exports/<int:pk>/", views_exports.export, name="export"),
    path("o/<slug:organisation>/exports/<int:pk>/file/", views_exports.export_file, name="export_file"),
    path("o/<slug:organisation>/exports/<int:pk>/cancel/", views_exports.cancel, name="cancel_export"),
    path("o/<slug:organisation>/requests/views/new/", views_saved.save, name="save_view"),
    path("o/<slug:organisation>/requests/views/<int:pk>/", views_saved.saved_view, name="saved_view"),
    path("o/<slug:organisation>/requests/campaigns/", views_campaigns.campaigns, name="campaigns"),
    path("o/<slug:organisation>/requests/campaigns/new/", views_campaigns.new_campaign, name="new_campaign"),
    path("o/<slug:organisation>/requests/campaigns/<int:pk>/", views_campaigns.campaign, name="campaign"),
    path(
        "o/<slug:organisation>/requests/campaigns/<int:pk>/edit/", views_campaigns.edit_campaign, name="edit_campaign"
    ),
    path("o/<slug:organisation>/dashboard/", views_dashboard.dashboard, name="dashboard"),
    path("o/<slug:organisation>/dashboard/refresh/", views_dashboard.refresh, name="refresh_dashboard"),
    path("o/<slug:organisation>/search/", views_search.search, name="search"),
    path("o/<slug:organisation>/jobs/", views_bulk.jobs, name="jobs"),
    path("o/<slug:organisation>/jobs/<int:pk>/", views_bulk.job, name="job"),
    path("o/<slug:organisation>/jobs/<int:pk>/cancel/", views_bulk.cancel, name="cancel_job"),
    path("o/<slug:organisation>/changed/", views_version_changes.version_changes, name="version_changes"),
    path("o/<slug:organisation>/changed/review/", views_version_changes.review_change, name="review_change"),
    path("o/<slug:organisation>/requests/<int:pk>/", views_requests.opt_out_request, name="request"),
    path("o/<slug:organisation>/requests/<int:pk>/move/", views_changes.move, name="request_move"),
    path("o/<slug:organisation>/requests/<int:pk>/acknowledge/", views_clock.acknowledge, name="request_acknowledge"),
    path("o/<slug:organisation>/requests/<int:pk>/pause/", views_clock.pause, name="request_pause"),
    path("o/<slug:organisation>/requests/<int:pk>/snooze/", views_clock.snooze, name="request_snooze"),
    path("o/<slug:organisation>/settings/follow-ups/", views_policy.follow_up_policies, name="follow_up_policies"),
    path(
        "o/<slug:organisation>/settings/follow-ups/new/", views_policy.new_follow_up_policy, name="new_follow_up_policy"
    ),
    path("o/<slug:organisation>/settings/follow-ups/<int:pk>/", views_policy.follow_up_policy, name="follow_up_policy"),
    path("o/<slug:organisation>/requests/<int:pk>/reverify/", views_reverification.reverify, name="request_reverify"),
    path("o/<slug:organisation>/follow-ups/<int:pk>/", views_follow_ups.decide, name="decide_follow_up"),
    path("o/<slug:organisation>/follow-ups/<int:pk>/letter.pdf", views_follow_ups.letter, name="follow_up_letter"),
    path("o/<slug:organisation>/requests/<int:pk>/note/", views_changes.note, name="request_note"),
    path("o/<slug:organisation>/requests/<int:pk>/responsible/", views_changes.responsible, name="request_responsible"),
    # People: one's own account, the set-up, the organisation and its members.
    path("me/", people.profile, name="profile"),
    path("setup/organisation/", views_setup.setup_organisation, name="setup_organisation"),
    path("setup/vendors/", views_setup.setup_vendors, name="setup_vendors"),
    path("setup/<str:token>/", views_setup.setup, name="setup"),
    path("invitations/<str:token>/", views_invitation.invitation, name="invitation"),
    path("o/<slug:organisation>/settings/", people.settings, name="settings"),
    path("o/<slug:organisation>/settings/organisation/", people.organisation_settings, name="organisation_settings"),
    path("o/<slug:organisation>/settings/members/", views_members.members, name="members"),
    path("o/<slug:organisation>/settings/members/invite/", views_members.invite_member, name="invite_member"),
    path("o/<slug:organisation>/settings/members/<int:pk>/", views_members.member, name="member"),
    path("o/<slug:organisation>/settings/members/<int:pk>/role/", views_members.member_role, name="member_role"),
    path("o/<slug:organisation>/settings/members/<int:pk>/remove/", views_members.member_remove, name="member_remove"),
    path(
        "o/<slug:organisation>/settings/invitations/<int:pk>/revoke/",
        views_members.revoke_invitation,
        name="revoke_invitation",
    ),
    # The catalogue, and what an organisation adds to it for itself
    path("o/<slug:organisation>/catalogue/", catalogue.catalogue, name="catalogue"),
    path("o/<slug:organisation>/catalogue/<int:pk>/", catalogue.vendor, name="vendor"),
    path("o/<slug:organisation>/catalogue/procedures/<int:pk>/", catalogue.procedure, name="procedure"),
    path(
        "o/<slug:organisation>/catalogue/procedures/<int:pk>/changes/",
        catalogue.procedure_changes,
        name="procedure_changes",
    ),
    path("o/<slug:organisation>/catalogue/own/new/", own_catalogue.new_vendor, name="new_vendor"),
    path("o/<slug:organisation>/catalogue/own/<int:pk>/", own_catalogue.edit_vendor, name="edit_vendor"),
    path("o/<slug:organisation>/catalogue/own/<int:pk>/new/", own_catalogue.new_procedure, name="new_procedure"),
    path(
        "o/<slug:organisation>/catalogue/own/procedures/<int:pk>/", own_catalogue.edit_procedure, name="edit_procedure"
    ),
    path(
        "o/<slug:organisation>/catalogue/own/procedures/<int:pk>/retire/",
        own_catalogue.retire_procedure,
        name="retire_procedure",
    ),
    # Drafting: choose, fill in, look at it; the organisation's own wordings
    path("o/<slug:organisation>/requests/new/", drafting.new_request, name="new_request"),
    path("o/<slug:organisation>/requests/<int:pk>/edit/", drafting.edit_request, name="edit_request"),
    path("o/<slug:organisation>/requests/<int:pk>/preview/", drafting.preview, name="preview"),
    path("o/<slug:organisation>/settings/wordings/", views_wordings.wordings, name="wordings"),
    path(
        "o/<slug:organisation>/settings/wordings/<int:pk>/<str:locale>/",
        views_wordings.edit_wording,
        name="edit_wording",
    ),
    # Delivery: hand over, record it, and the files that prove it
    path("o/<slug:organisation>/requests/<int:pk>/hand-over/", delivery.hand_over, name="hand_over"),
    path("o/<slug:organisation>/requests/<int:pk>/output/<str:name>", delivery.output, name="output"),
    path("o/<slug:organisation>/requests/<int:pk>/submitted/", delivery.submitted, name="submitted"),
    path("o/<slug:organisation>/requests/<int:pk>/send/", views_outbox.send, name="send"),
    path("o/<slug:organisation>/requests/<int:pk>/outgoing/", views_outbox.outgoing, name="outgoing"),
    path("o/<slug:organisation>/outgoing/<int:pk>/", views_outbox.decide, name="decide_outgoing"),
    path("o/<slug:organisation>/settings/mail/", views_mail.mail_settings, name="mail_settings"),
    path("o/<slug:organisation>/settings/mail/test/", views_mail.mail_trial, name="mail_trial"),
    path("o/<slug:organisation>/settings/system/", views_system.system, name="system"),
    path("o/<slug:organisation>/settings/mail/mailbox/", views_mailbox.mailbox_settings, name="mailbox_settings"),
    path("o/<slug:organisation>/settings/mail/mailbox/read/", views_mailbox.read_mailbox, name="read_mailbox"),
    path("o/<slug:organisation>/paused/<int:pk>/resume/", views_outbox.resume_address, name="resume_address"),
    # A mail provider's webhooks; Mailgun sends raw mail only to an address that ends in "mime".
    path("hooks/mail/<slug:provider>/<str:secret>/mime", views_hooks.inbound_hook, name="inbound_hook"),
    path("o/<slug:organisation>/settings/mail/webhooks/", views_hooks.inbound_hooks, name="inbound_hooks"),
    path("o/<slug:organisation>/settings/mail/webhooks/<int:pk>/rotate/", views_hooks.rotate_hook, name="rotate_hook"),
    path("o/<slug:organisation>/settings/mail/webhooks/<int:pk>/remove/", views_hooks.drop_hook, name="drop_hook"),
    path("o/<slug:organisation>/requests/<int:pk>/evidence/", views_evidence.evidence_add, name="evidence_add"),
    path("o/<slug:organisation>/evidence/<int:pk>/", views_evidence.evidence_file, name="evidence_file"),
    path("o/<slug:organisation>/evidence/<int:pk>/replace/", views_evidence.evidence_replace, name="evidence_replace"),
    path("o/<slug:organisation>/messages/<int:pk>/", delivery.message_file, name="message_file"),
    # Triage: mail that came in and waits for a person, and mail that is brought as a file
    path("o/<slug:organisation>/triage/", views_triage.triage, name="triage"),
    path("o/<slug:organisation>/triage/upload/", views_triage.upload_mail, name="upload_mail"),
    path("o/<slug:organisation>/triage/<int:pk>/", views_triage.inbound_mail, name="inbound_mail"),
    path("o/<slug:organisation>/triage/<int:pk>/original/", views_triage.inbound_original, name="inbound_original"),
    path("o/<slug:organisation>/triage/<int:pk>/confirm/", views_decisions.confirm, name="inbound_confirm"),
    path("o/<slug:organisation>/triage/<int:pk>/move/", views_decisions.move, name="inbound_move"),
    path("o/<slug:organisation>/triage/<int:pk>/new/", views_decisions.new_request, name="inbound_new_request"),
    path("o/<slug:organisation>/triage/<int:pk>/discard/", views_decisions.discard, name="inbound_discard"),
    path("o/<slug:organisation>/triage/<int:pk>/take-back/", views_decisions.restore, name="inbound_restore"),
    path("o/<slug:organisation>/triage/<int:pk>/seen/", views_decisions.seen, name="inbound_seen"),
    path("o/<slug:organisation>/triage/<int:pk>/sent-it/", views_copies.sent_it, name="inbound_sent_it"),
    path("o/<slug:organisation>/requests/<int:pk>/mail/", views_triage.request_upload_mail, name="request_upload_mail"),
    # What is in a mail that came in, and what it suggests
    path("o/<slug:organisation>/mail/<int:pk>/formatted/", views_files.inbound_formatted, name="inbound_formatted"),
    path("o/<slug:organisation>/mail/<int:pk>/html/", views_files.inbound_html, name="inbound_html"),
    path("o/<slug:organisation>/mail/<int:pk>/suggestion/", views_suggested.suggestion, name="suggestion"),
    path(
        "o/<slug:organisation>/mail/<int:pk>/attachments/<int:part>/",
        views_files.inbound_attachment,
        name="inbound_attachment",
    ),
    path(
        "o/<slug:organisation>/mail/<int:pk>/attachments/<int:part>/keep/",
        views_files.inbound_attachment_keep,
        name="inbound_attachment_keep",
    ),
    # Notices: what people and channels are told
    path("o/<slug:organisation>/notifications/", notices.notifications, name="notifications"),
    path("o/<slug:organisation>/notifications/calendar/", notices.calendar_address, name="calendar_address"),
    path("calendar/<str:token>.ics", notices.calendar, name="calendar"),
    path("unsubscribe/<str:token>/", notices.unsubscribe, name="unsubscribe"),
    path("o/<slug:organisation>/settings/channels/", views_channels.channels, name="channels"),
    path("o/<slug:organisation>/settings/channels/new/", views_channels.new_channel, name="new_channel"),
    path("o/<slug:organisation>/settings/channels/<int:pk>/", views_channels.channel, name="channel"),
    path("o/<slug:organisation>/settings/channels/<int:pk>/test/", views_channels.channel_test, name="channel_test"),
    path(
        "o/<slug:organisation>/settings/channels/<int:pk>/secret/", views_channels.channel_secret, name="channel_secret"
    ),
    path(
        "o/<slug:organisation>/settings/channels/<int:pk>/remove/", views_channels.channel_remove, name="channel_remove"
    ),
]
