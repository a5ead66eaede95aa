"""`check` names the mistake: one wrong function for each, written as a reader would write it, and right ones in many styles."""

import math
import re
from dataclasses import FrozenInstanceError
from functools import partial
from itertools import product

import numpy as np
import pytest

from rmsprop_lib.check import Verdict, check


# Right ones.


def as_on_the_page(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    x = x - lr * g / (np.sqrt(v) + eps)
    return x, v


def with_other_names(theta, s, d, eta, rho, epsilon):
    s = s + (1 - rho) * (d * d - s)
    rate = eta / (s**0.5 + epsilon)
    return theta - rate * d, s


def with_a_loop(x, v, g, lr, alpha, eps):
    x, v = x.copy(), v.copy()
    for i in range(len(x)):
        v[i] = alpha * v[i] + (1 - alpha) * g[i] ** 2
        x[i] -= lr * g[i] / (math.sqrt(v[i]) + eps)
    return x, v


def with_lists(x, v, g, lr, alpha, eps):
    v = [alpha * b + (1 - alpha) * c**2 for b, c in zip(v, g, strict=True)]
    return [float(a) - lr * c / (math.sqrt(b) + eps) for a, b, c in zip(x, v, g, strict=True)], v


def with_numpy_calls(x, v, g, lr, alpha, eps):
    v_new = np.add(np.multiply(alpha, v), np.multiply(1 - alpha, np.square(g)))
    return [np.subtract(x, np.divide(np.multiply(lr, g), np.add(np.sqrt(v_new), eps))), v_new]


def in_single_precision(x, v, g, lr, alpha, eps):
    x, v, g = (a.astype(np.float32) for a in (x, v, g))
    return as_on_the_page(x, v, g, lr, alpha, eps)


def stacked(x, v, g, lr, alpha, eps):
    return np.stack(as_on_the_page(x, v, g, lr, alpha, eps))


class AsAnObject:
    def __call__(self, x, v, g, lr=0.1, alpha=0.9, eps=1e-8):
        return as_on_the_page(x, v, g, lr, alpha, eps)


@pytest.mark.parametrize(
    "step",
    [
        as_on_the_page,
        with_other_names,
        with_a_loop,
        with_lists,
        with_numpy_calls,
        in_single_precision,
        stacked,
        AsAnObject(),
        lambda x, v, g, lr, alpha, eps: as_on_the_page(x, v, g, lr, alpha, eps),
    ],
)
def test_right_steps_are_told_so(step):
    verdict = check(step)
    assert verdict, verdict
    assert verdict.message == "Right: both lines are RMSprop, with ε outside the root."


def inside(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / np.sqrt(v + eps), v


def inside_with_a_loop(x, v, g, lr, alpha, eps):
    new = [alpha * b + (1 - alpha) * c * c for b, c in zip(v, g, strict=True)]
    return np.array([a - lr * c * (b + eps) ** -0.5 if c else a for a, b, c in zip(x, new, g, strict=True)]), np.array(new)


@pytest.mark.parametrize("sign", [-1, 1])
def test_eps_has_one_place_at_every_input(sign):
    """A step that moves ε as its size decides is neither convention, and no mistake with a name."""

    def step(x, v, g, lr, alpha, eps):
        v = alpha * v + (1 - alpha) * g**2
        return x + sign * lr * g / (np.sqrt(v + eps) if eps > 2 else np.sqrt(v) + eps), v

    verdict = check(step)
    assert not verdict and verdict.message.startswith("At x = ")


@pytest.mark.parametrize("step", [inside, inside_with_a_loop])
def test_eps_inside_the_root_is_another_convention(step):
    verdict = check(step)
    assert verdict.ok
    assert "inside the root" in verdict.message and "Keras" in verdict.message


def test_the_library_and_the_page_agree_with_the_checker():
    from rmsprop_lib import Adagrad, GradientDescent, RMSprop

    assert check(lambda x, v, g, lr, alpha, eps: RMSprop(lr, alpha, eps).step(x, v, g))
    assert check(lambda x, v, g, lr, alpha, eps: RMSprop(lr, alpha, 0, eps).step(x, v, g))
    assert "Adagrad" in check(lambda x, v, g, lr, alpha, eps: Adagrad(lr, eps).step(x, v, g)).message
    verdict = check(lambda x, v, g, lr, alpha, eps: (GradientDescent(lr).step(x, (), g)[0], alpha * v + (1 - alpha) * g**2))
    assert "plain gradient descent" in verdict.message


# Wrong ones: the line for v. Each returns what a reader's code would, and comes with words that only its own sentence has.


def v_line(line):
    """A step whose line for v is ``line`` and whose line for x is right."""

    def step(x, v, g, lr, alpha, eps):
        v = line(v, g, alpha)
        return x - lr * g / (np.sqrt(v) + eps), v

    return step


def normalises_the_whole_vector_in_v(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * np.dot(g, g)
    return x - lr * g / (np.sqrt(v) + eps), v


def averages_absolute_values(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * abs(g)
    return x - lr * g / (v + eps), v


def corrects_the_bias_and_keeps_it(x, v, g, lr, alpha, eps):
    v = (alpha * v + (1 - alpha) * g**2) / (1 - alpha)
    return x - lr * g / (np.sqrt(v) + eps), v


def counts_its_steps_and_keeps_it():
    t = 0

    def step(x, v, g, lr, alpha, eps):
        nonlocal t
        t += 1
        v = (alpha * v + (1 - alpha) * g**2) / (1 - alpha**t)
        return x - lr * g / (np.sqrt(v) + eps), v

    return step


def forgets_to_return_the_new_v(x, v, g, lr, alpha, eps):
    new = alpha * v + (1 - alpha) * g**2
    return x - lr * g / (np.sqrt(new) + eps), v


def returns_the_root(x, v, g, lr, alpha, eps):
    rms = np.sqrt(alpha * v + (1 - alpha) * g**2)
    return x - lr * g / (rms + eps), rms


def returns_the_divisor(x, v, g, lr, alpha, eps):
    divisor = np.sqrt(alpha * v + (1 - alpha) * g**2) + eps
    return x - lr * g / divisor, divisor


def returns_the_divisor_inside(x, v, g, lr, alpha, eps):
    divisor = np.sqrt(alpha * v + (1 - alpha) * g**2 + eps)
    return x - lr * g / divisor, divisor


def square_forgotten_with_a_loop(x, v, g, lr, alpha, eps):
    new_x, new_v = [], []
    for a, b, c in zip(x.tolist(), v.tolist(), g.tolist(), strict=True):
        b = alpha * b + (1 - alpha) * c
        new_v.append(b)
        new_x.append(a - lr * c / (math.sqrt(b) + eps))  # raises where b is below 0
    return new_x, new_v


def clips_the_gradient(to):
    return lambda x, v, g, lr, alpha, eps: as_on_the_page(x, v, np.clip(g, -to, to), lr, alpha, eps)


V_MISTAKES = {
    "sum": (v_line(lambda v, g, alpha: v + g**2), "That is Adagrad"),
    "no 1-alpha": (v_line(lambda v, g, alpha: alpha * v + g * g), "1 − α in front of g² is missing"),
    "swapped": (v_line(lambda v, g, alpha: (1 - alpha) * v + alpha * g**2), "have changed places"),
    "no square": (v_line(lambda v, g, alpha: alpha * v + (1 - alpha) * g), "The square is missing"),
    "no square, loop": (square_forgotten_with_a_loop, "The square is missing"),
    "absolute values": (averages_absolute_values, "absolute values |g|"),
    "square of the average": (v_line(lambda v, g, alpha: (alpha * v + (1 - alpha) * g) ** 2), "square of an average"),
    "no brackets": (v_line(lambda v, g, alpha: alpha * v + 1 - alpha * g**2), "The brackets around 1 − α are missing"),
    "same share, α": (v_line(lambda v, g, alpha: alpha * v + alpha * g**2), "the same share in both halves"),
    "same share, 1-alpha": (v_line(lambda v, g, alpha: (1 - alpha) * v + (1 - alpha) * g**2), "the same share in both halves"),
    "clipped": (clips_the_gradient(1.0), "The gradient is clipped"),
    "clipped, far out": (clips_the_gradient(100.0), "The gradient is clipped"),
    "minus": (v_line(lambda v, g, alpha: alpha * v - (1 - alpha) * g**2), "a minus between the two parts"),
    "whole vector, sum": (normalises_the_whole_vector_in_v, "length of the whole gradient"),
    "whole vector, mean": (v_line(lambda v, g, alpha: alpha * v + (1 - alpha) * np.mean(g**2)), "length of the whole gradient"),
    "whole vector, norm": (v_line(lambda v, g, alpha: alpha * v + (1 - alpha) * math.sqrt(sum(g**2))), "length of the whole gradient"),
    "bias-corrected": (corrects_the_bias_and_keeps_it, "or by 1 − αᵗ: that is"),
    "bias-corrected by a counter": (partial(counts_its_steps_and_keeps_it), "or by 1 − αᵗ: that is"),
    "v not returned": (forgets_to_return_the_new_v, "v comes back as it went in"),
    "old v lost": (v_line(lambda v, g, alpha: (1 - alpha) * g**2), "The old v is lost"),
    "old v lost, alpha too": (v_line(lambda v, g, alpha: g**2), "The old v is lost"),
    "root returned": (returns_the_root, "What comes back as v is its root"),
    "root returned, with eps": (returns_the_divisor, "What comes back as v is its root"),
    "root returned, with eps inside": (returns_the_divisor_inside, "What comes back as v is its root"),
    "alpha fixed at 0.95": (v_line(lambda v, g, alpha: 0.95 * v + 0.05 * g**2), "α is written into"),
    "alpha fixed at 0.999": (v_line(lambda v, g, alpha: 0.999 * v + 0.001 * g**2), "α is written into"),
    "alpha fixed at 0.9": (v_line(lambda v, g, alpha: 0.9 * v + 0.1 * g**2), "α is written into"),
    "alpha fixed at 0.99": (v_line(lambda v, g, alpha: 0.99 * v + 0.01 * g**2), "α is written into"),
}


def eps_in_v(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2 + eps
    return x - lr * g / np.sqrt(v), v


V_MISTAKES["eps in v"] = (eps_in_v, "ε has got into v")


# Wrong ones: the line for x, behind a right line for v.


def x_line(line):
    def step(x, v, g, lr, alpha, eps):
        new = alpha * v + (1 - alpha) * g**2
        return line(x, new, g, lr, eps), new

    return step


def lines_in_the_wrong_order(x, v, g, lr, alpha, eps):
    x = x - lr * g / (np.sqrt(v) + eps)
    v = alpha * v + (1 - alpha) * g**2
    return x, v


def lines_in_the_wrong_order_inside(x, v, g, lr, alpha, eps):
    x = x - lr * g / np.sqrt(v + eps)
    v = alpha * v + (1 - alpha) * g**2
    return x, v


def corrects_the_bias(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    v_hat = v / (1 - alpha)
    return x - lr * g / (np.sqrt(v_hat) + eps), v


def corrects_the_bias_inside(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / np.sqrt(v / (1 - alpha) + eps), v


def counts_its_steps(inside_the_root):
    t = 0

    def step(x, v, g, lr, alpha, eps):
        nonlocal t
        t += 1
        v = alpha * v + (1 - alpha) * g**2
        v_hat = v / (1 - alpha**t)
        return x - lr * g / (np.sqrt(v_hat + eps) if inside_the_root else np.sqrt(v_hat) + eps), v

    return step


def eps_left_out_with_a_loop(x, v, g, lr, alpha, eps):
    v = [alpha * b + (1 - alpha) * c**2 for b, c in zip(v.tolist(), g.tolist(), strict=True)]
    return [a - lr * c / math.sqrt(b) for a, b, c in zip(x.tolist(), v, g.tolist(), strict=True)], v  # 0/0 raises


X_MISTAKES = {
    "old v": (lines_in_the_wrong_order, "root of the old v"),
    "old v, inside": (lines_in_the_wrong_order_inside, "root of the old v"),
    "no root": (x_line(lambda x, v, g, lr, eps: x - lr * g / (v + eps)), "The root is missing"),
    "eps twice": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.sqrt(v + eps) + eps)), "ε stands in both places"),
    "no eps": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v)), "ε is left out"),
    "no eps, loop": (eps_left_out_with_a_loop, "ε is left out"),
    "eps fixed": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.sqrt(v) + 1e-8)), "ε is written into"),
    "eps fixed, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v + 1e-10)), "ε is written into"),
    "eps added to x": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v) + eps), "ε is added to x"),
    "eps taken from x": (x_line(lambda x, v, g, lr, eps: x - (lr * g / np.sqrt(v) + eps)), "ε is added to x"),
    "plus": (x_line(lambda x, v, g, lr, eps: x + lr * g / (np.sqrt(v) + eps)), "goes uphill"),
    "plus, inside": (x_line(lambda x, v, g, lr, eps: x + lr * g / np.sqrt(v + eps)), "goes uphill"),
    "not divided": (x_line(lambda x, v, g, lr, eps: x - lr * g), "plain gradient descent"),
    "sign": (x_line(lambda x, v, g, lr, eps: x - lr * np.sign(g)), "which is sign descent"),
    "multiplied": (x_line(lambda x, v, g, lr, eps: x - lr * g * (np.sqrt(v) + eps)), "multiplied by √v"),
    "multiplied, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g * np.sqrt(v + eps)), "multiplied by √v"),
    "norm of g": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.linalg.norm(g) + eps)), "as a whole vector"),
    "root of the sum": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.sqrt(v.sum()) + eps)), "as a whole vector"),
    "root of the sum, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v.sum() + eps)), "as a whole vector"),
    "root of the mean": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.sqrt(v.mean()) + eps)), "as a whole vector"),
    "root of the mean, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v.mean() + eps)), "as a whole vector"),
    "norm of the divisor": (
        x_line(lambda x, v, g, lr, eps: x - lr * g / np.linalg.norm(np.sqrt(v) + eps)),
        "as a whole vector",
    ),
    "bias-corrected": (corrects_the_bias, "before the root is taken"),
    "bias-corrected, inside": (corrects_the_bias_inside, "before the root is taken"),
    "bias-corrected by a counter": (partial(counts_its_steps, False), "before the root is taken"),
    "bias-corrected by a counter, inside": (partial(counts_its_steps, True), "before the root is taken"),
    "g squared": (x_line(lambda x, v, g, lr, eps: x - lr * g**2 / (np.sqrt(v) + eps)), "divides g² by the root"),
    "g squared, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g**2 / np.sqrt(v + eps)), "divides g² by the root"),
    "no g": (x_line(lambda x, v, g, lr, eps: x - lr / (np.sqrt(v) + eps)), "has no direction"),
    "no g, inside": (x_line(lambda x, v, g, lr, eps: x - lr / np.sqrt(v + eps)), "has no direction"),
    "no lr": (x_line(lambda x, v, g, lr, eps: x - g / (np.sqrt(v) + eps)), "learning rate γ is missing"),
    "no lr, inside": (x_line(lambda x, v, g, lr, eps: x - g / np.sqrt(v + eps)), "learning rate γ is missing"),
    "divided as a whole": (x_line(lambda x, v, g, lr, eps: (x - lr * g) / (np.sqrt(v) + eps)), "divided as a whole"),
    "divided as a whole, inside": (x_line(lambda x, v, g, lr, eps: (x - lr * g) / np.sqrt(v + eps)), "divided as a whole"),
    "step returned": (x_line(lambda x, v, g, lr, eps: lr * g / (np.sqrt(v) + eps)), "is the step alone"),
    "step returned, inside": (x_line(lambda x, v, g, lr, eps: lr * g / np.sqrt(v + eps)), "is the step alone"),
    "minus step returned": (x_line(lambda x, v, g, lr, eps: -lr * g / np.sqrt(v + eps)), "is the step alone"),
    "minus step returned, outside": (x_line(lambda x, v, g, lr, eps: -lr * g / (np.sqrt(v) + eps)), "is the step alone"),
    "fixed lr": (x_line(lambda x, v, g, lr, eps: x - 0.01 * g / (np.sqrt(v) + eps)), "γ is written into"),
    "fixed lr, inside": (x_line(lambda x, v, g, lr, eps: x - 0.001 * g / np.sqrt(v + eps)), "γ is written into"),
    "fixed eps of 1e-5": (x_line(lambda x, v, g, lr, eps: x - lr * g / (np.sqrt(v) + 1e-5)), "ε is written into"),
    "fixed eps of 0.1": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v + 0.1)), "ε is written into"),
    "eps squared": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(v + eps**2)), "ε is squared inside the root"),
    "larger of the two": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.maximum(np.sqrt(v), eps)), "the larger of √v and ε"),
    "larger, inside": (x_line(lambda x, v, g, lr, eps: x - lr * g / np.sqrt(np.maximum(v, eps))), "the larger of √v and ε"),
    "|g|": (x_line(lambda x, v, g, lr, eps: x - lr * abs(g) / (np.sqrt(v) + eps)), "∣g∣ on top"),
    "2g": (x_line(lambda x, v, g, lr, eps: x - 2 * lr * g / (np.sqrt(v) + eps)), "twice as long"),
    "clipped in x alone": (x_line(lambda x, v, g, lr, eps: x - lr * np.clip(g, -100, 100) / (np.sqrt(v) + eps)), "The gradient is clipped"),
    "lr added": (x_line(lambda x, v, g, lr, eps: x - (lr + g / (np.sqrt(v) + eps))), "γ is added to the quotient"),
    "lr added, other sign": (x_line(lambda x, v, g, lr, eps: x - lr + g / np.sqrt(v + eps)), "γ is added to the quotient"),
    "x unchanged": (x_line(lambda x, v, g, lr, eps: x), "x comes back as it went in"),
}


# Wrong ones: the form.


def changes_x(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    x -= lr * g / (np.sqrt(v) + eps)
    return x, v


def changes_v(x, v, g, lr, alpha, eps):
    v *= alpha
    v += (1 - alpha) * g**2
    return x - lr * g / (np.sqrt(v) + eps), v


def changes_g(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    g *= lr
    return x - g / (np.sqrt(v) + eps), v


def changes_v_with_a_loop(x, v, g, lr, alpha, eps):
    for i in range(len(v)):
        v[i] = alpha * v[i] + (1 - alpha) * g[i] ** 2
    return x - lr * g / (np.sqrt(v) + eps), v


def returns_nothing(x, v, g, lr, alpha, eps):
    as_on_the_page(x, v, g, lr, alpha, eps)


IN_PLACE = (
    "The step changes its argument {0} in place, and so the array of whoever called it. Make a new array: “{0} = …” does, while "
    "“{0} += …”, “{0} *= …” and “{0}[…] = …” write into the old one."
)
NOTHING = "The step returns nothing. Its last line must be “return x, v”."
ONE_ARRAY = "The step returns one array. It must return two, x and v: the next step needs this v."
NO_PAIR = "The step returns {}. It must return the pair (x, v)."
SWAPPED = "The two results are swapped: the step returns (v, x). It must return (x, v)."
SHAPE = "The {} that comes back has the shape {}; it must have the shape of x, here (1,)."
NO_NUMBERS = "The step returns {} as {}. It must be an array of numbers, of the shape of x."
THREE = (np.array([1.0]), np.array([4.0]), np.array([4.0]))

# These come with their sentence in full.
FORM_MISTAKES = {
    "x in place": (changes_x, IN_PLACE.format("x")),
    "v in place": (changes_v, IN_PLACE.format("v")),
    "g in place": (changes_g, IN_PLACE.format("g")),
    "v in place, loop": (changes_v_with_a_loop, IN_PLACE.format("v")),
    "nothing": (returns_nothing, NOTHING),
    "only x": (lambda *a: as_on_the_page(*a)[0], ONE_ARRAY),
    "only v": (lambda *a: as_on_the_page(*a)[1], ONE_ARRAY),
    "a number": (lambda *a: 3.5, NO_PAIR.format("3.5")),
    "a word": (lambda *a: "x, v", NO_PAIR.format("'x, v'")),
    "three": (lambda *a: (*as_on_the_page(*a), a[2]), NO_PAIR.format(THREE)),
    "order": (lambda *a: as_on_the_page(*a)[::-1], SWAPPED),
    "order, inside": (lambda *a: inside(*a)[::-1], SWAPPED),
    "x a number": (lambda *a: (as_on_the_page(*a)[0].sum(), as_on_the_page(*a)[1]), SHAPE.format("x", "()")),
    "v a number": (lambda *a: (as_on_the_page(*a)[0], as_on_the_page(*a)[1].sum()), SHAPE.format("v", "()")),
    "x a column": (lambda *a: (as_on_the_page(*a)[0][:, None], as_on_the_page(*a)[1]), SHAPE.format("x", "(1, 1)")),
    "x too long": (lambda *a: (np.append(a[0], 0.0), as_on_the_page(*a)[1]), SHAPE.format("x", "(2,)")),
    "v a word": (lambda *a: (as_on_the_page(*a)[0], "v"), NO_NUMBERS.format("'v'", "v")),
    "v nothing": (lambda *a: (as_on_the_page(*a)[0], [None, {}]), NO_NUMBERS.format("[None, {}]", "v")),
    "x a ragged list": (lambda *a: ([[1.0], [1.0, 2.0]], a[1]), NO_NUMBERS.format("[[1.0], [1.0, 2.0]]", "x")),
    "one number in an array": (lambda *a: np.array(3.5), ONE_ARRAY),
    "x complex": (lambda *a: (as_on_the_page(*a)[0] + 0j, as_on_the_page(*a)[1]), NO_NUMBERS.format("array([1.+0.j])", "x")),
    "v too large for a float": (lambda *a: (a[0], [10**400 for _ in a[0]]), NO_NUMBERS.format(f"[{10**400}]", "v")),
}

MISTAKES = {
    f"{kind}: {name}": mistake
    for kind, table in {"v": V_MISTAKES, "x": X_MISTAKES, "form": FORM_MISTAKES}.items()
    for name, mistake in table.items()
}


def check_anew(step):
    """The verdict on a step; one that counts its calls is made anew, so that it counts from the beginning."""
    return check(step() if isinstance(step, partial) else step)


@pytest.mark.parametrize("name", MISTAKES)
def test_the_mistake_is_named(name):
    step, words = MISTAKES[name]
    verdict = check_anew(step)
    assert not verdict
    assert verdict.ok is False
    assert verdict.message == words if name.startswith("form") else words in verdict.message, verdict
    assert not {other for _, other in MISTAKES.values() if other in verdict.message and other not in words}


def test_every_sentence_of_the_tables_is_earned_by_one_of_the_functions_above():
    from rmsprop_lib.check import WRONG_V, WRONG_X

    said = {check_anew(step).message for step, _ in MISTAKES.values()}
    assert {sentence for sentence, *_ in [*WRONG_V, *WRONG_X]} <= said


def test_what_the_tables_say_is_made_of_sentences():
    from rmsprop_lib.check import RIGHT_X, WRONG_V, WRONG_X

    for said, *_ in [*RIGHT_X, *WRONG_V, *WRONG_X]:
        assert said.endswith(".")
        for sentence in said.rstrip(".").split(". "):
            assert re.match("RMSprop |[A-Z][a-z]|[vxαεγ] ", sentence), sentence


def test_every_formula_of_the_tables_earns_its_own_sentence_and_no_other():
    from rmsprop_lib.check import INPUTS, WRONG_V, WRONG_X, _Names, _rmsprop

    class Replay:
        """A step that answers call number i as a row of the tables would."""

        def __init__(self, part, formula, inside):
            self.part, self.formula, self.inside, self.calls = part, formula, inside, 0

        def __call__(self, *arguments):
            names = _Names(self.calls % len(INPUTS), self.inside)
            answer = list(_rmsprop(*INPUTS[self.calls % len(INPUTS)]))
            answer[self.part] = self.formula(names)
            self.calls += 1
            return answer

    for part, table in ((1, WRONG_V), (0, WRONG_X)):
        for sentence, *formulas in table:
            for formula, inside in product(formulas, (False, True)):
                assert check(Replay(part, formula, inside)).message == sentence


# What does not fit.


def test_an_exception_is_reported_with_the_call():
    def calls_math(x, v, g, lr, alpha, eps):
        v = alpha * v + (1 - alpha) * g**2
        return x - lr * g / (math.sqrt(v) + eps), v

    def asks_the_truth_of_an_array(x, v, g, lr, alpha, eps):
        return (x, v) if g == 0 else as_on_the_page(x, v, g, lr, alpha, eps)

    def takes_too_few(x, v, g):
        return x, v

    def divides_by_zero(x, v, g, lr, alpha, eps):
        return x, 1 // 0

    def says_what_it_got(x, v, g, lr, alpha, eps):
        raise ValueError(f"I do not take g = {g} at ε = {eps}.")

    called = " It is called as step(x, v, g, lr, alpha, eps); x, v and g are arrays with one entry for each parameter."
    at_first = "At x = [2.0], v = [0.0], g = [4.0], lr = 0.5, alpha = 0.75, eps = 0.0 the step raised "
    assert check(divides_by_zero) == Verdict(False, f"{at_first}ZeroDivisionError: integer division or modulo by zero.{called}")
    assert check(says_what_it_got) == Verdict(False, f"{at_first}ValueError: I do not take g = [4.] at ε = 0.0.{called}")
    assert "TypeError" in check(takes_too_few).message and "3 positional arguments" in check(takes_too_few).message
    # Where it works on some inputs, it is the first of the others that is told.
    verdict = check(asks_the_truth_of_an_array)
    at_third = "At x = [2.0, 1.0, -1.0], v = [12.0, 0.0, 92.0], g = [8.0, -2.0, 20.0], lr = 0.5, alpha = 0.75, eps = 3.0"
    assert verdict.message.startswith(f"{at_third} the step raised ValueError: The truth value of an array")
    assert verdict.message.endswith(called) and verdict.ok is False
    assert check(calls_math).ok is False and "Error" in check(calls_math).message


def test_the_first_input_at_which_a_step_raises_is_told():
    def takes_one_parameter(x, v, g, lr, alpha, eps):
        if len(x) > 1:
            raise ValueError(f"{len(x)} parameters are too many")
        return x, alpha * v + (1 - alpha) * g**2 + 0.5

    assert "At x = [2.0, 1.0, -1.0]" in (message := check(takes_one_parameter).message) and "ValueError: 3 parameters" in message


def test_a_step_is_given_arrays_and_numbers():
    given = []

    def step(*arguments):
        given.append(arguments)
        return as_on_the_page(*arguments)

    assert check(step)
    for *arrays, lr, alpha, eps in given:
        assert all(isinstance(a, np.ndarray) and a.dtype == float and a.ndim == 1 for a in arrays)
        assert len({a.shape for a in arrays}) == 1 and {type(lr), type(alpha), type(eps)} == {float}
    assert {len(x) for x, *_ in given} == {1, 2, 3}


def test_answers_of_another_type_are_compared_as_numbers():
    def as_objects(*arguments):
        return tuple(part.astype(object) for part in as_on_the_page(*arguments))

    assert check(as_objects)
    whole = check(lambda x, v, g, lr, alpha, eps: ([7] * len(x), [5] * len(x)))
    assert "the step gives x = [7.0], v = [5.0]; RMSprop gives x = [1.0], v = [4.0]." in whole.message


def test_how_close_is_close_enough():
    """Single precision passes; what is off in the sixth digit, or by 1e-8 where RMSprop gives 0, does not."""

    def off(by_factor, by):
        return check(lambda *a: tuple(part * by_factor + by for part in as_on_the_page(*a)))

    assert off(1 + 1e-7, 0) and off(1, 5e-10)
    assert not off(1 + 3e-6, 0) and not off(1 - 3e-6, 0)
    assert not check(v_line(lambda v, g, alpha: alpha * v + (1 - alpha) * g**2 + 1e-8))


def test_a_finite_step_is_not_taken_for_the_infinite_one_of_a_mistake():
    """Divided by the old √v the first step is infinite; whoever catches that has made another mistake."""

    def by_the_old_root(longest):
        def step(x, v, g, lr, alpha, eps):
            with np.errstate(all="ignore"):
                return x - np.clip(lr * g / (np.sqrt(v) + eps), -longest, longest), alpha * v + (1 - alpha) * g**2

        return check(step).message

    assert "old" in by_the_old_root(np.inf) and "old" not in by_the_old_root(1e6)


def test_an_exception_without_words_is_reported_by_its_name():
    def unfinished(x, v, g, lr, alpha, eps):
        raise NotImplementedError

    assert "the step raised NotImplementedError. It is called as step(" in check(unfinished).message


def test_what_fits_nothing_is_shown_at_the_first_input_where_it_differs():
    wrong = check(v_line(lambda v, g, alpha: alpha**2 * v + (1 - alpha) * g**2))
    assert not wrong
    assert wrong.message == (
        "At x = [1.0], v = [4.0], g = [2.0], lr = 0.5, alpha = 0.75, eps = 0.0 the step gives "
        f"x = [{1 - 1 / math.sqrt(4 * 0.75**2 + 1)}], v = [3.25]; RMSprop gives x = [0.5], v = [4.0]."
    )


def test_x_twice_and_v_twice_are_not_taken_for_a_swap():
    for part in (0, 1):
        verdict = check(lambda *a, part=part: (as_on_the_page(*a)[part],) * 2)
        assert not verdict and "swapped" not in verdict.message and "RMSprop gives x = [1.0], v = [4.0]" in verdict.message


def test_a_nan_at_zero_gradient_is_said():
    def sign_by_division(x, v, g, lr, alpha, eps):
        v = alpha * v + (1 - alpha) * g**2
        return x - lr * np.abs(g) / (np.sqrt(v) + eps) * (g / np.abs(g)), v

    message = check(sign_by_division).message
    assert "g = [0.0, 0.0]" in message and "x = [nan, nan]" in message
    assert message.endswith("NaN comes from 0/0 or from the root of a number below 0.")


def test_a_step_with_a_memory_of_its_own_is_found_out():
    remembered = {"v": 0.0}

    def step(x, v, g, lr, alpha, eps):
        remembered["v"] = alpha * np.mean(remembered["v"]) + (1 - alpha) * g**2
        return x - lr * g / (np.sqrt(remembered["v"]) + eps), remembered["v"]

    assert check(step) == Verdict(False, TWO_ANSWERS)


TWO_ANSWERS = (
    "Called twice with the same arguments, the step gave two different answers. It keeps something of its own between the calls; "
    "all that a step of RMSprop remembers is v."
)


@pytest.mark.parametrize("later", [None, 3.5, (), (np.ones(1),) * 3, ("x", "v"), (np.ones(2), np.ones(2))], ids=repr)
def test_a_second_answer_of_another_form_is_found_out_too(later):
    """A step that answers every input of the check in the right form, and then no more."""
    from rmsprop_lib.check import INPUTS

    calls = []

    def step(x, v, g, lr, alpha, eps):
        calls.append(x)
        return (x, v + 1) if len(calls) <= len(INPUTS) else later

    assert check(step) == Verdict(False, TWO_ANSWERS)


def test_a_step_that_raises_when_it_is_called_again_is_found_out():
    from rmsprop_lib.check import INPUTS

    calls = []

    def step(x, v, g, lr, alpha, eps):
        calls.append(x)
        return (x, v + 1) if len(calls) <= len(INPUTS) else 1 / 0

    assert check(step) == Verdict(False, TWO_ANSWERS)


TWO_MISTAKES = {
    "sum, no root": (lambda v, g, a: v + g**2, lambda x, v, g, lr, e: x - lr * g / (v + e), "That is Adagrad", "The root is missing"),
    "no 1-alpha, uphill": (lambda v, g, a: a * v + g**2, lambda x, v, g, lr, e: x + lr * g / np.sqrt(v + e), "1 − α in front of g² is missing", "goes uphill"),
    "swapped, no lr": (lambda v, g, a: (1 - a) * v + a * g**2, lambda x, v, g, lr, e: x - g / (v**0.5 + e), "have changed places", "learning rate γ is missing"),
    "uphill, no root": (None, lambda x, v, g, lr, e: x + lr * g / (v + e), "goes uphill", "The root is missing"),
    "fixed lr, no root": (None, lambda x, v, g, lr, e: x - 0.1 * g / (v + e), "γ is written into", "The root is missing"),
    "|g|, eps squared": (None, lambda x, v, g, lr, e: x - lr * abs(g) / np.sqrt(v + e**2), "∣g∣ on top", "ε is squared inside the root"),
    "2g, no eps": (None, lambda x, v, g, lr, e: x - 2 * lr * g / v**0.5, "twice as long", "ε is left out"),
}


@pytest.mark.parametrize("name", TWO_MISTAKES)
def test_two_mistakes_are_both_named(name):
    of_v, of_x, *words = TWO_MISTAKES[name]

    def step(x, v, g, lr, alpha, eps):
        v = of_v(v, g, alpha) if of_v else alpha * v + (1 - alpha) * g**2
        return of_x(x, v, g, lr, eps), v

    verdict = check(step)
    assert not verdict and verdict.message.startswith("There are 2 mistakes. ") and all(word in verdict.message for word in words)
    assert not [word for _, word in MISTAKES.values() if word in verdict.message and word not in words]


def test_two_mistakes_in_v_are_not_guessed_at():
    assert check(v_line(lambda v, g, alpha: alpha * v - g)).message.startswith("At x = [2.0]")


def test_a_clipped_gradient_is_never_right():
    for to in (0.3, 7.0, 100.0, 3999.0):
        assert not check(clips_the_gradient(to))


def test_eps_has_one_place_on_every_input():
    """Inside on some inputs and outside on others is right on none of the two conventions."""
    for k in range(1, 6):
        calls = []

        def step(x, v, g, lr, alpha, eps, k=k, calls=calls):
            calls.append(x)
            return (inside if len(calls) == k + 1 else as_on_the_page)(x, v, g, lr, alpha, eps)

        verdict = check(step)
        assert not verdict or k in (1, 4), (k, verdict)  # at ε = 0 or g = 0 the two places are one


@pytest.mark.parametrize("order", ["x g v lr alpha eps", "x v g alpha lr eps", "g v x lr alpha eps", "lr alpha eps x v g"])
def test_another_order_of_the_arguments_is_named(order):
    names = ("x", "v", "g", "lr", "alpha", "eps")

    def step(*given):
        return as_on_the_page(**dict(zip(order.split(), given, strict=True)))

    verdict = check(step)
    assert not verdict and f"in the order ({', '.join(order.split())}). It is called as step({', '.join(names)})." in verdict.message


def test_a_power_written_as_in_mathematics_is_named():
    verdict = check(lambda x, v, g, lr, alpha, eps: (x, alpha * v + (1 - alpha) * (g ^ 2)))
    assert not verdict and "Write g**2" in verdict.message
    assert "Write g**2" in check(lambda x, v, g, lr, alpha, eps: (x, [alpha * b + c ^ 2 for b, c in zip(v.tolist(), g.tolist(), strict=True)])).message


def test_a_state_kept_between_the_calls_is_named_though_its_shape_does_not_fit():
    class Step:
        v = 0.0

        def __call__(self, x, v, g, lr, alpha, eps):
            self.v = alpha * self.v + (1 - alpha) * g**2
            return x - lr * g / (np.sqrt(self.v) + eps), self.v

    assert check(Step()) == Verdict(False, TWO_ANSWERS)


def test_the_verdict_is_a_value_that_prints_as_its_sentence():
    verdict = check(as_on_the_page)
    assert verdict == Verdict(True, verdict.message) == check(with_a_loop)
    assert repr(verdict) == str(verdict) == verdict.message
    assert bool(verdict) is verdict.ok is True and bool(check(returns_nothing)) is False
    with pytest.raises(FrozenInstanceError):
        verdict.ok = False


@pytest.mark.parametrize("step", [None, 3, "rmsprop_step", (np.array([1.0]), np.array([4.0]))])
def test_what_is_no_function_is_refused(step):
    with pytest.raises(ValueError) as error:
        check(step)
    assert f"step is {step!r}" in str(error.value) and "must be a function step(x, v, g, lr, alpha, eps)" in str(error.value)


def test_checking_leaves_no_trace():
    from rmsprop_lib import check as package_attribute
    from rmsprop_lib.check import INPUTS

    before = repr(INPUTS)
    for step in (changes_x, changes_v, changes_g, with_a_loop):
        check(step)
        check(step)
    assert repr(INPUTS) == before
    assert package_attribute.check is check  # the module, not the function: the package does not export it
