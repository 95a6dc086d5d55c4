import Checkpoints
import Diagnostics
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@Suite struct CheckpointTests {
    private let folder: TemporaryFolder
    private let url: URL

    init() throws {
        folder = try TemporaryFolder()
        url = folder.appending("weights.safetensors")
    }
    private func write(_ tensors: [(name: String, tensor: Tensor)]) throws {
        try CheckpointWriter.write(tensors, to: url)
    }

    @Test func everyTypeTravels() throws {
        // Numbers that every type holds exactly.
        let values = [0, 1, 1, 0, 1, 1] as [UInt8]
        let tensors = try DType.allCases.map { dtype in
            (name: "t.\(dtype)", tensor: try Tensor(values, shape: [2, 3]).to(dtype))
        }
        try CheckpointWriter.write(tensors, metadata: ["note": "ä \"b\"\n"], to: url)
        let checkpoint = try Checkpoint(opening: url)
        #expect(checkpoint.file.metadata == ["note": "ä \"b\"\n"])
        #expect(Set(checkpoint.file.names) == Set(tensors.map(\.name)))
        for (name, tensor) in tensors {
            let back = try checkpoint.tensor(named: name)
            #expect(back.dtype == tensor.dtype && back.shape == [2, 3], "\(name)")
            #expect(try back.bytes() == tensor.bytes(), "\(name)")
        }
        for dtype in DType.allCases { #expect(DType(dtype.stored) == dtype) }
        #expect(
            StoredType.allCases.filter { DType($0) == nil } == [
                .float8e4m3, .float8e5m2, .uint64, .uint32, .uint16,
            ])
    }

    @Test func everyShapeAndOrderTravels() throws {
        let picture = try Tensor.range(to: 24).reshaped(1, 2, 3, 4)
        try write([
            ("scalar", .full([], 2.5)), ("empty", .zeros([0, 3])), ("last", picture.channelsLast()),
            ("turned", picture.permuted(3, 2, 1, 0)), ("leaf", picture.requiringGradient()),
            ("wide", Tensor.full([1], 7).expanded(3)),
        ])
        let checkpoint = try Checkpoint(opening: url)
        try expectClose(checkpoint.tensor(named: "scalar"), [2.5], shape: [])
        #expect(try checkpoint.tensor(named: "empty").shape == [0, 3])
        try expectClose(checkpoint.tensor(named: "last"), picture)
        try expectClose(checkpoint.tensor(named: "turned"), picture.permuted(3, 2, 1, 0))
        try expectClose(checkpoint.tensor(named: "leaf"), picture)
        try expectClose(checkpoint.tensor(named: "wide"), [7, 7, 7])
    }

    @Test func theWriterConvertsOnRequest() throws {
        let matrix = try Tensor([1.0009765625, 3, 4, 5] as [Float], shape: [2, 2])
        try CheckpointWriter.write(
            [("m", matrix), ("v", matrix.reshaped(4))],
            as: { _, tensor in tensor.rank > 1 ? .bfloat16 : nil }, to: url)
        let checkpoint = try Checkpoint(opening: url)
        #expect(try checkpoint.tensor(named: "m").dtype == .bfloat16)
        try expectClose(checkpoint.tensor(named: "v"), matrix.reshaped(4))
    }

    @Test func parametersComeInTheTypeAskedFor() throws {
        try write([
            ("average.m", .ones([2, 2], dtype: .float16)), ("average.v", .ones([2], dtype: .float16)),
            ("average.k", .ones([2, 2, 3, 3])),
        ])
        func type(_ path: ParameterPath, _ shape: [Int], as weightType: DType?) throws -> DType {
            try Checkpoint(opening: url, weightType: weightType, prefix: "average.")
                .parameter(at: path, shape: shape, initializer: .zeros).dtype
        }
        #expect(try type("m", [2, 2], as: .bfloat16) == .bfloat16)
        #expect(try type("m", [2, 2], as: .float32) == .float32)
        #expect(try type("m", [2, 2], as: nil) == .float16)
        #expect(try type("v", [2], as: .bfloat16) == .float32, "vectors are always single precision")
        let kernel = try Checkpoint(opening: url, prefix: "average.")
            .parameter(at: "k", shape: [2, 2, 3, 3], initializer: .zeros)
        #expect(kernel.isChannelsLast)
        let store = ParameterStore(from: try Checkpoint(opening: url, prefix: "average."))
        let layer = try store.parameter(at: "m", shape: [2, 2], initializer: .zeros)
        #expect(layer.requiresGradient && layer.dtype == .float32)
    }

    @Test func aMissingTensorIsNamedWithItsNeighbours() throws {
        try write([("down.0.weight", .ones([2])), ("down.1.weight", .ones([2])), ("other", .ones([1]))])
        let checkpoint = try Checkpoint(opening: url)
        let error = #expect(throws: CheckpointError.self) { try checkpoint.tensor(named: "down.0.wieght") }
        #expect(
            error?.description == """
                `weights.safetensors`: has no tensor `down.0.wieght`, which this network needs.
                  → The nearest names are down.0.weight, down.1.weight.
                  → Use the recipe that the weights were trained with.
                """)
        #expect(throws: CheckpointError.missingTensor("unlike", file: url, nearest: [])) {
            try checkpoint.parameter(at: "unlike", shape: [1], initializer: .ones)
        }
    }

    @Test func aMisshapenTensorIsNamedWithBothShapes() throws {
        try write([("w", .ones([2, 3]))])
        let error = #expect(throws: CheckpointError.self) {
            try Checkpoint(opening: url).parameter(at: "w", shape: [3, 2], initializer: .ones)
        }
        #expect(
            error?.description == """
                `weights.safetensors`: `w` has shape [2, 3]; this network needs [3, 2].
                  → Use the recipe that the weights were trained with.
                """)
    }

    @Test func aTypeThatTensorsDoNotHaveIsRefused() throws {
        try SafetensorsWriter.write(
            [TensorToWrite(name: "w", type: .uint16, shape: [2], bytes: [1, 0, 2, 0])], to: url)
        let error = #expect(throws: CheckpointError.self) { try Checkpoint(opening: url).tensor(named: "w") }
        #expect(
            error?.description == """
                `weights.safetensors`: `w` is stored as U16, which cannot be computed with here.
                  → Convert the file to F32, F16 or BF16.
                """)
    }

    @Test func aFailedWriteLeavesTheOldFile() throws {
        try write([("w", .ones([2]))])
        // A view larger than any memory fails while its bytes are fetched, when the file is begun already.
        #expect(throws: (any Error).self) {
            try write([("a", .ones([2])), ("w", Tensor.ones([1], dtype: .uint8).expanded(1 << 50))])
        }
        try expectClose(Checkpoint(opening: url).tensor(named: "w"), [1, 1])
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["weights.safetensors"])
    }

    @Test func anUnsoundFileIsAnError() throws {
        try write([("w", .ones([100]))])
        let sound = try Data(contentsOf: url)
        try sound.dropLast(4).write(to: url)
        #expect(throws: WeightFileError.self) { try Checkpoint(opening: url) }
        try Data("not weights at all".utf8).write(to: url)
        #expect(throws: WeightFileError.self) { try Checkpoint(opening: url) }
        #expect(throws: WeightFileError.self) { try Checkpoint(opening: folder.appending("nothing")) }
    }
}
