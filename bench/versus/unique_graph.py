"""Writes the peers' synthetic graph without repeated edges, in the format that their scripts read.

Usage: unique_graph.py PEERS_FOLDER OUT NODES EDGES

Their graph holds some edges twice. A graph of cohear holds an edge once, so that both sides sample the same one,
of repeats the latest is kept. Lists stay sorted by time, as pyg-lib wants them.
"""
import json
import os
import shutil
import sys

import numpy as np

folder, out, nodes, edges = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
sys.path.insert(0, folder)
import common  # noqa: E402

path = os.path.join(out, f"graph-{nodes}-{edges}")
if os.path.exists(os.path.join(path, "relations.json")):
    sys.exit()
raw = os.path.join(out, "raw")
count, hetero, _ = common.graph(raw, nodes, edges)
os.makedirs(path, exist_ok=True)
shift = {"audiobook": 0, "podcast": count["audiobook"]}
parts = []


def save(name, n, src, dst, more):
    """Edges sorted by (target, time); `more` holds time and weight."""
    order = np.argsort(dst * 1000 + more["time"], kind="stable")
    colptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(dst, minlength=n), out=colptr[1:])
    np.save(os.path.join(path, f"{name}.colptr.npy"), colptr)
    np.save(os.path.join(path, f"{name}.row.npy"), src[order])
    for key, value in more.items():
        np.save(os.path.join(path, f"{name}.{key}.npy"), value[order])


for (s, name, t), g in hetero.items():
    dst = np.repeat(np.arange(count[t]), np.diff(g["colptr"]))
    # time-sorted lists: the last of equal pairs is the latest
    key = (dst * count[s] + g["row"])[::-1]
    kept = len(key) - 1 - np.unique(key, return_index=True)[1]
    more = {k: g[k][kept] for k in ("time", "weight")}
    save(name, count[t], g["row"][kept], dst[kept], more)
    parts.append((g["row"][kept] + shift[s], dst[kept] + shift[t], more))
save("all", nodes, np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]),
     {k: np.concatenate([p[2][k] for p in parts]) for k in ("time", "weight")})
with open(os.path.join(path, "relations.json"), "w") as f:
    json.dump({"nodes": count, "relations": list(hetero)}, f)
shutil.rmtree(raw)
