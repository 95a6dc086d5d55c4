import Foundation
import ModelSupport
import Recipes
import Testing

@testable import Tensors
@testable import Workshop

/// Memory is planned before anything is loaded, and a drawing that does not fit is refused.
@Suite struct PlanTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../PipelinesTests/Fixtures").standardizedFileURL
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func workshop(free: Int?) -> Workshop {
        Workshop(
            Surroundings(
                currentFolder: folder.url, homeFolder: folder.url.appending(path: "home"),
                executable: folder.file("bin/darkroom"), freshSeed: { 99 }, freeMemory: { free }))
    }

    private func request(_ side: Int? = nil) -> GenerationRequest {
        GenerationRequest(
            prompt: "a", width: side, height: side, steps: 2, precision: .fp32, device: "cpu",
            model: Self.fixtures.appending(path: "sd1").path)
    }

    @Test func aPlanSaysMemoryWorkAndTime() async throws {
        let plan = try await workshop(free: 64 << 30).plan(request(512))
        #expect(plan.fits && plan.changes.isEmpty)
        #expect(plan.memory.weights > 0 && plan.memory.network > 0 && plan.memory.decoding > 0)
        let seconds = try #require(plan.seconds)
        #expect(seconds.call > 0 && seconds.decode > 0 && seconds.total > seconds.call)
        let larger = try await workshop(free: 64 << 30).plan(request(1024), isTiming: false)
        #expect(larger.memory.decoding > 3 * plan.memory.decoding && larger.seconds == nil)
    }

    /// The U-Net's products are timed as bytes, the autoencoder's as what they are.
    @Test func aPlanInBytesTimesBytes() async throws {
        var half = request(256)
        half.precision = .bf16
        var bytes = half
        bytes.precision = .w8a8
        let workshop = workshop(free: nil)
        let (plain, rounded) = try await (workshop.plan(half), workshop.plan(bytes))
        #expect(rounded.memory.weights < plain.memory.weights)
        #expect(rounded.work.networkOperations == plain.work.networkOperations)
        let seconds = try #require(rounded.seconds)
        #expect(seconds.call > 0 && seconds.decode > 0)
        // Weights that are widened for every product want room for it; those that are multiplied as they lie do not.
        bytes.precision = .int8
        let widened = try await workshop.plan(bytes, isTiming: false)
        let borrows = !Engine.multipliesBytesInPlace
        #expect(borrows == (widened.memory.weights > rounded.memory.weights))
        // What flows is alike, but for when temporary tensors are let go.
        let flows = Double(widened.memory.network) / Double(rounded.memory.network)
        #expect((0.8...1.25).contains(flows), "\(flows)")
    }

    /// Between what the tiled picture needs and what the whole one needs.
    @Test func theCheapestChangeThatFitsIsNamed() async throws {
        let whole = try await workshop(free: nil).plan(request(1024), isTiming: false)
        #expect(whole.fits && whole.availableMemoryBytes == nil)
        let tight = whole.memory.decoding / 2
        let plan = try await workshop(free: tight).plan(request(1024), isTiming: false)
        #expect(!plan.fits && !plan.changes.isEmpty)
        let refused = await #expect(throws: WorkshopError.self) {
            try await workshop(free: tight).draw(request(1024))
        }
        let advice = try #require(refused).advice
        #expect(advice.first == plan.changes.first && refused?.isBadUsage == false)
        await #expect(throws: WorkshopError.self) {
            try await workshop(free: tight).resolved(request(1024))
        }
        #expect(
            (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.contains("a.png") != true
        )
    }

    @Test func whatFitsIsDrawn() async throws {
        var small = request(64)
        small.outputs.pictures = "x.png"
        let report = try await workshop(free: 8 << 30).draw(small)
        #expect(report.images.map(\.path) == ["x.png"])
    }

    @Test func aModelThatIsNoneIsForOpeningToRefuse() async throws {
        var wrong = request(64)
        wrong.model = Self.fixtures.appending(path: "sd1/init.png").path
        await #expect(throws: (any Error).self) { try await workshop(free: 1).draw(wrong) }
    }
}
