from markdownify import markdownify


def to_markdown(html: str) -> str:
    return markdownify(html, strip=["script", "style"]).strip()
