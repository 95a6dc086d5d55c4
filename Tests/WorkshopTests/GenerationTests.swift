import DurableFiles
import Foundation
import Images
import ModelSupport
import Recipes
import Synchronization
import Tensors
import Testing

@testable import Workshop

@Suite struct GenerationTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
    }

    private func request(_ seeds: [UInt64], _ output: String, steps: Int = 3) -> GenerationRequest {
        GenerationRequest(
            prompt: "a red sphere", steps: steps, seeds: seeds, precision: .fp32, threads: 1,
            outputs: GenerationOutputs(pictures: output))
    }

    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.file(name)) }

    @Test func openValuesAreFilledIn() async throws {
        let resolved = try await workshop.resolved(request([], "x.png"))
        #expect(resolved.model == "tiny" && resolved.width == 16 && resolved.height == 16)
        #expect(resolved.seeds == [99])
    }

    @Test func aPictureCarriesWhatMadeIt() async throws {
        let resolved = try await workshop.resolved(request([5], "x.png"))
        let report = try await workshop.draw(resolved)
        #expect(report.images.map(\.path) == ["x.png"])
        #expect(report.images.first?.sha256 == SHA256.digits(of: try bytes("x.png")))
        #expect(report.seconds.steps.count == 3 && report.seconds.total > 0)
        #expect(report.model.name == "tiny" && report.model.mark.sha256?.count == 64)
        let text = try ImageMetadata.read(contentsOf: folder.file("x.png")).text
        #expect(text["parameters"]?.hasPrefix("a red sphere\nSteps: 3") == true)
        let record = try GenerationRequest.decoded(from: try #require(text["darkroom"]))
        #expect(record.seeds == [5] && record.modelSHA256 == report.model.mark.sha256)
        // The record draws the same file again.
        var again = record
        again.outputs.pictures = "again.png"
        _ = try await workshop.draw(again)
        #expect(try bytes("again.png") == bytes("x.png"))
    }

    @Test func aPictureIsTheSameAloneInABatchAndWithEverythingOn() async throws {
        _ = try await workshop.draw(workshop.resolved(request([7], "alone.png")))
        _ = try await workshop.draw(workshop.resolved(request([5, 6, 7], "batch.png")))
        var busy = request([7], "busy.png")
        busy.outputs.previewInterval = 1
        busy.outputs.trajectory = "walk"
        busy.outputs.latents = "end.safetensors"
        _ = try await workshop.draw(workshop.resolved(busy))
        #expect(try bytes("alone.png") == bytes("batch-3.png"))
        #expect(try bytes("alone.png") == bytes("busy.png"))
        #expect(
            try Image(contentsOf: folder.file("alone.png")) != Image(contentsOf: folder.file("batch.png")))
        #expect(!folder.names.contains { $0.contains("preview") || $0.contains("partial") })
        let walk = try FileManager.default.contentsOfDirectory(atPath: folder.file("walk").path)
        #expect(walk.contains("trace.safetensors") && walk.filter { $0.hasPrefix("denoised-") }.count == 3)
    }

    @Test func threadsDoNotChangeThePicture() async throws {
        var one = request([3], "one.png")
        one.threads = 1
        var two = request([3], "two.png")
        two.threads = 2
        let first = try await workshop.draw(workshop.resolved(one))
        let second = try await workshop.draw(workshop.resolved(two))
        #expect(first.images.count == 1 && second.images.count == 1)
        #expect(try Image(contentsOf: folder.file("one.png")) == Image(contentsOf: folder.file("two.png")))
    }

    @Test func nothingIsOverwrittenUnlessAsked() async throws {
        let resolved = try await workshop.resolved(request([1], "x.png"))
        #expect(try await workshop.draw(resolved).images.map(\.path) == ["x.png"])
        #expect(try await workshop.draw(resolved).images.map(\.path) == ["x-2.png"])
        #expect(try await workshop.draw(resolved, replacing: true).images.map(\.path) == ["x.png"])
        #expect(folder.names.filter { $0.hasPrefix("x") } == ["x-2.png", "x.png"])
    }

    @Test func givenNoiseTakesTheSeedsPlace() async throws {
        var first = request([1], "a.png")
        first.outputs.latents = "end.safetensors"
        _ = try await workshop.draw(workshop.resolved(first))
        var second = request([1], "b.png")
        second.initialLatents = "end.safetensors"
        _ = try await workshop.draw(workshop.resolved(second))
        #expect(try Image(contentsOf: folder.file("a.png")) != Image(contentsOf: folder.file("b.png")))
        var misshapen = request([1, 2, 3], "c.png")
        misshapen.initialLatents = "end.safetensors"
        misshapen.width = 32
        misshapen.height = 32
        let wrong = misshapen
        await #expect(throws: (any Error).self) { try await workshop.draw(wrong) }
        #expect(!folder.names.contains("c.png"))
    }

    @Test func animationsHaveAFrameAStep() async throws {
        var animated = request([1], "x.png")
        animated.outputs.trajectory = "walk.webp"
        _ = try await workshop.draw(workshop.resolved(animated))
        let animation = try AnimatedImage(decoding: bytes("walk.webp"))
        #expect(animation.frames.count == 4)
    }

    @Test func cancellingStopsWithinOneStep() async throws {
        let resolved = try await workshop.resolved(request([1], "x.png", steps: 5000))
        let seen = Mutex(0)
        let task = Mutex<Task<GenerationReport, any Error>?>(nil)
        let started = Task {
            try await workshop.draw(resolved) { event in
                guard case .step = event else { return }
                let count = seen.withLock { count in
                    count += 1
                    return count
                }
                if count == 3 { task.withLock { $0?.cancel() } }
            }
        }
        task.withLock { $0 = started }
        if seen.withLock({ $0 >= 3 }) { started.cancel() }
        await #expect(throws: CancellationError.self) { try await started.value }
        #expect(seen.withLock { $0 } < 5000)
        #expect(!folder.names.contains { $0.hasPrefix("x") || $0.contains("partial") })
    }

    @Test func theStreamTellsEverythingAndStopsWhenLeft() async throws {
        let resolved = try await workshop.resolved(request([1, 2], "x.png"))
        var steps = 0
        var pictures: [String] = []
        var report: GenerationReport?
        for try await event in workshop.generate(resolved) {
            switch event {
            case .step: steps += 1
            case .picture(let picture): pictures.append(picture.path)
            case .finished(let end): report = end
            default: break
            }
        }
        #expect(steps == 6 && pictures == ["x.png", "x-2.png"])
        #expect(report?.images.count == 2)
        // Leaving early cancels; the worker is free for the next request.
        for try await event in workshop.generate(
            try await workshop.resolved(request([1], "y.png", steps: 5000)))
        {
            if case .step = event { break }
        }
        _ = try await workshop.draw(workshop.resolved(request([1], "z.png")))
        #expect(folder.names.contains("z.png") && !folder.names.contains("y.png"))
    }

    @Test func refusesWhatCannotBe() async throws {
        var odd = request([1], "x.png")
        odd.width = 17
        let sized = odd
        await #expect(throws: (any Error).self) { try await workshop.resolved(sized) }
        var gpu = request([1], "x.png")
        gpu.device = "gpu"
        let device = gpu
        await #expect(throws: WorkshopError.unknownDevice("gpu")) {
            try await workshop.draw(device)
        }
        await #expect(throws: WorkshopError.self) { try await workshop.draw(request([1], "x.gif")) }
        #expect(try Workshop.device(named: "auto", among: [.cuda(0), .cuda(1), .cpu]) == .cuda(0))
        #expect(try Workshop.device(named: "auto", among: [.mps, .cpu]) == .cpu)
        #expect(try Workshop.device(named: "CUDA:1", among: [.cuda(0), .cuda(1), .cpu]) == .cuda(1))
        #expect(throws: WorkshopError.missingDevice("cuda", available: ["cpu"])) {
            try Workshop.device(named: "cuda", among: [.cpu])
        }
        #expect(!folder.names.contains { $0.hasPrefix("x") })
    }
}
