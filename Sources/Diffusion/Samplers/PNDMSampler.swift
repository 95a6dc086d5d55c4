public import NoiseSchedules
public import Recipes
public import Tensors

/// Walks the noise levels with a linear multistep rule for the network's output and DDIM's transfer from level to level.
///
/// One evaluation a step after the start; the error falls with the square of the step when noise estimates are added up, in
/// proportion to it when velocities are, as diffusers does for models that predict them. The plain start repeats the first step with the mean of its two ends; a list of
/// moves may start with Runge–Kutta steps instead, or land elsewhere than at the next level.
/// Source: Liu et al. 2022 (PNDM), equations 9 to 13.
public struct PNDMSampler: Sampler, Hashable {
    /// One evaluation and the transfer after it.
    public struct Move: Hashable, Sendable {
        /// Where a transfer starts.
        public enum Base: Hashable, Sendable {
            /// At the present x, which begins a step.
            case here
            /// Again at the x that the step began with.
            case again
        }

        /// The level that the network is asked at.
        public let told: NoiseLevel
        /// The level that the transfer starts from.
        public let from: NoiseLevel
        /// The level that it leads to.
        public let to: NoiseLevel
        /// Where it starts.
        public let base: Base
        /// What it uses of which moves' outputs, its own among them.
        public let weights: [Int: Double]

        /// A move of its parts.
        public init(
            told: NoiseLevel, from: NoiseLevel, to: NoiseLevel, base: Base = .here, weights: [Int: Double]
        ) {
            (self.told, self.from, self.to) = (told, from, to)
            (self.base, self.weights) = (base, weights)
        }
    }

    /// The moves, when they are not the plain ones along the levels.
    public let moves: [Move]?
    /// In which quantity outputs are added up: what the network predicts.
    public let history: PredictionTarget

    /// The plain rule, or another list of moves.
    public init(moves: [Move]? = nil, history: PredictionTarget = .epsilon) {
        (self.moves, self.history) = (moves, history)
    }

    /// Adams and Bashforth's weights of the latest outputs, latest first.
    static let weights: [[Double]] = [
        [1], [3 / 2, -1 / 2], [23 / 12, -16 / 12, 5 / 12], [55 / 24, -59 / 24, 37 / 24, -9 / 24],
    ]

    /// The moves of the plain rule: a first step with the mean of both ends, then up to four outputs.
    ///
    /// A step from pure noise, where the noise says nothing of the sample, comes before all that.
    static func plain(along levels: [NoiseLevel]) -> [Move] {
        let first = levels[0].signal == 0 && levels.count > 2 ? 1 : 0
        var moves = (0...first).map {
            Move(told: levels[$0], from: levels[$0], to: levels[$0 + 1], weights: [$0: 1])
        }
        guard levels.count > first + 2 else { return moves }
        let half = [moves.count - 1: 0.5, moves.count: 0.5]
        var kept = [first]
        moves.append(
            Move(
                told: levels[first + 1], from: levels[first], to: levels[first + 1], base: .again,
                weights: half))
        for (level, next) in zip(levels.dropFirst(first + 1), levels.dropFirst(first + 2)) {
            kept = [moves.count] + kept.prefix(3)
            let weights = Dictionary(uniqueKeysWithValues: zip(kept, Self.weights[kept.count - 1]))
            moves.append(Move(told: level, from: level, to: next, weights: weights))
        }
        return moves
    }

    /// Walks the levels as `Sampler` says, without random numbers.
    public func sample(
        _ denoiser: some Denoiser, from x: Tensor, along levels: [NoiseLevel], random: inout RandomStream,
        onStep: (SamplerStep) throws -> Void
    ) throws -> Tensor {
        _ = try Stride.along(levels)
        let moves = self.moves ?? Self.plain(along: levels)
        let count = moves.count { $0.base == .here }
        var (x, start, index) = (x, x, 0)
        var outputs: [Int: Tensor] = [:]
        for (number, move) in moves.enumerated() {
            let denoised = try denoiser.denoised(x, at: move.told)
            let stride = Stride(index: index, count: count, level: move.from, next: move.to)
            if move.base == .here {
                try onStep(stride.report(x, denoised))
                (start, index) = (x, index + 1)
            }
            outputs[number] = try PredictionTarget.sample.convert(denoised, to: history, x: x, at: move.told)
            if move.weights == [number: 1], move.base == .here, move.told == move.from {
                x = try stride.moved(x, towards: denoised)
            } else {
                let output = try sum(of: outputs, move.weights)
                x = try stride.moved(
                    start, towards: history.sampleMix(at: move.from).applied(to: start, output))
            }
            outputs = outputs.filter { output in
                moves[(number + 1)...].contains { $0.weights[output.key] != nil }
            }
        }
        return x
    }

    private func sum(of outputs: [Int: Tensor], _ weights: [Int: Double]) throws -> Tensor {
        let parts = weights.sorted { $0.key > $1.key }.compactMap { key, weight in
            outputs[key].map { ($0, weight) }
        }
        guard let (latest, weight) = parts.first else {
            throw DiffusionError.invalidLevels(problem: "expected every move to use some output")
        }
        var sum = try latest * weight
        for (output, weight) in parts.dropFirst() { sum = try sum + output * weight }
        return sum
    }
}
