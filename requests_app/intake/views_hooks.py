"""Webhooks of mail providers: the page of an owner, and what the providers themselves ask for."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.intake.hook_forms import HookForm, NewHookForm
from requests_app.intake.hooks import address_of, hook_of, hooks_of, make_hook, remove_hook
from requests_app.intake.webhooks import HookRefused, take_posted
from requests_app.models import MailProvider
from requests_app.people.reauthentication import confirm_identity

logger = logging.getLogger(__name__)


@csrf_exempt  # A provider asks, with an address that nobody can guess, and a signature or a password.
@login_not_required
@require_POST
@sensitive_variables("secret")
def inbound_hook(request: HttpRequest, provider: str, secret: str) -> HttpResponse:
    """Store a mail that a provider hands over: 200 once it is committed, 503 where it is to try again."""
    try:
        hook = hook_of(provider, secret)
        if hook is None:
            raise Http404
        take_posted(hook, request)
    except HookRefused as refusal:
        logger.warning("A call of %s is refused (%s): %s", provider, refusal.status, refusal)
        return HttpResponse(f"{refusal}\n", status=refusal.status, content_type="text/plain; charset=utf-8")
    except (DatabaseError, OSError) as error:
        logger.error(
            "A mail from %s cannot be stored: %s", provider, type(error).__name__
        )  # no traceback: it names rows
        return HttpResponse("Try again later.\n", status=503, content_type="text/plain", headers={"Retry-After": "60"})
    return HttpResponse("Stored.\n", content_type="text/plain")


@require_http_methods(["GET", "HEAD", "POST"])
def inbound_hooks(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show the organisation's webhooks with their addresses, and make one."""
    membership = access.owner(request, organisation)
    confirm_identity(request)  # Here because the addresses are secrets.
    there = hooks_of(membership.organisation)
    form = NewHookForm(request.POST or None, taken={hook.provider for hook in there})
    posted = request.method == "POST"
    if posted and form.is_valid():
        given = form.cleaned_data
        make_hook(membership, MailProvider(given["provider"]), given["signing_key"])
        messages.success(request, _("The webhook is made. Now enter its address at the provider."))
        return redirect("inbound_hooks", organisation)
    hooks = [(hook, address_of(hook), HookForm(provider=hook.provider)) for hook in there]
    context = {"hooks": hooks, "form": form, "may_make": len(there) < len(MailProvider)}
    return render(request, "intake/hooks.html", context, status=422 if posted else 200)


@require_POST
def rotate_hook(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Give a webhook a new address, and a new key."""
    membership = access.owner(request, organisation)
    hook = access.inbound_hook(membership, pk)
    confirm_identity(request)
    form = HookForm(request.POST, provider=hook.provider)
    if form.is_valid():
        make_hook(membership, MailProvider(hook.provider), form.cleaned_data.get("signing_key", ""))
        messages.success(request, _("The old address works no more. Enter the new one at the provider now."))
    else:
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
    return redirect("inbound_hooks", organisation)


@require_POST
def drop_hook(request: HttpRequest, organisation: str, pk: int) -> HttpResponse:
    """Remove a webhook."""
    membership = access.owner(request, organisation)
    hook = access.inbound_hook(membership, pk)
    confirm_identity(request)
    remove_hook(membership, hook)
    messages.success(request, _("The webhook is removed. What came through it stays."))
    return redirect("inbound_hooks", organisation)
