"""The picture: throughput against the limit and the peers, from the figures last measured."""

import json

from .report import FOLDER, ROOT

BARS = [
    ("gate", "gate.plain", "pgbench, tenant predicate by hand, no row level security"),
    ("gate", "gate.owner", "pgbench through the gate, an owner"),
    ("gate", "gate.member", "pgbench through the gate, a member"),
    ("service", "service.get", "Bulkhead: GET one document"),
    ("service", "service.page", "Bulkhead: GET a page of 20"),
    ("peers", "peers.fastapi", "FastAPI + asyncpg: one document"),
    ("peers", "peers.postgraphile", "PostGraphile: one document"),
]
ROW, LEFT, WIDTH = 30, 400, 420


def draw():
    """Writes docs/bench.svg, where everything it shows has been measured."""
    figures = {}
    for path in FOLDER.glob("*.json"):
        for figure in json.loads(path.read_text())["figures"]:
            figures[figure["name"]] = figure
    if any(name not in figures for _, name, _ in BARS):
        return
    most = max(figures[name]["value"] for _, name, _ in BARS)
    height = ROW * len(BARS) + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 110} {height}" '
        'font-family="sans-serif" font-size="13">',
        "<title>Requests or transactions a second, two cores for all</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for at, (benchmark, name, text) in enumerate(BARS):
        figure, y = figures[name], 10 + at * ROW
        scale = WIDTH / most
        color = {"gate": "#7a8ba3", "service": "#1b6e53", "peers": "#b98a4a"}[benchmark]
        middle = y + ROW / 2 + 4
        lines += [
            f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{text}</text>',
            f'<rect x="{LEFT}" y="{y + 5}" width="{figure["value"] * scale:.0f}" '
            f'height="{ROW - 10}" fill="{color}"/>',
            f'<line x1="{LEFT + figure["min"] * scale:.0f}" x2="{LEFT + figure["max"] * scale:.0f}"'
            f' y1="{y + ROW / 2}" y2="{y + ROW / 2}" stroke="#222"/>',
            f'<text x="{LEFT + figure["max"] * scale + 8:.0f}" y="{middle}">'
            f'{figure["value"]:,.0f}/s</text>',
        ]
    (ROOT / "docs" / "bench.svg").write_text("\n".join(lines + ["</svg>"]) + "\n")
