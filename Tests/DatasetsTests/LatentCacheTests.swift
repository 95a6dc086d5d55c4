import Foundation
import Testing

@testable import Datasets

/// What an autoencoder said, kept.
@Suite struct LatentCacheTests {
    private let scratch: ScratchFolder
    init() throws { scratch = try ScratchFolder() }

    private func moments(_ seed: UInt8) throws -> TensorRecord {
        // "F32", four sides, 48 numbers.
        let sides: [UInt8] = [2, 4, 2, 3].flatMap { [$0, 0, 0, 0] }
        let numbers = (0..<192).map { UInt8($0) &+ seed }
        return try #require(TensorRecord(encoded: [3] + Array("F32".utf8) + [4] + sides + numbers))
    }

    @Test func madeOnceAndFoundAgain() throws {
        let folder = scratch.url.appending(path: "kept")
        let pixels = [UInt8](0..<96)
        var asked = 0
        func kept(
            _ cache: LatentCache, _ range: Range<Int> = 0..<48, width: Int = 4, encoder: String = "a"
        ) throws -> TensorRecord {
            try cache.moments(
                of: pixels[range], width: width, height: 16 / width, encoder: encoder, named: "example 7"
            ) {
                asked += 1
                return try moments(UInt8(asked))
            }
        }
        let cache = try LatentCache(folder)
        let first = try moments(1)
        #expect(try kept(cache) == first && kept(cache) == first && asked == 1)
        // Other pixels, another shape, another autoencoder.
        #expect(try kept(cache, 48..<96) == moments(2))
        #expect(try kept(cache, width: 8) == moments(3))
        #expect(try kept(cache, encoder: "b") == moments(4))
        #expect(asked == 4 && cache.count == 4 && cache.takeNotes().isEmpty)

        let file = folder.appending(path: "records-0")
        var bytes = try Data(contentsOf: file)
        #expect(bytes.count == 16 + 4 * LatentCache.byteCount(channels: 4, width: 3, height: 2))
        // A number of the first record is damaged: that one alone is made anew, and kept.
        bytes[16 + 100] ^= 1
        try bytes.write(to: file)
        let later = try LatentCache(folder, writing: 1)
        #expect(try kept(later, encoder: "b") == moments(4) && asked == 4)
        #expect(try kept(later) == moments(5) && asked == 5)
        let notes = later.takeNotes()
        #expect(notes.count == 1)
        #expect(notes.first?.contains("example 7") == true && notes.first?.contains("damaged") == true)
        #expect(try kept(later) == moments(5) && asked == 5 && later.takeNotes().isEmpty)
        #expect(try LatentCache(folder).count == 4)
    }
}
