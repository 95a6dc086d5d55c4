import Foundation
import Testing

@testable import WeightFiles

/// Files broken in many ways: each is refused with a typed error or read completely, and no read leaves its bytes.
///
/// The bytes end at unreadable memory, so a read too far would end the process. A thousand cases by default;
/// `DARKROOM_FUZZ_CASES=100000` asks for more. Case `n` depends on `n` alone.
@Suite struct MutationTests {
    @Test func brokenFilesNeverCrash() throws {
        let environment = ProcessInfo.processInfo.environment["DARKROOM_FUZZ_CASES"]
        let cases = max(1000, environment.flatMap { Int($0) } ?? 0)
        let seeds = try originals()
        var accepted = 0
        var kinds: [String: Int] = [:]
        for number in 0..<cases {
            var numbers = SeededNumbers(state: UInt64(number) &* 0x2545_F491_4F6C_DD1D)
            var bytes = seeds[number % seeds.count]
            for _ in 0...Int.random(in: 0...2, using: &numbers) { Self.mutate(&bytes, &numbers) }
            do {
                let file = try open(guarded: bytes)
                accepted += 1
                var total = 0
                for entry in file.entries {
                    try file.withBytes(of: entry) { piece in
                        #expect(piece.count == entry.type.byteCount(of: entry.shape), "case \(number)")
                        total += piece.count
                        withExtendedLifetime(piece.reduce(0) { $0 &+ Int($1) }) {}
                    }
                }
                // Every byte of the data belongs to exactly one tensor.
                let header = Int(bytes[0]) + Int(bytes[1]) << 8 + Int(bytes[2]) << 16
                #expect(total == bytes.count - 8 - header, "case \(number)")
            } catch let error as WeightFileError {
                #expect(!error.summary.isEmpty && !error.advice.isEmpty, "case \(number)")
                kinds[
                    String(describing: Mirror(reflecting: error).children.first?.label ?? "?"), default: 0] +=
                    1
            }
        }
        // The mutations must reach both outcomes and the checks behind the grammar.
        #expect(accepted > cases / 100)
        #expect(kinds.values.reduce(0, +) > cases / 2)
        for kind in [
            "malformedHeader", "headerTooLong", "outOfRange", "wrongByteCount", "unclaimedBytes", "overlap",
            "unknownType", "duplicateName", "shapeTooLarge",
        ] { #expect(kinds[kind] != nil, "no case led to \(kind): \(kinds)") }
    }

    /// Sound files: Python's, and two of ours.
    private func originals() throws -> [[UInt8]] {
        let url = try #require(
            Bundle.module.url(forResource: "python", withExtension: "safetensors", subdirectory: "Fixtures"))
        return try withTemporaryFolder { folder in
            let own = folder.appending(path: "own.safetensors")
            try SafetensorsWriter.write(
                [
                    TensorToWrite(name: "layer.weight", shape: [4, 3], floats: (0..<12).map(Float.init)),
                    TensorToWrite(name: "layer.bias", shape: [4], floats: [1, 2, 3, 4]),
                    TensorToWrite(name: "flags", type: .bool, shape: [3], bytes: [0, 1, 1]),
                ], metadata: ["step": "12", "note": "é\n\"x\""], to: own)
            let many = folder.appending(path: "many.safetensors")
            try SafetensorsWriter.write(
                (0..<40).map {
                    TensorToWrite(name: "t\($0)", type: .uint8, shape: [$0], bytes: Array(0..<UInt8($0)))
                },
                to: many)
            return try [url, own, many].map { try [UInt8](Data(contentsOf: $0)) }
        }
    }

    private static let texts = [
        "0", "1", "-1", "4", "8", "255", "65536", "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "1e9", "0.5", "[", "]", "{", "}", ",", ":", "\"", "null", "[]", "{}",
        "\\u0000",
        "\\ud800", "F32", "F64", "BF16", "X9", "dtype", "shape", "data_offsets", "__metadata__", "\"a\":{}",
        " ", "\t",
        "\u{A0}", "\0", "[0,0]", "[9223372036854775807,4]",
    ]

    private static func mutate(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        guard bytes.count > 16 else {
            bytes.append(.random(in: 0...255, using: &numbers))
            return
        }
        let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let header = min(Int(clamping: length), bytes.count - 8)
        switch Int.random(in: 0..<10, using: &numbers) {
        case 0:  // a bit anywhere
            bytes[Int.random(in: 0..<bytes.count, using: &numbers)] ^=
                1 << UInt8.random(in: 0..<8, using: &numbers)
        case 1:  // a byte of the data
            bytes[Int.random(in: (bytes.count / 2)..<bytes.count, using: &numbers)] = .random(
                in: 0...255, using: &numbers)
        case 2:  // cut short
            bytes.removeLast(Int.random(in: 1...bytes.count / 2, using: &numbers))
        case 3:  // lengthened
            bytes += (0..<Int.random(in: 1...40, using: &numbers)).map { _ in
                .random(in: 0...255, using: &numbers)
            }
        case 4:  // another header length
            let values: [UInt64] = [
                0, 1, 2, length &- 1, length &+ 1, length &+ 8, UInt64(bytes.count), 1 << 31, .max,
            ]
            setLength(&bytes, values.randomElement(using: &numbers) ?? 0)
        default:  // a change within the header, its length kept true
            guard header > 4 else { return }
            var text = Array(bytes[8..<8 + header])
            edit(&text, &numbers)
            bytes.replaceSubrange(8..<8 + header, with: text)
            setLength(&bytes, UInt64(text.count))
        }
    }

    private static func edit(_ text: inout [UInt8], _ numbers: inout SeededNumbers) {
        let start = Int.random(in: 0..<text.count, using: &numbers)
        switch Int.random(in: 0..<6, using: &numbers) {
        case 5:  // one tensor more, well described
            let begin = Int.random(in: 0..<40, using: &numbers)
            let count = Int.random(in: 0..<8, using: &numbers)
            let shape = Bool.random(using: &numbers) ? "\(count)" : "4294967296,\(count),4294967296"
            let member =
                #"{"more":{"dtype":"U8","shape":[\#(shape)],"data_offsets":[\#(begin),\#(begin + count)]},"#
            text.replaceSubrange(0..<1, with: member.utf8)
        case 0:  // a number or word replaced by another
            let isWord = { (byte: UInt8) in
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                    || byte == 95
            }
            guard let first = text[start...].firstIndex(where: isWord) else { return }
            let end = text[first...].firstIndex { !isWord($0) } ?? text.count
            text.replaceSubrange(first..<end, with: (texts.randomElement(using: &numbers) ?? "").utf8)
        case 1:  // a member repeated
            let pieces = text.split(separator: UInt8(ascii: "}"), omittingEmptySubsequences: false)
            guard pieces.count > 2 else { return }
            let index = Int.random(in: 1..<pieces.count - 1, using: &numbers)
            text =
                Array(pieces[...index].joined(separator: [UInt8(ascii: "}")]))
                + [UInt8(ascii: "}")] + Array(pieces[index...].joined(separator: [UInt8(ascii: "}")]))
        case 2:  // something put in
            text.insert(contentsOf: (texts.randomElement(using: &numbers) ?? "").utf8, at: start)
        case 3:  // something taken out
            text.removeSubrange(start..<min(text.count, start + Int.random(in: 1...20, using: &numbers)))
        default:  // a digit changed
            guard let digit = text[start...].firstIndex(where: { (48...57).contains($0) }) else { return }
            text[digit] = .random(in: 48...57, using: &numbers)
        }
    }

    private static func setLength(_ bytes: inout [UInt8], _ length: UInt64) {
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<8, with: $0) }
    }
}
