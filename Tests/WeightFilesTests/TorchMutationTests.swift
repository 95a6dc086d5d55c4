import Foundation
import Testing

@testable import WeightFiles

/// Archives and pickles broken in many ways: each is refused with a typed error or read completely.
///
/// As in `MutationTests`, the bytes end at unreadable memory and case `n` depends on `n` alone.
@Suite struct TorchMutationTests {
    @Test func brokenFilesNeverCrash() throws {
        let environment = ProcessInfo.processInfo.environment["DARKROOM_FUZZ_CASES"]
        let cases = max(1000, environment.flatMap { Int($0) } ?? 0)
        let files = try [("plain", "pt"), ("lightning", "ckpt"), ("legacy", "pt"), ("protocol4", "pt")].map {
            try [UInt8](Data(contentsOf: fixture($0.0, $0.1)))
        }
        let pickles = Self.pickles()
        var accepted = 0
        var kinds: [String: Int] = [:]
        for number in 0..<cases {
            var numbers = SeededNumbers(state: UInt64(number) &* 0x9E6D_3A4F_17C5_2B81)
            var bytes: [UInt8]
            if number % 3 == 0 {
                bytes = files[number / 3 % files.count]
                for _ in 0...Int.random(in: 0...2, using: &numbers) { Self.mutate(&bytes, &numbers) }
            } else {
                // A broken pickle in a sound archive: the checks of the archive do not stand before those of the pickle.
                var pickle = pickles[number / 3 % pickles.count]
                for _ in 0...Int.random(in: 0...2, using: &numbers) { Self.edit(&pickle, &numbers) }
                var zip = HandmadeZip(
                    pickle: pickle, storages: [Array(0..<96), Array(0..<24), Array(0..<8)])
                zip.isWide = number % 2 == 0
                bytes = zip.bytes
            }
            do {
                let file = try TorchFile(guarded(bytes), at: URL(filePath: "/x.ckpt"))
                accepted += 1
                for entry in file.entries {
                    let piece = try file.bytes(of: entry)
                    #expect(piece.count == entry.type.byteCount(of: entry.shape), "case \(number)")
                    piece.withBytes { bytes in
                        withExtendedLifetime(bytes.reduce(0) { $0 &+ Int($1) }) {}
                    }
                }
            } catch let error as WeightFileError {
                #expect(!error.summary.isEmpty && !error.advice.isEmpty, "case \(number)")
                kinds[Mirror(reflecting: error).children.first?.label ?? "?", default: 0] += 1
            }
        }
        #expect(accepted > cases / 100)
        #expect(kinds.values.reduce(0, +) > cases / 3)
        for kind in ["malformedArchive", "malformedPickle", "forbiddenPickle", "wrongByteCount"] {
            #expect(kinds[kind] != nil, "no case led to \(kind): \(kinds)")
        }
    }

    private static func pickles() -> [[UInt8]] {
        let first = Pickle.storage(count: 24)
        let second = Pickle.storage("HalfStorage", key: "1", count: 12)
        let third = Pickle.storage("LongStorage", key: "2", count: 1)
        let nested =
            [0x7D, 0x28] + Pickle.text("inner") + Pickle.tensor(second, shape: [12], strides: [1]) + [0x75]
        return [
            Pickle.file([
                ("a.weight", Pickle.tensor(first, shape: [2, 3, 4], strides: [12, 4, 1])),
                ("a.bias", Pickle.tensor(second, offset: 2, shape: [3], strides: [2])),
            ]),
            Pickle.file([
                ("state_dict", nested), ("global_step", Pickle.int(7)),
                ("rate", [0x47] + [UInt8](repeating: 0x3F, count: 8)),
                ("position_ids", Pickle.tensor(third, shape: [1, 1], strides: [1, 1])),
            ]),
            Pickle.file([
                ("turned", Pickle.tensor(first, shape: [4, 6], strides: [1, 4])),
                ("name", [0x55, 3] + Array("abc".utf8)), ("none", [0x4E]),
                (
                    "object",
                    Pickle.global("torch.nn.modules.container", "ParameterDict") + [0x29, 0x81] + nested + [
                        0x62
                    ]
                ),
            ]),
        ]
    }

    private static func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        guard bytes.count > 8 else { return bytes.append(.random(in: 0...255, using: &numbers)) }
        let place = Int.random(in: 0..<bytes.count, using: &numbers)
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
        case 1: bytes[place] = .random(in: 0...255, using: &numbers)
        case 2: bytes.removeLast(Int.random(in: 1...bytes.count / 2, using: &numbers))
        case 3:
            bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &numbers)))
        case 4:  // in the table of contents and the end record
            let last = max(0, bytes.count - 600)
            bytes[Int.random(in: last..<bytes.count, using: &numbers)] =
                [0, 1, 8, 0x7F, 0xFF].randomElement(using: &numbers) ?? 0
        default:
            bytes.insert(contentsOf: (0..<4).map { _ in .random(in: 0...255, using: &numbers) }, at: place)
        }
    }

    /// Instructions, and pieces that mean something.
    private static let pieces: [[UInt8]] =
        [
            0x28, 0x2E, 0x30, 0x31, 0x32, 0x4E, 0x29, 0x74, 0x85, 0x86, 0x5D, 0x61, 0x65, 0x7D, 0x73, 0x75,
            0x51, 0x52, 0x81, 0x62, 0x94,
        ]
        .map { [$0] } + [
            [0x68, 0], [0x68, 1], [0x71, 0], [0x71, 1], [0x80, 2], Pickle.int(.max), Pickle.int(-1),
            Pickle.int(1 << 40),
            Pickle.text("state_dict"), Pickle.text(""), Pickle.global("os", "system"),
            Pickle.global("torch", "Size"),
            Pickle.global("collections", "OrderedDict"), Pickle.global("torch", "ByteStorage"),
            Pickle.ints([3, 4]),
            Pickle.ints([0]), Pickle.storage(count: 1), [0x8B, 0xFF, 0xFF, 0xFF, 0xFF],
            [0x58, 0xFF, 0xFF, 0xFF, 0x7F],
        ]

    private static func edit(_ pickle: inout [UInt8], _ numbers: inout SeededNumbers) {
        guard pickle.count > 4 else { return pickle += pieces.randomElement(using: &numbers) ?? [] }
        let place = Int.random(in: 0..<pickle.count, using: &numbers)
        let piece = pieces.randomElement(using: &numbers) ?? []
        switch Int.random(in: 0..<6, using: &numbers) {
        case 0: pickle[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
        case 1: pickle.insert(contentsOf: piece, at: place)
        case 2: pickle.replaceSubrange(place..<min(pickle.count, place + piece.count), with: piece)
        case 3:
            pickle.removeSubrange(place..<min(pickle.count, place + Int.random(in: 1...12, using: &numbers)))
        case 4:  // a number within a shape, an offset, a count
            guard let number = pickle[place...].firstIndex(of: 0x8A), number + 9 < pickle.count else {
                return
            }
            let values: [Int] = [0, 1, -1, 2, 5, 25, 1 << 31, 1 << 62, .max, .min]
            pickle.replaceSubrange(
                number + 2..<number + 10, with: little(values.randomElement(using: &numbers) ?? 0))
        default:
            let end = min(pickle.count, place + Int.random(in: 1...30, using: &numbers))
            pickle.insert(
                contentsOf: pickle[place..<end], at: Int.random(in: 0..<pickle.count, using: &numbers))
        }
    }
}
