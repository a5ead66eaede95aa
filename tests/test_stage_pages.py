"""The stage in a real browser: moved by finger, mouse and keyboard, its address, its sentences, and what remains without a script."""

import gzip
import re
from urllib.parse import parse_qs

import numpy as np
import pytest
from conftest import SITE, anew, one_tab
from test_stage import numbers, stage

PAGE = "chapters/stage.html"
AT = "() => document.querySelector('#stage .stage').stage"


@pytest.fixture(scope="module")
def tab(chromium):
    """One page of the browser for all tests of this file that can share it."""
    yield from one_tab(chromium, offline=True, viewport={"width": 1280, "height": 900})


@pytest.fixture
def page(tab):
    """The page of the stage, as it opens."""
    drawn(anew(tab, (SITE / PAGE).as_uri()))
    return tab


@pytest.fixture(scope="module")
def at_address(tab):
    """Return a function that gives the page of the stage another address, as a link on it does."""
    tab.goto((SITE / PAGE).as_uri())

    def at_address(address):
        tab.troubles.clear()
        tab.evaluate("address => (location.hash = address)", address)
        drawn(tab)
        return tab

    return at_address


def drawn(page):
    """Wait until what was asked for is drawn: in the next frame."""
    page.evaluate("new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))))")


def settled(page):
    """Wait until what was asked for is drawn, and the address written."""
    page.wait_for_timeout(400)


def setting(page):
    return page.evaluate(f"({AT})().setting")


def ends(page):
    """f after the last step of each rule, by its name."""
    return page.evaluate(f"Object.fromEntries(({AT})().runs.filter(it => !it.ghost).map(it => [it.name, it.made.f.at(-1)]))")


def says(page):
    return page.locator("#stage .stage-says").inner_text()


def type_rule(page, text):
    page.locator("#stage .stage-text").fill(text)
    drawn(page)
    return page.locator("#stage .stage-verdict").inner_text()


def test_it_opens_with_the_textbook_s_run_and_says_so(page):
    assert says(page) == "RMSprop: lowest 1.7·10⁻²² at step 37, 0.084 after 200."
    assert says(page) in page.locator("#stage .stage-paths").get_attribute("aria-label")
    assert page.troubles == []


def links():
    """The settings that the book's pages link to: the part of the address behind #stage=&."""
    found = {}
    for path in sorted(SITE.glob("chapters/*.html")):
        for href in re.findall(r'href="(?:stage\.html)?#stage=&amp;([^"]*)"', path.read_text(encoding="utf-8")):
            found.setdefault(href.replace("&amp;", "&"), path.name)
    return list(found)


def chosen_by(address):
    """The library's setting of an address."""
    asked, made, params = {key: values[0] for key, values in parse_qs(address).items()}, {}, {}
    for key, value in asked.items():
        if key in ("lam", "minimum", "start"):
            made[key] = [float(z) for z in value.split(",")]
        elif key in ("lr", "alpha", "eps", "beta", "beta1", "beta2"):
            for name in stage.RULES:
                if key in stage.parameters_of(name):
                    params.setdefault(name, {})[key] = float(value)
        elif key == "rules":
            made[key] = [name for name in stage.RULES if name in value.split(",")]
        elif key == "text":
            made[key] = "\n".join(re.split(r";\s*", value))
        else:
            made[key] = {"steps": int, "seed": int, "angle": float, "sigma": float}.get(key, str)(value)
    return stage.setting(**made, params=params)


@pytest.mark.parametrize("address", links())
def test_a_link_s_setting_is_what_the_library_computes(at_address, address):
    page = at_address(f"stage=&{address}")
    assert page.locator("#stage .stage-trouble").is_hidden(), page.locator("#stage .stage-trouble").inner_text()
    chosen = chosen_by(address)
    ours = page.evaluate(f"() => Object.fromEntries(({AT})().runs.filter(it => !it.ghost).map(it => [it.name, [...it.made.x].join(' ')]))")
    assert list(ours) == chosen["rules"]
    for name, x in ours.items():
        theirs = stage.run(chosen, name).x
        np.testing.assert_allclose(numbers(x).reshape(theirs.shape), theirs, rtol=1e-12, atol=0)
    assert page.troubles == []


def test_the_page_links_to_settings():
    assert len(links()) >= 15


def test_the_keyboard_alone_does_everything(page):
    """Tab reaches the start, the shape, time, rules, knobs and the rule's text; arrows, keys and typing move them."""

    def reach(selector):
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(f"document.activeElement.matches({selector!r})"):
                return
        raise AssertionError(f"Tab does not reach {selector}")

    page.locator("#stage").evaluate("it => it.closest('section').querySelector('h1').scrollIntoView()")
    reach("#stage .stage-grip-start")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    assert setting(page)["start"] == [-4.9, -1.5]
    reach("#stage .stage-grip-shape")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert setting(page)["lam"][0] == 0.182 and setting(page)["angle"] == 1
    reach("#stage .stage-time button")
    page.keyboard.press("Enter")
    assert setting(page)["t"] == 199
    reach("#stage .stage-time input")
    page.keyboard.press("Home")
    assert setting(page)["t"] == 0
    page.keyboard.press("End")
    reach("#stage .stage-chip")
    page.keyboard.press("Space")
    drawn(page)  # the rows of the rules are made anew
    assert setting(page)["rules"] == ["GradientDescent", "RMSprop"]
    reach("#stage .stage-row input[type=range]")
    page.keyboard.press("ArrowRight")
    assert setting(page)["params"]["GradientDescent"]["lr"] > 0.4
    reach("#stage .stage-number")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.25")
    page.keyboard.press("Enter")
    assert setting(page)["params"]["GradientDescent"]["lr"] == 0.25
    reach("#stage .stage-text")
    page.keyboard.press("Control+a")
    page.keyboard.type("x = x - lr * sign(g)")
    settled(page)
    assert setting(page)["text"] == "x = x - lr * sign(g)"
    reach("#stage .stage-landscape summary")
    page.keyboard.press("Enter")
    reach("#stage .stage-landscape input[type=radio]")
    page.keyboard.press("ArrowRight")
    assert setting(page)["objective"] == "saddle"
    assert page.troubles == []


def test_the_start_follows_the_mouse_and_the_finger(chromium):
    context = chromium.new_context(viewport={"width": 360, "height": 740}, has_touch=True, offline=True)
    page = context.new_page()
    page.goto((SITE / PAGE).as_uri())
    settled(page)
    grip = page.locator("#stage .stage-grip-start")
    grip.scroll_into_view_if_needed()
    place = grip.bounding_box()
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    assert place["width"] >= 44 and place["height"] >= 44
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y - 40, steps=5)
    page.mouse.up()
    settled(page)
    moved = setting(page)["start"]
    assert moved[0] > -5 and moved[1] > -2 and moved[0] - -5 == pytest.approx(1.5 * (moved[1] - -2), rel=0.05)
    map_ = page.locator("#stage .stage-map").bounding_box()
    page.touchscreen.tap(map_["x"] + 0.9 * map_["width"], map_["y"] + 0.2 * map_["height"])
    settled(page)
    assert setting(page)["start"][0] > 1.5 and setting(page)["start"][1] > 1
    assert "start=" in page.url
    context.close()


def test_each_at_its_best_rate(page):
    for name in ("gradient descent", "Adagrad", "Adam"):
        page.locator("#stage .stage-chip", has_text=re.compile(f"^{name}$")).click()
    drawn(page)
    before = ends(page)
    page.get_by_role("button", name="each at its best γ").click()
    settled(page)
    rates = {name: setting(page)["params"][name]["lr"] for name in setting(page)["rules"]}
    # 2/(0.2 + 4) is gradient descent's best on this valley.
    assert rates["GradientDescent"] == pytest.approx(2 / 4.2, rel=0.02)
    for name, lr in rates.items():
        tail = [stage.run(stage.setting(rules=[name], params={name: {"lr": z}}), name).f[150:].max() for z in (lr / 2, lr, lr * 2)]
        assert tail[1] <= min(tail[0], tail[2]), name
        assert np.isfinite(before[name])


def test_time_plays_when_asked_and_only_then(page):
    t = setting(page)["t"]
    page.wait_for_timeout(600)
    assert setting(page)["t"] == t == 200
    page.get_by_role("button", name="Play", exact=True).first.click()
    page.wait_for_timeout(700)
    assert 2 <= setting(page)["t"] <= 30
    page.get_by_role("button", name="Pause").click()
    stopped = setting(page)["t"]
    page.wait_for_timeout(400)
    assert setting(page)["t"] == stopped
    page.get_by_role("button", name="One step on").click()
    assert setting(page)["t"] == stopped + 1


def hero(chromium, **settings):
    """The landing page with a clock that the test turns."""
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900}, **settings)
    page = context.new_page()
    page.troubles = []
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.clock.install(time=0)
    page.goto((SITE / "chapters/index.html").as_uri())
    page.wait_for_selector("#hero .stage-on")
    page.clock.pause_at(60)
    return page


def test_the_landing_page_plays_to_the_gate_and_on_to_the_jump(chromium):
    """It plays to step 20 and stops; "go on" plays the fall and the jump, some six seconds in all; then the stage is the reader's."""
    page = hero(chromium)
    gate, at = page.locator("#hero .stage-gate"), "document.querySelector('#hero .stage').stage"
    page.clock.run_for(300)
    page.wait_for_timeout(100)  # the observer tells in real time that the map is in sight

    def plays_to(step, most):
        spent, seen = 0, []
        while page.evaluate(f"{at}.setting.t") != step:
            page.clock.run_for(100)
            spent += 100
            seen.append(page.evaluate(f"{at}.setting.t"))
            assert spent < most and max(seen) <= step and seen == sorted(seen), seen
        return spent, seen

    plays_to(20, 4000)
    page.clock.run_for(300)
    assert gate.is_visible() and "the textbook's plot ends here" in gate.inner_text().lower()
    assert page.locator("#hero .stage-time input").get_attribute("max") == "20" and page.locator("#hero .stage-t").inner_text() == "step 20: f = 1.1·10⁻⁵"
    assert "1.36" not in page.locator("#hero .stage-paths").get_attribute("aria-label") and page.locator("#hero .stage-says").inner_text() == ""
    page.get_by_role("button", name="Go on").click()
    spent, seen = plays_to(200, 6000)
    assert spent > 3000 and len([t for t in seen if 20 < t < 60]) > 15
    page.clock.run_for(1500)
    assert gate.is_hidden() and page.locator("#hero .stage-says").inner_text() == "RMSprop: lowest 1.7·10⁻²² at step 37, 0.084 after 200."
    f = page.evaluate(f"[...{at}.runs[0].made.f]")
    assert np.argmin(f) == 37 and f"{f[37]:.1e}" == "1.7e-22" and round(f[53], 2) == 1.36
    page.locator("#hero .stage-grip-start").press("Shift+ArrowRight")
    page.clock.run_for(500)
    assert page.evaluate(f"{at}.setting.start") == [-4.5, -2] and gate.is_hidden()
    assert page.locator("#hero .stage-says").inner_text() != "RMSprop: lowest 1.7·10⁻²² at step 37, 0.084 after 200."
    assert page.troubles == []
    page.context.close()


def test_the_landing_page_stands_still_for_who_wants_less_motion(chromium):
    page = hero(chromium, reduced_motion="reduce")
    page.clock.run_for(3000)
    assert page.locator("#hero .stage-gate").is_visible() and page.evaluate("document.querySelector('#hero .stage').stage.setting.t") == 20
    assert page.locator("#hero .stage-gate p").is_visible()
    page.locator("#hero").get_by_role("radio", name="saddle", include_hidden=True).dispatch_event("click")
    page.clock.run_for(500)
    assert page.locator("#hero .stage-gate").is_visible() and page.locator("#hero .stage-gate p").is_hidden(), "the textbook has no plot of this"
    page.context.close()


# How many pixels of a chart are RMSprop's blue.
PAINTED = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height), blue = [0x00, 0x72, 0xb2];
    let found = 0;
    for (let i = 0; i < data.length; i += 4) found += data[i + 3] > 200 && blue.every((part, k) => Math.abs(data[i + k] - part) < 12);
    return found;
}"""


def test_f_is_drawn_on_a_saddle_where_it_is_negative(at_address):
    page = at_address("stage=&objective=saddle")
    canvas = page.locator("#stage canvas.stage-f")
    canvas.scroll_into_view_if_needed()
    drawn(page)
    assert canvas.evaluate(PAINTED) > 300


BAD = [
    ("γ=-1", "“γ = -1”"),
    ("α=2", "“α = 2”"),
    ("steps=1000000", "“steps = 1000000”"),
    ("lam=0.2", "two numbers"),
    ("objective=moon", "does not know"),
    ("rules=Newton", "does not know"),
    ("start=a,b", "“start = a,b”"),
    ("nonsense=1", "“nonsense”"),
    ("seed=-3", "whole number"),
    ("lr.Adam=0", "0 < γ"),
    ("text=import os", "every line must have the form name = expression"),
    ("α=%%%", "“α = %%%”"),
]


def falls_back(page, said):
    assert said in page.locator("#stage .stage-trouble:visible").inner_text()
    assert says(page) == "RMSprop: lowest 1.7·10⁻²² at step 37, 0.084 after 200."
    assert page.troubles == []


@pytest.mark.parametrize("address, said", BAD)
@pytest.mark.parametrize("before", ["stage=&", ""])
def test_a_bad_address_falls_back_with_a_sentence(at_address, address, said, before):
    falls_back(at_address(before + address), said)


def test_a_bad_address_that_the_page_opens_with_falls_back_with_a_sentence(tab):
    """What stands behind a question mark is read when the page opens: here all at once, but for what names α a second time."""
    tab.troubles.clear()
    for part in (BAD[:-1], BAD[-1:]):
        tab.goto(f"{(SITE / PAGE).as_uri()}?{'&'.join(address for address, _ in part)}")
        drawn(tab)
        for _, said in part:
            falls_back(tab, said)


def test_the_address_takes_greek_letters_and_gives_back_what_it_was_given(open_page):
    page = open_page(f"{PAGE}#γ=0.1&α=0.99&rules=RMSprop,Adagrad&minimum=2,2&σ=0.5&seed=4&steps=300")
    settled(page)
    now = setting(page)
    assert now["params"]["Adagrad"]["lr"] == now["params"]["RMSprop"]["lr"] == 0.1 and now["params"]["RMSprop"]["alpha"] == 0.99
    assert now["rules"] == ["Adagrad", "RMSprop"] and now["minimum"] == [2, 2] and now["sigma"] == 0.5 and now["steps"] == 300
    page.locator("#stage .stage-grip-start").press("ArrowUp")
    settled(page)
    again = open_page(PAGE + page.evaluate("location.hash"))
    settled(again)
    assert setting(again) == setting(page) and setting(again)["start"] == [-5, -1.9]


RMSPROP = "v = alpha*v + (1-alpha)*g**2\nx = x - lr*g/(sqrt(v)+eps)"
SENTENCES = [
    (RMSPROP, "This is the library's rule."),
    (RMSPROP.replace("*", " * "), "This is the library's rule."),
    ("v = (1-alpha)*g*g + alpha*v\nx = x - lr*(g/(eps + sqrt(v)))", "Right: both lines are RMSprop, with ε outside the root."),
    (RMSPROP.replace("alpha*v + (1-alpha)*g**2", "v + g**2"), "That is Adagrad, which never forgets"),
    (RMSPROP.replace("g**2", "abs(g)"), "v averages the absolute values |g|"),
    (RMSPROP.replace("sqrt(v)", "v"), "The root is missing"),
    ("x = x - lr*g/(sqrt(v)+eps)\nv = alpha*v + (1-alpha)*g**2", "The step divides by the root of the old v"),
    (RMSPROP.replace("x - ", "x + "), "goes uphill"),
    (RMSPROP.replace("(1-alpha)*g", "g"), "The factor 1 − α in front of g² is missing"),
    (RMSPROP.replace("(1-alpha)", "1-alpha"), "The brackets around 1 − α are missing"),
    (RMSPROP.replace("sqrt(v)+eps)", "sqrt(vv)+eps)"), "Line 2, column 20: the name “vv” is not known"),
    (RMSPROP.replace("+eps)", "+eps"), "Line 2, column 14: this ( is never closed"),
    (RMSPROP + ")", "Line 2, column 27: this ) closes nothing"),
    (RMSPROP.replace("**", "^"), "Line 1, column 26: Python writes powers as **, not ^"),
    (RMSPROP.replace("+eps", ""), "ε is left out"),
    ("x = x - lr*(g-g)/(x-x)", "Line 1, column 17 gives NaN at step 1 in x₁"),
    ("x = sqrt(-1-x*x)", "Line 1, column 5 gives NaN at step 1"),
    ("v = alpha*v + (1-alpha)*g**2", "No line assigns x"),
    ("return x, v", "every line must have the form name = expression"),
    ("x = 2 v", "cannot stand here"),
    ("x = tan(g)", "there is no function “tan”"),
    ("x = sqrt(g, 2)", "wrong number of arguments"),
    ("x =", "something is missing here"),
    ("", "There is no line"),
    ("x = " + "(" * 300 + "g" + ")" * 300, "nested too deeply"),
    ("x = " + "-" * 1500 + "g", "nested too deeply"),
    ("x = x" + " + g" * 1000, "at most 2000 are read"),
    ("<img src=x onerror=alert(1)>", "has no meaning here"),
    ("constructor = __proto__", "the name “__proto__” is not known"),
    ("x = toString(g)", "there is no function “toString”"),
    ("🦆", "“🦆” has no meaning here"),
]


def test_what_is_typed_gets_its_sentence(page):
    for text, said in SENTENCES:
        assert said in type_rule(page, text), text[:60]
    assert page.troubles == []


def test_a_wrong_text_leaves_the_path_and_the_rule_comes_back(page):
    before = ends(page)
    type_rule(page, "x = x - lr*")
    assert ends(page) == before
    type_rule(page, "v = v + g**2\nx = x - lr*g/(sqrt(v)+eps)")
    assert ends(page)["RMSprop"] == pytest.approx(2.2e-4, rel=0.02) and says(page).startswith("Your rule: lowest")
    page.get_by_role("button", name="Put the rule back").click()
    settled(page)
    assert ends(page) == before and page.locator("#stage .stage-text").input_value().startswith("v = alpha * v")


def test_a_rule_of_the_reader_s_own_is_not_lost(page):
    """Not when another is added beside it, nor when it is half written, nor when the reader looks at another and comes back."""
    own, field = "v = v + g**2\nx = x - lr*g/(sqrt(v)+eps)", page.locator("#stage .stage-text")
    chip = page.locator("#stage .stage-chip").filter(has_text="Adam")
    type_rule(page, own)
    chip.click()
    settled(page)
    assert field.input_value() == own and set(ends(page)) == {"RMSprop", "Adam"}
    assert page.get_by_role("checkbox", name="ε inside the root").is_disabled()
    page.locator("#stage .stage-look").filter(has_text="Adam").click()
    settled(page)
    assert field.input_value() != own
    page.locator("#stage .stage-look").filter(has_text="RMSprop").click()
    settled(page)
    assert field.input_value() == own
    chip.click()
    type_rule(page, own + "/(")
    page.locator("#stage .stage-grip").first.focus()
    page.keyboard.press("ArrowRight")
    settled(page)
    assert field.input_value() == own + "/("
    page.get_by_role("button", name="Start again").first.click()
    settled(page)
    assert field.input_value().startswith("v = alpha * v"), "what begins anew has the library's lines"
    type_rule(page, own + "/(")
    page.get_by_role("button", name="Put the rule back").click()
    settled(page)
    assert field.input_value().startswith("v = alpha * v")


def test_a_hundred_thousand_steps(open_page):
    page = open_page(f"{PAGE}#stage=&steps=100000&lr=0.01")
    settled(page)
    page.wait_for_timeout(1000)
    assert says(page).endswith("after 100000.")
    spent = page.evaluate(f"() => {{ const it = ({AT})(), t = performance.now(); it.draw(); return performance.now() - t; }}")
    assert spent < 5000  # some 0.2 s on a quiet machine
    assert page.troubles == []


def test_ink_moves_the_gradients_and_the_rules_answer(page):
    box = page.locator("#strip .stage")
    box.scroll_into_view_if_needed()
    page.get_by_role("radio", name="constant").check(force=True)
    settled(page)
    got = "() => { const it = document.querySelector('#strip .stage').stage; return { g: it.g, runs: it.runs.map(r => [r.name, [...r.v], [...r.step]]) }; }"
    made = page.evaluate(got)
    assert set(made["g"]) == {2}
    for name, v, step in made["runs"]:
        params = {**stage.parameters_of(name), "lr": 1.0}
        rule = getattr(stage.optimizers, name)(**params)
        x, state = np.zeros(1), rule.init(np.zeros(1))
        for t in range(60):
            x, state = rule.step(np.zeros(1), state, np.array([2.0]))
            assert step[t] == pytest.approx(abs(x[0]), rel=1e-12)
        hat = state.v / (1 - 0.999**60) if name == "Adam" else state
        assert v[-1] == pytest.approx(np.sqrt(hat[0]), rel=1e-12)
    page.locator("#strip .stage-draw").scroll_into_view_if_needed()
    place = page.locator("#strip .stage-draw").bounding_box()
    page.mouse.move(place["x"] + place["width"] * 0.4, place["y"] + place["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.6, place["y"] + place["height"] * 0.8, steps=4)
    page.mouse.up()
    settled(page)
    drawn = page.evaluate(got)["g"]
    assert max(drawn) > 2.5 and min(drawn) < -2 and len(set(drawn)) > 5
    assert "g=" in page.url
    again = page.context.new_page()
    again.goto(page.url)
    settled(again)
    assert again.evaluate(got)["g"] == drawn
    assert page.troubles == []


def test_the_strip_counts_its_steps_from_1_in_its_axes_its_sentence_and_its_address(page):
    chart = page.locator("#strip .stage-f").first
    chart.scroll_into_view_if_needed()
    place, at = chart.bounding_box(), "document.querySelector('#strip .stage').stage"
    for share, step in ((0.0, 1), (1.0, 60)):
        page.mouse.move(place["x"] + 48 + share * (place["width"] - 48 - 78), place["y"] + 60)
        drawn(page)
        assert page.locator("#strip .stage-says").inner_text().startswith(f"At step {step},")
    ticks = [int(t) for t in re.findall(r'y="174" [^>]*>(\d+)<', page.evaluate(f"{at}.picture()"))]
    assert ticks == 2 * [1, *range(10, 61, 10)]
    page.goto("about:blank")
    page.goto((SITE / PAGE).as_uri() + "#strip=&preset=wall&t=16")
    drawn(page)
    assert page.locator("#strip .stage-says").inner_text().startswith("At step 16, g = 4.")


def test_while_the_start_is_dragged_fast_on_a_slow_machine_the_map_follows_and_the_rest_comes_after(page):
    """The clock of the page goes on by 1 ms with each text that is drawn, and the hand rests when the test says so."""
    seen = page.evaluate("""async () => {
        const draw = CanvasRenderingContext2D.prototype.fillText, later = window.setTimeout.bind(window), rests = [];
        let clock = 0;
        performance.now = () => clock;
        window.setTimeout = (task, wait) => (wait === 120 ? rests.push(task) : later(task, wait));
        Element.prototype.setPointerCapture = () => {};
        CanvasRenderingContext2D.prototype.fillText = function (...given) {
            clock++;
            return draw.apply(this, given);
        };
        const stage = document.querySelector("#stage .stage"), grip = stage.querySelector(".stage-grip-start"), found = [];
        const point = (type) => grip.dispatchEvent(new PointerEvent(type, { bubbles: true }));
        const look = async () => {
            await new Promise((done) => requestAnimationFrame(() => later(done, 20)));
            found.push([stage.querySelector(".stage-says").textContent, grip.style.transform, stage.stage.runs[0].made.x[0]]);
        };
        point("pointerdown");
        for (let k = 0; k < 4; k++) {
            stage.stage.set({ start: [-5 + k, -2] });
            await look();
        }
        point("pointerup");
        rests.at(-1)();
        await look();
        return found;
    }""")
    words, places, starts = zip(*seen, strict=True)
    assert list(starts) == [-5, -4, -3, -2, -2] and len(set(places)) == 4
    assert words[0] == words[1] == words[2] == words[3] != words[4]


def test_the_plane_knows_its_borders(page):
    page.locator("#plane .stage").scroll_into_view_if_needed()
    at = "() => document.querySelector('#plane .stage').stage"
    page.wait_for_function(f"({at})().cells.length === 64 * 40", timeout=60_000)
    cells = np.array(page.evaluate(f"({at})().cells.join(' ')").split()).reshape(40, 64)
    rates = 1e-3 * 1e4 ** ((np.arange(64) + 0.5) / 64)
    # ε = 0.01 is more than γλ/2 to the left of 0.02, and there alone RMSprop may come to rest: chapter 7.
    assert not (cells[:, rates > 0.021] == "rests").any() and not (cells == "diverges").any()
    assert (cells[:12, rates > 0.03] == "cycles").mean() > 0.9
    # At γλ = 0.8 and α = 0.99 |x| is 10⁻⁵³ after the 400 steps: it has begun to rise, and nobody has seen it jump.
    assert cells[26, 46] == "waits" and "bursts" in cells
    page.locator("#plane").get_by_role("radio", name="momentum").check(force=True)
    page.wait_for_timeout(300)
    page.wait_for_function(f"({at})().cells.length === 64 * 40", timeout=60_000)
    cells = np.array(page.evaluate(f"({at})().cells.join(' ')").split()).reshape(40, 64)
    decays = 1 - 10 ** (-3 * ((np.arange(40) + 0.5) / 40))
    grows = rates[None] > 2 * (1 + decays[:, None])
    near = np.abs(rates[None] / (2 * (1 + decays[:, None])) - 1) < 0.1
    assert np.array_equal((cells == "diverges")[~near], grows[~near])
    assert "bursts" not in cells, "it crosses the minimum, where it is near for a moment"
    assert page.troubles == []


@pytest.mark.parametrize("name", ["stage", "strip", "plane"])
def test_the_picture_to_keep_is_a_sound_svg(page, name):
    from xml.etree import ElementTree

    page.locator(f"#{name} .stage").scroll_into_view_if_needed()
    page.wait_for_timeout(300)
    with page.expect_download() as download:
        page.locator(f"#{name}").get_by_role("button", name="Save as SVG").click()
    text = download.value.path().read_text(encoding="utf-8")
    tree = ElementTree.fromstring(text)
    assert tree.tag.endswith("svg") and len(text) > 5000 and "NaN" not in re.sub(r">[^<]*<", "><", text) and "var(" not in text


def test_without_a_script_and_on_paper_a_drawn_figure_stands_there(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    assert page.locator("#stage .stage-still svg").is_visible() and page.locator(".stage-live").count() == 0
    assert "lowest 1.7·10⁻²² at step 37" in page.locator("#stage .stage-still svg").get_attribute("aria-label")
    page = open_page(PAGE)
    settled(page)
    assert page.locator("#stage .stage-still").is_hidden()
    page.emulate_media(media="print")
    assert page.locator("#stage .stage-still svg").is_visible() and page.locator("#stage .stage-live").is_hidden()


def test_paper_shows_the_reader_s_own_setting(open_page):
    page = open_page(f"{PAGE}#stage=&rules=Adagrad,Adam")
    settled(page)
    page.locator("#strip .stage-grip").press("ArrowUp")
    settled(page)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert "Adam: lowest" in page.locator("#stage .stage-still svg title").text_content()
    assert "g = 4" in page.locator("#strip .stage-still svg title").text_content()
    assert page.locator("#plane .stage-still svg title").count() == 0  # as it was drawn


def stages():
    """The pages with stages, by their paths: for each of these its size ("", "wide" or "small") and its view."""
    found = {}
    for path in sorted(SITE.rglob("*.html")):
        if its := re.findall(r'<div class="stage(?: stage-(\w+))?" data-view="(\w+)"', path.read_text(encoding="utf-8")):
            found[path.relative_to(SITE).as_posix()] = its
    return found


def test_the_scripts_are_where_a_stage_is_and_are_light():
    every = stages()
    for path in SITE.rglob("*.html"):
        its = every.get(path.relative_to(SITE).as_posix(), [])
        small, races = all(size == "small" for size, _ in its), all(view == "race" for _, view in its)
        wanted = [] if not its else ["stage.css", "stage-small.js"] if small else ["stage.css", "stage-data.js", "stage.js" if races else "stage-views.js"]
        assert sorted(re.findall(r'_static/(stage[\w.-]*)', path.read_text(encoding="utf-8"))) == sorted(wanted), path
    weight = {name: len(gzip.compress((SITE / "_static" / name).read_bytes(), 9)) for name in ("stage-data.js", *stage.SCRIPTS, stage.LOADER, "stage.css")}
    assert weight["stage-views.js"] <= 25_000 and weight["stage.js"] + weight["stage.css"] <= 25_000
    assert weight["stage.css"] <= 2_400 and weight["stage-small.js"] <= 400 and weight["stage-data.js"] <= 5_300, weight


SMALL = [(path, k) for path, its in stages().items() if all(size == "small" for size, _ in its) for k in range(len(its))]


def test_chapters_have_small_stages():
    assert len({path for path, _ in SMALL}) >= 3


@pytest.mark.parametrize("path, k", SMALL)
def test_a_small_stage_comes_when_it_is_near_and_holds_what_its_options_name(open_page, path, k):
    page = open_page(path, viewport={"width": 360, "height": 740})

    def fetched():
        return [url for url in page.asked if re.search(r"stage(-data|-views)?\.js", url)]

    page.wait_for_timeout(200)
    assert fetched() == []
    box = page.locator(".stage").nth(k)
    box.evaluate("it => it.scrollIntoView({ block: 'center' })")
    box.locator(".stage-live").wait_for()
    settled(page)
    assert len(fetched()) == 2 and page.evaluate("document.documentElement.scrollWidth") <= 360
    given = box.evaluate("it => JSON.parse(it.dataset.set)")
    parts = {"time": ".stage-time", "rules": ".stage-chips:not(:first-child)", "knobs": ":is(.stage-rows, .stage-grid)", "text": ".stage-text", "foot": ".stage-foot", "f": "canvas.stage-f"}
    for name, selector in parts.items():
        if given["view"] == "race" or name in ("knobs", "foot"):
            assert (box.locator(selector).count() > 0) == (name in given["show"]), name
    seen = box.locator(".stage-says").inner_text()
    if given["view"] == "race":
        chosen = stage.setting(**given["setting"])
        x = np.array(box.evaluate("it => [...it.stage.runs[0].made.x]")).reshape(-1, 2)
        np.testing.assert_array_equal(x, stage.run(chosen, chosen["rules"][0]).x)
        assert seen == stage.summary(chosen, chosen["rules"][0], stage.words("en")["stage"])
    box.locator(".stage-grip").first.press("Shift+ArrowRight")
    settled(page)
    assert box.locator(".stage-says").inner_text() != seen
    assert page.troubles == []
    again = open_page(path, java_script_enabled=False)
    assert again.locator(".stage .stage-still svg").nth(k).is_visible()


def test_an_address_with_a_setting_brings_a_small_stage_at_once(open_page):
    page = open_page("chapters/epsilon.html#calm-it=&eps=0.5")
    page.wait_for_selector("#calm-it .stage-live")
    settled(page)
    assert page.locator("#calm-it .stage-says").inner_text().endswith("0.011 after 1000.")


def test_the_lines_of_a_small_stage_are_swapped_by_a_touch(open_page):
    page = open_page("chapters/rmsprop.html", viewport={"width": 360, "height": 740}, has_touch=True)
    box = page.locator("#swap-the-lines .stage")
    box.evaluate("it => it.scrollIntoView({ block: 'center' })")
    box.locator(".stage-chip").nth(1).tap()
    settled(page)
    assert "divides by the root of the old v" in box.locator(".stage-verdict").inner_text()
    assert [box.locator(".stage-chip").nth(k).get_attribute("aria-pressed") for k in (0, 1)] == ["false", "true"]
    far = box.evaluate("it => Math.max(...it.stage.runs.find((run) => !run.ghost).made.x.map(Math.abs))")
    assert f"{far:.1e}" == "3.2e+08"
    box.locator(".stage-chip").first.tap()
    settled(page)
    assert box.locator(".stage-text").input_value() == stage.texts_of("RMSprop")[""] and page.troubles == []
