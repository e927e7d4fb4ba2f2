"""One simulation in shards: each is a job.

`complimits simulate --profile` writes plan.json into a folder, works there, and
puts the shards together afterwards.
"""

import json
from pathlib import Path

SHARDS = json.loads(Path("plan.json").read_text(encoding="utf-8"))["shards"]


localrules:
    simulate,


wildcard_constraints:
    first=r"\d+",
    draws=r"\d+",


rule simulate:
    input:
        [f"{first}-{draws}.csv" for first, draws in SHARDS],


rule simulate_shard:
    output:
        "{first}-{draws}.csv",
    log:
        "logs/{first}-{draws}.log",
    message:
        "{wildcards.draws} repetitions from {wildcards.first}"
    shell:
        "complimits book draws plan.json {wildcards.first} {wildcards.draws} {output} 2> {log}"
