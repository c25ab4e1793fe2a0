import os


def inside(root: str, relative: str) -> str:
    """The real place of a path in the root; raises when it lies elsewhere."""
    place = os.path.realpath(os.path.join(root, relative))
    if not place.startswith(root + os.sep):
        raise PermissionError("outside of the vault")
    return place
