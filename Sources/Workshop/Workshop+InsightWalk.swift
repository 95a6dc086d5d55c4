import Foundation
import Images
public import Insight
import Pipelines
public import Recipes
import Tensors

/// A walk from one prompt to another.
public struct WalkRequest: Codable, Equatable, Sendable {
    /// How to draw; its prompt is where the walk begins, its one seed the noise that is held.
    public var generation: GenerationRequest
    /// Where the walk ends.
    public var end: String
    /// Pictures, both ends among them.
    public var frames: Int
    /// How to get from one prompt's tokens to the other's.
    public var interpolation: Interpolation
    /// The name of strip and animation.
    public var output: String

    /// A walk.
    public init(
        generation: GenerationRequest, end: String, frames: Int = 8,
        interpolation: Interpolation = .spherical,
        output: String = "walk.png"
    ) {
        (self.generation, self.end, self.frames) = (generation, end, frames)
        (self.interpolation, self.output) = (interpolation, output)
    }
}

extension Workshop {
    /// Holds the noise and moves the prompt: draws pictures on the way from one prompt to another.
    ///
    /// - Parameters:
    ///   - request: the prompts, and how to draw.
    ///   - replacing: true to overwrite files of that name.
    ///   - onProgress: called with the number of pictures done.
    /// - Returns: files, numbers and words.
    /// - Throws: `CancellationError` within one step of the task's cancelling; `InsightError.outOfRange`; what refuses
    ///   the request, the model or the files.
    public func walk(
        _ request: WalkRequest, replacing: Bool = false,
        onProgress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> InstrumentReport {
        guard ConditioningWalk.frameCounts.contains(request.frames) else {
            throw WorkshopError.badNumber(name: "frames", expected: "2 to 240", found: "\(request.frames)")
        }
        let generation = request.generation
        let file = try shelf.model(generation.model).file
        let seed = generation.seeds.first ?? surroundings.freshSeed()
        let worker = try await worker(for: generation.device, threads: generation.threads)
        let walk = try await worker.run { worker in
            let pipeline = try worker.darkroomPipeline(file, precision: generation.precision, for: "walk")
            let resolved = try pipeline.resolved(generation, .init())
            let start = try pipeline.condition(resolved)
            let end = try pipeline.encode(request.end).to(start.prompt.dtype)
            return try ConditioningWalk(
                from: start.prompt, to: end, frames: request.frames, by: request.interpolation
            ) { tokens, index in
                let between = DarkroomPipeline.Conditioning(prompt: tokens, negative: start.negative)
                let latent = try pipeline.latent(for: between, resolved, .init(), seed: seed) { _ in
                    try Task.checkCancellation()
                }
                let picture = try pipeline.decode(latent)
                onProgress(index + 1)
                return picture
            }
        }
        let files = try write(
            walk.strip(from: generation.prompt, to: request.end),
            walk.animation(from: generation.prompt, to: request.end), compression: .lossy(quality: 88),
            to: request.output, replacing: replacing)
        let numbers = WalkNumbers(
            from: generation.prompt, to: request.end, seed: seed, interpolation: request.interpolation,
            distances: walk.report)
        return InstrumentReport(
            picture: files.picture, animation: files.animation, numbers: numbers, words: Self.words(numbers),
            terminalFrames: [])
    }

    private struct WalkNumbers: Encodable, Sendable {
        let from: String
        let to: String
        let seed: UInt64
        let interpolation: Interpolation
        let distances: WalkReport
    }

    private static func words(_ numbers: WalkNumbers) -> [String] {
        func text(_ value: Double) -> String { String(format: "%.3f", value) }
        let distances = numbers.distances
        let steps = distances.neighbours.map(text).joined(separator: " ")
        return [
            "seed \(numbers.seed); the prompts' pictures differ by \(text(distances.ends)) (0 equal, 1 black and white)",
            "from picture to picture: \(steps)",
            "the largest step is \(String(format: "%.1f", distances.unevenness)) times the mean one",
        ]
    }
}
