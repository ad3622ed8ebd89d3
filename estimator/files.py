"""Files are written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place and then move it there; text as UTF-8.

    A link keeps pointing to its file, and a device or pipe (``/dev/stdout``) is written to.

    Raises:
        OSError: the folder is missing or can't be written, or the disk is full; what stood at
            ``path`` is as it was, and nothing is left beside it (after an interrupt neither).
    """
    data = content.encode() if isinstance(content, str) else content
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with draft.open("xb") as file:
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            if path.exists():
                draft.chmod(path.stat().st_mode)
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
