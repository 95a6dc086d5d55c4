import Foundation
import Testing

@testable import Workshop

@Suite struct PictureNamesTests {
    private let folder: TemporaryFolder
    private let names: PictureNames

    init() throws {
        folder = try TemporaryFolder()
        names = PictureNames(
            surroundings: Surroundings(
                currentFolder: folder.url, homeFolder: folder.url, executable: folder.file("darkroom")))
    }

    @Test(arguments: [
        ("A red sphere, lit from the left!", "a-red-sphere-lit-from-the-left"),
        ("", "picture"), ("///", "picture"), ("../../etc/passwd", "etc-passwd"),
        ("日本語", "日本語"), ("--flag", "flag"), ("a\nb\0c", "a-b-c"),
    ])
    func promptsBecomeNames(prompt: String, name: String) {
        #expect(PictureNames.slug(prompt) == name)
    }

    @Test func longPromptsStayValidNames() {
        for prompt in [String(repeating: "word ", count: 2000), String(repeating: "🏔️本", count: 500)] {
            let name = PictureNames.slug(prompt)
            #expect(name.utf8.count <= 200 && name.count <= 61)
        }
    }

    @Test func outputsAreFilesOrFolders() throws {
        let base = folder.url.standardizedFileURL.path
        #expect(try names.file(for: "a b", output: nil).path == base + "/a-b.png")
        #expect(try names.file(for: "a b", output: "x.png").path == base + "/x.png")
        #expect(try names.file(for: "a b", output: "new/").path == base + "/new/a-b.png")
        try FileManager.default.createDirectory(
            at: folder.url.appending(path: "there.png"), withIntermediateDirectories: true)
        #expect(try names.file(for: "a b", output: "there.png").path == base + "/there.png/a-b.png")
        #expect(throws: WorkshopError.self) { try names.file(for: "a b", output: "x.jpg") }
    }
}
