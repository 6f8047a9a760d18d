"""LeNet as a directory of MindSpore Serving has it."""
import numpy as np
from mindspore_serving.server import register


def decode(image):
    """What runs in MindSpore Serving's workers."""
    return np.frombuffer(image, np.float32).reshape([1, 32, 32])


context = register.Context(thread_num=1)
context.append_device_info(register.GPUDeviceInfo(precision_mode="fp16"))
model = register.declare_model(model_file="lenet5.mindir", model_format="MindIR", with_batch_dim=True, context=context)


@register.register_method(output_names=["scores"])
def from_file(image):
    x = register.add_stage(decode, image, outputs_count=1)
    scores = register.add_stage(model, x, outputs_count=1)
    return scores


@register.register_method(output_names=["scores"])
def classify(image):
    """One image of 32 by 32."""
    scores = register.add_stage(model, image, outputs_count=1)
    return scores
