"""The page on which an owner sets up sending, and tries it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from requests_app import access
from requests_app.delivery.mail_forms import MailSettingsForm
from requests_app.delivery.mail_setup import change_mail, mail_of, send_trial
from requests_app.delivery.pausing import paused_addresses
from requests_app.delivery.sending import SendingRefused
from requests_app.delivery.smtp import Fate
from requests_app.people.reauthentication import confirm_identity


@require_http_methods(["GET", "HEAD", "POST"])
def mail_settings(request: HttpRequest, organisation: str) -> HttpResponse:
    """Show and change how the organisation sends mail."""
    membership = access.owner(request, organisation)
    # Asked before anything is typed: what is typed would be lost on the way.
    confirm_identity(request)
    form = MailSettingsForm(request.POST or None, instance=mail_of(membership))
    if request.method == "POST" and form.is_valid():
        change_mail(membership, form.cleaned_data)
        messages.success(request, _("The mail settings have been saved. Now send yourself a test."))
        return redirect("mail_settings", organisation)
    context = {"form": form, "saved": mail_of(membership), "paused": paused_addresses(membership.organisation)}
    return render(request, "delivery/mail_settings.html", context, status=422 if request.method == "POST" else 200)


@require_POST
def mail_trial(request: HttpRequest, organisation: str) -> HttpResponse:
    """Send the owner a test and say what the server answered, in its own words."""
    membership = access.owner(request, organisation)
    confirm_identity(request)
    try:
        result = send_trial(membership)
    except SendingRefused as refusal:
        messages.error(request, str(refusal))
    else:
        words = {"answer": result.text or _("nothing"), "address": membership.user.email, "step": result.step}
        if result.fate is Fate.SENT:
            messages.success(request, _("The server took a test mail to %(address)s. It said: %(answer)s") % words)
        elif result.code:
            messages.error(
                request, _("No test mail was sent. At the step “%(step)s” the server said: %(answer)s") % words
            )
        else:  # what went wrong stands there, and nobody said it
            messages.error(
                request,
                _(
                    "No test mail was sent. It failed at the step “%(step)s”: %(answer)s. Look at server, port and "
                    "TLS, and whether a firewall lets Optout out."
                )
                % words,
            )
    return redirect("mail_settings", organisation)
