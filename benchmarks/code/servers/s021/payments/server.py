import os

import stripe
from mcp.server.fastmcp import FastMCP

mcp = FastMCP("payments")
stripe.api_key = os.environ.get("STRIPE_API_KEY", "")


@mcp.tool()
def payment(payment_id: str) -> dict:
    """One payment."""
    found = stripe.PaymentIntent.retrieve(payment_id)
    return {"amount": found.amount, "currency": found.currency, "status": found.status}


@mcp.tool()
def balance() -> list[dict]:
    """What is available."""
    return [{"amount": part.amount, "currency": part.currency} for part in stripe.Balance.retrieve().available]


if __name__ == "__main__":
    mcp.run()
