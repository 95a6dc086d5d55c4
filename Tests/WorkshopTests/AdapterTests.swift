import Foundation
import Images
import ModelSupport
import Recipes
import Testing

@testable import Workshop

/// From a recipe by way of a trained adapter to a picture, as the command line goes.
@Suite struct AdapterTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures").standardizedFileURL
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
    }

    private func plan(_ model: String, side: Int, _ more: String = "") throws -> TrainingPlan {
        try folder.write(
            """
            {"name": "small", "seed": 3, "data": {"resolution": \(side)}, "batchSize": 2, "totalImages": 16,
             "learningRate": {"peak": 0.05, "warmupImages": 0}, "precision": "fp32", "initialWeights": "\(model)",
             "samples": {"everyImages": 8, "prompts": ["a red sphere"], "seeds": [1], "steps": 2},
             "adapter": {"rank": 4}\(more)}
            """, to: "small.json")
        return try workshop.plan(recipe: "small.json")
    }

    private func picture(_ model: String, _ adapters: [AdapterChoice], _ name: String) async throws -> Data {
        let request = GenerationRequest(
            prompt: "a red sphere", steps: 2, seeds: [1], precision: .fp32, threads: 1, model: model,
            outputs: GenerationOutputs(pictures: name + ".png"))
        var wanted = request
        wanted.adapters = adapters
        let written = try await workshop.draw(wanted).images
        return Data(
            try Image(contentsOf: workshop.surroundings.url(#require(written.first).path)).pixels)
    }

    @Test(arguments: [("tiny", 16, "adapter"), ("sd1", 32, "adapter.safetensors")])
    func anAdapterIsTrainedAndDrawnWith(model: String, side: Int, name: String) async throws {
        let model = model == "tiny" ? model : Self.fixtures.appending(path: model).path
        let plan = try plan(model, side: side)
        let adapter = try await workshop.train(plan, threads: 1)
        #expect(adapter.lastPathComponent == name)
        let sheets = try FileManager.default.contentsOfDirectory(
            atPath: plan.run.appending(path: "samples").path)
        #expect(sheets.sorted() == ["000000008.png", "000000016.png"])
        let plain = try await picture(model, [], "plain")
        let none = try await picture(model, [.init(file: adapter.path, scale: 0)], "none")
        let whole = try await picture(model, [.init(file: adapter.path)], "whole")
        #expect(none == plain)
        #expect(whole != plain)
    }

    @Test func aWrongNameIsToldBeforeAnythingIsBegun() throws {
        _ = try plan("tiny", side: 16)
        let error = #expect(throws: (any Error).self) {
            try workshop.plan(recipe: "small.json", overrides: [#"adapter.targets=["qurey"]"#])
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("qurey"))
        #expect(!folder.names.contains("runs"))
    }

    @Test func aPlanTakesFromTheModelWhatTheRecipeLeavesOpen() throws {
        let recipe = try plan("tiny", side: 16).recipe
        #expect(try recipe.model == TinyModel.recipe().model)
        let other = try plan(Self.fixtures.appending(path: "sd2-v").path, side: 32).recipe
        #expect(other.target == .velocity && other.weighting == .uniform)
        #expect(
            other.schedule == .scaledLinear(.init(betaStart: 0.00085, betaEnd: 0.012, zeroTerminalSNR: true)))
        #expect(throws: RecipeError.self) { try plan("tiny", side: 18) }
    }
}
