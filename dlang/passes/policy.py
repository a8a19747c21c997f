"""What reverse mode keeps of the primal."""

from __future__ import annotations

from dlang.records import record

__all__ = ["KEEP_ALL", "Policy"]


@record
class Policy:
    """What goes on the tape. Whatever it is, values and derivatives are the same to the last bit.

    Attributes:
        tiled: loops are run again, tile by tile, instead of kept; see `tile`.
        lean: records hold what cannot be had from the rest by a little arithmetic; see `recompute`. For machine code,
            in which an addition costs less than to store and to load its result.
    """

    tiled: bool = False
    lean: bool = False


KEEP_ALL = Policy()
