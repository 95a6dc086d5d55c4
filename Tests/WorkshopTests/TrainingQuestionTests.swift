import Foundation
import ModelSupport
import Recipes
import Testing

@testable import Workshop

/// What can be asked about a recipe: what it takes, which rate, which value.
@Suite struct TrainingQuestionTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
        try folder.write(TinyModel.recipe().json(), to: "tiny.json")
    }

    private func forecast(freeMemory: Int?, freeDisk: Int?) -> TrainingForecast {
        TrainingForecast(
            parameters: 1000, batchSize: 32, imagesPerUpdate: 64, totalImages: 1_000_000, resolution: 64,
            fixedMemory: 1000, memoryPerImage: 100, freeMemory: freeMemory, learningSecondsPerImage: 0.01,
            dataSecondsPerImage: 0.002, checkpointBytes: 500, keepCheckpoints: 3, snapshotBytes: 40,
            imagesPerSnapshot: 10_000, modelBytes: 60, freeDisk: freeDisk, notes: [])
    }

    @Test func sumsAreThoseOfTheParts() {
        let forecast = forecast(freeMemory: nil, freeDisk: nil)
        #expect(forecast.memory == 1000 + 32 * 100)
        #expect(forecast.snapshots == 100)
        #expect(forecast.disk == 4 * 500 + 100 * 40 + 60)
        #expect(forecast.secondsPerMillionImages == 10_000 && forecast.totalSeconds == 10_000)
        #expect(forecast.fitsMemory && forecast.fitsDisk && workshop.refusal(of: forecast) == nil)
    }

    @Test func whatDoesNotFitIsRefusedWithTheCheapestChange() throws {
        // Half the batch is 2600 bytes, a quarter 1800.
        let memory = forecast(freeMemory: 2000, freeDisk: nil)
        #expect(!memory.fitsMemory)
        #expect(memory.memoryChange.first?.hasPrefix("--set batchSize=8 --set accumulate=8:") == true)
        let refusal = try #require(workshop.refusal(of: memory))
        #expect(refusal.summary == "the memory that this needs is not there: 4.2 kB, with 2.0 kB free")
        #expect(refusal.advice == memory.memoryChange)
        #expect(
            forecast(freeMemory: 900, freeDisk: nil).memoryChange.first?.hasPrefix("a smaller network")
                == true)
        // Smaller passes cost nothing and come first; where one image is too much, recomputing may help, once.
        #expect(memory.memoryChange.last?.hasPrefix("--set gradientCheckpointing=true:") == true)
        var oneTooMany = forecast(freeMemory: 1120, freeDisk: nil)
        #expect(oneTooMany.memoryChange.count == 2)
        #expect(oneTooMany.memoryChange.first?.hasPrefix("--set gradientCheckpointing=true:") == true)
        oneTooMany.recomputes = true
        #expect(oneTooMany.memoryChange.count == 1)

        #expect(
            forecast(freeMemory: nil, freeDisk: 5600).diskChange
                == ["--set keepCheckpoints=2: older checkpoints go sooner"])
        // With one checkpoint it takes 5060 still; of the snapshots there is room for 23 beside three checkpoints.
        #expect(
            forecast(freeMemory: nil, freeDisk: 3000).diskChange
                == ["--set powerAverages.everyImages=43479: fewer snapshots of the averages"])
        #expect(
            forecast(freeMemory: nil, freeDisk: 100).diskChange == ["a run folder on another disk (--run)"])
    }

    @Test func aTinyRunIsForeseenAndNothingIsWritten() async throws {
        let plan = try workshop.plan(
            recipe: "tiny.json",
            overrides: [#"powerAverages={"everyImages": 3}"#, "schedule=linear", "target=velocity"])
        let before = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        let forecast = try await workshop.forecast(plan, threads: 1, updates: 1)
        #expect(forecast.parameters > 1000)
        #expect(forecast.checkpointBytes == 6 * 4 * forecast.parameters)
        #expect(forecast.snapshots == 3 && forecast.snapshotBytes == 2 * 2 * forecast.parameters)
        #expect(forecast.memory > 4 * 4 * forecast.parameters)
        #expect((forecast.learningSecondsPerImage ?? 0) > 0 && (forecast.dataSecondsPerImage ?? 0) > 0)
        #expect(forecast.notes.count == 1 && forecast.notes[0].contains("signal 0.006"))
        let after = try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
        #expect(after == before)
        #expect(try Workshop.notes(on: TinyModel.recipe()).isEmpty, "the flow ends in pure noise")
    }

    @Test func ratesAreTriedAndTheRunStaysUntouched() async throws {
        let plan = try workshop.plan(recipe: "tiny.json")
        let report = try await workshop.findLearningRate(plan, threads: 1)
        #expect(report.points.count > 10 && report.recipePeak == plan.recipe.learningRate.peak)
        #expect(report.picture.hasSuffix("tiny-learning-rate.png"))
        #expect(FileManager.default.fileExists(atPath: report.picture))
        #expect(!FileManager.default.fileExists(atPath: plan.run.path))
    }

    @Test func runsThatDifferInOneValueAreTrainedSideBySide() async throws {
        let comparison = try workshop.comparison(
            recipe: "tiny.json", sweep: "target=epsilon,velocity,sample,flow",
            overrides: ["schedule=cosine", "weighting=uniform", "samples.everyImages=0"])
        #expect(comparison.runs.map(\.value) == ["epsilon", "velocity", "sample", "flow"])
        #expect(comparison.runs.allSatisfy { $0.plan.recipe.heldOut?.everyImages == 1 })
        let report = try await workshop.compare(comparison, threads: 1)
        #expect(Set(report.runs.map(\.value)) == ["epsilon", "velocity", "sample", "flow"])
        #expect(report.runs.allSatisfy { $0.looks.map(\.imagesSeen) == [0, 2, 4, 6, 8] })
        let errors = report.runs.compactMap(\.error)
        #expect(errors.count == 4 && errors == errors.sorted())
        #expect(FileManager.default.fileExists(atPath: report.picture))
        // The same again finds the runs done and says the same.
        #expect(try await workshop.compare(comparison, threads: 1) == report)
    }

    @Test(arguments: ["target", "target=flow", "target=flow,flow", "=a,b"])
    func sweepsThatAreNoneAreExplained(sweep: String) {
        #expect(throws: (any Error).self) { try workshop.comparison(recipe: "tiny.json", sweep: sweep) }
    }
}
