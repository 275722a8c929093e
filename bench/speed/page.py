"""How fast the page answers: an ad of 1,000 words pasted, and twenty people reading at once.

Times of the server's answers on this machine's own address, a new ad each time (nothing of it is
remembered), beside the first page as the idle baseline. Prints JSON.

    python bench/speed/page.py
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from evenhand.records.market import write_market

_PEOPLE = 20


def timed(asked: Callable[[], httpx2.Response]) -> float:
    """Milliseconds of one answer."""
    started = time.perf_counter()
    answer = asked()
    assert answer.status_code == 200, answer.text
    return 1000 * (time.perf_counter() - started)


def told(times: list[float]) -> dict[str, float]:
    """Median, 95th percentile and the longest, in milliseconds."""
    ranked = sorted(times)
    return {
        "n": len(ranked),
        "median": round(statistics.median(ranked), 1),
        "p95": round(ranked[int(0.95 * (len(ranked) - 1))], 1),
        "longest": round(ranked[-1], 1),
    }


def ads(folder: Path, words: int, count: int) -> list[str]:
    """Ads of so many words, of the bundled market's lines; no two alike."""
    jobs, _ = write_market(folder / "market")
    texts = [json.loads(line)["text"] for line in jobs.read_text("utf-8").splitlines()]
    found: list[str] = []
    for at in range(count):
        text = f"Post {at}\n"
        while len(text.split()) < words:
            text += texts[(7 * at + len(text)) % len(texts)] + "\n\n"
        found.append(" ".join(text.split(" ")[:words]))
    return found


def measured(home: str, link: str, folder: Path, requests: int) -> dict[str, Any]:
    """All figures."""
    with httpx2.Client(base_url=home, follow_redirects=True, timeout=60) as client:
        token = re.search(r'name="token" value="(\w+)"', client.get(link).text)
        assert token
        opened: list[str] = []

        def paste(text: str) -> httpx2.Response:
            answer = client.post("/reviews", data={"token": token[1], "text": text})
            opened.append(answer.url.path)
            return answer

        pasted = [timed(lambda ad=ad: paste(ad)) for ad in ads(folder, 1000, 20)]
        idle = [timed(lambda: client.get("/")) for _ in range(50)]
        cookies = dict(client.cookies)

    def read(number: int) -> list[float]:
        with httpx2.Client(base_url=home, cookies=cookies, timeout=60) as one:
            mine = [opened[(number + at) % len(opened)] for at in range(requests // _PEOPLE)]
            return [timed(lambda path=path: one.get(path)) for path in mine]

    with ThreadPoolExecutor(_PEOPLE) as people:
        crowd = [time for times in people.map(read, range(_PEOPLE)) for time in times]
    return {
        "milliseconds": {
            "ad of 1,000 words pasted": told(pasted),
            "first page, idle": told(idle),
            "reviews of 1,000 words, 20 people at once": told(crowd),
        }
    }


def main() -> None:
    """Serve, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        words = [sys.executable, "-m", "evenhand", "serve", "--no-open"]
        words += ["--data", str(folder / "kept")]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout
            link = server.stdout.readline().split()[-1]
            time.sleep(8)  # until rules and parser are loaded
            home, _, path = link.partition("/sign-in")
            print(json.dumps(measured(home, f"/sign-in{path}", folder, given.requests), indent=1))
            server.terminate()


if __name__ == "__main__":
    main()
