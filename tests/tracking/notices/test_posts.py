"""Posts to Slack, Teams and webhooks: together, signed, tried again, and given up where nobody is there any more."""

import json
from typing import Any

import time_machine
from django.test import SimpleTestCase, override_settings
from django.utils import timezone
from standardwebhooks import Webhook

from requests_app.models import ChannelKind, ChannelPost, Event, Notice, NoticeKind, NotificationChannel, notify
from requests_app.models.notify import notify_all
from requests_app.tracking.notices.channels import new_secret
from requests_app.tracking.notices.claims import BACKOFF
from requests_app.tracking.notices.guarded import Answer, Poster
from requests_app.tracking.notices.posts import deliver_posts, gather_posts, state_after
from requests_app.tracking.notices.tidying import POSTS_KEPT, tidy
from tests.tracking.notices.https_server import AUTHORITY_FILE, receiver
from tests.tracking.notices.mails import MINUTE, NoticesTestCase

CANARY = "canary-5b1d"


@override_settings(BASE_URL="https://optout.example.org")
class PostsTestCase(NoticesTestCase):
    def setUp(self) -> None:
        self.receiver = self.enterContext(receiver())
        self.poster = Poster(allow_loopback=True, authority=AUTHORITY_FILE)

    def channel(self, kind: str = ChannelKind.WEBHOOK, path: str = "/200") -> NotificationChannel:
        return NotificationChannel.objects.create(
            organisation=self.acme,
            kind=kind,
            name="#privacy",
            url=self.receiver.url(path),
            secret=new_secret() if kind == ChannelKind.WEBHOOK else "",
            events=["bounce", "refusal"],
            created_at=timezone.now(),
        )

    def post(self, number: int = 1) -> Any:
        """Tell of so many bounces, post what there is, and return what the other end took."""
        notify_all([(self.submitted, {"address": "a<b>@example.org"})] * number, NoticeKind.BOUNCE)
        Notice.objects.update(due_at=timezone.now())
        gather_posts(timezone.now())
        deliver_posts(self.poster)
        return [json.loads(body) for _, _, body in self.receiver.taken]


class DeliverPostsTests(PostsTestCase):
    def test_a_webhook_is_signed(self) -> None:
        channel = self.channel()
        [body] = self.post()
        [(_, headers, raw)] = self.receiver.taken
        assert Webhook(channel.secret).verify(raw, headers) == body
        assert body["type"] == "optout.bounce"
        assert body["data"]["items"][0]["reference"] == self.submitted.reference
        assert body["data"]["items"][0]["url"] == f"https://optout.example.org/o/acme/requests/{self.submitted.pk}/"
        assert (ChannelPost.objects.get().state, ChannelPost.objects.get().code) == ("sent", 200)

    def test_slack_reads_no_link_and_no_mention_in_what_others_wrote(self) -> None:
        self.channel(ChannelKind.SLACK)
        type(self.workspace).objects.update(name="<!channel> & co|x")
        [body] = self.post()
        assert list(body) == ["text"]
        assert "&lt;!channel&gt; &amp; co¦x" in body["text"]
        assert "<!channel>" not in body["text"]

    def test_teams_gets_a_card(self) -> None:
        self.channel(ChannelKind.TEAMS)
        [body] = self.post()
        card = body["attachments"][0]["content"]
        assert card["type"] == "AdaptiveCard"
        assert card["body"][1]["facts"][0]["title"].startswith("Slack · Main")

    def test_teams_reads_no_link_in_what_others_wrote(self) -> None:
        self.channel(ChannelKind.TEAMS)
        type(self.workspace).objects.update(name="[Sign in](https://evil.example)")
        [body] = self.post()
        assert "](" not in body["attachments"][0]["content"]["body"][1]["facts"][0]["title"]

    def test_a_storm_becomes_one_post(self) -> None:
        self.channel(ChannelKind.SLACK)
        [body] = self.post(500)
        assert body["text"].count("came back") == 2  # the title, and the request
        assert Notice.objects.filter(post__isnull=False).count() == 500

    def test_demo_data_never_leaves_the_house(self) -> None:
        self.channel()
        type(self.acme).objects.filter(pk=self.acme.pk).update(is_demo=True)
        assert self.post() == []
        assert ChannelPost.objects.get().state == "failed"

    def test_what_was_not_chosen_is_not_posted(self) -> None:
        self.channel()
        notify(self.submitted, NoticeKind.OVERDUE)
        assert not Notice.objects.exclude(channel=None).exists()

    def test_it_is_tried_again_with_the_same_identifier(self) -> None:
        channel = self.channel(path="/503")
        self.post()
        post = ChannelPost.objects.get()
        assert (post.state, post.attempts, post.code) == ("queued", 1, 503)
        assert post.due_at > timezone.now()
        channel.url = self.receiver.url("/200")
        channel.save()
        ChannelPost.objects.update(due_at=timezone.now())
        deliver_posts(self.poster)
        assert ChannelPost.objects.get().state == "sent"
        assert len({headers["webhook-id"] for _, headers, _ in self.receiver.taken}) == 1

    def test_it_is_given_up_after_some_attempts(self) -> None:
        self.channel(path="/500")
        self.post()
        for _ in range(len(BACKOFF) + 2):
            ChannelPost.objects.filter(state="queued").update(due_at=timezone.now())
            deliver_posts(self.poster)
        assert ChannelPost.objects.get().state == "failed"
        assert len(self.receiver.taken) == len(BACKOFF) + 1

    def test_a_channel_that_is_gone_is_turned_off(self) -> None:
        channel = self.channel(path="/410")
        self.post()
        channel.refresh_from_db()
        assert channel.disabled_at
        assert ChannelPost.objects.get().state == "failed"
        assert Event.objects.filter(actor="clock", action="settings_changed").count() == 1
        self.post()
        assert len(self.receiver.taken) == 1

    def test_an_address_inside_is_not_posted_to(self) -> None:
        self.channel()
        self.poster = Poster()
        assert self.post() == []
        assert "inside a network" in ChannelPost.objects.get().reply

    def test_the_address_stands_in_no_row_that_people_see(self) -> None:
        channel = self.channel(path=f"/{CANARY}")
        channel.url = f"https://127.0.0.1:9/{CANARY}"  # nothing listens there
        channel.save()
        self.post()
        assert CANARY not in ChannelPost.objects.get().reply
        assert CANARY not in repr(NotificationChannel.objects.get().url)

    def test_the_log_stays_small(self) -> None:
        channel = self.channel()
        now = timezone.now()
        ChannelPost.objects.bulk_create(
            ChannelPost(channel=channel, kind="bounce", payload={}, created_at=now, due_at=now, state="sent")
            for _ in range(POSTS_KEPT + 20)
        )
        assert tidy(now) == 20
        assert ChannelPost.objects.count() == POSTS_KEPT
        with time_machine.travel(now + 60 * 24 * 31 * MINUTE):
            tidy(timezone.now())
        assert ChannelPost.objects.count() == 0


class StateTests(SimpleTestCase):
    def test_what_an_answer_means(self) -> None:
        for kind, answer, state in (
            ("slack", Answer(200), "sent"),
            ("webhook", Answer(204), "sent"),
            ("slack", Answer(302), "failed"),
            ("slack", Answer(404), "failed"),
            ("webhook", Answer(404), "queued"),
            ("webhook", Answer(410), "failed"),
            ("teams", Answer(429), "queued"),
            ("teams", Answer(503), "queued"),
            ("slack", Answer(0), "queued"),
            ("slack", Answer(0, in_doubt=True), "unknown"),
            ("webhook", Answer(0, in_doubt=True), "queued"),
        ):
            with self.subTest(kind=kind, answer=answer):
                assert state_after(answer, kind) == state
