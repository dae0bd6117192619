"""A program: what a process pays until a module is ready, in seconds of CPU and on the clock.

`python -I -S started.py FOLDER:… MODULE [SERVICE]` imports the module, or also makes the client of
a service with boto3. The interpreter's own start is not counted: nobody can choose another.
"""

import json
import sys
import time

cpu, clock = time.process_time(), time.perf_counter()
sys.path[:1] = sys.argv[1].split(":")  # in the place of this file's folder
module = __import__(sys.argv[2])
for service in sys.argv[3:]:
    module.client(service)
json.dump(
    {
        "cpu": time.process_time() - cpu,
        "clock": time.perf_counter() - clock,
        "modules": len(sys.modules),
    },
    sys.stdout,
)
