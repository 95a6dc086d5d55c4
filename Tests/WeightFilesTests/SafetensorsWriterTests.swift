import DurableFiles
import Foundation
import Testing

@testable import WeightFiles

@Suite struct SafetensorsWriterTests {
    @Test func theBytesAreExactlyThese() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            let tensors = [
                TensorToWrite(name: "b", type: .uint8, shape: [3], bytes: [7, 8, 9]),
                TensorToWrite(name: "c", shape: [1, 2], floats: [1, -2]),
                TensorToWrite(name: "a", type: .uint8, shape: [], bytes: [5]),
            ]
            let json =
                #"{"__metadata__":{"made by":"Dark\"room\"","z":"\u000a"},"#
                + #""c":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
                + #""a":{"dtype":"U8","shape":[],"data_offsets":[8,9]},"#
                + #""b":{"dtype":"U8","shape":[3],"data_offsets":[9,12]}}"#
            let padding = (8 - json.utf8.count % 8) % 8
            let expected =
                file(header: json + String(repeating: " ", count: padding))
                + [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 5, 7, 8, 9]
            for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0]] {
                try SafetensorsWriter.write(
                    order.map { tensors[$0] }, metadata: ["z": "\n", "made by": "Dark\"room\""], to: url)
                #expect(try [UInt8](Data(contentsOf: url)) == expected)
            }
        }
    }

    @Test(arguments: 0..<40)
    func whatIsWrittenIsReadBack(seed: Int) throws {
        try withTemporaryFolder { folder in
            var numbers = SeededNumbers(state: UInt64(seed))
            let url = folder.appending(path: "random.safetensors")
            let letters = Array("abz.09_-/\\\"\n\u{1}é名🎈\u{200D} ")
            var expected: [String: (type: StoredType, shape: [Int], bytes: [UInt8])] = [:]
            for _ in 0..<Int.random(in: 0...12, using: &numbers) {
                let name = String(
                    (0..<Int.random(in: 0...20, using: &numbers)).compactMap { _ in
                        letters.randomElement(using: &numbers)
                    })
                let type = try #require(StoredType.allCases.randomElement(using: &numbers))
                let shape = (0..<Int.random(in: 0...4, using: &numbers)).map { _ in
                    Int.random(in: 0...9, using: &numbers)
                }
                let count = try #require(type.byteCount(of: shape))
                expected[name] = (type, shape, (0..<count).map { _ in .random(in: 0...255, using: &numbers) })
            }
            let metadata = Dictionary(
                expected.keys.map { ($0 + "!", "\($0)\t") }, uniquingKeysWith: { first, _ in first })
            let tensors = expected.map { name, tensor in
                TensorToWrite(name: name, type: tensor.type, shape: tensor.shape) { take in
                    // In two pieces, as a tensor on a device would come.
                    try tensor.bytes.withUnsafeBytes {
                        let half = $0.count / 2
                        try take(UnsafeRawBufferPointer(rebasing: $0[..<half]))
                        try take(UnsafeRawBufferPointer(rebasing: $0[half...]))
                    }
                }
            }
            try SafetensorsWriter.write(tensors, metadata: metadata, to: url)

            let file = try SafetensorsFile(contentsOf: url)
            #expect(file.metadata == metadata)
            #expect(Set(file.names) == Set(expected.keys))
            for (name, tensor) in expected {
                let entry = try file.entry(named: name)
                #expect(entry.type == tensor.type)
                #expect(entry.shape == tensor.shape)
                #expect(entry.byteRange.lowerBound % tensor.type.byteCount == 0)
                #expect(try file.withBytes(of: entry) { Array($0) } == tensor.bytes)
            }
        }
    }

    @Test func whatCannotBeWrittenLeavesTheOldFile() throws {
        struct Stop: Error {}
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            try Data("old".utf8).write(to: url)
            func tensor(_ name: String, _ shape: [Int], _ count: Int) -> TensorToWrite {
                TensorToWrite(
                    name: name, type: .float32, shape: shape, bytes: [UInt8](repeating: 0, count: count))
            }
            #expect(throws: WeightFileError.duplicateName(url, name: "a")) {
                try SafetensorsWriter.write([tensor("a", [1], 4), tensor("a", [2], 8)], to: url)
            }
            #expect(throws: WeightFileError.reservedName(url, name: "__metadata__")) {
                try SafetensorsWriter.write([tensor("__metadata__", [1], 4)], to: url)
            }
            for (shape, count) in [([2], 4), ([1], 8), ([0], 1)] {
                #expect(
                    throws: WeightFileError.wrongByteCount(
                        url, tensor: "a", expected: shape[0] * 4, found: count)
                ) {
                    try SafetensorsWriter.write([tensor("a", shape, count)], to: url)
                }
            }
            for shape in [[-1], [-2, -2], [.max, 2], [.max / 4 + 1]] {
                #expect(throws: WeightFileError.shapeTooLarge(url, tensor: "a", shape: shape)) {
                    try SafetensorsWriter.write([tensor("a", shape, 0)], to: url)
                }
            }
            #expect(throws: WeightFileError.shapeTooLarge(url, tensor: "b", shape: [.max / 4])) {
                try SafetensorsWriter.write(
                    [tensor("a", [.max / 4], 0), tensor("b", [.max / 4], 0)], to: url)
            }
            #expect(throws: Stop.self) {
                try SafetensorsWriter.write(
                    [TensorToWrite(name: "a", type: .uint8, shape: [9]) { _ in throw Stop() }], to: url)
            }
            #expect(throws: DurableFileError.missingFolder(folder.appending(path: "no/a"))) {
                try SafetensorsWriter.write([], to: folder.appending(path: "no/a"))
            }
            #expect(try String(contentsOf: url, encoding: .utf8) == "old")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == ["a.safetensors"])
        }
    }
}
