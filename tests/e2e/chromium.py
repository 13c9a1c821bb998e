"""The browser of the browser tests: found on this machine, or installed where that is possible.

`python -m tests.e2e.chromium` says which one is used; with --install a missing one (and a missing
Chinese font) is installed: by apt where that needs no password, else Playwright's own build. Exit
1 when there is none and CI=true.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
)
PLACES = (
    "/usr/lib/chromium/chromium",
    "/usr/lib/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
MISSING = (
    "No Chromium or Chrome was found. "
    "Install one, or name it: CHROME=/path/to/chrome make test"
)


def in_ci() -> bool:
    """Whether a missing browser is a failure."""
    return os.environ.get("CI", "").lower() in ("true", "1")


def find() -> str | None:
    """The path of a browser that starts.

    What CHROME names, one on PATH, one in its usual place, or Playwright's own.
    """
    return next((path for path in _candidates() if _version(path)), None)


def _candidates() -> Iterator[str]:
    named = os.environ.get("CHROME")
    if named:
        yield shutil.which(named) or named
    yield from filter(None, map(shutil.which, NAMES))
    yield from filter(os.path.exists, PLACES)
    own = _of_playwright()
    if own:
        yield own


def _of_playwright() -> str | None:
    """Asked of Playwright in a process of its own.

    Since a test may be running inside its loop already.
    """
    ask = (
        "from playwright.sync_api import sync_playwright as s\n"
        "with s() as p: print(p.chromium.executable_path)"
    )
    told = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, check=False
    ).stdout.strip()
    return told if told and Path(told).exists() else None


def _version(path: str) -> str | None:
    """What the browser says of itself.

    None where it does not start (Ubuntu's chromium-browser without snap does not).
    """
    try:
        told = subprocess.run(
            [path, "--version"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return (
        told.stdout.strip()
        if told.returncode == 0 and told.stdout.strip()
        else None
    )


def has_chinese_font() -> bool:
    """Whether pictures can show Chinese; only Linux lacks such a font now and then."""
    if sys.platform != "linux":
        return True
    if not shutil.which("fc-list"):
        return False
    return bool(
        subprocess.run(
            ["fc-list", ":lang=zh"], capture_output=True, text=True, check=False
        ).stdout.strip()
    )


def _apt(*packages: str) -> bool:
    """Install Debian packages, where apt is there and asks for no password."""
    if not shutil.which("apt-get"):
        return False
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and (
        not shutil.which("sudo")
        or subprocess.run(
            [*root, "true"], capture_output=True, check=False
        ).returncode
    ):
        return False
    quiet = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run(
        [*quiet, "update"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    install = [*quiet, "-y", "--no-install-recommends", "install", *packages]
    return (
        subprocess.run(
            install, stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).returncode
        == 0
    )


def _playwright() -> bool:
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        command.insert(-1, "--with-deps")
    return (
        subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False
        ).returncode
        == 0
    )


def install() -> str | None:
    """Find a browser, or install one; says what was done. Gives its path, or None."""
    path = find()
    if path:
        print(f"Browser tests use {path} ({_version(path)})")
    else:
        for way, act in (
            ("apt-get install chromium", lambda: _apt("chromium")),
            ("playwright install chromium", _playwright),
        ):
            print(f"No Chromium or Chrome was found: trying {way}", flush=True)
            path = find() if act() else None
            if path:
                print(f"Installed {path} ({_version(path)})")
                break
        else:
            print(
                MISSING + ("" if in_ci() else "; the browser tests will be skipped")
            )
    if not has_chinese_font():
        done = _apt("fonts-noto-cjk", "fontconfig") and has_chinese_font()
        print(
            "Installed fonts-noto-cjk for Chinese text"
            if done
            else "No Chinese font was found (Debian: fonts-noto-cjk); screenshots will show boxes"
        )
    return path


def main(arguments: list[str]) -> int:
    """What the command says; 1 where there is no browser and one was to be there."""
    if "--install" in arguments:
        return 1 if not install() and in_ci() else 0
    path = find()
    print(path or MISSING)
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
