"""What is posted to a channel: JSON in the form that Slack, Teams or a webhook takes."""

import datetime
import json
import uuid
from typing import Any

from standardwebhooks import Webhook

from requests_app.models import ChannelKind, ChannelPost

SHOWN = 20


def body_of(post: ChannelPost) -> bytes:
    """Return the body as it goes over the wire; a payload holds `title`, `organisation`, `items`, `count`, `url`."""
    make = {ChannelKind.SLACK: _slack, ChannelKind.TEAMS: _teams, ChannelKind.WEBHOOK: _webhook}
    return json.dumps(make[ChannelKind(post.channel.kind)](post), ensure_ascii=False).encode()


def headers_of(post: ChannelPost, body: bytes, now: datetime.datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks 1.0: the identifier is the same in each attempt; none for the others."""
    if post.channel.kind != ChannelKind.WEBHOOK:
        return {}
    name = message_id(post.post_id)
    signature = Webhook(post.channel.secret).sign(name, now, body.decode())
    return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signature}


def message_id(post_id: uuid.UUID) -> str:
    """Return how a webhook's receiver knows the post."""
    return f"msg_{post_id.hex}"


def _webhook(post: ChannelPost) -> dict[str, Any]:
    return {"type": f"optout.{post.kind}", "timestamp": post.created_at.isoformat(), "data": post.payload}


def _slack(post: ChannelPost) -> dict[str, Any]:
    """Return Slack's message (docs.slack.dev, "Sending messages using incoming webhooks"); Mattermost takes it, too."""
    payload = post.payload
    lines = [f"*{_escaped(payload['title'])}*", *(_slack_line(item) for item in payload["items"][:SHOWN])]
    if (more := payload["count"] - len(payload["items"][:SHOWN])) > 0:
        lines.append(f"<{payload['url']}|+ {more}>")
    return {"text": "\n".join(lines)}


def _slack_line(item: dict[str, str]) -> str:
    return f"• <{item['url']}|{_escaped(item['name'])}>: {_escaped(item['text'])}"


def _escaped(text: str) -> str:
    """Return the text so that Slack reads no link and no mention in it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")


def _without_links(text: str) -> str:
    """Return the text so that Teams reads no link of Markdown in it, and no picture."""
    return text.replace("](", "] (")


def _teams(post: ChannelPost) -> dict[str, Any]:
    """Return an Adaptive Card in the envelope that the Workflows app of Teams takes (learn.microsoft.com)."""
    payload = post.payload
    items = payload["items"][:SHOWN]
    facts = [{"title": _without_links(item["name"]), "value": _without_links(item["text"])} for item in items]
    title = _without_links(payload["title"])
    texts = [{"type": "TextBlock", "weight": "bolder", "wrap": True, "text": title}]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [*texts, {"type": "FactSet", "facts": facts}] if facts else texts,
        "actions": [{"type": "Action.OpenUrl", "title": "Optout", "url": payload["url"]}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}
