"""A browser by WebDriver (https://www.w3.org/TR/webdriver2/), as far as the console's check needs it: Debian's chromium, over plain HTTP."""
import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window. `folder`: its profile, and where screenshots go."""

    def __init__(self, folder, width=1280, height=900):
        self.folder = folder
        driver = shutil.which("chromedriver")
        if driver is None:
            raise SystemExit("chromedriver is not there: apt-get install chromium chromium-driver")
        self.process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        while port is None:
            line = self.process.stdout.readline()
            if not line:
                raise RuntimeError("chromedriver ended")
            if "started successfully on port" in line:
                port = int(line.rstrip(".\n").rsplit(" ", 1)[1])
        self.base = f"http://127.0.0.1:{port}/session"
        self.session = self.base
        capabilities = {
            "browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}/profile",
                f"--window-size={width},{height}", "--disable-background-networking", "--disable-component-update", "--no-first-run"]},
        }
        made = self.call("POST", "", {"capabilities": {"alwaysMatch": capabilities}})
        self.session = f"{self.base}/{made['sessionId']}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            self.session + path, method=method, headers={"content-type": "application/json"},
            data=None if method in ("GET", "DELETE") else json.dumps(body or {}).encode())
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def open(self, url):
        self.call("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, what, script, *arguments, seconds=10):
        """Until a script answers something."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(script, *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds} s for {what}; the page says:\n{self.run('return document.body.innerText')}")
            time.sleep(0.02)

    def press(self, text):
        """On what has the focus."""
        actions = [part for key in text for part in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, what, script, *arguments):
        """As a person does: what is covered or away can't be clicked."""
        element = self.wait(what, script, *arguments)
        self.call("POST", f"/element/{element[ELEMENT]}/click")

    def point_away(self):
        """What the pointer is on counts as being read."""
        self.call("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "actions": [{"type": "pointerMove", "duration": 0, "x": 1, "y": 1}]}]})

    def shape(self, width, height, is_dark=False):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.command(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}])

    def command(self, name, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def picture(self, name):
        with open(f"{self.folder}/{name}.png", "wb") as file:
            file.write(base64.b64decode(self.call("GET", "/screenshot")))

    def log(self, kind="browser"):
        return self.call("POST", "/se/log", {"type": kind})
