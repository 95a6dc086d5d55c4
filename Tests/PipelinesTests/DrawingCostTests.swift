import Foundation
import Images
import Layers
import Networks
import Recipes
import Tensors
import TestSupport
import Testing

@testable import Checkpoints
@testable import Pipelines

/// What is planned is what is then done.
@Suite struct DrawingCostTests {
    private func cost(_ family: String, _ change: (inout GenerationRequest) -> Void = { _ in }) throws
        -> DrawingCost
    {
        var request = GenerationRequest(prompt: "a", steps: 4, precision: .fp32)
        change(&request)
        return try DrawingCost(
            of: request, model: TinyModels.folder(family),
            ModelOptions(precision: request.precision), GenerationInputs(), on: .cpu)
    }

    /// Operations of a whole picture, counted while it is drawn, beside those planned.
    @Test(arguments: ["sd1", "sd2", "xl", "lcm"]) func plannedOperationsAreThoseDone(_ family: String) throws
    {
        let pipeline = try TinyModels.pipeline(family)
        let request = try pipeline.resolved(
            GenerationRequest(prompt: "a", steps: 4, precision: .fp32), GenerationInputs())
        let conditioning = try pipeline.condition(request)
        let tally = Tally()
        try tally.counting {
            let latent = try pipeline.latent(
                for: conditioning, request, GenerationInputs(), seed: 1, onStep: { _ in })
            _ = try pipeline.decode(latent, GenerationInputs())
        }
        let plan = try cost(family)
        #expect(plan.request.width == request.width && plan.request.height == request.height)
        let planned = plan.work.networkOperations * Double(plan.work.calls) + plan.work.decodingOperations
        // The plan counts the text at every call, which the walk reads once: a seventh of what these tiny networks do.
        #expect(abs(planned / tally.counts.operations - 1) < 0.15, "\(planned) \(tally.counts.operations)")
        #expect(abs(Double(plan.networkBytes) / Double(tally.counts.peakBytes) - 1) < 1)
    }

    @Test func weightsAreThoseOfTheFiles() throws {
        let files = try ModelFiles(opening: TinyModels.folder("sd1"))
        let bytes = try cost("sd1").weightBytes
        var counted = 0
        for part in [ModelPart.unet, .textEncoder] {
            counted += try files.component(part).tensors.names.reduce(0) { sum, name in
                sum + 4 * (try files.component(part).tensors.shape(name) ?? []).reduce(1, *)
            }
        }
        // The decoder comes on top; the encoder is not opened.
        #expect(bytes > counted && bytes < counted * 3)
        let half = try cost("sd1") { $0.precision = .bf16 }.weightBytes
        let byte = try cost("sd1") { $0.precision = .int8 }.weightBytes
        #expect(half < bytes && byte < half)
    }

    @Test func callsAreThoseOfTheSampler() throws {
        #expect(try cost("sd1") { $0.sampler = .euler }.work.calls == 4)
        #expect(try cost("sd1") { $0.sampler = .heun }.work.calls == 7)
        let four = try cost("sd1") { $0.seeds = [1, 2, 3, 4] }
        #expect(four.work.calls == 4 * (try cost("sd1").work.calls) && four.work.pictures == 4)
    }

    @Test func economyCostsLess() throws {
        let plain = try cost("sd1")
        #expect(
            try cost("sd1") { $0.cacheInterval = 3 }.work.networkOperations < plain.work.networkOperations)
        #expect(try cost("sd1") { $0.cacheInterval = 1 }.work == plain.work)
        let large = try cost("sd1") { ($0.width, $0.height) = (512, 512) }
        let tiled = try cost("sd1") { ($0.width, $0.height, $0.decodesInTiles) = (512, 512, true) }
        #expect(tiled.decodingBytes < large.decodingBytes / 2 && tiled.networkBytes == large.networkBytes)
        let alone = try cost("sd1") { $0.guidance.scale = 1 }
        #expect(alone.work.networkOperations < plain.work.networkOperations * 0.6)
    }

    /// Off is off, byte for byte; on changes the picture but not what it is of.
    @Test func economyIsOffUnlessAskedFor() throws {
        let pipeline = try TinyModels.pipeline("sd1")
        func picture(_ change: (inout GenerationRequest) -> Void) throws -> [UInt8] {
            var request = GenerationRequest(
                prompt: "a", steps: 4, seeds: [1], sampler: .euler, precision: .fp32)
            change(&request)
            return try #require(try pipeline.generate(request).first).pixels
        }
        let plain = try picture { _ in }
        #expect(try picture { $0.cacheInterval = 1 } == plain)
        #expect(try picture { $0.tokenMerging = 0 } == plain)
        #expect(try picture { $0.cacheInterval = 2 } != plain)
        #expect(try picture { $0.tokenMerging = 0.5 } != plain)
    }

    @Test(arguments: [Precision.int8, .w8a8]) func bytesDrawAlmostTheSame(_ precision: Precision) throws {
        let request = GenerationRequest(prompt: "a", steps: 3, seeds: [1], sampler: .euler)
        let exact = try TinyModels.pipeline("sd1", .bf16).generate(request)[0].pixels
        let rounded = try TinyModels.pipeline("sd1", precision).generate(request)[0].pixels
        let squares = zip(exact, rounded).map { pow(Double($0) - Double($1), 2) }
        let error = squares.reduce(0, +) / Double(squares.count)
        #expect(10 * log10(255 * 255 / max(error, 1e-9)) > 20 && rounded != exact)
    }
}
