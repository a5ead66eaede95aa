"""Find a Chromium for the tests of the pages; run as a script, install one where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The shell is the same engine without a window around it, and a third quicker.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"]
PLACES = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
]


def find() -> str | None:
    """Return the path of a browser that starts: the one named by CHROMIUM, an installed one, or Playwright's own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    for candidate in [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *PLACES, own]:
        if candidate and Path(candidate).exists() and _starts(candidate):
            return candidate
    return None


def launch(playwright, path):
    """Start the browser at this path."""
    # As root, in a container, Chromium starts only without its sandbox; it reads only pages made here.
    return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])


def _starts(path) -> bool:
    # A stub that only says "install the snap" exists and does not start.
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def install() -> None:
    """Install the distribution's Chromium where that is possible without a question, else download Playwright's."""
    if shutil.which("apt-get"):
        may = [] if os.geteuid() == 0 else ["sudo", "-n"] if shutil.which("sudo") else None
        if may is not None:
            print("No Chromium found: installing the distribution's package.", flush=True)
            quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            subprocess.run([*may, "apt-get", "update", "-qq"], env=quiet)
            for package in ("chromium-headless-shell", "chromium"):
                subprocess.run([*may, "apt-get", "install", "-y", "-qq", "--no-install-recommends", package, "fonts-liberation"], env=quiet)
                if find():
                    return
    print("No Chromium found: downloading Playwright's.", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    if not find():
        install()
    path = find()
    if not path:
        sys.exit("The tests of the pages need Chromium. Install it, or name the one you have: CHROMIUM=/path/to/chromium make test")
    print(f"The pages are tested in {path}")
