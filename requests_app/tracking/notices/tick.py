"""What the clock does for notices, once a minute."""

from collections import Counter

from django.utils import timezone

from requests_app.tracking.notices.at_once import gather
from requests_app.tracking.notices.digest import make_digests
from requests_app.tracking.notices.posts import deliver_posts, gather_posts
from requests_app.tracking.notices.tidying import tidy


def notify_due() -> Counter[str]:
    """Queue the mails and posts that are due, make the posts, and return how many there were of each."""
    now = timezone.now()
    done = Counter(digests=make_digests(now), at_once=gather(now), posts=gather_posts(now))
    if now.minute == 0:
        done["tidied"] = tidy(now)
    return done + deliver_posts()
