import Foundation
import Layers
import Networks
import Tensors
import Testing

/// Our networks ask for exactly the parameters that the real models have, by name and shape.
@Suite struct ParameterNameTests {
    @Test(arguments: ["unet-sd1", "unet-sd2", "unet-sdxl", "unet-sdxl-refiner", "unet-sdxl-small"])
    func unets(_ name: String) throws {
        let list = try ParameterList(name)
        let recorder = NameRecorder()
        _ = try ConditionalUNet(
            ParameterScope(recorder), ConditionalUNetConfiguration(json: list.configuration, named: name))
        list.expectEqual(recorder)
    }

    @Test func autoencoder() throws {
        let list = try ParameterList("autoencoder")
        let recorder = NameRecorder()
        _ = try KLAutoencoder(
            ParameterScope(recorder),
            AutoencoderConfiguration(json: list.configuration, named: "autoencoder"))
        list.expectEqual(recorder)
    }

    @Test(arguments: ["clip-l", "clip-h", "clip-g"])
    func textEncoders(_ name: String) throws {
        let list = try ParameterList(name)
        let recorder = NameRecorder()
        _ = try CLIPTextTransformer(
            ParameterScope(recorder), CLIPTextConfiguration(json: list.configuration, named: name))
        list.expectEqual(recorder)
    }
}

/// Gives zeros that take no memory, and notes what it was asked for.
private final class NameRecorder: ParameterSource {
    private(set) var asked: [String: [Int]] = [:]
    private(set) var repeated: [String] = []

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        if asked.updateValue(shape, forKey: path.description) != nil { repeated.append(path.description) }
        return try Tensor.zeros(shape.map { _ in 1 }).expanded(to: shape)
    }
}

/// A file of `Scripts/make-fixtures/parameter_names.py`.
private struct ParameterList {
    let configuration: Data
    let shapes: [String: [Int]]

    init(_ name: String) throws {
        let url = try #require(
            Bundle.module.url(forResource: "Fixtures/names/" + name, withExtension: "txt"))
        let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
        configuration = Data(lines[0].utf8)
        var shapes: [String: [Int]] = [:]
        var before = ""
        for line in lines.dropFirst() {
            let parts = line.split(separator: " ")
            try #require(parts.count == 3)
            before = String(before.prefix(try #require(Int(parts[0])))) + parts[1]
            shapes[before] = try parts[2].split(separator: "x").map { try #require(Int($0)) }
        }
        self.shapes = shapes
        #expect(shapes.count == lines.count - 1)
    }

    func expectEqual(_ recorder: NameRecorder) {
        #expect(recorder.repeated == [])
        #expect(recorder.asked.keys.filter { shapes[$0] == nil }.sorted() == [], "asked for, but not there")
        #expect(shapes.keys.filter { recorder.asked[$0] == nil }.sorted() == [], "there, but not asked for")
        let misshapen = shapes.filter { recorder.asked[$0.key] != nil && recorder.asked[$0.key] != $0.value }
        #expect(misshapen.keys.sorted() == [])
    }
}
