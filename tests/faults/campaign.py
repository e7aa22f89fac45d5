"""How much is thrown at the database: by hand, in CI, and by `just faults`.

The hypothesis profile chooses, so that one option decides about all random tests. Profile `sample`
is CI's for the component, where only the killed processes run.
"""

import random
from dataclasses import dataclass

from hypothesis import settings


@dataclass(frozen=True, slots=True)
class Campaign:
    """How many distinct disks after a power loss, of scripted workloads and of compactions; how
    many random workloads; how many damaged files; how many killed processes.
    """

    images: int
    compaction_images: int
    workloads: int
    damaged_files: int
    kills: int


CAMPAIGNS = {
    "dev": Campaign(images=2_000, compaction_images=200, workloads=20, damaged_files=500, kills=10),
    "sample": Campaign(
        images=2_000, compaction_images=200, workloads=20, damaged_files=500, kills=100
    ),
    "ci": Campaign(
        images=20_000, compaction_images=2_000, workloads=200, damaged_files=5_000, kills=100
    ),
    "nightly": Campaign(
        images=200_000,
        compaction_images=50_000,
        workloads=5_000,
        damaged_files=200_000,
        kills=2_000,
    ),
}


def campaign() -> Campaign:
    """The one of this run."""
    return CAMPAIGNS[settings.get_current_profile_name()]


def first_seed() -> int:
    """Where the seeds of random damage start: the same ones in CI, others each time elsewhere."""
    return 0 if settings().derandomize else random.randrange(1 << 40)
