"""onnx/*.onnx and onnx.json: models that PyTorch exports, by its old and its new exporter, and their outputs.

Parameters come from tests/bench/peers/named_numbers.py, so they are those of gen_networks.py. Files of both exporters hold
what users meet: constants, shapes computed from shapes, batch norms folded or not.
"""

import onnx
import torch
import torch.nn.functional as F
from torch import nn

from encode import FOLDER, save
from gen_networks import named
from named_numbers import values
from torch_scconv import ScConv


class Classifier(nn.Module):
    """What classifiers are made of beside convolutions."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2, padding=1, groups=1)
        self.norm = nn.BatchNorm2d(8)
        self.depthwise = nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=8, bias=False)
        self.group = nn.GroupNorm(2, 8)
        self.layer = nn.LayerNorm(32)
        self.up = nn.ConvTranspose2d(8, 4, 3, stride=2, padding=1, output_padding=1)
        self.linear = nn.Linear(32, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.conv(x))), 3, stride=2, padding=1)
        x = F.gelu(self.group(self.depthwise(x))) + F.hardswish(x)
        x = F.leaky_relu(self.up(x), 0.1)
        x = F.avg_pool2d(F.pad(x, (1, 1, 0, 0)), 2, ceil_mode=False)
        a, b = x.chunk(2, dim=1)
        x = torch.cat([a.clamp(-1, 1), torch.where(b > 0, b, b.abs().sqrt())], 1).flatten(2).mean(2, keepdim=True)
        x = x.expand(-1, -1, 8).reshape(x.shape[0], -1)
        return F.softmax(self.linear(self.layer(x)), dim=1)


def strip(path):
    """Without the stack traces, which hold the folders of whoever exported."""
    model = onnx.load(path)
    for part in (model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output, *model.graph.value_info):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")
    del model.graph.value_info[:]
    del model.graph.metadata_props[:]
    onnx.checker.check_model(model)
    onnx.save(model, path)


def export(module, x, name, new):
    path = FOLDER / "onnx" / f"{name}.onnx"
    if new:
        batch = torch.export.Dim("batch", min=1, max=64)
        torch.onnx.export(module, (x,), str(path), dynamo=True, external_data=False, opset_version=18,
                          input_names=["x"], dynamic_shapes=({0: batch},), verbose=False)
    else:
        torch.onnx.export(module, (x,), str(path), dynamo=False, opset_version=17, input_names=["x"],
                          output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
    strip(path)
    print(f"{path.name}: {path.stat().st_size // 1024} KiB")


def make():
    (FOLDER / "onnx").mkdir(exist_ok=True)
    cases = []
    models = [
        ("classifier", Classifier(), (2, 3, 20, 20)),
        ("scconv", ScConv(8, 2), (2, 8, 6, 6)),
        ("scconv-paper", ScConv(8, 2, norm="groupNorm", gate="paper", fuse="paper", out_channels=12, stride=2), (2, 8, 6, 6)),
    ]
    for name, module, shape in models:
        named(module).eval()
        x = torch.from_numpy(values("x", torch.Size(shape).numel()).reshape(shape))
        for new in (False, True):
            file = f"{name}-{'dynamo' if new else 'torchscript'}"
            export(module, x, file, new)
            with torch.no_grad():
                cases.append({"file": f"{file}.onnx", "shape": list(shape), "out": module(x)})
    save("onnx", "PyTorch 2.13.0, onnx 1.23.1 and onnxscript 0.7.2", cases)
