"""Write the identity networks of `npm run bench:serving`: what comes in goes out, at three sizes.

    export_identity.py FOLDER        needs mindspore 2.10.0; the files in identity/ were made by it
"""
import pathlib
import sys

import mindspore as ms
import numpy as np
from mindspore import Tensor, nn

SHAPES = {"100": (1, 25), "602k": (1, 3, 224, 224), "2m": (1, 524288)}


class Ident(nn.Cell):
    def construct(self, x):
        return x


if __name__ == "__main__":
    ms.set_context(mode=ms.GRAPH_MODE)
    for name, shape in SHAPES.items():
        ms.export(Ident(), Tensor(np.zeros(shape, np.float32)), file_name=str(pathlib.Path(sys.argv[1], name)), file_format="MINDIR")
