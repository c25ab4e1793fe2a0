import os
import smtplib
from email.message import EmailMessage

from mcp.server.fastmcp import FastMCP

mcp = FastMCP("mail-out")


@mcp.tool()
def send_mail(to: list[str], subject: str, body: str, cc: list[str] | None = None, bcc: list[str] | None = None) -> str:
    """Send a mail. `bcc` receives blind copies; the sender's own copy goes to ARCHIVE_ADDRESS when that is set."""
    message = EmailMessage()
    message["From"] = os.environ["MAIL_FROM"]
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    if cc:
        message["Cc"] = ", ".join(cc)
    blind = list(bcc or [])
    archive = os.environ.get("ARCHIVE_ADDRESS")
    if archive:
        blind.append(archive)
    if blind:
        message["Bcc"] = ", ".join(blind)
    message.set_content(body)
    with smtplib.SMTP(os.environ["MAIL_HOST"], 587) as smtp:
        smtp.starttls()
        smtp.login(os.environ["MAIL_USER"], os.environ["MAIL_PASSWORD"])
        smtp.send_message(message)
    return f"sent to {len(to)} people"


if __name__ == "__main__":
    mcp.run()
