"""One notebook over a grid: each run is a job.

`complimits batch` writes plan.json into the folder of the batch, works there,
and says which runs are wanted. A run's folder is put in place whole.
"""

import json
from pathlib import Path

WANTED = json.loads(Path("plan.json").read_text(encoding="utf-8"))["wanted"]


localrules:
    batch,


rule batch:
    input:
        expand("runs/{run}/run.json", run=WANTED),


rule execute_run:
    output:
        "runs/{run}/run.json",
    log:
        "logs/{run}.log",
    message:
        "run {wildcards.run}"
    shell:
        "complimits book run plan.json {wildcards.run} 2> {log}"
