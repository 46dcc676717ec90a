"""How a child process limits itself before it looks at the first byte of a file; part of the child process."""

import resource
from collections.abc import Mapping


def confine(limits: Mapping[str, int], *, files: int = 32) -> None:
    """Limit memory, processor time, output and files of this process, never to be lifted again.

    `limits` are those of `process.Limits`, `files` how many may be open at once; the parent's clock limits the
    process from outside as well.
    """
    for limit, value in (
        (resource.RLIMIT_AS, limits["memory_bytes"]),
        (resource.RLIMIT_CPU, limits["seconds"]),
        (resource.RLIMIT_FSIZE, limits["output_bytes"]),
        (resource.RLIMIT_NOFILE, files),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (bound, bound))
