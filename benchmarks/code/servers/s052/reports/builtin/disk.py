import shutil


def make() -> str:
    """How full the disk is."""
    usage = shutil.disk_usage("/")
    return f"{usage.used / usage.total:.0%} of {usage.total // 2**30} GiB"
