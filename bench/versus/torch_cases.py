"""bench_torch.py, for fewer seconds and without the cases that tfjs has no like of: FOLDER REGEX SECONDS."""
import os
import sys

folder, only, seconds = sys.argv[1:]
source = open(os.path.join(folder, "tfjs", "bench_torch.py"), encoding="utf8").read()
for old, new in (("seconds=8", f"seconds={float(seconds)}"), ("for hot in (True, False)", "for hot in (True,)")):
    if old not in source:
        sys.exit(f"bench_torch.py has no {old!r} any more; change torch_cases.py with it")
    source = source.replace(old, new)
sys.argv = ["bench_torch.py", only]
exec(compile(source, "bench_torch.py", "exec"), {"__name__": "__main__"})
