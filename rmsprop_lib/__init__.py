"""The library behind the course *RMSprop: Adagrad with memory loss*.

Importing it loads NumPy only. The models (`rmsprop_lib.models`), the dialects (`rmsprop_lib.dialects`), the drawings
(`rmsprop_lib.figures`), the sliders (`rmsprop_lib.explore`) and the checker (`rmsprop_lib.check`) are imported where they are
needed.
"""

from rmsprop_lib.averages import bias_correction, effective_size, ema, half_life, mean_age, weights, window
from rmsprop_lib.objectives import Objective, absolute, quadratic, rosenbrock, rotated, saddle, shifted
from rmsprop_lib.optimizers import Adagrad, Adam, AdamState, GradientDescent, Momentum, RMSprop, SignDescent
from rmsprop_lib.trajectory import Trajectory, descend

__all__ = [
    "Adagrad",
    "Adam",
    "AdamState",
    "GradientDescent",
    "Momentum",
    "Objective",
    "RMSprop",
    "SignDescent",
    "Trajectory",
    "absolute",
    "bias_correction",
    "descend",
    "effective_size",
    "ema",
    "half_life",
    "mean_age",
    "quadratic",
    "rosenbrock",
    "rotated",
    "saddle",
    "shifted",
    "weights",
    "window",
]
