"""Training speed of PyTorch on FSRCNN-56 and SRResNet-64, for benchmark_training.py to compare.

Runs in any Python that has PyTorch; this project does not need it. Prints tiles per second.
"""

from __future__ import annotations

import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


class Residual(nn.Module):
    def __init__(self, nf: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv2 = nn.Conv2d(nf, nf, 3, padding=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.conv2(F.relu(self.conv1(x)))


class SRResNet(nn.Module):
    def __init__(self, nf: int = 64, nb: int = 16) -> None:
        super().__init__()
        self.conv_first = nn.Conv2d(3, nf, 3, padding=1)
        self.trunk = nn.Sequential(*(Residual(nf) for _ in range(nb)))
        self.upconv1 = nn.Conv2d(nf, nf * 4, 3, padding=1)
        self.upconv2 = nn.Conv2d(nf, nf * 4, 3, padding=1)
        self.HRconv = nn.Conv2d(nf, nf, 3, padding=1)
        self.conv_last = nn.Conv2d(nf, 3, 3, padding=1)

    def forward(self, lr: torch.Tensor) -> torch.Tensor:
        x = self.trunk(F.leaky_relu(self.conv_first(lr), 0.1))
        for upconv in (self.upconv1, self.upconv2):
            x = F.leaky_relu(F.pixel_shuffle(upconv(x), 2), 0.1)
        x = self.conv_last(F.leaky_relu(self.HRconv(x), 0.1))
        return x + F.interpolate(lr, scale_factor=4, mode="bilinear")


def fsrcnn(d: int = 56, s: int = 12) -> nn.Module:
    return nn.Sequential(
        *(nn.Conv2d(3, d, 5, padding=2), nn.PReLU()),
        *(nn.Conv2d(d, s, 1), nn.PReLU()),
        *(nn.Conv2d(s, s, 3, padding=1) for _ in range(4)),
        *(nn.PReLU(), nn.Conv2d(s, d, 1), nn.PReLU()),
        nn.ConvTranspose2d(d, 3, 9, stride=4, padding=3, output_padding=1),
    )


def main() -> None:
    name, steps = sys.argv[1], int(sys.argv[2])
    network = fsrcnn() if name == "FSRCNN-56" else SRResNet()
    adam = torch.optim.Adam(network.parameters(), 1e-4)
    lr, hr = torch.rand(16, 3, 32, 32), torch.rand(16, 3, 128, 128)
    times = []
    for _ in range(steps):
        begin = time.perf_counter()
        F.l1_loss(network(lr), hr).backward()
        adam.step()
        adam.zero_grad()
        times.append(time.perf_counter() - begin)
    print(16 / min(times))


if __name__ == "__main__":
    main()
