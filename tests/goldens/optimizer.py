#!/usr/bin/env python3
"""Prints the parameter that optimizer_test.cc expects after five steps of torch.optim."""

import math

import torch

print("torch", torch.__version__)
for make in (lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, weight_decay=0.1),
             lambda p: torch.optim.AdamW(p, lr=1, weight_decay=0.1)):
    parameter = torch.nn.Parameter(torch.full((1,), 2.0, dtype=torch.float64))
    optimizer = make([parameter])
    for step in range(1, 6):
        parameter.grad = torch.full((1,), math.sin(step), dtype=torch.float64)
        optimizer.param_groups[0]["lr"] = 0.1 / step
        optimizer.step()
    print(type(optimizer).__name__, repr(parameter.item()))
