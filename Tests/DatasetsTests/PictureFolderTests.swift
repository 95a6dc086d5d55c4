import Datasets
import Foundation
import Images
import Testing

@Suite struct PictureFolderTests {
    private let scratch: ScratchFolder
    private let png: Data

    init() throws {
        scratch = try ScratchFolder()
        png = try Pictures.marked().pngData()
    }

    @Test func picturesLieInAnyDepthWithTheirWordsBeside() throws {
        try scratch.write("b/c/two.JPG", Pictures.marked().jpegData())
        try scratch.write("b/c/two.txt", "  a second\n picture \n")
        try scratch.write("one.png", png)
        try scratch.write("a.webp", Pictures.marked().webpData())
        try scratch.write("a.txt", "\u{FEFF}first\r\n")
        try scratch.write("notes.md", "none")
        try scratch.write(".hidden.png", png)
        let folder = try PictureFolder(scratch.url, named: "photos")
        #expect(folder.count == 3 && folder.title == "photos")
        #expect((0..<3).map(folder.name) == ["a.webp", "b/c/two.JPG", "one.png"])
        #expect(try (0..<3).map { try folder.caption(at: $0) } == ["first", "a second picture", nil])
        #expect(try folder.bytes(at: 2) == png)
        #expect(folder.ending(at: 1) == "jpg")
        #expect(folder.findings.ignored.first == ["notes.md"] && folder.findings.captionless.count == 1)
    }

    @Test func metadataGivesWords() throws {
        for name in ["x/1.png", "x/2.png", "3.png", "4.png"] { try scratch.write(name, png) }
        try scratch.write("3.txt", "from the file")
        try scratch.write("x/1.txt", "not this")
        try scratch.write(
            "metadata.jsonl",
            """
            {"file_name": "x/2.png", "caption": "second", "extra": [1, {"a": null}]}
            {"file_name": "./x/1.png", "text": "first"}

            {"file_name": "x/2.png", "text": "second again", "caption": "other"}
            {"file_name": "gone.png", "text": "gone"}
            {"file_name": "4.png", "text": null}
            """)
        let folder = try PictureFolder(scratch.url)
        let found = try (0..<folder.count).map { (folder.name(at: $0), try folder.caption(at: $0)) }
        let expected: [(String, String?)] = [
            ("4.png", nil), ("x/1.png", "first"), ("x/2.png", "second"), ("x/2.png", "second again"),
            ("3.png", "from the file"),
        ]
        #expect(found.map(\.0) == expected.map(\.0) && found.map(\.1) == expected.map(\.1))
        #expect(folder.findings.missing.first == ["gone.png"])
    }

    @Test(arguments: ["../out.png", "/etc/passwd", "a/../../b.png", "", "a//b.png", "x\\u0000.png"])
    func namesNeverLeaveTheFolder(name: String) throws {
        try scratch.write("in/1.png", png)
        try scratch.write("out.png", png)
        try scratch.write("in/metadata.jsonl", #"{"file_name": "\#(name)", "text": "x"}"#)
        let error = try Pictures.failure { _ = try PictureFolder(scratch.url.appending(path: "in")) }
        guard case .unsafeName(_, 1, _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test(arguments: [
        ("[1]", "expected a JSON object"), ("{", "expected a JSON object"),
        (#"{"text": "x"}"#, "expected text at \"file_name\""),
        (#"{"file_name": 3}"#, "expected text at \"file_name\""),
        (#"{"file_name": "1.png", "text": 3}"#, "expected text at \"text\""),
        (String(repeating: "[", count: 5000), "expected a JSON object"),
    ])
    func brokenMetadataIsToldByItsLine(line: String, reason: String) throws {
        try scratch.write("1.png", png)
        try scratch.write("metadata.jsonl", "{\"file_name\": \"1.png\"}\n" + line + "\n")
        let error = try Pictures.failure { _ = try PictureFolder(scratch.url, named: "p") }
        #expect(error == .badMetadata(file: "p/metadata.jsonl", line: 2, reason: reason))
    }

    @Test func linksLeadNowhereOutside() throws {
        let outside = try ScratchFolder()
        try outside.write("secret.png", png)
        try scratch.write("in.png", png)
        func link(_ name: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: scratch.url.appending(path: name).path, withDestinationPath: target)
        }
        try link("out.png", to: outside.url.appending(path: "secret.png").path)
        try link("folder", to: outside.url.path)
        try link("loop", to: ".")
        try link("dangling.png", to: "nothing.png")
        try link("again.png", to: "in.png")
        let folder = try PictureFolder(scratch.url)
        #expect((0..<folder.count).map(folder.name) == ["again.png", "in.png"])
        #expect(folder.findings.links.count == 4)
        #expect(try folder.bytes(at: 0) == png)
        // A file that becomes a link after the look at the folder is not followed either.
        try FileManager.default.removeItem(at: scratch.url.appending(path: "in.png"))
        try link("in.png", to: outside.url.appending(path: "secret.png").path)
        #expect(throws: PictureDataError.self) { try folder.bytes(at: 1) }
    }

    @Test func theOrderAndTheFingerprintComeFromNamesAndLengths() throws {
        for name in ["b.png", "a.png", "B.png", "ä.png"] { try scratch.write(name, png) }
        let first = try PictureFolder(scratch.url)
        #expect((0..<4).map(first.name) == ["B.png", "a.png", "b.png", "ä.png"])
        #expect(try PictureFolder(scratch.url).fingerprint == first.fingerprint)
        try scratch.write("c.txt", "no picture of this name")
        #expect(try PictureFolder(scratch.url).fingerprint == first.fingerprint)
        try scratch.write("a.txt", "words")
        let second = try PictureFolder(scratch.url).fingerprint
        #expect(second != first.fingerprint)
        try scratch.write("d.png", png)
        #expect(try PictureFolder(scratch.url).fingerprint != second)
    }

    @Test func nothingThereIsAnError() throws {
        try scratch.write("photos/readme.md", "x")
        let empty = try Pictures.failure { _ = try PictureFolder(scratch.url.appending(path: "photos")) }
        guard case .noPictures(_, ignored: 1) = empty else {
            Issue.record("\(empty)")
            return
        }
        let absent = try Pictures.failure { _ = try PictureFolder(scratch.url.appending(path: "fotos")) }
        #expect(absent.advice.first == "Did you mean photos?")
        let file = try scratch.write("a.png", png)
        guard case .unreadable = try Pictures.failure({ _ = try PictureFolder(file) }) else {
            Issue.record("a file was taken for a folder")
            return
        }
    }
}
