"""PyTorch's time and accuracy for the MNIST network with two ScConvs, one epoch on the CPU.

    python tests/bench/peers/torch_mnist.py FOLDER --threads 2

FOLDER has the four IDX files (train-images-idx3-ubyte and so on, also gzipped, with "-" or "."
before "idx"). conv 3x3 1→32, ReLU, ScConv(32), group norm (4), ReLU, max pool 2, ScConv(32→64),
group norm (4), ReLU, max pool 2, linear 10; batch 128; Adam, its learning rate warming up linearly over
the first 30 % of the steps to 0.01 and falling to 0 along a cosine.
"""

import argparse
import gzip
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "golden"))
from torch_scconv import ScConv  # noqa: E402


def idx(folder, kind, dims):
    """A uint8 array from an IDX file."""
    for name in (f"{kind}-idx{dims}-ubyte", f"{kind}.idx{dims}-ubyte"):
        for path in (Path(folder) / name, Path(folder) / f"{name}.gz"):
            if path.exists():
                data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
                shape = np.frombuffer(data, ">u4", dims, 4).astype(int)
                return np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape)
    sys.exit(f"torch_mnist.py: no {kind}-idx{dims}-ubyte in {folder}")


def dataset(folder, part, limit):
    images = torch.from_numpy(idx(folder, f"{part}-images", 3)[:limit].astype(np.float32) / 255)
    labels = torch.from_numpy(idx(folder, f"{part}-labels", 1)[:limit].astype(np.int64))
    return images[:, None], labels  # [N, 1, 28, 28], [N]


def network(fuse, norm):
    after = (lambda c: nn.GroupNorm(4, c)) if norm else (lambda c: nn.Identity())
    return nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.ReLU(),
        ScConv(32, fuse=fuse), after(32), nn.ReLU(), nn.MaxPool2d(2),  # [N, 32, 14, 14]
        ScConv(32, fuse=fuse, out_channels=64), after(64), nn.ReLU(), nn.MaxPool2d(2),  # [N, 64, 7, 7]
        nn.Flatten(), nn.Linear(64 * 49, 10),
    )


def schedule(step, steps, peak):
    """Linear warm-up over 30 % of the steps, then a cosine to 0."""
    warmup = max(1, round(0.3 * steps))
    if step < warmup:
        return peak * step / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def accuracy(model, images, labels, batch):
    with torch.no_grad():
        hits = sum((model(x).argmax(1) == y).sum().item() for x, y in zip(images.split(batch), labels.split(batch)))
    return hits / len(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--peak", type=float, default=0.01)
    parser.add_argument("--limit", type=int, help="use only so many images of each part")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fuse", choices=["concat", "paper"], default="concat")
    parser.add_argument("--no-norm", action="store_true", help="leave out the group norm after each ScConv")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    images, labels = dataset(args.folder, "train", args.limit)
    test_images, test_labels = dataset(args.folder, "t10k", args.limit)
    model = network(args.fuse, not args.no_norm)
    optimizer = torch.optim.Adam(model.parameters())
    per_epoch = math.ceil(len(images) / args.batch)
    step, steps = 0, per_epoch * args.epochs
    for epoch in range(args.epochs):
        start, total = time.perf_counter(), 0.0
        for pick in torch.randperm(len(images)).split(args.batch):
            for group in optimizer.param_groups:
                group["lr"] = schedule(step, steps, args.peak)
            loss = F.cross_entropy(model(images[pick]), labels[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            step += 1
        seconds = time.perf_counter() - start
        print(json.dumps({
            "peer": f"PyTorch {torch.__version__.split('+')[0]} eager", "threads": args.threads, "epoch": epoch + 1,
            "images": len(images), "seconds": round(seconds, 2), "trainLoss": round(total / per_epoch, 4),
            "testAccuracy": round(accuracy(model, test_images, test_labels, 500), 4),
        }), flush=True)


if __name__ == "__main__":
    main()
