import datetime

from django.test import TestCase
from django.utils import timezone

from requests_app.models import Heartbeat, record_heartbeat


class HeartbeatTests(TestCase):
    def setUp(self) -> None:
        self.now = timezone.now()

    def test_it_keeps_one_row_for_each_worker(self) -> None:
        for minute in range(3):
            record_heartbeat("celery@a", self.now + datetime.timedelta(minutes=minute))
        record_heartbeat("celery@b", self.now)
        assert [(beat.worker, beat.seen_at - self.now) for beat in Heartbeat.objects.all()] == [
            ("celery@a", datetime.timedelta(minutes=2)),
            ("celery@b", datetime.timedelta(0)),
        ]

    def test_it_forgets_a_worker_that_is_silent_for_more_than_a_day(self) -> None:
        record_heartbeat("celery@old", self.now - datetime.timedelta(days=1, seconds=1))
        record_heartbeat("celery@new", self.now)
        assert str(Heartbeat.objects.get()).startswith("celery@new at ")

    def test_a_worker_may_miss_two_beats(self) -> None:
        beat = Heartbeat(worker="celery@a", seen_at=self.now)
        assert beat.is_alive(self.now + datetime.timedelta(minutes=3))
        assert not beat.is_alive(self.now + datetime.timedelta(minutes=3, seconds=1))
