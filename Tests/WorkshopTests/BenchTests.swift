import Foundation
import ModelSupport
import Recipes
import Testing

@testable import Workshop

/// Units of work that programs are raced with.
@Suite struct BenchTests {
    private static let model = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures/sd1").standardizedFileURL
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = Workshop(
            Surroundings(
                currentFolder: folder.url, homeFolder: folder.url.appending(path: "home"),
                executable: folder.file("bin/darkroom"), freshSeed: { 99 }, freeMemory: { nil }))
    }

    private func request() -> GenerationRequest {
        GenerationRequest(
            prompt: "a", width: 64, height: 64, steps: 1, precision: .fp32, device: "cpu",
            model: Self.model.path)
    }

    /// Pictures a second are what programs of different batches are compared by, so each unit says how many it made.
    @Test(arguments: [BenchStage.unet, .vae, .picture])
    func aUnitSaysHowManyPicturesItServed(stage: BenchStage) async throws {
        let three = try await workshop.bench(stage, request(), batch: 3)
        let result = try await three()
        #expect(result.images == 3 && result.s > 0)
        let one = try await workshop.bench(stage, request())
        #expect(try await one().images == (stage == .picture ? 1 : nil))
    }
}
