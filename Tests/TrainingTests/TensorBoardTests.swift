import Foundation
import Recipes
import Testing

@testable import Training

/// Event files against those that TensorBoard itself writes.
@Suite struct TensorBoardTests {
    private func fixture(_ name: String, _ ending: String) throws -> [UInt8] {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/" + name, withExtension: ending))
        return Array(try Data(contentsOf: url))
    }
    private func folder() throws -> URL {
        let url = FileManager.default.temporaryDirectory.appending(
            path: "darkroom-board-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
    /// A clock that goes from 1000.5 in steps of a quarter second.
    private final class Clock {
        private var next = 1000.5
        func now() -> Double {
            defer { next += 0.25 }
            return next
        }
    }

    @Test func messagesAreByteForByteThoseOfTensorBoard() throws {
        let clock = Clock()
        let image = SummaryMessage.image(
            "samples", png: try fixture("two-pixels", "png"), time: 1001.25, step: 32)
        let messages = [
            SummaryMessage.version(time: clock.now()), SummaryMessage.start(time: clock.now(), step: 0),
            SummaryMessage.scalars([("loss", 0.3125), ("learning_rate", 1e-3)], time: clock.now(), step: 32),
            try #require(image), SummaryMessage.start(time: 1001.5, step: 300),
        ]
        let wanted = try fixture("events", "tfevents")
        #expect(messages.flatMap(RecordFile.framed) == wanted)
        let (records, length) = RecordFile.records(of: wanted)
        #expect(records == messages && length == wanted.count)
        #expect(
            SummaryMessage.image(
                "samples", png: Array("no picture at all, but long enough".utf8), time: 0, step: 0) == nil)
    }

    @Test func whatIsTornIsCutWhereverItIsTorn() throws {
        let whole = try fixture("events", "tfevents")
        let ends = RecordFile.records(of: whole).records.reduce(into: [0]) { ends, record in
            ends.append((ends.last ?? 0) + record.count + 16)
        }
        for length in 0...whole.count {
            let kept = RecordFile.records(of: Array(whole.prefix(length))).length
            #expect(kept == ends.last { $0 <= length })
        }
        for place in stride(from: 0, to: whole.count, by: 7) {
            var damaged = whole
            damaged[place] ^= 0x10
            #expect(RecordFile.records(of: damaged).length == ends.last { $0 <= place })
        }
        // A length beyond all memory, with a right checksum, is no reason to fall over.
        let huge = [UInt8](repeating: 0xff, count: 8)
        let sum = withUnsafeBytes(of: RecordFile.masked(huge).littleEndian) { Array($0) }
        #expect(RecordFile.records(of: huge + sum + [0, 0, 0, 0, 0]).length == 0)
    }

    @Test func aLogTakenUpAgainIsWhole() throws {
        let run = try folder()
        defer { try? FileManager.default.removeItem(at: run) }
        let file = run.appending(path: TensorBoardLog.name)
        let progress = TrainingProgress(
            step: 1, imagesSeen: 32, totalImages: 64, loss: 0.5, learningRate: 1e-3, gradientNorm: 1,
            imagesPerSecond: 10, secondsLeft: 3, dataWaitShare: 0)
        let clock = Clock()
        let first = try TensorBoardLog(run: run, imagesSeen: 0, now: clock.now)
        try first.take(.progress(progress))
        let before = Array(try Data(contentsOf: file))
        #expect(RecordFile.records(of: before).records.count == 3)
        try Data(before + before.prefix(20)).write(to: file)
        let second = try TensorBoardLog(run: run, imagesSeen: 32, now: clock.now)
        let look = HeldOutLoss(imagesSeen: 64, levels: [.init(noiseShare: 0.5, loss: 1, error: 2)])
        try second.take(.heldOut(look))
        let after = Array(try Data(contentsOf: file))
        let (records, length) = RecordFile.records(of: after)
        #expect(length == after.count && records.count == 5)
        #expect(after.starts(with: before))
        #expect(records[3] == SummaryMessage.start(time: 1001.25, step: 32))
        #expect(
            records[4]
                == SummaryMessage.scalars(
                    [("held_out/loss", 1), ("held_out/error", 2), ("held_out_levels/01", 2)], time: 1001.5,
                    step: 64))
    }
}
