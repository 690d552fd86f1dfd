"""What a person is told: the page to choose it, the link that ends it, and the calendar."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import access
from requests_app.models import CalendarFeed, Membership
from requests_app.models.languages import page_language
from requests_app.models.notify import settings_of
from requests_app.people.reauthentication import confirm_identity
from requests_app.tracking.notices.addresses import membership_of, page
from requests_app.tracking.notices.calendar import calendar_of, etag_of, new_address, revoke_address, user_of_token
from requests_app.tracking.notices.letter import language_of, mail_of
from requests_app.tracking.notices.preferences import PreferencesForm, end_all, save_preferences

CALENDAR_SECONDS = 900


@require_http_methods(["GET", "HEAD", "POST"])
def notifications(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show and change what one is told about this organisation."""
    membership = access.member(request, organisation)
    now = timezone.now()
    row = settings_of(membership, now)
    zone = membership.organisation.time_zone
    form = PreferencesForm(request.POST or None, instance=row, organisation_zone=zone)
    if form.is_valid():
        save_preferences(form.save(commit=False), now)
        messages.success(request, _("Saved. You are told as you chose."))
        return redirect("notifications", organisation)
    context = _about(membership) | {"form": form}
    return render(request, "notices/notifications.html", context, status=422 if request.method == "POST" else 200)


def _about(membership: Membership) -> dict[str, Any]:
    row = settings_of(membership, timezone.now())
    return {
        "can_reach": mail_of(row) is not None,
        "feed": CalendarFeed.objects.filter(user=membership.user).first(),
        "next_digest_at": row.next_digest_at,
        "zone": row.zone,
    }


@never_cache
@require_POST
def calendar_address(request: HttpRequest, organisation: str) -> HttpResponse:
    """Give one's calendar a new address and show it, this once; or end it."""
    membership = access.member(request, organisation)
    confirm_identity(request)
    if request.POST.get("end"):
        revoke_address(membership.user)
        messages.success(request, _("The address of your calendar has ended."))
        return redirect("notifications", organisation)
    link = page("calendar", new_address(membership.user, timezone.now()))
    return render(request, "notices/calendar.html", {"link": link})


@login_not_required
@require_safe
def calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Return the calendar whose address this is."""
    user = user_of_token(token)
    with translation.override(page_language(user)):
        content = calendar_of(user)
    etag = etag_of(content)
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="optout.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = f"private, max-age={CALENDAR_SECONDS}"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


@csrf_exempt  # A mail program asks, with nothing but this address, which nobody can make up (RFC 8058 section 3.2).
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button, because mail programs open links by themselves; end the mails on POST."""
    membership = membership_of(token)
    now = timezone.now()
    if request.method == "POST":
        end_all(membership, now)
    with translation.override(language_of(settings_of(membership, now))):
        context = {"name": membership.organisation.name, "done": request.method == "POST"}
        return render(request, "notices/unsubscribe.html", context)
