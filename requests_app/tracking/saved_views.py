"""Lists that people keep under a name. Keeping one changes nothing that the history is about, so it makes no event."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from requests_app.models import Membership, SavedView
from requests_app.tracking.filters import UNREADABLE, Filters

LONGEST = 1000  # characters of an address, as the column holds them
MOST = 50  # views of one person, and as many shared ones: more would be a list that needs a search of its own


class ViewRefused(ValueError):
    """A view that cannot be kept as it is wanted; says why."""


def views_of(membership: Membership) -> QuerySet[SavedView]:
    """Return the views that this person sees: the shared ones and the person's own, by name."""
    return SavedView.objects.filter(Q(user=None) | Q(user=membership.user), organisation=membership.organisation)


def given_by(query: str) -> Mapping[str, str]:
    """Return what stands in such a query; one with very many parts cannot be read, so that nothing is found by it."""
    try:
        return dict(parse_qsl(query, max_num_fields=100))
    except ValueError:
        return {"vendor": UNREADABLE}


def normalised(query: str, person: int) -> str:
    """Return what of such a query names filters of the list, in one order; anything else is dropped."""
    return Filters(given_by(query), person).query


def save_view(membership: Membership, name: str, query: str, *, shared: bool) -> SavedView:
    """Return the new view. Raises ViewRefused for a name that is taken, too many, or too long filters."""
    user = None if shared else membership.user
    if SavedView.objects.filter(organisation=membership.organisation, user=user).count() >= MOST:
        raise ViewRefused(_("There are {n} views already. Delete one first.").format(n=MOST))
    kept = normalised(query, membership.user_id)
    if len(kept) > LONGEST:
        raise ViewRefused(_("The filters of this list are too long to be kept. Shorten the search."))
    return _saved(SavedView(organisation=membership.organisation, user=user, name=name, query=kept))


def rename_view(view: SavedView, name: str) -> SavedView:
    """Give the view another name and return it. Raises ViewRefused when the name is taken."""
    view.name = name
    return _saved(view)


def delete_view(view: SavedView) -> None:
    """Forget the view; the requests that it showed stay as they are."""
    view.delete()


def _saved(view: SavedView) -> SavedView:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ViewRefused(_("There is a view of this name already. Choose another name.")) from error
    return view
