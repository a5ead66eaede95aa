"""The search, as a reader meets it: the built index in a real browser, from the disk and from a server."""

import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import SITE

# What readers type, and the page that must come first. Nobody told the search of these words one by one: they come from the
# glossary, from titles and headings, and from the text.
WORDS = {
    "one-step-size": ["gradient descent", "overshoot", "diverge", "divergence", "2/lambda_max", "condition number", "ill-conditioned", "SGD", "standardise inputs"],
    "own-ruler": ["Rprop", "preconditioning", "Hessian", "element-wise", "scale invariance"],
    "adagrad": ["adagrad", "vanishing learning rate", "learning rate goes to zero", "sparse gradients", "dying learning rate"],
    "moving-average": ["EMA", "exponential moving average", "half-life", "halflife", "window", "bias correction", "decay rate"],
    "rmsprop": ["learning rate", "step size", "rmsprop", "rms prop", "root mean square", "why squares", "order of the two lines", "numerical example", "update v before or after"],
    "what-a-step-is-worth": ["initial accumulator", "initial_accumulator_value", "cold start", "gradients shrink geometrically", "non-stationary problems"],
    "bottom-of-the-valley": ["spike", "loss spike", "oscillation", "oscillate", "instability", "edge of stability", "limit cycle", "does not converge", "gamma/2", "rotated valley"],
    "epsilon": ["epsilon", "eps", "fp16", "half precision", "mixed precision", "bfloat16", "bf16", "divide by zero", "NaN", "loss is nan", "underflow", "loss scaling"],
    "tuning": ["warm-up", "warmup", "L2", "weight decay", "checkpoint", "resume", "state_dict", "batch size", "learning rate schedule", "cosine annealing", "lr finder", "how to choose alpha", "time complexity"],
    "networks": ["backpropagation", "LSTM", "vanishing gradients", "exploding gradients"],
    "adam": ["adam", "momentum", "Nesterov", "AMSGrad", "Lion", "Muon", "centered RMSprop variance", "local minima"],
    "notation": ["rho", "β₂", "beta2"],
    "exam": ["advantages and disadvantages of RMSprop", "pros and cons"],
    "bank": ["flashcards", "multiple choice questions", "true or false"],
    "mock-papers": ["past papers", "mock exam"],
}


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page(viewport={"width": 390, "height": 844}, offline=True)
    page.goto((SITE / "search.html").as_uri() + "?q=rmsprop")
    page.wait_for_selector("#search-results a")
    yield page
    page.close()


def found(page, words):
    """The pages and places that a search finds, best first."""
    return page.evaluate("words => Search._performSearch(words).map(([page, , place]) => page.split('/').pop() + place)", words)


@pytest.mark.parametrize("chapter, words", [(chapter, words) for chapter in WORDS for words in WORDS[chapter]])
def test_the_word_a_reader_types_finds_the_chapter(page, chapter, words):
    first = [*found(page, words), ""][0]
    assert first.partition("#")[0] == chapter and not re.search("#(exercises|more-exercises|test-yourself)$", first), found(page, words)[:4]


@pytest.mark.parametrize(
    "words, place",
    [
        ("learning rate", "rmsprop#two-lines"),
        ("choose learning rate", "tuning#finding"),
        ("memory", "tuning#how-much-memory-the-state-takes"),
        ("update v before or after", "rmsprop#update-first-then-divide"),
        ("what does RMSprop stand for", "rmsprop#two-lines"),
        ("gradient descent", "one-step-size#downhill-one-step-at-a-time"),
        ("kappa", "one-step-size#the-condition-number-how-long-is-the-valley"),
        ("set eps", "tuning#a-recipe"),
        ("rho", "notation#one-thing-many-names"),
        ("does RMSprop converge", "bottom-of-the-valley#where-it-ends-an-oscillation-of-width"),
        ("step size bound", "what-a-step-is-worth#the-longest-step"),
        ("how large is the first step", "what-a-step-is-worth#the-first-step-is-1-long"),
        ("who invented RMSprop", "rmsprop#where-it-comes-from"),
        ("RMSprop bias correction", "moving-average#the-empty-start-and-its-bias-correction"),
        ("why square root", "rmsprop#two-lines"),
        ("RMSprop update rule", "rmsprop#two-lines"),
        ("learning rate too high", "tuning#a-map-of-all-settings"),
        ("why decay the learning rate", "bottom-of-the-valley#how-to-make-it-settle"),
        ("why does Adagrad slow down", "adagrad#when-the-learning-rate-vanishes"),
        ("half-life", "moving-average#four-lengths-of-memory"),
        ("initial value of v", "what-a-step-is-worth#v0-is-a-choice"),
        ("practice questions", "bank"),
    ],
)
def test_the_commonest_words_lead_to_the_section_that_tells(page, words, place):
    assert found(page, words)[0] == place, found(page, words)[:4]


@pytest.mark.parametrize("typed, same", [("normalization", "normalisation"), ("optimiser", "optimizer"), ("epsilom", "epsilon"), ("WARM UP", "warm-up"), ("momentums", "momentum")])
def test_another_spelling_finds_the_same(page, typed, same):
    assert set(found(page, same)[:3]) & set(found(page, typed)[:3])


def test_a_question_finds_what_says_most_of_its_words(page):
    assert found(page, "why is my loss suddenly NaN in half precision")[0].startswith("epsilon")
    assert found(page, "what is the half-life of a moving average")[0].startswith("moving-average")
    assert found(page, "zzzzqqq") == []


def test_a_result_is_seen_on_a_phone_and_leads_to_its_section(page):
    """The class of the list once hid it below 34 rem."""
    first = page.locator("#search-results li").first
    assert first.bounding_box()["height"] > 20
    pages = page.locator("#search-results .where").all_inner_texts()
    assert pages and not any(re.match(r"(\d+)\s+\1\b", name) for name in pages), "A chapter's number stands there once."
    page.goto((SITE / "search.html").as_uri() + "?q=why+squares")
    page.locator("#search-results a").first.click()
    page.wait_for_url("**/*.html#*")
    assert page.evaluate("document.querySelector(decodeURIComponent(location.hash)).getBoundingClientRect().top") < 844
    page.goto((SITE / "search.html").as_uri() + "?q=rmsprop")
    page.wait_for_selector("#search-results a")


def test_the_words_of_the_search_before_are_not_marked(page):
    for words in ("step+of+rmsprop", "what+a+step+is+worth"):
        page.goto((SITE / "search.html").as_uri() + f"?q={words}")
        page.wait_for_selector("#search-results a")
        page.wait_for_timeout(100)
    assert page.locator(".highlighted").count() == 0
    page.goto((SITE / "search.html").as_uri() + "?q=rmsprop")
    page.wait_for_selector("#search-results a")


def test_eight_results_are_shown_and_more_when_asked(page):
    # The button is there at once, and the results come one by one.
    page.wait_for_function("document.querySelectorAll('#search-results li').length >= 8")
    page.wait_for_timeout(200)
    assert page.locator("#search-results li").count() == 8 and page.locator(".more").count() == 1
    page.locator(".more").click()
    page.wait_for_function("document.querySelectorAll('#search-results li').length >= 16")
    page.wait_for_timeout(200)
    assert page.locator("#search-results li").count() == 16 and page.locator(".more").count() == 1


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def test_an_excerpt_has_words_and_no_code(chromium):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = chromium.new_page()
    for words in ("epsilon", "half-life", "dialect"):
        page.goto(f"http://127.0.0.1:{server.server_port}/search.html?q={words}")
        page.wait_for_selector("#search-results .context")
        page.wait_for_timeout(500)
        for text in page.locator("#search-results .context").all_inner_texts():
            assert "assert " not in text and "np." not in text and "import " not in text and "def " not in text, text
            assert not text.startswith("...")
    page.close()
    server.shutdown()
    server.server_close()
