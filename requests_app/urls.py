"""Door 1: everything a browser can ask, on one page."""

from django.urls import path

from requests_app.people import views as people
from requests_app.people import views_invitation, views_members, views_setup
from requests_app.tracking import views as tracking

urlpatterns = [
    path("", tracking.home, name="home"),
    path("healthz", tracking.healthz, name="healthz"),
    path("o/<slug:organisation>/", tracking.today, name="today"),
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
]
