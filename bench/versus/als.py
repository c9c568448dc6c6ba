"""implicit's ALS on gowalla's training events, by the conjugate gradient as ours, for bench/versus/als.mjs."""
import argparse
import os
import sys

import implicit
import numpy as np
import pandas as pd
import scipy.sparse as sp
from common import emit_times, times

ap = argparse.ArgumentParser()
ap.add_argument("folder", help="train.parquet and test.parquet with user_id, item_id")
for name, kind in (("factors", int), ("iterations", int), ("confidence", float), ("regularization", float),
                   ("threads", int)):
    ap.add_argument(f"--{name}", type=kind, required=True)
args = ap.parse_args()
train, test = (pd.read_parquet(os.path.join(args.folder, f"{part}.parquet"), columns=["user_id", "item_id"])
               for part in ("train", "test"))
users, items = (np.unique(np.concatenate([train[c], test[c]])) for c in ("user_id", "item_id"))


def matrix(log):
    at = (np.searchsorted(users, log.user_id), np.searchsorted(items, log.item_id))
    ones = sp.csr_matrix((np.ones(len(log), np.float32), at), (len(users), len(items)))
    ones.data[:] = 1  # a pair counts once
    ones.sort_indices()
    return ones


taken, held = matrix(train), matrix(test)
shape = np.array(taken.shape)
offsets, item = taken.indptr.astype(np.int64), taken.indices.astype(np.int32)
held_offsets, held_item = held.indptr.astype(np.int64), held.indices.astype(np.int32)
version = implicit.__version__
method = "implicit"
threads = args.threads
label = f"ALS, {args.factors} factors, {args.iterations} rounds"


def fit():
    model = implicit.als.AlternatingLeastSquares(
        factors=args.factors, regularization=args.regularization, alpha=args.confidence, iterations=args.iterations,
        use_cg=True, num_threads=args.threads, random_state=1)
    model.fit(taken, show_progress=False)
    return model.user_factors, model.item_factors


emit_times(f"{method} {version}", label, times(fit, 5, 1, 1e9), threads, taken.nnz * args.iterations, "pairs/s")
