"""What was measured, kept in a file as it comes, so that nothing is lost by a stop."""
import json

import load
import settings


class Results(dict):
    def __init__(self, facts):
        super().__init__(
            facts=facts, settings={
                "rounds": settings.ROUNDS, "seconds": settings.SECONDS_EACH, "warm_up": settings.WARM_UP, "rate": settings.RATE,
            }, cells=[], left_out={}, durability={}, million=None, long=None)

    def add(self, system, cell, number, report, echoed):
        """`echoed`: orders a second of the echo in C right before."""
        self["cells"].append({
            "system": system, "cell": cell, "round": number, "echo": echoed, "report": load.slim(report),
        })

    def save(self):
        settings.FOLDER.mkdir(parents=True, exist_ok=True)
        part = settings.RESULTS.with_suffix(".part")
        part.write_text(json.dumps(self, indent=1))
        part.replace(settings.RESULTS)
