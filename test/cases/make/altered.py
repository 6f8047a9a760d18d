"""Cases whose numbers were altered: test/cases/altered.

    python altered.py [--new] FOLDER ...

Takes cases of the folders, changes one number, flag or member of a tuple among the arguments of one primitive (attribute, or constant input), and lets MindSpore 2.10.0
load, infer and compute the file again. What comes out differently is a case: a reader that overlooks the argument fails it. MindSpore writes the altered file anew, so that
all that it infers fits. One or two values for each argument of each primitive, with --new of those alone that have no case yet; each try is a process of its own, since MindSpore does not survive all of them. Where MindSpore computes what the primitive's documentation
excludes (Squeeze of a dimension of 11), the case is removed by hand; where no engine serves the value, or the recorded outputs are not what the operator means, `refused` and
`wrong_reference` are added by hand.
"""
import collections
import copy
import json
import os
import pathlib
import signal
import sys
import tempfile

import mindspore as ms
import numpy as np
from mindspore import nn
from mindspore.train.mind_ir_pb2 import AttributeProto

import schema
from record import flatten

_INTEGERS = (AttributeProto.INT64, AttributeProto.INT32)
# Whose result is not theirs alone: what they hold is not an argument of an operator.
_SKIPPED = {"MakeTuple", "TupleGetItem", "Load", "UpdateState", "Depend", "Cast", "Assign", "Switch", "Partial"}
_KEPT = 2  # cases for each argument of a primitive
_TRIED = 4  # values that change nothing, after which an argument is taken to have no effect
_SECONDS = 20


def others(value):
    """Values to try in place of a number, the likeliest to be accepted first."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, float):
        return [value * 2 + 0.25, value / 3 + 0.01, -value]
    return [v for v in (value + 1, value - 1, 0, 1, 2, -1, value + 2) if v != value]


def put_field(single, repeated, member, value):
    """A function that puts a number into an attribute; members of tuples have it in a list."""
    def put(attribute):
        if member:
            getattr(attribute, repeated)[0] = value
        else:
            setattr(attribute, single, value)
    return put


def settings(attribute, member=False):
    """What to call to put another value into an attribute: (words, function) pairs."""
    kind = attribute.type
    for kinds, single, repeated, read in (((AttributeProto.BOOL,), "i", "ints", bool), (_INTEGERS, "i", "ints", int), ((AttributeProto.FLOAT,), "f", "floats", float),
                                          ((AttributeProto.DOUBLE,), "d", "doubles", float)):
        if kind in kinds:
            value = read((getattr(attribute, repeated) or [0])[0] if member else getattr(attribute, single))
            return [(f"{v:.4g}" if read is float else str(v), put_field(single, repeated, member, v if read is float else int(v))) for v in others(value)]
    made = []
    if kind == AttributeProto.TUPLE:
        for i in range(len(attribute.values) - 1, -1, -1):
            made += [(f"{i}_{words}", lambda a, i=i, put=put: put(a.values[i])) for words, put in settings(attribute.values[i], True)[:3]]
    return made


def own_constant(model, number, position, constant):
    """The attribute of a constant that input `position` of node `number` has for itself: a file writes equal ones once."""
    own = copy.deepcopy(model.graph.node[constant])
    own.name += "_altered"
    own.output[0] += "_altered"
    model.graph.node[number].input[position] = own.output[0]
    model.graph.node.insert(number, own)
    return model.graph.node[number].attribute[0]


def arguments(model):
    """(primitive, argument, how to find its attribute in a copy) of what a file says."""
    found = []
    operators = {primitive.name: primitive.op_type for primitive in model.primitives}
    for p, primitive in enumerate(model.primitives):
        if primitive.op_type in _SKIPPED:
            continue
        for a, attribute in enumerate(primitive.attribute):
            found.append((primitive.op_type, attribute.name, lambda m, p=p, a=a: m.primitives[p].attribute[a]))
    constants = {node.output[0]: n for n, node in enumerate(model.graph.node) if node.op_type == "Constant"}
    for n, node in enumerate(model.graph.node):
        operator = operators.get(node.op_type.removeprefix("REF::"))
        if operator is None or operator in _SKIPPED:
            continue
        for position, name in enumerate(node.input):
            if name in constants:
                found.append((operator, f"input{position}", lambda m, n=n, position=position, c=constants[name]: own_constant(m, n, position, c)))
    return found


def attempt(model, inputs, known, target):
    """In a process of its own: writes the altered model and its outputs if MindSpore computes something else from it. Exit status 0: it did."""
    with tempfile.TemporaryDirectory() as scratch:
        altered = pathlib.Path(scratch) / "altered.mindir"
        altered.write_bytes(model.SerializeToString())
        tensors = [ms.Tensor(x) for x in inputs]
        written = pathlib.Path(scratch) / "written.mindir"
        ms.export(nn.GraphCell(ms.load(str(altered))), *tensors, file_name=str(written), file_format="MINDIR")
        outputs = flatten(nn.GraphCell(ms.load(str(written)))(*tensors))
        same = len(outputs) == len(known) and all(np.array_equal(x, y, equal_nan=x.dtype.kind == "f") for x, y in zip(outputs, known))
        if same:
            return 3
        if any(x.dtype.kind == "f" and not np.isfinite(x).any() for x in outputs if x.size):
            return 4
        data = {f"input_{i}": x for i, x in enumerate(inputs)}
        data.update({f"output_{i}": x for i, x in enumerate(outputs)})
        np.savez(f"{target}.npz", **data)
        pathlib.Path(f"{target}.mindir").write_bytes(written.read_bytes())
    return 0


def in_a_process(*arguments):
    """Whether the attempt made a case."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        signal.alarm(_SECONDS)
        try:
            os._exit(attempt(*arguments))
        except BaseException:  # whatever MindSpore raises, this value is none for the argument
            os._exit(5)
    return os.waitpid(child, 0)[1] == 0


def main():
    """Makes the cases of all folders."""
    folder = pathlib.Path(__file__).parent.parent / "altered"
    folder.mkdir(exist_ok=True)
    index_path = folder / "index.json"
    index = json.loads(index_path.read_text()) if index_path.exists() else {}
    done = collections.Counter(tuple(entry["altered"].split()) for entry in index.values())
    vain = collections.Counter()
    known_operators = {operator for operator, _ in done} if "--new" in sys.argv else set()
    for source in map(pathlib.Path, [word for word in sys.argv[1:] if word != "--new"]):
        sources = json.loads((source / "index.json").read_text())
        for name, entry in sources.items():
            path = source / f"{name}.mindir"
            if entry.keys() & {"wrong_reference", "refused", "inputs_only", "state"} or path.stat().st_size > 20000:
                continue
            data = np.load(source / f"{name}.npz")
            inputs = [data[f"input_{i}"] for i in range(sum(k.startswith("input") for k in data.files))]
            known = [data[f"output_{i}"] for i in range(sum(k.startswith("output") for k in data.files))]
            if not known:
                continue
            model = schema.read(path)
            for operator, argument, find in arguments(model):
                if operator in known_operators:
                    continue
                key = (operator, argument)
                for words, put in settings(find(copy.deepcopy(model)))[:4]:
                    if done[key] >= _KEPT or (not done[key] and vain[key] >= _TRIED):
                        break
                    vain[key] += 1
                    altered = copy.deepcopy(model)
                    put(find(altered))
                    case = f"{name}_{argument}_{words}".replace("-", "m").replace(".", "p").replace("+", "")
                    if case in index or not in_a_process(altered, inputs, known, folder / case):
                        continue
                    os.chmod(folder / f"{case}.mindir", 0o644)
                    index[case] = {"rtol": entry.get("rtol", 1e-3), "atol": entry.get("atol", 1e-4), "ops": schema.primitives(folder / f"{case}.mindir"), "altered": f"{operator} {argument}"}
                    done[key] += 1
                    print(f"{operator} {argument}: {case}", flush=True)
                    break
            schema.write_index(index_path, index)


if __name__ == "__main__":
    main()
