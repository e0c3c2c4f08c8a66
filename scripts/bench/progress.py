"""Says on standard error what is done and what was found: on a terminal with a line that is written anew."""
import sys
import time


class Progress:
    def __init__(self, steps):
        self.steps = steps
        self.done = 0
        self.began = time.monotonic()
        self.is_terminal = sys.stderr.isatty()

    def doing(self, text):
        if self.is_terminal:
            print(f"\r\033[K{self.place()} {text}", end="", file=sys.stderr, flush=True)

    def found(self, text):
        """A step is done."""
        self.done += 1
        self.say(f"{self.place()} {text}")

    def say(self, text):
        print(("\r\033[K" if self.is_terminal else "") + text, file=sys.stderr, flush=True)

    def place(self):
        place = f"[{self.done} of {self.steps}"
        if 0 < self.done < self.steps:
            left = (time.monotonic() - self.began) / self.done * (self.steps - self.done)
            place += f", {left / 60:.0f} min left" if left >= 60 else ", a minute left"
        return place + "]"
