"""The SQL of the benchmark of the sweep: how its rows are made, and the sweep in plain SQL."""

FILL_STREAMS = """
INSERT INTO requests_app_eventstream (id, organisation_id, kind, name, head_sequence, head_hash)
SELECT md5('stream ' || n)::uuid, o.id, 'request', 'stream ' || n, 0, repeat('0', 64)
FROM generate_series(1, %(number)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place, count(*) OVER () AS of
    FROM requests_app_organisation) o
  ON o.place = n %% o.of
"""

# Sent a month ago; an answer is awaited, and nothing is due for a while.
FILL_REQUESTS = """
INSERT INTO requests_app_optoutrequest (
  organisation_id, workspace_id, procedure_id, version_id, stream_id, reference, status, outcome, locale, ground,
  values, subject, body, edition, created_at, updated_at, submitted_on, submitted_how, answer_by, snapshot,
  clock_started_on, clock_event, paused_days, next_action, next_action_at, clock_stale, reviewed_version)
SELECT o.id, w.id, %(procedure)s, %(version)s, md5('stream ' || n)::uuid, 'OPT-2026-' || lpad(n::text, 7, '0'),
  'submitted', '', 'en', 'vendor_choice', '{}', '', '', 1, now() - interval '40 days', now() - interval '40 days',
  current_date - 40, 'email', current_date - 10,
  jsonb_build_object('day', (current_date - 40)::text, 'answer_by', (current_date - 10)::text, 'subject', 'Opt-out',
    'body', repeat('We instruct you not to use our data. ', 30)),
  current_date - 40, md5('a' || n) || md5('b' || n), 0, 'overdue', now() + interval '30 days' + n * interval '1 second',
  false, 0
FROM generate_series(1, %(number)s) AS n
JOIN (SELECT id, row_number() OVER (ORDER BY slug) - 1 AS place, count(*) OVER () AS of
    FROM requests_app_organisation) o
  ON o.place = n %% o.of
JOIN (SELECT id, organisation_id, row_number() OVER (PARTITION BY organisation_id ORDER BY id) - 1 AS place,
    count(*) OVER (PARTITION BY organisation_id) AS of FROM requests_app_workspace) w
  ON w.organisation_id = o.id AND w.place = n %% w.of
"""

# The first follow-up is due for those that were not touched yet: the ledger has had their overdue answer.
MAKE_DUE = """
WITH chosen AS (
  SELECT id FROM requests_app_optoutrequest
  WHERE next_action = 'overdue' AND next_action_at > now() ORDER BY md5(id::text) LIMIT %s),
had AS (
  INSERT INTO requests_app_reminder (request_id, kind, clock_event, fired_at, state, detail)
  SELECT r.id, 'overdue', r.clock_event, now() - interval '7 days', 'fired', '{}'
  FROM requests_app_optoutrequest r JOIN chosen USING (id))
UPDATE requests_app_optoutrequest r SET next_action = 'first_follow_up', next_action_at = now() - interval '1 hour'
FROM chosen WHERE r.id = chosen.id
"""

# Claim, ledger, event, follow-up and next action, then the heads of the chains: their trigger wants to see the events.
PLAIN = (
    """
CREATE TEMPORARY TABLE due ON COMMIT DROP AS
WITH claimed AS (
  SELECT id, stream_id, organisation_id, clock_event, next_action FROM requests_app_optoutrequest
  WHERE next_action_at <= %(now)s ORDER BY next_action_at, id FOR NO KEY UPDATE SKIP LOCKED),
heads AS (
  SELECT s.* FROM requests_app_eventstream s JOIN claimed ON claimed.stream_id = s.id ORDER BY s.id
  FOR NO KEY UPDATE OF s),
said AS (
  SELECT c.*, h.head_sequence + 1 AS sequence, h.head_hash,
    '{"clock_event":"' || c.clock_event || '","follow_up":"waiting","kind":"' || c.next_action || '"}' AS detail,
    '{"id":"' || h.id || '","kind":"request","name":' || to_json(h.name) || ',"organisation":"' || h.organisation_id
      || '"}' AS stream,
    to_char(%(now)s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at
  FROM claimed c JOIN heads h ON h.id = c.stream_id)
SELECT *, encode(sha256(convert_to(
  '{"action":"reminder_sent","actor":"clock","detail":' || detail || ',"evidence":[],"format":1,"occurred_at":"' || at
  || '","previous_hash":"' || head_hash || '","recorded_at":"' || at || '","sequence":' || sequence
  || ',"software_version":"0.1","source":"clock","stream":' || stream || ',"subject":{"id":"' || id
  || '","type":"optoutrequest"}}', 'UTF8')), 'hex') AS hash
FROM said
""",
    """
WITH ledger AS (
  INSERT INTO requests_app_reminder (request_id, kind, clock_event, fired_at, state, detail)
  SELECT id, next_action, clock_event, %(now)s, 'fired', '{}' FROM due RETURNING id, request_id),
history AS (
  INSERT INTO requests_app_event (hash, stream_id, sequence, previous_hash, format, occurred_at, recorded_at, actor,
    action, source, subject_type, subject_id, detail, evidence, software_version)
  SELECT hash, stream_id, sequence, head_hash, 1, %(now)s, %(now)s, 'clock', 'reminder_sent', 'clock',
    'optoutrequest', id::text, detail, '[]', '0.1' FROM due)
INSERT INTO requests_app_followup (organisation_id, request_id, reminder_id, kind, state, recipient, subject, body,
  reason, created_at)
SELECT due.organisation_id, due.id, ledger.id, due.next_action, 'waiting', '', '', '', '', %(now)s
FROM due JOIN ledger ON ledger.request_id = due.id
""",
    """
UPDATE requests_app_eventstream s SET head_sequence = due.sequence, head_hash = due.hash
FROM due WHERE s.id = due.stream_id
""",
    """
UPDATE requests_app_optoutrequest r
SET next_action = 'second_follow_up', next_action_at = %(now)s + interval '14 days', clock_stale = false
FROM due WHERE r.id = due.id
""",
)
