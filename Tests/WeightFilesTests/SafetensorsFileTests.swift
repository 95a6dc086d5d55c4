import Foundation
import Testing

@testable import WeightFiles

@Suite struct SafetensorsFileTests {
    @Test func readsWhatPythonWrote() throws {
        let url = try #require(
            Bundle.module.url(forResource: "python", withExtension: "safetensors", subdirectory: "Fixtures"))
        let file = try SafetensorsFile(contentsOf: url)
        #expect(file.metadata == ["made by": "safetensors 0.8.0, значение\t\"1\""])
        let strange = "naïve \"name\" / 名前 🎈\n"
        #expect(
            file.names == [
                "int64", "double", "empty", strange, "scalar", "single", "int32", "half", "int16", "int8",
                "uint8",
                "flag",
            ])
        #expect(try file.entry(named: "single").shape == [2, 2, 3])
        #expect(try file.entry(named: "single").elementCount == 12)
        #expect(try file.entry(named: "scalar").shape == [])
        #expect(try file.floats(of: "scalar") == [2.5])
        #expect(try file.floats(of: "empty") == [])
        #expect(try file.floats(of: strange) == [1])
        #expect(try file.floats(of: "single") == (0..<12).map { Float($0) / 4 - 1 })
        #expect(try file.floats(of: "double") == [0.5, -1.25, .infinity, 3])
        let half = try file.floats(of: "half")
        #expect(half == [0, 0, 1, 65504, 0x1p-24, .infinity, -0.333251953125])
        #expect(half[1].sign == .minus)
        let wide = try file.withBytes(of: "int64") { bytes in
            (0..<2).map { Int64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        }
        #expect(wide == [.min, .max])
        #expect(try file.withBytes(of: "int8") { Array($0) } == [128, 127, 5])
        #expect(try file.withBytes(of: "flag") { Array($0) } == [1, 0, 1])
        let types = try Set(file.names.map { try file.entry(named: $0).type })
        #expect(types == [.float64, .float32, .float16, .int64, .int32, .int16, .int8, .uint8, .bool])
    }

    @Test func halvesAreExact() {
        for bits in UInt16.min ... .max {
            let exponent = Int(bits >> 10 & 0x1F)
            let fraction = Float(bits & 0x3FF)
            let value = SafetensorsFile.float(half: bits)
            #expect(value.sign == (bits < 0x8000 ? .plus : .minus))
            switch exponent {
            case 0: #expect(value.magnitude == fraction / 16_777_216)
            case 31: #expect(fraction == 0 ? value.isInfinite : value.isNaN)
            default:
                #expect(
                    value.magnitude
                        == Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024))
            }
        }
    }

    @Test func brainFloatsAreTheUpperHalves() throws {
        let file = try open(
            guarded: file(header: #"{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}"#) + [
                0x80, 0x3F, 0x49, 0xC0,
            ])
        #expect(try file.floats(of: "a") == [1, -3.140625])
        let missing = WeightFileError.missingTensor(file.url, name: "b", nearest: ["a"])
        #expect(throws: missing) { try file.floats(of: "b") }
        #expect(throws: missing) { try file.entry(named: "b") }
        #expect(file.contains("a") && !file.contains("b"))
    }

    @Test func anEntryOfAnotherFileIsRefused() throws {
        let small = try open(
            guarded: file(header: #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, data: 1))
        let large = try open(
            guarded: file(header: #"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#, data: 9))
        let entry = try large.entry(named: "a")
        #expect(throws: WeightFileError.missingTensor(small.url, name: "a", nearest: ["a"])) {
            try small.withBytes(of: entry) { _ in Issue.record("bytes of another file were lent") }
        }
    }

    @Test func theMappingOutlivesTheFilesName() throws {
        let file = try withTemporaryFolder { folder in
            let url = folder.appending(path: "a.safetensors")
            try SafetensorsWriter.write(
                [TensorToWrite(name: "a", shape: [50_000], floats: (0..<50_000).map(Float.init))], to: url)
            let file = try SafetensorsFile(contentsOf: url)
            try SafetensorsWriter.write([], to: url)  // replaced by another file of the same name
            return file
        }
        #expect(try file.floats(of: "a").last == 49_999)
    }

    @Test func pathsThatAreNoWeightFile() throws {
        try withTemporaryFolder { folder in
            let url = folder.appending(path: "modle.safetensors")
            try Data("x".utf8).write(to: folder.appending(path: "model.safetensors"))
            let error = #expect(throws: WeightFileError.self) { try SafetensorsFile(contentsOf: url) }
            #expect(error == .missingFile(url, nearest: ["model.safetensors"]))
            #expect(error?.advice == ["did you mean \"model.safetensors\"?"])
            #expect(throws: WeightFileError.notAFile(folder)) { try SafetensorsFile(contentsOf: folder) }
            let empty = folder.appending(path: "empty")
            try Data().write(to: empty)
            #expect(throws: WeightFileError.tooShort(empty, byteCount: 0)) {
                try SafetensorsFile(contentsOf: empty)
            }
            let pipe = folder.appending(path: "pipe")
            #expect(mkfifo(pipe.path(), 0o600) == 0)
            #expect(throws: WeightFileError.notAFile(pipe)) { try SafetensorsFile(contentsOf: pipe) }
        }
    }
}
