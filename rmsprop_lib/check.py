"""Check a step of RMSprop that a reader wrote, and name the mistake.

    from rmsprop_lib.check import check

(the function; the module has the same name, so `rmsprop_lib` itself does not export it). The step is tried on a few inputs
whose answers are exact, and its answers are compared with those of a table of wrong steps. The wrong line that fits all of
them is the one that was written.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Verdict", "check"]


@dataclass(frozen=True, repr=False)
class Verdict:
    """What `check` says: ``ok``, and a ``message`` in a sentence or two. It prints as its message and counts as ``ok``.

    Attributes
    ----------
    ok : bool
        Whether the step is RMSprop. ``assert verdict, verdict`` says the message when it is not.
    message : str
        What is right, or the one mistake to mend next.
    """

    ok: bool
    message: str

    def __bool__(self):
        return self.ok

    def __repr__(self):
        return self.message


def check(step) -> Verdict:
    """Try ``step`` on inputs with exact answers and say whether it is RMSprop or which mistake is in it.

    Parameters
    ----------
    step : callable
        ``step(x, v, g, lr, alpha, eps)`` returns the pair ``(x, v)`` after one step. It is called with the six arguments in
        this order: three arrays of shape (n,), then three numbers. Both places of ε are right, outside the root (the
        course's) and inside; the message says which one it found.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        When ``step`` is not a function. Whatever ``step`` itself raises becomes the message.
    """
    if not callable(step):
        raise ValueError(f"step is {step!r}; it must be a function step(x, v, g, lr, alpha, eps), given without calling it.")
    wanted = [_rmsprop(*inputs) for inputs in INPUTS]
    tries = [_try(step, inputs) for inputs in INPUTS]

    errors = [i for i, made in enumerate(tries) if isinstance(made, Exception)]
    if len(errors) == len(tries):
        return Verdict(False, _raised(0, tries[0]))
    made = {i: pair for i, pair in enumerate(tries) if i not in errors}
    if trouble := next(filter(None, (_trouble_with_form(i, pair) for i, pair in made.items())), None):
        return Verdict(False, trouble)
    made = {i: (np.asarray(pair[0], dtype=float), np.asarray(pair[1], dtype=float)) for i, (pair, _) in made.items()}

    def fits(part, formula):
        """Whether ``formula`` gives what the step returned as its x (part 0) or its v (part 1), on every input.

        Where a formula speaks of a root, ε may be inside or outside, at the same place on every input.
        """
        with np.errstate(all="ignore"):
            return any(all(_same(pair[part], formula(_Names(i, inside))) for i, pair in made.items()) for inside in (False, True))

    if fits(0, lambda n: n.w) and any(fits(1, formula) for _, formula in RIGHT_X):
        return Verdict(False, "The two results are swapped: the step returns (v, x). It must return (x, v).")
    part, table = (0, [*RIGHT_X, *WRONG_X]) if fits(1, lambda n: n.w) else (1, WRONG_V)
    sentence = next((sentence for sentence, *formulas in table if any(fits(part, formula) for formula in formulas)), None)
    right = sentence in dict(RIGHT_X)
    if errors and (right or not sentence):
        return Verdict(False, _raised(errors[0], tries[errors[0]]))
    if sentence:
        return Verdict(right, sentence)
    again = _try(step, INPUTS[0])
    odd = isinstance(again, Exception) or _trouble_with_form(0, again)
    if odd or not all(_same(a, b) for a, b in zip(again[0], made[0], strict=True)):
        return Verdict(
            False,
            "Called twice with the same arguments, the step gave two different answers. It keeps something of its own between "
            "the calls; all that a step of RMSprop remembers is v.",
        )
    at = next(i for i, pair in made.items() if not all(_same(a, b) for a, b in zip(pair, wanted[i], strict=True)))
    nan = " NaN comes from 0/0 or from the root of a number below 0." if np.any(np.isnan(made[at])) else ""
    return Verdict(False, f"At {_at(at)} the step gives {_pair(*made[at])}; RMSprop gives {_pair(*wanted[at])}.{nan}")


# x, v, g, lr, alpha, eps: first the two steps of the hand example, then inputs that tell every pair of the formulas below
# apart. Their roots come out even.
INPUTS = [
    ([2.0], [0.0], [4.0], 0.5, 0.75, 0.0),
    ([1.0], [4.0], [2.0], 0.5, 0.75, 0.0),
    ([2.0, 1.0, -1.0], [12.0, 0.0, 92.0], [8.0, -2.0, 20.0], 0.5, 0.75, 3.0),
    ([1.0, -3.0], [2.0, 94.0], [-4.0, 2.0], 0.25, 0.5, 1.0),
    ([1.0, -2.0], [0.0, 4.0], [0.0, 0.0], 0.5, 0.75, 0.125),
]


def _rmsprop(x, v, g, lr, alpha, eps):
    x, v, g = np.array(x), np.array(v), np.array(g)
    v = alpha * v + (1 - alpha) * g**2
    x = x - lr * g / (np.sqrt(v) + eps)
    return x, v


class _Names:
    """What the formulas below speak of, at one of the inputs: the arguments, w the new v, and t which call it was.

    ``inside`` says where ε stands in `root`.
    """

    def __init__(self, i, inside):
        x, v, g, self.lr, self.alpha, self.eps = INPUTS[i]
        self.x, self.v, self.g = np.array(x), np.array(v), np.array(g)
        self.w, self.t, self.inside = _rmsprop(*INPUTS[i])[1], i + 1, inside

    def root(self, v, eps=None):
        """√v with ε inside it or outside; ``eps`` stands for the argument unless it is given."""
        eps = self.eps if eps is None else eps
        return np.sqrt(v + eps) if self.inside else np.sqrt(v) + eps


# What is said, and the line for x, behind a right line for v, that earns it.
RIGHT_X = [
    (
        "Right: both lines are RMSprop, with ε outside the root.",
        lambda n: n.x - n.lr * n.g / (np.sqrt(n.w) + n.eps),
    ),
    (
        "Right: both lines are RMSprop. Your ε stands inside the root, √(v + ε), as in Keras and optax; this course has it "
        "outside, √v + ε.",
        lambda n: n.x - n.lr * n.g / np.sqrt(n.w + n.eps),
    ),
]

# What is said, and the wrong lines for v that earn it.
WRONG_V = [
    (
        "v adds up all the squares, v + g². That is Adagrad, which never forgets. RMSprop averages: it keeps the share α of "
        "the old v and lets in the share 1 − α of g².",
        lambda n: n.v + n.g**2,
    ),
    (
        "The factor 1 − α in front of g² is missing. Without it the shares α and 1 do not add up to one, and v is no average.",
        lambda n: n.alpha * n.v + n.g**2,
    ),
    (
        "α and 1 − α have changed places. α is the share of the old v that is kept, 1 − α the share of g² that comes in.",
        lambda n: (1 - n.alpha) * n.v + n.alpha * n.g**2,
    ),
    (
        "The square is missing in the line for v: it averages g. RMSprop averages g², element by element.",
        lambda n: n.alpha * n.v + (1 - n.alpha) * n.g,
    ),
    (
        "v averages the absolute values |g|. RMSprop averages the squares g², and takes the root later, in the step.",
        lambda n: n.alpha * n.v + (1 - n.alpha) * np.abs(n.g),
    ),
    (
        "v is the square of an average of g. RMSprop takes the average of the squares: first square g, then average.",
        lambda n: (n.alpha * n.v + (1 - n.alpha) * n.g) ** 2,
    ),
    (
        "The brackets around 1 − α are missing: α v + 1 − α g² adds 1 and takes α g² away.",
        lambda n: n.alpha * n.v + 1 - n.alpha * n.g**2,
    ),
    (
        "There is a minus between the two parts of v. An average adds them: α v + (1 − α) g².",
        lambda n: n.alpha * n.v - (1 - n.alpha) * n.g**2,
    ),
    (
        "v takes in the length of the whole gradient, one number for all coordinates. In RMSprop every coordinate has a v of "
        "its own, from its own g².",
        lambda n: n.alpha * n.v + (1 - n.alpha) * np.sum(n.g**2),
        lambda n: n.alpha * n.v + (1 - n.alpha) * np.mean(n.g**2),
        lambda n: n.alpha * n.v + (1 - n.alpha) * np.linalg.norm(n.g),
    ),
    (
        "v is divided by 1 − α, or by 1 − αᵗ: that is the bias correction, which belongs to Adam. RMSprop has none.",
        lambda n: n.w / (1 - n.alpha),
        lambda n: n.w / (1 - n.alpha**n.t),
    ),
    (
        "v comes back as it went in. The step must return the new v, so that the next step can build on it.",
        lambda n: n.v,
    ),
    (
        "The old v is lost: v is made of this step's g² alone. The share α of the old v is kept.",
        lambda n: (1 - n.alpha) * n.g**2,
        lambda n: n.g**2,
    ),
    (
        "What comes back as v is its root. The root belongs to the step alone; v itself stays an average of squares.",
        lambda n: np.sqrt(n.w),
        lambda n: np.sqrt(n.w) + n.eps,
        lambda n: np.sqrt(n.w + n.eps),
    ),
    (
        "α is written into the line for v as a number. Use the argument alpha, so that whoever calls the step can choose it.",
        *(lambda n, a=a: a * n.v + (1 - a) * n.g**2 for a in (0.9, 0.95, 0.99, 0.999)),
    ),
    (
        "ε has got into v. It belongs to the divisor of the step alone; v remembers nothing but squares of g.",
        lambda n: n.w + n.eps,
    ),
]

# The same for x, behind a right line for v.
WRONG_X = [
    (
        "The step divides by the root of the old v. In RMSprop the line for v comes first, and the step uses the new one.",
        lambda n: n.x - n.lr * n.g / n.root(n.v),
    ),
    (
        "The root is missing: the step divides by v itself. It must divide by √v, which has the unit of g.",
        lambda n: n.x - n.lr * n.g / (n.w + n.eps),
    ),
    (
        "ε stands in both places, √(v + ε) + ε. It belongs in one of them; this course has it outside, √v + ε.",
        lambda n: n.x - n.lr * n.g / (np.sqrt(n.w + n.eps) + n.eps),
    ),
    (
        "ε is left out, so at g = 0 and v = 0 the step is 0/0, which is not a number. It is added to the divisor: √v + ε.",
        lambda n: n.x - n.lr * n.g / np.sqrt(n.w),
    ),
    (
        "ε is written into the step as a number. Use the argument eps, so that whoever calls the step can choose it.",
        lambda n: n.x - n.lr * n.g / n.root(n.w, 1e-8),
    ),
    (
        "ε is added to x and not to √v: a division binds closer than a sum. The divisor needs brackets, / (√v + ε).",
        lambda n: n.x - n.lr * n.g / np.sqrt(n.w) + n.eps,
        lambda n: n.x - (n.lr * n.g / np.sqrt(n.w) + n.eps),
    ),
    (
        "The sign of the step is a plus: that walks uphill. x goes against the gradient, x − γ g/(√v + ε).",
        lambda n: n.x + n.lr * n.g / n.root(n.w),
    ),
    (
        "The gradient is not divided by √v + ε: x − γ g is plain gradient descent.",
        lambda n: n.x - n.lr * n.g,
    ),
    (
        "The gradient is multiplied by √v. RMSprop divides by it, so that a large gradient does not make a large step.",
        lambda n: n.x - n.lr * n.g * n.root(n.w),
    ),
    (
        "The gradient is normalised as a whole vector, by one length. RMSprop divides every coordinate by its own √v.",
        lambda n: n.x - n.lr * n.g / (np.linalg.norm(n.g) + n.eps),
        lambda n: n.x - n.lr * n.g / n.root(np.sum(n.w)),
        lambda n: n.x - n.lr * n.g / n.root(np.mean(n.w)),
        lambda n: n.x - n.lr * n.g / np.linalg.norm(np.sqrt(n.w) + n.eps),
    ),
    (
        "v is divided by 1 − α, or by 1 − αᵗ, before the root is taken: that is the bias correction, which belongs to Adam. "
        "RMSprop has none.",
        lambda n: n.x - n.lr * n.g / n.root(n.w / (1 - n.alpha)),
        lambda n: n.x - n.lr * n.g / n.root(n.w / (1 - n.alpha**n.t)),
    ),
    (
        "The step divides g² by the root. The square belongs in v alone; the step has the plain g on top, which keeps its sign.",
        lambda n: n.x - n.lr * n.g**2 / n.root(n.w),
    ),
    (
        "The gradient is missing in the step: γ/(√v + ε) alone has no direction.",
        lambda n: n.x - n.lr / n.root(n.w),
    ),
    (
        "The learning rate γ is missing in the step.",
        lambda n: n.x - n.g / n.root(n.w),
    ),
    (
        "x − γ g is divided as a whole. Only the gradient is divided: x − γ g/(√v + ε).",
        lambda n: (n.x - n.lr * n.g) / n.root(n.w),
    ),
    (
        "What comes back as x is the step alone. The new position is the old x minus that step.",
        lambda n: n.lr * n.g / n.root(n.w),
        lambda n: -n.lr * n.g / n.root(n.w),
    ),
    (
        "x comes back as it went in: the step is not taken, or the new x is not returned.",
        lambda n: n.x,
    ),
]


def _try(step, inputs):
    """What the step returned and the arguments after the call, or the exception it raised."""
    arguments = [np.array(a) if isinstance(a, list) else a for a in inputs]
    try:
        with np.errstate(all="ignore"):
            return step(*arguments), arguments
    except Exception as error:
        return error


def _trouble_with_form(i, tried):
    """What is wrong with the form of an answer, whatever its numbers are; None when the form is right."""
    made, arguments = tried
    for name, before, after in zip("xvg", INPUTS[i], arguments, strict=False):
        if not np.array_equal(before, after):
            return (
                f"The step changes its argument {name} in place, and so the array of whoever called it. Make a new array: "
                f"“{name} = …” does, while “{name} += …”, “{name} *= …” and “{name}[…] = …” write into the old one."
            )
    if made is None:
        return "The step returns nothing. Its last line must be “return x, v”."
    shape = np.shape(arguments[0])
    if isinstance(made, np.ndarray) and made.shape in (shape, ()):
        return "The step returns one array. It must return two, x and v: the next step needs this v."
    if not isinstance(made, tuple | list | np.ndarray) or len(made) != 2:
        return f"The step returns {made!r}. It must return the pair (x, v)."
    for name, part in zip("xv", made, strict=True):
        try:
            # Of complex numbers NumPy would take the real parts.
            given = None if np.iscomplexobj(part) else np.asarray(part, dtype=float).shape
        except (OverflowError, TypeError, ValueError):
            given = None
        if given is None:
            return f"The step returns {part!r} as {name}. It must be an array of numbers, of the shape of x."
        if given != shape:
            return f"The {name} that comes back has the shape {given}; it must have the shape of x, here {shape}."
    return None


def _same(a, b):
    return np.allclose(a, b, rtol=1e-6, atol=1e-9, equal_nan=True)


def _at(i):
    named = zip(("x", "v", "g", "lr", "alpha", "eps"), INPUTS[i], strict=True)
    return ", ".join(f"{name} = {value}" for name, value in named)


def _pair(x, v):
    return f"x = {x.tolist()}, v = {v.tolist()}"


def _raised(i, error):
    said = f"{type(error).__name__}: {error}".removesuffix(".").removesuffix(": ")
    return (
        f"At {_at(i)} the step raised {said}. It is called as step(x, v, g, lr, alpha, eps); "
        "x, v and g are arrays with one entry for each parameter."
    )
