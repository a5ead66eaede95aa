"""Check a step of RMSprop that a reader wrote, and name the mistake::

    from rmsprop_lib.check import check

(the function; the module has the same name, so `rmsprop_lib` itself does not export it). The step is tried on a few inputs
whose answers are exact, and its answers are compared with those of a table of wrong steps. The wrong line that fits all of
them is the one that was written.
"""

import itertools
from dataclasses import dataclass
from functools import cache

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
        What is right, or which mistakes there are.
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
    tries = [_try(step, inputs) for inputs in INPUTS]
    errors = [i for i, made in enumerate(tries) if isinstance(made, Exception)]
    made = {i: pair for i, pair in enumerate(tries) if i not in errors}
    troubles = {i: trouble for i, pair in made.items() if (trouble := _trouble_with_form(i, pair))}
    if troubles:
        first, trouble = next(iter(troubles.items()))
        if first > min(made) and _differs(step, min(made), made[min(made)][0]):
            return Verdict(False, TWO_ANSWERS)
        return Verdict(False, _other_order(step) or trouble)
    made = {i: (np.asarray(pair[0], dtype=float), np.asarray(pair[1], dtype=float)) for i, (pair, _) in made.items()}

    if made and _fits(made, 0, lambda n: n.w) and any(_fits(made, 1, formula) for _, formula in RIGHT_X):
        return Verdict(False, "The two results are swapped: the step returns (v, x). It must return (x, v).")
    found = _mistakes(made) if made else []
    right = found in [[sentence] for sentence, _ in RIGHT_X]
    if found and not right:
        return Verdict(False, found[0] if len(found) == 1 else f"There are {len(found)} mistakes. {' '.join(found)}")
    if right and not errors:
        return Verdict(True, found[0])
    if made and not right and _differs(step, min(made), made[min(made)]):
        return Verdict(False, TWO_ANSWERS)
    if order := not right and _other_order(step):
        return Verdict(False, order)
    if errors:
        return Verdict(False, _raised(errors[0], tries[errors[0]]))
    at, wanted = next((i, _rmsprop(*INPUTS[i])) for i, pair in made.items() if not all(map(_same, pair, _rmsprop(*INPUTS[i]))))
    nan = " NaN comes from 0/0 or from the root of a number below 0." if np.any(np.isnan(made[at])) else ""
    return Verdict(False, f"At {_at(at)} the step gives {_pair(*made[at])}; RMSprop gives {_pair(*wanted)}.{nan}")


def _differs(step, i, before):
    """Whether the step, called again with input i, gives something else than it did before."""
    again = _try(step, INPUTS[i])
    odd = isinstance(again, Exception) or _trouble_with_form(i, again)
    return bool(odd) or not all(_same(one, other) for one, other in zip(again[0], before, strict=True))


def _fits(made, part, formula, **changed):
    """Whether ``formula`` gives what the step returned as its x (part 0) or its v (part 1), on every input.

    Where a formula speaks of a root, ε may be inside or outside, at the same place on every input. ``changed`` are functions of
    the names that replace one of them: the accumulator ``w`` of a wrong line for v.
    """
    with np.errstate(all="ignore"):
        return any(all(_same(pair[part], formula(_Names(i, inside, **changed))) for i, pair in made.items()) for inside in (False, True))


def _mistakes(made):
    """The sentences that the answers earn: the one that says they are right, those of the mistakes, or none."""
    if _fits(made, 1, lambda n: n.w):
        return _mistakes_in_x(made)
    wrong = next(((sentence, formula) for sentence, *formulas in WRONG_V for formula in formulas if _fits(made, 1, formula)), None)
    if wrong is None:
        return []
    sentence, formula = wrong
    # The step may divide by the root of the wrong v or of the right one. An average of |g| needs no root.
    roads = [{"w": formula}, {}]
    without_root = [(sentence, lambda n: n.x - n.lr * n.g / (n.w + n.eps))] if "absolute values" in sentence else []
    if any(_fits(made, 0, line, **road) for road in roads for _, line in [*RIGHT_X, *without_root]):
        return [sentence]
    more = next(filter(None, (_mistakes_in_x(made, **road) for road in roads)), [])
    return list(dict.fromkeys([sentence, *more]))


def _mistakes_in_x(made, **road):
    """The same for the line for x alone: one sentence, or two where undoing one mistake leaves another."""
    table = [*RIGHT_X, *WRONG_X]
    if one := next((sentence for sentence, *lines in table if any(_fits(made, 0, line, **road) for line in lines)), None):
        return [one]
    for first, undo in UNDONE:
        undone = {i: (undo(_Names(i, False), x), v) for i, (x, v) in made.items()}
        for second, *lines in WRONG_X:
            if any(_fits(undone, 0, line, **road) for line in lines):
                return [first, second]
    return []


def _other_order(step):
    """A sentence about the order of the arguments, when another one makes the step right."""
    names = ("x", "v", "g", "lr", "alpha", "eps")
    for order in itertools.permutations(range(6)):
        if order == (0, 1, 2, 3, 4, 5):
            continue
        for i, inputs in enumerate(INPUTS):
            tried = _try(step, [inputs[k] for k in order])
            if isinstance(tried, Exception) or _trouble_with_form(i, (tried[0], [np.array(a) for a in inputs])):
                break
            if not any(_fits({i: tried[0]}, 0, line) for _, line in RIGHT_X) or not _fits({i: tried[0]}, 1, lambda n: n.w):
                break
        else:
            there = ", ".join(names[k] for k in order)
            return f"The step takes its arguments in the order ({there}). It is called as step({', '.join(names)})."
    return None


# x, v, g, lr, alpha, eps: first the two steps of the hand example, then inputs that tell every pair of the formulas below
# apart, the last one with a gradient that whoever clips gradients would clip. All their roots are whole numbers.
INPUTS = [
    ([2.0], [0.0], [4.0], 0.5, 0.75, 0.0),
    ([1.0], [4.0], [2.0], 0.5, 0.75, 0.0),
    ([2.0, 1.0, -1.0], [12.0, 0.0, 92.0], [8.0, -2.0, 20.0], 0.5, 0.75, 3.0),
    ([1.0, -3.0], [2.0, 94.0], [-4.0, 2.0], 0.25, 0.5, 1.0),
    ([1.0, -2.0], [0.0, 4.0], [0.0, 0.0], 0.5, 0.75, 0.125),
    ([3.0], [0.0], [-4000.0], 0.5, 0.75, 8.0),
]


def _rmsprop(x, v, g, lr, alpha, eps):
    x, v, g = np.array(x), np.array(v), np.array(g)
    v = alpha * v + (1 - alpha) * g**2
    x = x - lr * g / (np.sqrt(v) + eps)
    return x, v


@cache
def _arrays(i):
    """x, v and g of an input, and the new v."""
    return *map(np.array, INPUTS[i][:3]), _rmsprop(*INPUTS[i])[1]


class _Names:
    """What the formulas below speak of, at one of the inputs: the arguments, w the new v (that of a wrong line, a function of
    these names, when it is given), and t which call it was.

    ``inside`` says where ε stands in `root`.
    """

    def __init__(self, i, inside, w=None):
        *_, self.lr, self.alpha, self.eps = INPUTS[i]
        self.x, self.v, self.g, self.w = _arrays(i)
        self.t, self.inside = i + 1, inside
        if w is not None:
            self.w = w(self)

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

TWO_ANSWERS = (
    "Called twice with the same arguments, the step gave two different answers. It keeps something of its own between the calls; "
    "all that a step of RMSprop remembers is v."
)
CLIPPED = "The gradient is clipped. RMSprop takes it as it is: its step is bounded already, however large g is."
ABSOLUTE = "The step has ∣g∣ on top, so x can only go down, whichever way the slope is. The plain g keeps its sign."
DOUBLED = "The step is twice as long as it should be: it has 2 g on top, or 2 γ. RMSprop has γ g."
UPHILL = "The sign of the step is a plus, so it goes uphill. x moves against the gradient, x − γ g/(√v + ε)."
NO_RATE = "The learning rate γ is missing in the step."
FIXED_RATE = "γ is written into the step as a number. Use the argument lr, so that whoever calls the step can choose it."
FIXED_RATES = (1e-4, 1e-3, 0.01, 0.1, 0.4)

# Mistakes that a second one can stand beside in the line for x, and what that line would give without them.
UNDONE = [
    (UPHILL, lambda n, x: 2 * n.x - x),
    (NO_RATE, lambda n, x: n.x + n.lr * (x - n.x)),
    *((FIXED_RATE, lambda n, x, lr=lr: n.x + n.lr / lr * (x - n.x)) for lr in FIXED_RATES),
    (ABSOLUTE, lambda n, x: n.x + np.where(n.g < 0, -1, 1) * (x - n.x)),
    (DOUBLED, lambda n, x: n.x + (x - n.x) / 2),
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
        "α and 1 − α are the same share in both halves of the line for v. The old v is kept with the share α and g² comes in with the "
        "rest, 1 − α.",
        lambda n: n.alpha * n.v + n.alpha * n.g**2,
        lambda n: (1 - n.alpha) * n.v + (1 - n.alpha) * n.g**2,
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
    (
        CLIPPED,
        *(lambda n, c=c: n.alpha * n.v + (1 - n.alpha) * np.clip(n.g, -c, c) ** 2 for c in (0.5, 1, 5, 10, 100, 1000)),
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
        *(lambda n, eps=eps: n.x - n.lr * n.g / n.root(n.w, eps) for eps in (1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1)),
    ),
    (
        "ε is squared inside the root, √(v + ε²). The course adds ε to the root, √v + ε; Keras and optax write √(v + ε).",
        lambda n: n.x - n.lr * n.g / np.sqrt(n.w + n.eps**2),
    ),
    (
        "The divisor is the larger of √v and ε. In RMSprop ε is added to √v, at every step.",
        lambda n: n.x - n.lr * n.g / np.maximum(np.sqrt(n.w), n.eps),
        lambda n: n.x - n.lr * n.g / np.sqrt(np.maximum(n.w, n.eps)),
    ),
    (
        "ε is added to x and not to √v: division binds more tightly than addition. The divisor needs brackets, / (√v + ε).",
        lambda n: n.x - n.lr * n.g / np.sqrt(n.w) + n.eps,
        lambda n: n.x - (n.lr * n.g / np.sqrt(n.w) + n.eps),
    ),
    (
        UPHILL,
        lambda n: n.x + n.lr * n.g / n.root(n.w),
    ),
    (
        "The gradient is not divided by √v + ε: x − γ g is plain gradient descent.",
        lambda n: n.x - n.lr * n.g,
    ),
    (
        "The step divides g by its own size, which is sign descent: every step is γ long. RMSprop divides by √v, which remembers.",
        lambda n: n.x - n.lr * np.sign(n.g),
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
        ABSOLUTE,
        lambda n: n.x - n.lr * np.abs(n.g) / n.root(n.w),
    ),
    (
        DOUBLED,
        lambda n: n.x - n.lr * 2 * n.g / n.root(n.w),
    ),
    (
        CLIPPED,
        *(lambda n, c=c: n.x - n.lr * np.clip(n.g, -c, c) / n.root(n.w) for c in (0.5, 1, 5, 10, 100, 1000)),
    ),
    (
        "The gradient is missing in the step: γ/(√v + ε) alone has no direction.",
        lambda n: n.x - n.lr / n.root(n.w),
    ),
    (
        NO_RATE,
        lambda n: n.x - n.g / n.root(n.w),
    ),
    (
        FIXED_RATE,
        *(lambda n, lr=lr: n.x - lr * n.g / n.root(n.w) for lr in FIXED_RATES),
    ),
    (
        "γ is added to the quotient. It multiplies the quotient: γ g/(√v + ε).",
        lambda n: n.x - (n.lr + n.g / n.root(n.w)),
        lambda n: n.x - n.lr + n.g / n.root(n.w),
        lambda n: n.x + n.lr - n.g / n.root(n.w),
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
    """Whether two arrays are the same but for rounding, ∞ and NaN included: np.allclose written out, for it is asked very often."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    with np.errstate(invalid="ignore"):
        near = (np.abs(a - b) <= 1e-9 + 1e-6 * np.abs(b)) & np.isfinite(b)
    return bool((near | (a == b) | ((a != a) & (b != b))).all())


def _at(i):
    named = zip(("x", "v", "g", "lr", "alpha", "eps"), INPUTS[i], strict=True)
    return ", ".join(f"{name} = {value}" for name, value in named)


def _pair(x, v):
    return f"x = {x.tolist()}, v = {v.tolist()}"


def _raised(i, error):
    said = f"{type(error).__name__}: {error}".removesuffix(".").removesuffix(": ")
    if isinstance(error, TypeError) and ("bitwise_xor" in said or "for ^" in said):
        return "In Python ^ is not a power but the bitwise exclusive or, which floats do not have. Write g**2 for the square of g."
    return (
        f"At {_at(i)} the step raised {said}. It is called as step(x, v, g, lr, alpha, eps); "
        "x, v and g are arrays with one entry for each parameter."
    )
