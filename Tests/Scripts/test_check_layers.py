"""Plants leaks in a small package and looks whether Scripts/check-layers finds each of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TABLE = """
| Floor | Module | Answers the question | May import |
| --- | --- | --- | --- |
| 0 | `Ground` | what? | – |
| 1 | `Middle` | how? | Ground |
| 2 | `CLI` | who? | Middle, ArgumentParser |

System modules, which every target may import: `Foundation`, `Glibc`.
"""


class CheckLayersTests(unittest.TestCase):
    def check(self, files: dict[str, str], table: str = TABLE, **dependencies: list[str]) -> tuple[int, str]:
        """Runs the check on a package of these files; `dependencies` replaces what a target declares."""
        declared = {"Ground": [], "Middle": ["Ground"], "CLI": ["Middle"], "MiddleTests": ["Middle"], **dependencies}
        targets = []
        for name, wanted in declared.items():
            test = name.endswith("Tests")
            target = {"name": name, "type": "test" if test else "library", "target_dependencies": wanted,
                      "path": f"{'Tests' if test else 'Sources'}/{name}"}
            if name == "CLI":
                target["product_dependencies"] = ["ArgumentParser"]
            targets.append(target)
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "ARCHITECTURE.md").write_text(table)
            for target in targets:
                (root / target["path"]).mkdir(parents=True)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            (root / "describe.json").write_text(json.dumps({"targets": targets}))
            done = subprocess.run([sys.executable, str(ROOT / "Scripts/check-layers"), "--root", folder,
                                   "--describe", str(root / "describe.json")], capture_output=True, text=True)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def expect_error(self, found: tuple[int, str], text: str) -> None:
        self.assertEqual(found[0], 1, found[1])
        errors = [line for line in found[1].splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, found[1])
        self.assertIn(text, errors[0])

    def test_a_clean_package_passes(self) -> None:
        found = self.check({
            "Sources/Ground/A.swift": "import Foundation\npublic struct A {}\n",
            "Sources/Middle/B.swift": '@_exported public import struct Ground.A\n// import Elsewhere\nlet t = """\n'
                                      'import Nowhere\n"""\nlet p = "print(1)"\nfunc fingerprint() {}\n',
            "Sources/CLI/Main.swift": 'import ArgumentParser\nimport Middle\nprint("hello")\n',
            "Tests/MiddleTests/T.swift": "import Testing\n@testable import Middle\n"})
        self.assertEqual(found[0], 0, found[1])
        self.assertIn("4 targets, 0 errors, 0 notes", found[1])

    def test_an_import_that_is_not_declared_is_found(self) -> None:
        for line in ("import Middle", "@testable import Middle", "public import struct Middle.B", "  import Middle"):
            found = self.check({"Sources/Ground/A.swift": f"import Foundation\n{line}\n"})
            self.expect_error(found, "Sources/Ground/A.swift:2: Ground imports Middle, which it does not declare")

    def test_a_test_may_not_lean_on_what_it_does_not_declare(self) -> None:
        found = self.check({"Tests/MiddleTests/T.swift": "import Testing\nimport Ground\n"})
        self.expect_error(found, "T.swift:2: MiddleTests imports Ground")

    def test_package_and_table_must_agree(self) -> None:
        self.expect_error(self.check({}, Ground=["Middle"]), "Ground declares Middle, which ARCHITECTURE.md does not allow")
        self.expect_error(self.check({}, Middle=[]), "Middle does not declare Ground")
        self.expect_error(self.check({}, Attic=[]), "Attic has no row")
        self.expect_error(self.check({}, table=TABLE.replace("| 2 |", "| 1 | `Gone` | ? | – |\n| 2 |")),
                          "Gone has a row, Package.swift has no such target")

    def test_arrows_go_down(self) -> None:
        upside_down = TABLE.replace("| what? | – |", "| what? | Middle |").replace("| how? | Ground |", "| how? | – |")
        self.expect_error(self.check({}, table=upside_down, Ground=["Middle"], Middle=[]), "arrows go down")

    def test_only_the_door_prints(self) -> None:
        for line in ("print(1)", "debugPrint(x)", "Swift.print(1)", "fputs(text, stderr)",
                     "FileHandle.standardError.write(data)"):
            self.expect_error(self.check({"Sources/Middle/B.swift": f"\nlet a = 1; {line}\n"}),
                              "B.swift:2: Middle prints")
        for line in ("blueprint(1)", "image.print(1)", "func printed() {}", "/* print(1) */", 'let a = "print(1)"'):
            self.assertEqual(self.check({"Sources/Middle/B.swift": f"import Ground\n{line}\n"})[0], 0, line)

    def test_nobody_below_reads_the_environment_or_the_clock(self) -> None:
        self.expect_error(self.check({"Sources/Middle/B.swift": 'ProcessInfo.processInfo.environment["A"]\n'}),
                          "B.swift:1: Middle reads the environment")
        self.expect_error(self.check({"Sources/Middle/B.swift": "let now = Date()\n"}), "time of day")

    def test_libtorch_is_seen_on_its_floor_only(self) -> None:
        found = self.check({"Sources/Ground/a.cpp": "#include <vector>\n#include <torch/all.h>\n"})
        self.expect_error(found, "a.cpp:2: Ground includes torch/all.h")

    def test_long_files_are_listed_and_longer_ones_refused(self) -> None:
        self.assertIn("note: Sources/Ground/A.swift: 301 lines", self.check({"Sources/Ground/A.swift": "\n" * 301})[1])
        self.expect_error(self.check({"Sources/Ground/A.swift": "\n" * 601}), "A.swift: 601 lines")

    def test_a_folder_that_no_target_owns_is_found(self) -> None:
        self.expect_error(self.check({"Tests/LostTests/T.swift": "import Testing\n"}), "Tests/LostTests: no target")
        self.assertEqual(self.check({"Tests/Scripts/test.py": ""})[0], 0)

    def test_what_is_declared_and_never_used_is_listed(self) -> None:
        found = self.check({"Sources/Middle/B.swift": "let a = 1\n"})
        self.assertEqual(found[0], 0)
        self.assertIn("Middle declares Ground and never imports it", found[1])


if __name__ == "__main__":
    unittest.main()
