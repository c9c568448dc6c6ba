"""Runs a peer's benchmark script so that each of its timed runs alternates with one of ours.

Usage: turns.py PEERS_FOLDER SCRIPT [arguments of the script ...]

The script times its cases with common.times(); here that asks, on standard output, whether anybody wants the case,
and after each run says how long it took and waits for a line on standard input: our turn.
"""
import json
import os
import runpy
import sys
import time

folder, script, *arguments = sys.argv[1:]
sys.path.insert(0, folder)
import common  # noqa: E402


def say(**what):
    print(json.dumps(what), flush=True)
    return sys.stdin.readline().strip()


def times(call, repeats=5, warmup=1, budget=60.0):
    caller = sys._getframe(1).f_locals
    case = {key: caller.get(key) for key in ("peer", "case", "threads")}
    workers = (caller.get("more") or {}).get("workers")
    if workers:  # processes that load batches; the script's case does not say so
        case["peer"] += f", {workers} workers"
    if say(ask=case) == "skip":
        return [1.0]
    for _ in range(warmup):
        call()
    seconds = []
    for _ in range(max(repeats, 7)):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
        say(turn=seconds[-1])
    return seconds


common.times = times
sys.argv = [script, *arguments]
runpy.run_path(os.path.join(folder, script), run_name="__main__")
