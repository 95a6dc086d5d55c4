import Diffusion
import Foundation
import Images
import Insight
public import Recipes

/// A picture to be buried in noise.
public struct NoiseRequest: Codable, Equatable, Sendable {
    /// The picture's file: PNG, JPEG or WebP.
    public var input: String
    /// Which level of noise each timestep has.
    public var schedule: ScheduleChoice
    /// Pictures in the strip, the clean one among them.
    public var steps: Int
    /// The noise's seed.
    public var seed: UInt64
    /// The name of strip and animation.
    public var output: String

    /// A picture to be buried.
    public init(
        input: String, schedule: ScheduleChoice = .cosine(timesteps: 1000), steps: Int = 8, seed: UInt64 = 0,
        output: String = "noise.png"
    ) {
        (self.input, self.schedule, self.steps, self.seed, self.output) = (
            input, schedule, steps, seed, output
        )
    }

    /// The schedule of a name, with the numbers that its papers use.
    /// - Throws: `RecipeError.unknownChoice` with the nearest names.
    public static func schedule(named name: String) throws(RecipeError) -> ScheduleChoice {
        switch name.lowercased().replacing("-", with: "_") {
        case "flow": return .flow
        case "cosine": return .cosine(timesteps: 1000)
        case "linear": return .linear(.linear)
        case "scaled_linear": return .scaledLinear(.scaledLinear)
        case "edm": return .edm(.init())
        default:
            throw .unknownChoice(path: "schedule", what: "schedule", found: name, known: ScheduleChoice.ids)
        }
    }
}

extension Workshop {
    /// Buries a picture in noise, step by step and in one stroke, and draws both.
    ///
    /// - Parameters:
    ///   - request: the picture and the noise.
    ///   - replacing: true to overwrite files of that name.
    /// - Returns: files, numbers and words.
    /// - Throws: `ImageError` for what is no picture, `InsightError.outOfRange`, `WorkshopError`; what writing throws.
    public func buryInNoise(_ request: NoiseRequest, replacing: Bool = false) async throws -> InstrumentReport
    {
        guard (2...16).contains(request.steps) else {
            throw WorkshopError.badNumber(name: "steps", expected: "2 to 16", found: "\(request.steps)")
        }
        let picture = try Burial.fitted(Image(contentsOf: surroundings.url(request.input)))
        let burial = try await worker(for: "cpu").run { _ in
            try Burial(
                of: picture, schedule: request.schedule.make(),
                stages: Burial.stageCount(columns: request.steps),
                seed: request.seed)
        }
        let files = try write(
            burial.strip(columns: request.steps), burial.animation(), compression: burial.compression,
            to: request.output, replacing: replacing)
        let numbers = burial.report
        return InstrumentReport(
            picture: files.picture, animation: files.animation, numbers: numbers,
            words: Self.words(numbers, columns: request.steps), terminalFrames: [])
    }

    private static func words(_ numbers: BurialReport, columns: Int) -> [String] {
        func text(_ value: Double?, _ format: String) -> String {
            let text = value.map { String(format: format, $0) } ?? "–"
            return String(repeating: " ", count: max(0, 9 - text.count)) + text
        }
        let last = numbers.stages.count - 1
        let rows = (1..<columns).map { numbers.stages[$0 * last / (columns - 1)] }
        return ["timestep   signal    noise       dB  by steps  1 stroke"]
            + rows.map { row in
                text(row.timestep, "%8.0f") + text(row.signal, "%.4f") + text(row.noise, "%.4f")
                    + text(row.decibels, "%.1f") + " " + text(row.stepwiseDecibels, "%.1f") + " "
                    + text(row.closedFormDecibels, "%.1f")
            }
    }
}
