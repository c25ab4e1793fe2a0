import pytest

from payments import server

FAKE_KEY = "sk_test_EXAMPLEEXAMPLEEXAMPLE0000"
AWS_EXAMPLE = "AKIAIOSFODNN7EXAMPLE"


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("STRIPE_API_KEY", FAKE_KEY)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", AWS_EXAMPLE)


def test_a_payment_is_told_by_amount_and_currency(monkeypatch):
    class Found:
        amount, currency, status = 1200, "eur", "succeeded"

    monkeypatch.setattr(server.stripe.PaymentIntent, "retrieve", lambda _: Found)
    assert server.payment("pi_1") == {"amount": 1200, "currency": "eur", "status": "succeeded"}
