import Foundation
import ModelSupport
import Recipes
import Synchronization
import Testing

@testable import Workshop

@Suite struct WorkshopTrainingTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
        try folder.write(TinyModel.recipe().json(), to: "tiny.json")
    }

    @Test func trainsDrawsSheetsAndWritesAModelThatDraws() async throws {
        let plan = try workshop.plan(recipe: "tiny.json")
        #expect(plan.run.path.hasSuffix("runs/tiny"))
        let events = Mutex<[TrainingEvent]>([])
        let model = try await workshop.train(plan, threads: 1) { event in events.withLock { $0.append(event) }
        }
        let seen = events.withLock { $0 }
        guard case .started(0, 8, _) = seen.first, case .finished(8, _) = seen.last else {
            Issue.record("expected a start at 0 and an end at 8 images, found \(seen)")
            return
        }
        #expect(seen.contains { if case .samples = $0 { true } else { false } })
        #expect(FileManager.default.fileExists(atPath: model.path))
        let request = GenerationRequest(
            prompt: "a red sphere", steps: 2, seeds: [1], precision: .fp32, threads: 1, model: model.path,
            outputs: GenerationOutputs(pictures: "x.png"))
        #expect(try await workshop.draw(request).images.count == 1)
    }

    @Test func cancellingSavesAndTheSamePlanGoesOn() async throws {
        let plan = try workshop.plan(
            recipe: "tiny.json", overrides: ["totalImages=100000", "samples.everyImages=0"])
        let task = Mutex<Task<URL, any Error>?>(nil)
        let steps = Mutex(0)
        let training = Task {
            try await workshop.train(plan, threads: 1) { event in
                guard case .checkpoint = event else { return }
                steps.withLock { $0 += 1 }
                task.withLock { $0?.cancel() }
            }
        }
        task.withLock { $0 = training }
        await #expect(throws: CancellationError.self) { try await training.value }
        #expect(steps.withLock { $0 } > 0)
        let resumed = Mutex<Int?>(nil)
        let short = try workshop.plan(
            recipe: "tiny.json", overrides: ["totalImages=100000", "samples.everyImages=0"])
        let again = Task {
            try await workshop.train(short, threads: 1) { event in
                if case .started(let seen, _, _) = event { resumed.withLock { $0 = seen } }
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await again.value }
        #expect((resumed.withLock { $0 } ?? 0) > 0)
    }

    @Test func mistakesInRecipesAreFoundBeforeAnythingIsDone() throws {
        try folder.write(#"{"name": "x", "lerningRate": {}}"#, to: "typo.json")
        #expect(throws: RecipeError.self) { try workshop.plan(recipe: "typo.json") }
        #expect(throws: RecipeError.self) {
            try workshop.plan(recipe: "tiny.json", overrides: ["batchSize=-1"])
        }
        #expect(throws: WorkshopError.self) { try workshop.plan(recipe: "absent.json") }
        #expect(!folder.names.contains("runs"))
    }
}
