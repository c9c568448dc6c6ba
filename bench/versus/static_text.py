"""The built-in encoder's static half as one would write it: Rust tokenizer, numpy look-up and pooling.

Usage: static_text.py TABLE.safetensors TOKENIZER.json TITLES.json, then a line on standard input for each turn: it
encodes all titles and prints the seconds. Before the first, the rows go to TITLES.json.f32 to be compared.
"""
import json
import struct
import sys
import time

import numpy as np
from tokenizers import Tokenizer

table_path, tokenizer_path, titles_path = sys.argv[1:]
with open(table_path, "rb") as file:
    size = struct.unpack("<Q", file.read(8))[0]
    header = json.loads(file.read(size))
    data = file.read()


def tensor(name, kind):
    begin, end = header[name]["data_offsets"]
    return np.frombuffer(data[begin:end], kind).reshape(header[name]["shape"])


table = tensor("rows", np.int8).astype(np.float32) * tensor("scales", np.float32)[:, None]
tokenizer = Tokenizer.from_file(tokenizer_path)
tokenizer.no_truncation()
tokenizer.no_padding()
with open(titles_path) as file:
    titles = json.load(file)


def encode():
    out = np.zeros((len(titles), table.shape[1]), np.float32)
    for at in range(0, len(titles), 1024):
        ids = [e.ids for e in tokenizer.encode_batch(titles[at : at + 1024], add_special_tokens=False)]
        lengths = np.array([len(i) for i in ids])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        some = lengths > 0  # reduceat gives an empty list the row of the next one
        rows = np.add.reduceat(table[np.concatenate(ids).astype(np.int64)], starts[some], axis=0)
        rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
        out[at : at + len(ids)][some] = rows
    return out


encode().tofile(titles_path + ".f32")
print("ready", flush=True)
for _ in sys.stdin:
    begun = time.perf_counter()
    encode()
    print(time.perf_counter() - begun, flush=True)
