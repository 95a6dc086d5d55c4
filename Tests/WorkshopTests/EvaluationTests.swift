import Datasets
import Evaluation
import Foundation
import Images
import ModelSupport
import Recipes
import Synchronization
import Testing

@testable import Workshop

/// A tiny model and a probe that has hardly learnt: what is tested is the way, not the score.
@Suite struct EvaluationTests {
    private let folder: TemporaryFolder
    private let workshop: Workshop

    init() async throws {
        folder = try TemporaryFolder()
        workshop = try TinyModel.workshop(in: folder)
        let report = try await workshop.trainProbe(
            ProbeRequest(pictures: 8, epochs: 1, count: 3, output: "Models/scenes-probe.safetensors"))
        let numbers = try #require(report.numbers as? ProbeReport)
        #expect(numbers.path == "Models/scenes-probe.safetensors" && numbers.imagesSeen == 8)
        #expect(numbers.parts.map(\.pictures) == [3, 3] && numbers.bytes < 4_000_000)
    }

    private func request(_ output: String = "card", count: Int = 3) -> EvaluationRequest {
        EvaluationRequest(
            generation: GenerationRequest(prompt: "", steps: 2, precision: .fp32), count: count,
            seedsPerPrompt: 2, seed: 4, batchSize: 4, output: output)
    }

    @Test func aScoreCardIsWritten() async throws {
        let stages = Mutex<Set<EvaluationProgress.Stage>>([])
        let report = try await workshop.evaluate(request()) { progress in
            #expect((0...progress.total).contains(progress.done))
            _ = stages.withLock { $0.insert(progress.stage) }
        }
        #expect(stages.withLock { $0 } == [.rendering, .drawing])
        let numbers = try #require(report.numbers as? EvaluationReport)
        #expect(numbers.model.name == "tiny" && numbers.probe.name == "scenes-probe")
        #expect(numbers.settings.steps == 2 && numbers.settings.resolution == 16)
        #expect(numbers.parts.map(\.prompts) == [3, 3] && numbers.parts.map(\.pictures) == [6, 6])
        for part in numbers.parts {
            for score in part.attributes {
                #expect((score.model.low...score.model.high).contains(score.model.value))
                #expect((0...1).contains(score.ceiling.value))
            }
            #expect(part.attributes.contains { $0.attribute == .everything })
        }
        #expect(numbers.parts[0].combinations.isEmpty && !numbers.parts[1].combinations.isEmpty)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("card").path).sorted()
        #expect(
            names == ["contact-sheet.png", "first-pictures.png", "score-card.html", "score-card.json"])
        let stored = try Data(contentsOf: folder.file("card/score-card.json"))
        #expect(try JSONDecoder().decode(EvaluationReport.self, from: stored).parts == numbers.parts)
        #expect(try Image(contentsOf: folder.file("card/contact-sheet.png")).width > 100)
        #expect(report.words.contains { $0.contains("everything") } && report.paths.count == 2)
        // The same request gives the same card, whatever is drawn together.
        var again = request()
        again.batchSize = 1
        let second = try await workshop.evaluate(again)
        #expect(report.paths[0] == "card/score-card.html" && second.paths[0] == "card-2/score-card.html")
        let third = try await workshop.evaluate(request())
        #expect((third.numbers as? EvaluationReport)?.parts == numbers.parts)
    }

    @Test func portraitsAreScoredWithTheirOwnProbe() async throws {
        var wanted = request("faces")
        (wanted.world, wanted.prompts, wanted.seedsPerPrompt) = (.portraits, .heldout, 1)
        let without = wanted
        let error = await #expect(throws: WorkshopError.self) { try await workshop.evaluate(without) }
        #expect(error?.summary.contains("no probe \"portraits-probe\"") == true)
        #expect(error?.advice.first?.contains("train-probe --world portraits") == true)
        // The probe of another world is refused, by name too, before anything is drawn.
        var other = wanted
        other.probe = "scenes-probe"
        let mistaken = other
        await #expect(throws: EvaluationError.self) { try await workshop.evaluate(mistaken) }
        let trained = try await workshop.trainProbe(
            ProbeRequest(
                world: .portraits, pictures: 8, epochs: 1, count: 2,
                output: "Models/portraits-probe.safetensors"))
        let probe = try #require(trained.numbers as? ProbeReport)
        #expect(probe.world == .portraits && probe.parts.map(\.pictures) == [2, 2])
        #expect(trained.words.contains { $0.contains("2 portraits") })
        let report = try await workshop.evaluate(wanted)
        let numbers = try #require(report.numbers as? EvaluationReport)
        #expect(numbers.world == .portraits && numbers.probe.name == "portraits-probe")
        #expect(numbers.parts.map(\.pictures) == [3])
        let names = numbers.parts[0].attributes.map(\.attribute.rawValue)
        for name in ["role", "skin", "expression", "background", "light", "combination", "everything"] {
            #expect(names.contains(name), "\(name)")
        }
        let known = WorldName.portraits.heldOutCombinations
        #expect(!numbers.parts[0].combinations.isEmpty)
        #expect(numbers.parts[0].combinations.allSatisfy { known.contains($0.combination) })
        #expect(!workshop.shelf.models.map(\.name).contains("portraits-probe"))
    }

    /// Without the packaged network the card says in which features it measured, and how to get the others.
    @Test func theFeaturesOfTheDistanceAreNamed() async throws {
        #expect(workshop.featureNetworkFile == nil)
        var wanted = request()
        (wanted.prompts, wanted.seedsPerPrompt) = (.seen, 1)
        let report = try await workshop.evaluate(wanted)
        let numbers = try #require(report.numbers as? EvaluationReport)
        #expect(numbers.parts[0].distance?.features == .probe)
        #expect(report.words.contains { $0.contains("Fréchet distance in probe features") })
        #expect(report.words.last?.contains("Scripts/bootstrap brings it") == true)
        let page = try String(contentsOf: folder.file("card/score-card.html"), encoding: .utf8)
        #expect(page.contains("Scripts/bootstrap brings it") && !page.contains("FD-ENL0 ("))
        // A file that is no network stops the work before anything is drawn.
        try folder.write("no weights", to: ".deps/efficientnet/efficientnet-lite0.pth")
        #expect(workshop.featureNetworkFile != nil)
        let drawn = Mutex(false)
        let unsound = wanted
        await #expect(throws: (any Error).self) {
            try await workshop.evaluate(unsound) { _ in drawn.withLock { $0 = true } }
        }
        #expect(drawn.withLock { !$0 })
    }

    /// The weights that bootstrap brings, where it has run.
    private static let packaged =
        ProcessInfo.processInfo.environment["DARKROOM_FEATURES"].map { URL(filePath: $0) }
        ?? URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.deps/efficientnet")

    @Test(.enabled(if: FileManager.default.fileExists(atPath: packaged.path)))
    func thePackagedNetworkMeasuresTheDistance() async throws {
        try FileManager.default.createDirectory(
            at: folder.file(".deps"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: folder.file(".deps/efficientnet"), withDestinationURL: Self.packaged.standardizedFileURL)
        var wanted = request(count: 2)
        (wanted.prompts, wanted.seedsPerPrompt) = (.seen, 2)
        let report = try await workshop.evaluate(wanted)
        let numbers = try #require(report.numbers as? EvaluationReport)
        let distance = try #require(numbers.parts[0].distance)
        #expect(distance.features == .efficientNetLite0 && distance.value > 0)
        #expect(report.words.contains { $0.contains("FD-ENL0") })
        #expect(!report.words.contains { $0.contains("Scripts/bootstrap") })
        let page = try String(contentsOf: folder.file("card/score-card.html"), encoding: .utf8)
        #expect(page.contains("FD-ENL0 ("))
    }

    @Test func aPartCanBeChosen() async throws {
        var wanted = request()
        (wanted.prompts, wanted.seedsPerPrompt) = (.heldout, 1)
        let report = try await workshop.evaluate(wanted)
        let numbers = try #require(report.numbers as? EvaluationReport)
        #expect(numbers.parts.map(\.split.rawValue) == ["heldout"] && numbers.parts[0].pictures == 3)
    }

    @Test func whatCannotBeIsRefusedEarly() async throws {
        await #expect(
            throws: WorkshopError.badNumber(name: "count", expected: "1 to 100000", found: "0")
        ) { try await workshop.evaluate(request(count: 0)) }
        var lost = request()
        lost.probe = "nowhere"
        let without = lost
        let error = await #expect(throws: WorkshopError.self) { try await workshop.evaluate(without) }
        #expect(error?.summary.contains("no probe \"nowhere\"") == true)
        // A folder with other things in it is not replaced.
        try folder.write("mine", to: "papers/letter.txt")
        await #expect(throws: WorkshopError.self) {
            try await workshop.evaluate(request("papers"), replacing: true)
        }
        #expect(try String(contentsOf: folder.file("papers/letter.txt"), encoding: .utf8) == "mine")
        await #expect(throws: WorkshopError.self) {
            try await workshop.trainProbe(ProbeRequest(pictures: 8, epochs: 1, count: 1, output: "x.png"))
        }
    }

    @Test func stoppedItLeavesNothing() async throws {
        let task = Mutex<Task<ScoreReport, any Error>?>(nil)
        let started = Task {
            try await workshop.evaluate(request(count: 200)) { progress in
                if progress.stage == .drawing { task.withLock { $0?.cancel() } }
            }
        }
        task.withLock { $0 = started }
        await #expect(throws: CancellationError.self) { try await started.value }
        #expect(folder.names.allSatisfy { $0 == "Models" || $0 == "home" || $0 == "bin" })
    }

    @Test func aProbeIsNoModel() {
        #expect(workshop.shelf.models.map(\.name) == ["tiny"])
    }
}
