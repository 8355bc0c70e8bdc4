"""Takes pictures of a running portal: `python tests/browser/look.py OUT URL PATH…`.

Each path is shot in light and dark, 1280 and 390 wide; LOOK_AS names who signs in.
"""

import os
import re
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

WIDTHS = {"1280": {"width": 1280, "height": 800}, "390": {"width": 390, "height": 844}}


def sign_in(page: Page, base: str, email: str, password: str) -> None:
    page.goto(f"{base}/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)


def shoot(out: Path, base: str, paths: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        for scheme in ("light", "dark"):
            context = browser.new_context(color_scheme=scheme, viewport=WIDTHS["1280"])
            page = context.new_page()
            page.on("console", lambda said: print(f"{said.type}: {said.text}"))
            page.on("pageerror", lambda error: print(f"error: {error}"))
            if who := os.environ.get("LOOK_AS"):
                sign_in(page, base, who, os.environ.get("LOOK_PASSWORD", "demo"))
            for path in paths:
                for width, viewport in WIDTHS.items():
                    page.set_viewport_size(viewport)
                    page.goto(base + path, wait_until="networkidle")
                    name = re.sub(r"\W+", "-", path).strip("-") or "today"
                    page.screenshot(path=out / f"{name}-{scheme}-{width}.png")
        browser.close()


if __name__ == "__main__":
    shoot(Path(sys.argv[1]), sys.argv[2].rstrip("/"), sys.argv[3:])
