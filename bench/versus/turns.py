"""Runs a peer's benchmark script so that each of its timed runs alternates with one of ours.

Usage: turns.py PEERS_FOLDER GIVE SCRIPT [arguments of the script ...]

The script times its cases with common.times(); here that asks, on standard output, whether anybody wants the case,
and after each run says how long it took and waits for a line on standard input: our turn. GIVE is a folder, a colon
and the names of variables of the script, with commas, that we want to see after its warm-up ("result": what the
timed call gave): arrays are written to the folder, flat, unless they are those written last.
"""
import json
import os
import runpy
import sys
import time

import numpy as np

folder, give, script, *arguments = sys.argv[1:]
sys.path.insert(0, folder)
import common  # noqa: E402

place, names = give.rsplit(":", 1)
written = {}


def say(**what):
    print(json.dumps(what), flush=True)
    return sys.stdin.readline().strip()


def give_out(name, value):
    """Numbers as they are, arrays as the name of a file; of tuples and lists each part."""
    if isinstance(value, (tuple, list)):
        return [give_out(f"{name}-{i}", part) for i, part in enumerate(value)]
    if value is None or isinstance(value, (int, float)):
        return value
    if name not in written or written[name][0] is not value:
        array = value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)
        file = os.path.join(place, f"{name}-{len(written)}-{time.monotonic_ns()}.npy")
        np.save(file, np.ascontiguousarray(array).reshape(-1))
        written[name] = (value, file)
    return written[name][1]


def named(frame, call):
    """What the script calls the case that it is timing; aggregate.py's both() is forward and backward."""
    own, all_ = frame.f_locals, {**frame.f_globals, **frame.f_locals}
    peer = own.get("peer") or f"{all_.get('method')} {all_.get('version')}"
    workers = (own.get("more") or {}).get("workers")
    if workers:  # processes that load batches; the script's case does not say so
        peer += f", {workers} workers"
    case = own.get("case") or all_.get("label") or f"exact {all_.get('shape')}"
    case += ", with gradient" if call.__name__ == "both" else ""
    return {"peer": peer, "case": case, "threads": own.get("threads")}


def times(call, repeats=5, warmup=1, budget=60.0):
    frame = sys._getframe(1)
    if say(ask=named(frame, call)) == "skip":
        return [1.0]
    result = None
    for _ in range(max(1, warmup)):
        result = call()
    known = {**frame.f_globals, **frame.f_locals, "result": result}
    runs = say(given={name: give_out(name, known.get(name)) for name in names.split(",") if name})
    seconds = []
    for _ in range(int(runs or max(repeats, 7))):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
        say(turn=seconds[-1])
    return seconds or [1.0]


common.times = times
sys.argv = [script, *arguments]
runpy.run_path(os.path.join(folder, script), run_name="__main__")
