import Diagnostics
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import WeightFiles

@testable import Checkpoints

@Suite struct AdapterTests {
    static let names = ["kohya", "diffusers", "peft", "processors", "kohya-xl", "peft-folder"]

    private func adapter(_ name: String) throws -> AdapterFile {
        let file = name == "peft-folder" ? name : name + ".safetensors"
        return try AdapterFile(
            opening: #require(Bundle.module.resourceURL).appending(path: "Fixtures/adapters/\(file)"))
    }

    /// What the reference's weights are with the adapter merged.
    private func reference(_ name: String) throws -> (model: String, scale: Double, weights: [String: [Any]])
    {
        let url = try #require(Bundle.module.resourceURL).appending(path: "Fixtures/adapters/adapters.json")
        let all = try JSONFile.object(url) as? [String: [String: Any]]
        let own = try #require(all?[name])
        return (
            try #require(own["model"] as? String), try #require(own["scale"] as? Double),
            try #require(own["weights"] as? [String: [Any]])
        )
    }

    @Test(arguments: names)
    func mergedWeightsAreThoseOfTheReference(name: String) throws {
        let (folder, scale, weights) = try reference(name)
        let plain = try ModelFiles(opening: fixtureModel(folder))
        let model = try plain.adding(adapter(name), scale: scale)
        for part in model.parts {
            let tensors = try model.component(part).tensors
            for inner in tensors.names {
                let shape = try #require(tensors.shape(inner))
                let found = try model.parameters(of: part)
                    .parameter(at: ParameterPath(inner), shape: shape, initializer: .zeros)
                guard let expected = weights["\(part.rawValue)/\(inner)"] else {
                    // What the adapter does not name stays as it is.
                    let before = try plain.parameters(of: part)
                        .parameter(at: ParameterPath(inner), shape: shape, initializer: .zeros)
                    #expect(try found.bytes() == before.bytes(), "\(part) \(inner)")
                    continue
                }
                let values = try found.values(as: Double.self)
                let sum = values.reduce(0, +)
                let weighted = values.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
                #expect(abs(sum - (expected[1] as? Double ?? .nan)) < 1e-4, "\(part) \(inner)")
                #expect(abs(weighted - (expected[2] as? Double ?? .nan)) < 1e-2, "\(part) \(inner)")
            }
        }
        let changed = model.patches.flatMap { part, patches in patches.keys.map { "\(part.rawValue)/\($0)" } }
        #expect(Set(changed) == Set(weights.keys))
    }

    @Test func severalAddUp() throws {
        let path = ParameterPath("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.weight")
        func weight(_ adapters: [(String, Double)]) throws -> Tensor {
            var model = try ModelFiles(opening: fixtureModel("sd1"))
            for (name, scale) in adapters { model = try model.adding(adapter(name), scale: scale) }
            return try model.parameters(of: .unet).parameter(at: path, shape: [4, 4], initializer: .zeros)
        }
        let plain = try weight([])
        let both = try weight([("kohya", 0.5), ("diffusers", -1)])
        let alone = try weight([("kohya", 0.5)]) - plain + (weight([("diffusers", -1)]) - plain)
        try expectClose(both - plain, alone)
        try expectClose(weight([("kohya", 0)]), plain)
    }

    @Test func kernelsMayHaveAKernelBetween() throws {
        let folder = try TemporaryFolder()
        let url = folder.appending("locon.safetensors")
        let (down, middle, up) = try (
            Tensor.range(to: 8).reshaped(2, 4, 1, 1), Tensor.range(to: 36).reshaped(2, 2, 3, 3),
            Tensor.range(to: 8).reshaped(4, 2, 1, 1)
        )
        let place = "lora_unet_down_blocks_0_resnets_0_conv1"
        try CheckpointWriter.write(
            [
                ("\(place).lora_down.weight", down), ("\(place).lora_mid.weight", middle),
                ("\(place).lora_up.weight", up), ("\(place).alpha", .full([], 1)),
            ], to: url)
        let adapter = try AdapterFile(opening: url)
        let module = try #require(adapter.modules[place])
        let found = try adapter.delta(module, place: place, shape: [4, 4, 3, 3]).values(as: Double.self)
        // Written out: the sum over both ranks, halved by alpha.
        let numbers = try (
            down.values(as: Double.self), middle.values(as: Double.self), up.values(as: Double.self)
        )
        for (o, i, k) in [(0, 0, 0), (1, 2, 4), (3, 3, 8), (2, 0, 7)] {
            var expected = 0.0
            for r in 0..<2 {
                for s in 0..<2 {
                    expected += numbers.2[o * 2 + r] * numbers.1[(r * 2 + s) * 9 + k] * numbers.0[s * 4 + i]
                }
            }
            #expect(abs(found[(o * 4 + i) * 9 + k] - expected / 2) < 1e-6)
        }
    }

    @Test func whatIsLeftOverIsListed() throws {
        // An adapter for this model, and beside it what is for a second text encoder, which the model has not.
        let folder = try TemporaryFolder()
        let url = folder.appending("mixed.safetensors")
        var tensors: [(name: String, tensor: Tensor)] = []
        for (name, keeps) in [("kohya", "lora_unet_"), ("kohya-xl", "lora_te2_")] {
            let source = try Checkpoint(opening: adapter(name).url, weightType: nil)
            for stored in source.file.names where stored.hasPrefix(keeps) {
                tensors.append((stored, try source.tensor(named: stored)))
            }
        }
        try CheckpointWriter.write(tensors, to: url)
        let model = try ModelFiles(opening: fixtureModel("sd1"))
        let left = tensors.map(\.name).filter { $0.hasPrefix("lora_te2_") }.sorted()
        let error = #expect(throws: CheckpointError.self) {
            try model.adding(AdapterFile(opening: url), scale: 1)
        }
        #expect(error == .adapterLeftovers(left, applied: 13, adapter: url, model: model.url))
        #expect(
            error?.summary.hasPrefix("`mixed.safetensors`: 15 tensors do not apply to `sd1` (13 places do): ")
                == true)
        #expect(error?.summary.hasSuffix(", ….") == true)
        let allowed = try model.adding(AdapterFile(opening: url), scale: 1, allowingLeftovers: true)
        #expect(allowed.patches[.unet]?.count == 13)
        // For a model of other sizes it is a mismatch that is named.
        #expect(throws: CheckpointError.self) { try model.adding(adapter("kohya-xl"), scale: 1) }
    }

    @Test func filesThatAreNoneAreNamed() throws {
        let error = #expect(throws: CheckpointError.self) {
            try AdapterFile(opening: fixtureModel("sd1.safetensors"))
        }
        #expect(error?.summary.contains("expected a low-rank adapter, found tensors such as") == true)
        let folder = try TemporaryFolder()
        let url = folder.appending("half.safetensors")
        let place = "lora_unet_mid_block_attentions_0_proj_in"
        try CheckpointWriter.write([("\(place).lora_down.weight", .ones([2, 8]))], to: url)
        #expect(throws: CheckpointError.self) { try AdapterFile(opening: url) }
        // A known place, and beside it what belongs to another method.
        let known = "lora_unet_down_blocks_0_attentions_0_proj_in"
        try CheckpointWriter.write(
            [
                ("\(known).lora_down.weight", .ones([2, 4])), ("\(known).lora_up.weight", .ones([4, 2])),
                ("\(known).dora_scale", .ones([4])),
            ], to: url)
        let model = try ModelFiles(opening: fixtureModel("sd1"))
        #expect(
            throws: CheckpointError.adapterLeftovers(
                ["\(known).dora_scale"], applied: 1, adapter: url, model: model.url)
        ) { try model.adding(AdapterFile(opening: url), scale: 1) }
        _ = try model.adding(AdapterFile(opening: url), scale: 1, allowingLeftovers: true)
        try CheckpointWriter.write(
            [("\(known).lora_down.weight", .ones([2, 5])), ("\(known).lora_up.weight", .ones([4, 2]))],
            to: url)
        let misfit = #expect(throws: CheckpointError.self) {
            try model.adding(AdapterFile(opening: url), scale: 1)
        }
        #expect(
            misfit?.description == """
                `half.safetensors`: `\(known)` has matrices of [2, 5] and [4, 2]; the weight there has shape [4, 4, 1, 1].
                  → The adapter was made for another kind of model.
                """)
    }
}
