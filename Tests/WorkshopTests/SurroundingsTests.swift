import Foundation
import Testing

@testable import Workshop

@Suite struct SurroundingsTests {
    private let surroundings = Surroundings(
        currentFolder: URL(filePath: "/tmp/here", directoryHint: .isDirectory),
        homeFolder: URL(filePath: "/tmp/home", directoryHint: .isDirectory),
        executable: URL(filePath: "/opt/checkout/.build/release/darkroom"))

    @Test func pathsAreReadAsTyped() {
        #expect(surroundings.url("a.png").path == "/tmp/here/a.png")
        #expect(surroundings.url("../a.png").path == "/tmp/a.png")
        #expect(surroundings.url("~/a.png").path == "/tmp/home/a.png")
        #expect(surroundings.url("/x/a.png").path == "/x/a.png")
        #expect(surroundings.url("~a.png").path == "/tmp/here/~a.png")
    }

    @Test func pathsAreShownShort() {
        #expect(surroundings.shown(URL(filePath: "/tmp/here/out/a.png")) == "out/a.png")
        #expect(surroundings.shown(URL(filePath: "/tmp/hereafter/a.png")) == "/tmp/hereafter/a.png")
    }

    @Test func everyFolderAboveTheProgram() {
        #expect(
            surroundings.foldersAboveExecutable.map(\.path)
                == ["/opt/checkout/.build/release", "/opt/checkout/.build", "/opt/checkout", "/opt", "/"])
    }

    @Test func freshSeedsAreShortAndDiffer() {
        let seeds = (0..<50).map { _ in surroundings.freshSeed() }
        #expect(Set(seeds).count > 45)
        #expect(seeds.allSatisfy { $0 < 1 << 32 })
    }
}
