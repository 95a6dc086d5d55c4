import Foundation
import Images
import Testing

@testable import Datasets

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Pictures that are decoded once.
@Suite struct PictureCacheTests {
    private let scratch: ScratchFolder
    private var photos: URL { scratch.url.appending(path: "photos") }
    private var folder: URL { scratch.url.appending(path: "cache") }

    init() throws {
        scratch = try ScratchFolder()
        for number in 0..<6 {
            // Different shapes, so that cutting and covering have something to do.
            let image = try Pictures.marked(20 + 9 * number, 50 - 5 * number, red: UInt8(40 * number))
            try scratch.write("photos/\(number).png", image.pngData())
            try scratch.write("photos/\(number).txt", "number \(number) on the left")
        }
    }

    private func examples(
        _ cache: PictureCache? = nil, _ change: (inout PictureExamples.Options) -> Void = { _ in }
    ) throws -> PictureExamples {
        var options = PictureExamples.Options()
        options.shaping.flipShare = 0.5
        change(&options)
        return try PictureExamples(
            PictureFolder(photos, named: "photos"), options: options, seed: 4, cache: cache)
    }

    private func made(_ examples: PictureExamples, _ places: Range<Int> = 0..<24) throws -> [CaptionedImage] {
        try ParallelMap.results(places.count) {
            try examples.example(at: places.lowerBound + $0, width: 16, height: 12)
        }
    }

    @Test(arguments: [false, true]) func theSameComesOutWithAndWithout(cropsAnywhere: Bool) throws {
        let change: (inout PictureExamples.Options) -> Void = { $0.shaping.cropsAnywhere = cropsAnywhere }
        let expected = try made(examples(nil, change))
        let cache = try PictureCache(folder)
        #expect(try made(examples(cache, change)) == expected && cache.count == 6)
        #expect(try made(examples(cache, change)) == expected && cache.count == 6)
        // Another run finds them, also where pictures can no longer be decoded.
        let later = try PictureCache(folder, writing: 1)
        let examples = try examples(later, change)
        for number in 0..<6 { try overwriteKeepingLook("photos/\(number).png") }
        #expect(try made(examples) == expected)
        #expect(examples.takeNewlyBroken().isEmpty && later.takeNotes().isEmpty)
    }

    /// Makes a file unreadable as a picture without changing its length or time.
    private func overwriteKeepingLook(_ name: String) throws {
        let file = scratch.url.appending(path: name)
        var status = stat()
        try #require(stat(file.path, &status) == 0)
        #if canImport(Darwin)
            let times = [status.st_atimespec, status.st_mtimespec]
        #else
            let times = [status.st_atim, status.st_mtim]
        #endif
        let handle = try FileHandle(forWritingTo: file)
        try handle.write(contentsOf: Data(count: Int(status.st_size)))
        try handle.close()
        try #require(utimensat(AT_FDCWD, file.path, times, 0) == 0)
    }

    @Test func changedFilesAndSettingsAreDecodedAgain() throws {
        let cache = try PictureCache(folder)
        let first = try made(examples(cache))
        let gray: (inout PictureExamples.Options) -> Void = { $0.shaping.background = .init(1, 2, 3) }
        _ = try made(examples(cache, gray))
        #expect(cache.count == 12)
        _ = try made(examples(cache) { $0.shaping.cropsAnywhere = true })
        #expect(cache.count == 18)
        _ = try examples(cache).example(at: 0, width: 12, height: 16)
        #expect(cache.count == 19)
        // A file of the same length with other content.
        let file = photos.appending(path: "2.png")
        let old = try Data(contentsOf: file)
        try Pictures.marked(38, 40, red: 81).pngData().write(to: file)
        let now = try made(examples(cache))
        #expect(now == (try made(examples())) && now != first && cache.count == 20)
        try old.write(to: file)
        #expect(try made(examples(cache)) == first)
        // What a stricter setting calls broken is not let in by the cache.
        let strict = try examples(cache) { $0.maximumPixels = 1 }
        #expect(throws: PictureDataError.self) { try strict.example(at: 0, width: 16, height: 12) }
    }

    @Test func damagedRecordsAreNamedAndDecodedAgain() throws {
        let expected = try made(examples())
        _ = try made(examples(PictureCache(folder)))
        let file = folder.appending(path: "records-0")
        var bytes = try Data(contentsOf: file)
        // The last byte of the file is the last pixel of the last record.
        bytes[bytes.count - 1] ^= 1
        try bytes.write(to: file)
        let cache = try PictureCache(folder)
        #expect(try made(examples(cache)) == expected)
        let notes = cache.takeNotes()
        #expect(notes.count == 1 && notes[0].contains(".png is damaged; the picture is decoded again"))
        #expect(cache.takeNotes().isEmpty)
        // The new record counts from now on.
        let again = try PictureCache(folder, writing: 1)
        #expect(try made(examples(again)) == expected && again.takeNotes().isEmpty)
    }

    @Test func tarFilesAreCachedToo() throws {
        let members = try (0..<4).map { number in
            ("\(number).png", try Pictures.marked(30, 20, red: UInt8(number)).pngData())
        }
        let tar = try scratch.write("a.tar", Pictures.tar(members.map { (name: $0.0, content: $0.1) }))
        func reds(_ cache: PictureCache?) throws -> [UInt8] {
            let examples = try PictureExamples(ShardSet([tar]), seed: 1, cache: cache)
            return try (0..<8).map { try examples.example(at: $0, width: 8, height: 8).image[7, 7, 0] }
        }
        let cache = try PictureCache(folder)
        let plain = try reds(nil)
        #expect(try reds(cache) == plain && cache.count == 4 && Set(plain) == [0, 1, 2, 3])
        #expect(try reds(cache) == plain && cache.count == 4)
    }

    /// No file may grow beyond two records: the rest is decoded each time, and a note says so once.
    @Test func withoutRoomEverythingGoesOn() async throws {
        let path = scratch.url.path
        await #expect(processExitsWith: .exitCode(42)) { [path = path as String] in
            var limit = rlimit(rlim_cur: 1500, rlim_max: 1500)
            #if canImport(Darwin)
                setrlimit(RLIMIT_FSIZE, &limit)
            #else
                setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            #endif
            let folder = URL(filePath: path)
            func made(_ cache: PictureCache?) throws -> [CaptionedImage] {
                let examples = try PictureExamples(
                    PictureFolder(folder.appending(path: "photos")), seed: 4, cache: cache)
                return try (0..<18).map { try examples.example(at: $0, width: 16, height: 12) }
            }
            let cache = try PictureCache(folder.appending(path: "cache"))
            let (found, expected) = (try made(cache), try made(nil))
            let notes = cache.takeNotes()
            guard found == expected, cache.count == 2, notes.count == 1,
                notes[0].contains("training goes on, and no more pictures are kept")
            else { exit(1) }
            exit(42)
        }
    }

    /// Records as they lie in the file: the name of the type, the sides, the numbers.
    @Test func arraysOfEveryTypeReadBack() throws {
        func record(_ type: String, _ sides: [UInt8], _ count: Int) -> [UInt8] {
            [UInt8(type.utf8.count)] + Array(type.utf8) + [UInt8(sides.count)]
                + sides.flatMap { [$0, 0, 0, 0] } + (0..<count).map { UInt8($0) }
        }
        for (type, bytes) in [("F32", 4), ("BF16", 2), ("U8", 1), ("I64", 8)] {
            let stored = record(type, [2, 1, 3], 6 * bytes)
            let found = try #require(TensorRecord(encoded: stored))
            #expect(found.shape == [2, 1, 3] && found.bytes.count == 6 * bytes)
            #expect(found.encoded == stored)
            for length in 0..<stored.count {
                #expect(TensorRecord(encoded: Array(stored.prefix(length))) == nil)
            }
        }
        #expect(TensorRecord(encoded: record("U8", [2, 2], 3)) == nil)
        #expect(TensorRecord(encoded: record("U8", [2, 2], 5)) == nil)
        #expect(TensorRecord(encoded: record("U9", [2, 2], 4)) == nil)
        #expect(TensorRecord(encoded: [1, 85, 2] + [UInt8](repeating: 255, count: 8)) == nil)
        #expect(TensorRecord(encoded: record("U8", [], 1))?.bytes == [0])
    }
}
