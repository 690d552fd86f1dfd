"""Slack, Teams and webhooks: set up, try, look at what was posted."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from requests_app import access
from requests_app.models import ChannelPost, SendState
from requests_app.people.reauthentication import confirm_identity
from requests_app.tracking.notices.channel_form import ChannelForm
from requests_app.tracking.notices.channels import change_secret, remove_channel, save_channel
from requests_app.tracking.notices.claims import claim_row
from requests_app.tracking.notices.guarded import Poster
from requests_app.tracking.notices.posts import attempt, queue_test

PER_PAGE = 50


@require_safe
def channels(request: HttpRequest, organisation: str) -> HttpResponse:
    """List the channels, each with its last result."""
    membership = access.owner(request, organisation)
    last = ChannelPost.objects.filter(channel=OuterRef("pk")).order_by("-pk")
    rows = membership.organisation.channels.defer("url", "secret").annotate(
        last_state=Subquery(last.values("state")[:1]), last_at=Subquery(last.values("created_at")[:1])
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "notices/channels.html", {"page": page})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def new_channel(request: HttpRequest, organisation: str) -> HttpResponse:
    """Add a channel, and show the signing secret of a webhook, this once."""
    membership = access.owner(request, organisation)
    confirm_identity(request)
    form = ChannelForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "notices/channel_form.html", {"form": form}, status=_status(request))
    channel = form.save(commit=False)
    if secret := save_channel(membership, channel):
        return render(request, "notices/channel_secret.html", {"channel": channel, "secret": secret})
    messages.success(request, _("The channel has been saved. Now post a test."))
    return redirect("channel", organisation, channel.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def channel(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Show one channel, what was posted there, and change it; saving it turns it on again."""
    membership = access.owner(request, organisation)
    found = access.channel(membership, pk)
    if request.method == "POST":
        confirm_identity(request)
    form = ChannelForm(request.POST or None, instance=access.channel(membership, pk))
    if request.method == "POST" and form.is_valid():
        save_channel(membership, form.save(commit=False))
        messages.success(request, _("The channel has been saved."))
        return redirect("channel", organisation, pk)
    posts = Paginator(found.posts.defer("payload"), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "notices/channel.html", {"channel": found, "form": form, "page": posts}, status=_status(request)
    )


@require_POST
def channel_test(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Post a test right now, and say what came back."""
    membership = access.owner(request, organisation)
    found = access.channel(membership, pk)
    confirm_identity(request)
    post = claim_row(queue_test(found, timezone.now()), timezone.now())
    if post and attempt(post, Poster(seconds=10)) is SendState.SENT:
        messages.success(request, _("The test has been posted. Look whether it is there."))
    else:
        messages.error(request, _("The test was not taken. The list below says what came back."))
    return redirect("channel", organisation, pk)


@never_cache
@require_POST
def channel_secret(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Make another signing secret and show it, this once."""
    membership = access.owner(request, organisation)
    found = access.channel(membership, pk)
    confirm_identity(request)
    secret = change_secret(membership, found)
    return render(request, "notices/channel_secret.html", {"channel": found, "secret": secret})


@require_POST
def channel_remove(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Remove a channel."""
    membership = access.owner(request, organisation)
    found = access.channel(membership, pk)
    confirm_identity(request)
    remove_channel(membership, found)
    messages.success(request, _("The channel %(name)s has been removed.") % {"name": found.name})
    return redirect("channels", organisation)


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200
