"""Writes the files of MindSpore 2.10 in this folder: python make.py (a Python with MindSpore 2.10.0). Their keys are no secrets: index.json holds them."""
import json
import os
import shutil

import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.train import serialization

HERE = os.path.dirname(os.path.abspath(__file__))
KEY = "0123456789ABCDEF0123456789abcdef"


class Net(nn.Cell):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(5, 3)
        self.out = nn.Dense(3, 2)

    def construct(self, x):
        return self.out(nn.ReLU()(self.dense(x)))


def make(name, index, bits=128, mode="AES-GCM", split=False, refused=None):
    ms.set_seed(7)
    np.random.seed(7)
    net = Net()
    net.set_train(False)
    x = ms.Tensor(np.random.randn(2, 5).astype(np.float32))
    key = KEY[: bits // 8]
    path = os.path.join(HERE, name)
    shutil.rmtree(path + "_variables", ignore_errors=True)
    # What decides whether weights go into files of their own, in KiB.
    serialization.TOTAL_SAVE = 0 if split else 1024 * 1024
    ms.export(net, x, file_name=path, file_format="MINDIR", enc_key=key.encode(), enc_mode=mode)
    file = name + ("_graph" if split else "")
    np.savez(os.path.join(HERE, file + ".npz"), input_0=x.asnumpy(), output_0=net(x).asnumpy())
    for folder, _, files in os.walk(HERE):
        for each in files:
            os.chmod(os.path.join(folder, each), 0o644)
    index[file] = {"rtol": 1e-3, "atol": 1e-4, "key": key}
    if refused:
        index[file]["refused"] = refused


if __name__ == "__main__":
    cases = {}
    for old in ("1.3.0", "1.10.0"):
        for old_mode in ("gcm", "cbc"):
            cases["lenet5_%s_%s" % (old_mode, old.replace(".", "_"))] = {"rtol": 1e-3, "atol": 1e-4, "key": KEY[:16]}
    make("dense_gcm_128", cases)
    make("dense_gcm_192", cases, bits=192)
    make("dense_gcm_256", cases, bits=256)
    make("dense_cbc_128", cases, mode="AES-CBC")
    make("dense_cbc_256", cases, bits=256, mode="AES-CBC")
    make("split_gcm", cases, split=True)
    make("split_cbc", cases, mode="AES-CBC", split=True)
    make("dense_sm4", cases, mode="SM4-CBC", refused="SM4-CBC")
    with open(os.path.join(HERE, "index.json"), "w") as f:
        json.dump(cases, f, indent=1)
        f.write("\n")
