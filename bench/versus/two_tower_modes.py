"""two_tower_step.py with more of torch's modes: --mode eager | fused | compile | compile-fused.

fused: Adam(fused=True), one kernel for all parameters, torch's quickest on a CPU. Run by turns.py, as the script itself.
"""
import os
import sys

folder = sys.path[0]
source = open(os.path.join(folder, "two_tower_step.py"), encoding="utf8").read()
for old, new in (
    ('mode == "compile"', 'mode.startswith("compile")'),
    ("torch.optim.Adam(model.parameters(), 1e-3)",
     'torch.optim.Adam(model.parameters(), 1e-3, fused="fused" in mode)'),
):
    if old not in source:
        sys.exit(f"two_tower_step.py has no {old!r} any more; change two_tower_modes.py with it")
    source = source.replace(old, new)
exec(compile(source, "two_tower_step.py", "exec"), {"__name__": "__main__"})
