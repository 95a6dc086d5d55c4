import Foundation
import Testing

@testable import WeightFiles

@Suite struct TorchFileTests {
    private let url = URL(filePath: "/m/a.ckpt")

    private func open(_ zip: HandmadeZip) throws -> TorchFile { try TorchFile(guarded(zip.bytes), at: url) }

    private func error(_ zip: HandmadeZip) throws -> String {
        let error = try #require(#expect(throws: WeightFileError.self) { try open(zip) })
        return error.summary.replacingOccurrences(of: "/m/a.ckpt: ", with: "")
    }

    @Test(arguments: ["plain", "legacy", "protocol4"])
    func everyTypeAndViewIsRead(name: String) throws {
        let found = try TorchFile(contentsOf: fixture(name, "pt"))
        let expected = try SafetensorsFile(contentsOf: fixture("torch", "safetensors"))
        #expect(Set(found.names) == Set(expected.names))
        for entry in expected.entries {
            let own = try found.entry(named: entry.name)
            #expect(own.type == entry.type && own.shape == entry.shape, "\(entry.name)")
            let bytes = try found.bytes(of: own).withBytes { Array($0) }
            #expect(try bytes == expected.withBytes(of: entry) { Array($0) }, "\(entry.name)")
        }
        #expect(throws: WeightFileError.missingTensor(found.url, name: "singel", nearest: found.names)) {
            try found.entry(named: "singel")
        }
    }

    @Test func trainingStateIsPassedOver() throws {
        let file = try TorchFile(contentsOf: fixture("lightning", "ckpt"))
        #expect(file.names == ["first_stage_model.weight", "first_stage_model.bias", "other"])
        #expect(
            file.metadata == [
                "epoch": "3", "global_step": "875000", "pytorch-lightning_version": "1.4.2", "loss": "0.25",
                "negative": String(-(1 << 40)),
            ])
        let bias = try file.bytes(of: file.entry(named: "first_stage_model.bias"))
        #expect(bias.withBytes { $0.loadUnaligned(fromByteOffset: 4, as: Float.self) } == 8)
    }

    @Test func theFirstBytesDecide() throws {
        #expect(try WeightFileFormat.open(fixture("plain", "pt")) is TorchFile)
        #expect(try WeightFileFormat.open(fixture("legacy", "pt")) is TorchFile)
        #expect(try WeightFileFormat.open(fixture("torch", "safetensors")) is SafetensorsFile)
    }

    @Test func largeArchivesAreRead() throws {
        var zip = HandmadeZip(
            pickle: Pickle.file([("w", Pickle.tensor(Pickle.storage(count: 2), shape: [2], strides: [1]))]),
            storages: [[0, 0, 128, 63, 0, 0, 0, 64]])
        zip.isWide = true
        zip.comment = Array("made by hand".utf8)
        let file = try open(zip)
        let numbers = try file.bytes(of: file.entry(named: "w")).withBytes { bytes in
            (0..<2).map { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
        #expect(numbers == [1, 2])
    }

    @Test func nothingIsRun() throws {
        let run = Pickle.text("touch /tmp/pwned") + [0x85, 0x52]
        for (module, name) in [
            ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "exec"),
            ("builtins", "getattr"),
            ("torch", "load"), ("torch.storage", "_load_from_bytes"),
            ("torch._utils", "_rebuild_device_tensor_from_numpy"),
            ("numpy", "load"), ("collections", "OrderedDict.fromkeys"),
            ("torch", "_utils._rebuild_tensor_v3"),
        ] {
            let text = try error(HandmadeZip(pickle: Pickle.file([("w", Pickle.global(module, name) + run)])))
            #expect(
                text.hasSuffix("expected tensors and plain values, found the name \"\(module).\(name)\""),
                "\(text)")
        }
        let stack = Pickle.text("os") + Pickle.text("system") + [0x93] + run
        #expect(
            try error(HandmadeZip(pickle: Pickle.file([("w", stack)]))).hasSuffix("the name \"os.system\""))
        let inst = HandmadeZip(pickle: [0x80, 2, 0x28, 0x69] + Array("os\nsystem\n.".utf8))
        #expect(try error(inst).hasSuffix("found the instruction INST"))
        #expect(try error(HandmadeZip(pickle: [0x80, 2, 0xFF])).hasSuffix("found the byte 0xFF"))
        let called = Pickle.global("torch", "FloatStorage") + Pickle.int(1 << 40) + [0x85, 0x52]
        #expect(
            try error(HandmadeZip(pickle: Pickle.file([("w", called)])))
                .hasSuffix("found a call of a storage class of F32"))
        // A function that an earlier call gave is none that is known.
        let indirect = Pickle.global("_codecs", "encode") + [0x29, 0x52, 0x29, 0x52]
        #expect(
            try error(HandmadeZip(pickle: Pickle.file([("w", indirect)])))
                .hasSuffix("expected a known function, found another object"))
    }

    @Test func tensorsLieWithinTheirStorages() throws {
        func tensor(_ shape: [Int], _ strides: [Int], offset: Int = 0, count: Int = 6) throws -> String {
            let tensor = Pickle.tensor(
                Pickle.storage(count: count), offset: offset, shape: shape, strides: strides)
            return try error(
                HandmadeZip(
                    pickle: Pickle.file([("w", tensor)]), storages: [[UInt8](repeating: 0, count: 24)]))
        }
        let expected = "expected a tensor within its storage of 6 elements, found shape "
        #expect(try tensor([7], [1]).hasSuffix(expected + "[7] with strides [1] from 0 on"))
        #expect(try tensor([2], [1], offset: 5).hasSuffix(expected + "[2] with strides [1] from 5 on"))
        #expect(try tensor([2], [1], offset: -1).contains(expected))
        #expect(try tensor([2], [1], offset: .max).contains(expected))
        #expect(try tensor([-2], [1]).contains(expected))
        #expect(try tensor([2, 2], [-1, 1], offset: 3).contains(expected))
        #expect(try tensor([1 << 32, 1 << 32], [0, 0]).contains(expected))
        #expect(try tensor([2, 2], [.max, 1]).contains(expected))
        #expect(try tensor([1_000_000], [0]).contains(expected), "a number repeated is more than is there")
        #expect(
            try tensor([7], [1], count: 7).hasSuffix(#""data/0": shape and type ask for 28 bytes, found 24"#))
        #expect(try tensor([1], [1], count: .max).contains("shape and type ask for"))
        #expect(
            try tensor([1], [1], count: -1).hasSuffix(
                "expected the description of a storage, found something else"))
    }

    @Test func manyViewsOfOneStorageAreNoBomb() throws {
        let storage = Pickle.storage(count: 1 << 18)
        let members = (0..<100).map { index in
            ("t\(index)", Pickle.tensor(storage, shape: [1 << 18], strides: [1]))
        }
        let zip = HandmadeZip(pickle: Pickle.file(members), storages: [[UInt8](repeating: 0, count: 1 << 20)])
        #expect(
            try error(zip).hasSuffix(
                "expected tensors about as large as the file, found more than 16 times its size"))
    }

    @Test func whatIsSmallOnDiskStaysSmallInMemory() throws {
        // Nested a million deep; doubling itself; completing itself; remembering tuples of tuples.
        let deep =
            [0x80, 2] + [UInt8](repeating: 0x5D, count: 500_000) + [UInt8](repeating: 0x61, count: 499_999)
            + [0x2E]
        #expect(
            try error(HandmadeZip(pickle: deep)).hasSuffix("expected a dictionary of tensors, found a list"))
        let doubling =
            [UInt8(0x80), 2, 0x7D, 0x71, 0, 0x28] + Pickle.text("a") + [0x4E, 0x75]
            + [UInt8](repeating: 0x68, count: 60).flatMap { [$0, 0, 0x62] } + [0x2E]
        #expect(try error(HandmadeZip(pickle: doubling)).contains("expected the attributes of an object"))
        let alternating =
            [UInt8(0x80), 2, 0x7D, 0x71, 0, 0x28] + Pickle.text("a") + [
                0x4E, 0x75, 0x7D, 0x71, 1, 0x30, 0x30,
            ]
            + (0..<60).flatMap { [0x68, UInt8($0 % 2), 0x68, UInt8(1 - $0 % 2), 0x62, 0x30] } + [
                0x68, 0, 0x2E,
            ]
        #expect(try error(HandmadeZip(pickle: alternating)).contains("attributes"))
        var billion: [UInt8] = [0x80, 2, 0x29, 0x71, 0]
        for level in 1..<200 {
            billion += [0x68, UInt8(level - 1), 0x68, UInt8(level - 1), 0x86, 0x71, UInt8(level)]
        }
        #expect(try error(HandmadeZip(pickle: billion + [0x2E])).hasSuffix("found a tuple"))
        // A dictionary that holds itself, and one that is shared by many.
        let cycle = try open(
            HandmadeZip(pickle: [0x80, 2, 0x7D, 0x71, 0, 0x28] + Pickle.text("a") + [0x68, 0, 0x75, 0x2E]))
        #expect(cycle.entries.isEmpty)
        let states = [0x80, 2, 0x7D, 0x71, 0, 0x28] + Pickle.text("state_dict") + [0x68, 0, 0x75, 0x2E]
        #expect(try open(HandmadeZip(pickle: states)).entries.isEmpty)
    }

    @Test func damagedPicklesAreNamed() throws {
        func text(_ pickle: [UInt8]) throws -> String { try error(HandmadeZip(pickle: pickle)) }
        #expect(try text([]).hasSuffix("expected more of the pickle, found its end"))
        #expect(try text([0x80, 5]).hasSuffix("expected a pickle of protocol 2 to 4, found 5"))
        #expect(try text([0x80, 2, 0x2E]).hasSuffix("expected a value on the stack, found none"))
        #expect(try text([0x80, 2, 0x75]).hasSuffix("expected a mark, found none"))
        #expect(try text([0x80, 2, 0x68, 9]).hasSuffix("expected a remembered value, found none at 9"))
        #expect(try text([0x80, 2, 0x58, 0xFF, 0xFF, 0xFF, 0x7F]).hasSuffix("found its end"))
        #expect(
            try text([0x80, 2, 0x58, 1, 0, 0, 0, 0xFF]).hasSuffix("expected text in UTF-8, found other bytes")
        )
        #expect(
            try text([0x80, 2, 0x28, 0x4E, 0x75]).hasSuffix("expected keys and values, found an odd number"))
        #expect(try text([0x80, 2, 0x4E, 0x4E, 0x61]).hasSuffix("expected a list, found nothing"))
        #expect(
            try text([0x80, 2, 0x63, 0x61]).hasSuffix("expected two lines of text, found something else"))
        #expect(
            try text([0x80, 2, 0x28, 0x4E, 0x28, 0x30, 0x30]).hasSuffix(
                "expected a value on the stack, found none"))
        #expect(try text([0x80, 2, 0x4E, 0x2E]).hasSuffix("expected a dictionary of tensors, found nothing"))
        let twoTypes = Pickle.storage(count: 1) + Pickle.storage("HalfStorage", count: 1)
        #expect(
            try text([0x80, 2] + twoTypes).hasSuffix(#"expected one description a storage, found two of "0""#)
        )
    }

    @Test func unsoundArchivesAreNamed() throws {
        let tensor = Pickle.tensor(Pickle.storage(count: 1), shape: [1], strides: [1])
        let pickle = Pickle.file([("w", tensor)])
        let sound = HandmadeZip(pickle: pickle, storages: [[0, 0, 0, 0]])
        #expect(try open(sound).names == ["w"])
        func text(_ change: (inout HandmadeZip) -> Void) throws -> String {
            var zip = sound
            change(&zip)
            return try error(zip)
        }
        #expect(
            try text { $0.entries[2].method = 8 }
                .hasSuffix(#"stored as they are, found "archive/data/0", which is compressed (method 8)"#))
        #expect(
            try text { $0.entries[2].flags = 1 }
                .hasSuffix(#"entries that are not encrypted, found "archive/data/0""#))
        #expect(try text { $0.entries[2].name = "archive/byteorder" }.hasSuffix("occurs twice"))
        #expect(
            try text { $0.entries[2].name = "archive/data/1" }.hasSuffix(#"the entry "data/0", found none"#))
        #expect(
            try text { $0.entries[1].bytes = Array("big".utf8) }
                .hasSuffix("expected little-endian numbers, found another order of bytes"))
        #expect(
            try text { $0.entries[0].name = "archive/code.py" }
                .hasSuffix("found a zip archive without data.pkl"))
        #expect(
            try text { $0.entries[1].name = "x/data.pkl" }.hasSuffix("found a zip archive of several pickles")
        )
        let bytes = sound.bytes
        for end in 1..<bytes.count {
            #expect(throws: WeightFileError.self) { try TorchFile(guarded(Array(bytes[..<end])), at: url) }
        }
        let compressed = WeightFileError.malformedArchive(
            url, offset: 0, expected: "entries that are stored as they are", found: "x")
        #expect(compressed.advice == ["save it again with `torch.save`, or pack it with `zip -0`"])
    }
}
