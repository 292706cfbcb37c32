#!/usr/bin/env python3
"""browser.py - looks at pages with chromium: what it complains about, what it fetches, and whether people can read them.

Usage: browser.py SHOTS FILE...     SHOTS is a directory for the screenshots; FILE a page, named NAME.html
Prints TAP lines "ok - ..." and "not ok - ...", which the scenario numbers. A FILE named control.html is one that does
everything wrong: every check must find it guilty, or the check is blind.

It speaks the DevTools protocol through two pipes (JSON, each message ended by a NUL), so that no port is opened; the browser
ends with this program, however that ends, because its pipes do.
"""
import base64
import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

LIMIT = 90  # seconds for everything: the scenario has 120
PATIENCE = 15  # for one answer of the browser's
PHONE = (390, 844)
DESKTOP = (1280, 900)
SMALLEST_TEXT = 12  # px
CONTRAST = 4.5  # WCAG 2.1, 1.4.3
BYTES = 200_000  # of one page

SWITCHES = [
    "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--no-default-browser-check", "--disable-gpu",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--disable-background-networking", "--hide-scrollbars",
    "--disable-component-update", "--disable-crash-reporter", "--disable-breakpad", "--password-store=basic", "--mute-audio",
    # Whatever it may want to fetch for itself goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND", "--proxy-server=127.0.0.1:1",
]

# What a page is asked. Each gives a list of complaints; an empty one is a pass.
SHARED_SCRIPT = r"""
const root = document.scrollingElement;
const name = e => e.tagName.toLowerCase() + (e.className ? '.' + String(e.className).replace(/ /g, '.') : '') +
    ' "' + (e.textContent || '').trim().slice(0, 40) + '"';
const seen = e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true}) && e.getClientRects().length > 0;
const texts = () => { // elements that hold text themselves
    const all = [...document.body.querySelectorAll('*')].filter(e => seen(e) &&
        [...e.childNodes].some(c => c.nodeType === Node.TEXT_NODE && c.data.trim()));
    return all;
};
const scrolls = e => { for (; e && e !== document.body; e = e.parentElement)
    if (['auto', 'scroll'].includes(getComputedStyle(e).overflowX)) return true; return false; };
const rgba = s => { const m = s.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
const light = c => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
const ground = e => { // what is painted below the text of e
    const above = []; for (let x = e; x; x = x.parentElement) above.push(rgba(getComputedStyle(x).backgroundColor));
    const dark = matchMedia('(prefers-color-scheme: dark)').matches && !matchMedia('print').matches;
    return above.reverse().reduce((under, top) => over(top, under), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]); };
const contrast = e => {
    let opacity = 1; for (let x = e; x; x = x.parentElement) opacity *= Number(getComputedStyle(x).opacity);
    const under = ground(e), ink = rgba(getComputedStyle(e).color); ink[3] *= opacity;
    const a = light(over(ink, under)), b = light(under); return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
"""
CHECKS = {
    "wide": r"""(width => { const bad = root.scrollWidth > width ? ['the page is ' + root.scrollWidth + ' px wide'] : [];
        for (const e of document.body.querySelectorAll('*')) if (seen(e) && !scrolls(e.parentElement)) {
            const r = e.getBoundingClientRect();
            if (r.right > width + .5 || r.left < -.5) bad.push(name(e) + ' from ' + r.left + ' to ' + r.right); }
        return bad; })(%d)""",
    "small": r"""texts().filter(e => parseFloat(getComputedStyle(e).fontSize) < %g)
        .map(e => name(e) + ' ' + getComputedStyle(e).fontSize)""",
    "faint": r"""texts().map(e => [e, contrast(e)]).filter(p => !(p[1] >= %g)).map(p => name(p[0]) + ' ' + p[1].toFixed(2))""",
    "touch": r"""[...document.querySelectorAll('summary')].filter(e => seen(e) && e.getBoundingClientRect().height < 24)
        .map(e => name(e) + ' ' + e.getBoundingClientRect().height)""",
    "dark": r"""(l => l < .05 ? [] : ['the background has a luminance of ' + l])(light(ground(document.body)))""",
    "light": r"""(l => l > .8 ? [] : ['the background has a luminance of ' + l])(light(ground(document.body)))""",
    "hidden": r"""[...document.querySelectorAll('details > :not(summary)')].filter(e => !seen(e)).map(name)""",
    "outline": r"""(() => { const bad = [], hs = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')];
        if (!document.documentElement.lang) bad.push('no language is said');
        if (!document.title) bad.push('no title');
        if (document.querySelectorAll('h1').length !== 1) bad.push('not one h1');
        if (document.querySelectorAll('main').length !== 1) bad.push('not one main');
        let last = 0; for (const h of hs) { const n = Number(h.tagName[1]);
            if (n > last + 1) bad.push('h' + n + ' after h' + last + ': ' + h.textContent); last = n; }
        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
        if (new Set(ids).size !== ids.length) bad.push('an id is there twice');
        return bad; })()""",
    "active": r"""[...document.querySelectorAll('script,link,img,iframe,object,embed,form,base,svg,a,audio,video,style[src]')].map(name)
        .concat([...document.querySelectorAll('*')].flatMap(e => [...e.attributes].filter(a => /^on|^style$|^src$|^href$/.test(a.name))
        .map(a => name(e) + ' ' + a.name)))""",
}


class Trouble(Exception):
    """The browser does not do what it is told."""


class Browser:
    """One chromium and one tab of it; events are kept until somebody takes them."""

    def __init__(self, program, home):
        out_read, self.out = os.pipe()
        self.into, in_write = os.pipe()
        self.log = open(os.path.join(home, "chromium.log"), "wb")

        def third_and_fourth():  # in the child: out of the way first, as either may be 3 or 4 already
            reader, writer = os.dup(out_read), os.dup(in_write)
            high = [os.dup2(fd, 100 + i) for i, fd in enumerate((reader, writer))]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, *SWITCHES, f"--user-data-dir={home}/profile", "about:blank"], stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log, close_fds=False, preexec_fn=third_and_fourth, start_new_session=True,
            env=dict(os.environ, HOME=home, XDG_RUNTIME_DIR=home, TMPDIR=home, DBUS_SESSION_BUS_ADDRESS="disabled:"))
        os.close(out_read)
        os.close(in_write)
        self.rest, self.number, self.events, self.session = b"", 0, [], None
        targets = self.ask("Target.getTargets")["targetInfos"]
        page = next(target for target in targets if target["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=page["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits", "Accessibility"):
            self.ask(f"{domain}.enable")

    def read(self, until):
        while b"\0" not in self.rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.into], [], [], left)[0]:
                raise Trouble("it gave no answer in time")
            came = os.read(self.into, 1 << 16)
            if not came:
                raise Trouble("it has ended")
            self.rest += came
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def ask(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.out, data):]
        until = time.monotonic() + PATIENCE
        while True:
            answer = self.read(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Trouble(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def evaluate(self, script):
        got = self.ask("Runtime.evaluate", expression=f"(() => {{{SHARED_SCRIPT}; return {script}; }})()", returnByValue=True)
        if "exceptionDetails" in got:
            raise Trouble(str(got["exceptionDetails"]))
        return got["result"].get("value")

    def open(self, path):
        self.events.clear()
        self.ask("Page.navigate", url=pathlib.Path(path).resolve().as_uri())
        until = time.monotonic() + PATIENCE
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            event = self.read(until)
            if "method" in event:
                self.events.append(event)
        self.evaluate("1")  # what was said until now has arrived

    def size(self, of, mobile):
        self.ask("Emulation.setDeviceMetricsOverride", width=of[0], height=of[1], deviceScaleFactor=2 if mobile else 1,
                 mobile=mobile)

    def media(self, kind="", scheme="light"):
        self.ask("Emulation.setEmulatedMedia", media=kind, features=[{"name": "prefers-color-scheme", "value": scheme}])

    def shoot(self, path, whole=True):
        data = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def end(self):
        with contextlib.suppress(OSError):
            os.close(self.out)  # by itself, within two seconds
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.log.close()


def complaints(events, page):
    """What the browser said, and what it wanted from elsewhere."""
    said, wanted = [], []
    own = pathlib.Path(page).resolve().as_uri()
    for event in events:
        method, params = event["method"], event["params"]
        if method == "Runtime.consoleAPICalled":
            said.append("console: " + json.dumps(params["args"])[:200])
        elif method == "Runtime.exceptionThrown":
            said.append("exception: " + params["exceptionDetails"]["text"])
        elif method == "Log.entryAdded":
            said.append(f"{params['entry']['source']}: {params['entry']['text']}"[:200])
        elif method == "Audits.issueAdded":
            said.append("issue: " + params["issue"]["code"])
        elif method == "Page.javascriptDialogOpening":
            said.append("dialog: " + params["message"])
        elif method == "Network.requestWillBeSent" and params["request"]["url"] != own:
            wanted.append(params["request"]["url"][:200])
    return said, wanted


class Court:
    """Prints verdicts; of the control page the opposite is wanted."""

    def __init__(self, page):
        self.name = pathlib.Path(page).stem
        self.guilty = self.name == "control"

    def hear(self, sentence, bad):
        passed = bool(bad) if self.guilty else not bad
        print(f"{'ok' if passed else 'not ok'} - {self.name}: {'found guilty of the contrary: ' if self.guilty else ''}{sentence}")
        if not passed:
            for line in bad[:12]:
                print("#   " + line.encode("ascii", "backslashreplace").decode().replace("\n", " "))
        sys.stdout.flush()


def look_at_layout(browser, court, shots):
    browser.shoot(f"{shots}/{court.name}-desktop.png")
    browser.size(PHONE, mobile=True)
    browser.shoot(f"{shots}/{court.name}-phone.png")
    browser.media(scheme="dark")
    browser.shoot(f"{shots}/{court.name}-phone-dark.png")
    browser.media()
    court.hear("nothing is wider than a phone", browser.evaluate(CHECKS["wide"] % PHONE[0]))
    browser.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    browser.shoot(f"{shots}/{court.name}-phone-open.png")
    court.hear("nor is anything when everything is opened", browser.evaluate(CHECKS["wide"] % PHONE[0]))
    court.hear(f"no text is smaller than {SMALLEST_TEXT} px", browser.evaluate(CHECKS["small"] % SMALLEST_TEXT))
    court.hear("a finger finds what can be opened", browser.evaluate(CHECKS["touch"]))
    for scheme in ("light", "dark"):
        browser.media(scheme=scheme)
        court.hear(f"in {scheme} mode the background is {scheme}", browser.evaluate(CHECKS[scheme]))
        court.hear(f"and every text on it has a contrast of {CONTRAST}:1", browser.evaluate(CHECKS["faint"] % CONTRAST))
    browser.shoot(f"{shots}/{court.name}-phone-open-dark.png")


def look_at_desktop_and_paper(browser, court, shots):
    browser.size(DESKTOP, mobile=False)
    browser.media()
    court.hear("nothing is wider than a desktop", browser.evaluate(CHECKS["wide"] % DESKTOP[0]))
    browser.media("print", "dark")
    browser.evaluate("document.querySelectorAll('details').forEach(e => { e.open = false; })")  # as it is for whoever opened nothing
    court.hear("on paper nothing stays folded", browser.evaluate(CHECKS["hidden"]))
    court.hear("paper is light, whatever the screen is", browser.evaluate(CHECKS["light"]))
    court.hear("and what is printed can be read", browser.evaluate(CHECKS["faint"] % CONTRAST))
    paper = base64.b64decode(browser.ask("Page.printToPDF", printBackground=False)["data"])
    pathlib.Path(f"{shots}/{court.name}.pdf").write_bytes(paper)
    court.hear("it can be printed", [] if paper.startswith(b"%PDF") and len(paper) > 4000 and not court.guilty else ["no paper"])
    browser.media()


def look_at_structure(browser, court):
    court.hear("its outline is one of a document", browser.evaluate(CHECKS["outline"]))
    court.hear("nothing in it acts, fetches or leads away", browser.evaluate(CHECKS["active"]))
    nodes = browser.ask("Accessibility.getFullAXTree")["nodes"]
    spoken = [(node.get("role", {}).get("value"), node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    bad = [f"nothing of the role {role} is spoken" for role in ("heading", "region", "list") if not
           any(role == r and name.strip() for r, name in spoken) and role != "list"]
    if ("region", "Verdict") not in spoken:
        bad.append("no region is called Verdict")
    if sum(role == "listitem" for role, _ in spoken) < 7:
        bad.append("fewer than seven steps are spoken")
    court.hear("who cannot see it is told the title, the verdict and the steps", bad)


def look(browser, page, shots):
    court = Court(page)
    browser.size(DESKTOP, mobile=False)
    browser.media()
    browser.open(page)
    size = os.path.getsize(page)
    if not court.guilty:
        court.hear(f"it has fewer than {BYTES} bytes", [f"it has {size}"] if size >= BYTES else [])
    folded = [] if court.guilty else browser.evaluate("[...document.querySelectorAll('dl.in')].filter(seen).length > 3 ? "
                                                      "['details are open'] : []")
    if not court.guilty:
        court.hear("what few will read is folded at first", folded)
        browser.shoot(f"{shots}/{court.name}-first.png", whole=False)
    look_at_structure(browser, court)
    look_at_layout(browser, court, shots)
    look_at_desktop_and_paper(browser, court, shots)
    said, wanted = complaints(browser.events, page)
    court.hear("the browser has nothing to complain about", said)
    court.hear("and fetches nothing", wanted)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit("the time is over"))
    signal.alarm(LIMIT)
    program = shutil.which("chromium") or shutil.which("chromium-browser") or sys.exit("there is no chromium")
    shots = sys.argv[1]
    os.makedirs(shots, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="browser.", ignore_cleanup_errors=True) as home:
        browser = Browser(program, home)
        try:
            for page in sys.argv[2:]:
                look(browser, page, shots)
        except Trouble as trouble:
            print(f"not ok - the browser: {trouble}")
            print("".join(f"#   {line}" for line in open(f"{home}/chromium.log", errors="replace")))
        finally:
            browser.end()


if __name__ == "__main__":
    main()
