"""Webhook endpoints and their secrets."""

import openai
import pytest


def endpoint(api, name="A"):
    return api.webhooks.create(name=name, url="https://example.com/hook", event_types=["batch.completed"])


def test_secret_is_told_once(api):
    made = endpoint(api)
    assert made.signing_secret.startswith("whsec_") and made.signing_secret.endswith(made.signing_secret_hint)
    found = api.webhooks.retrieve(made.id)
    assert found.signing_secret_hint == made.signing_secret_hint and made.signing_secret not in found.to_json()
    rotated = api.webhooks.rotate_secret(made.id, keep_old_secret_active_for_24_hours=True)
    assert rotated.signing_secret != made.signing_secret


def test_endpoint_is_changed_tested_listed_and_deleted(api):
    made, other = endpoint(api), endpoint(api, "B")
    changed = api.webhooks.update(made.id, event_types=["batch.failed", "video.completed"])
    assert changed.name == "A" and changed.event_types == ["batch.failed", "video.completed"]
    assert api.webhooks.test(made.id, event_type="batch.failed").status_code == 200
    assert [found.id for found in api.webhooks.list(limit=1)][:2] == [other.id, made.id]
    assert api.webhooks.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        api.webhooks.retrieve(made.id)


def test_event_types(api):
    kinds = api.webhooks.event_types.list().data
    assert "batch.completed" in [getattr(kind, "type", kind) for kind in kinds]


def test_wrong_event_type_and_url(api):
    with pytest.raises(openai.BadRequestError) as wrong:
        api.webhooks.test(endpoint(api).id, event_type="no.event")
    assert wrong.value.param == "event_type"
    with pytest.raises(openai.BadRequestError) as insecure:
        api.webhooks.create(name="A", url="http://example.com", event_types=["batch.failed"])
    assert insecure.value.param == "url"
