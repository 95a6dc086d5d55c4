import Foundation
import Tensors

/// Walks an ordinary differential equation of a batch of samples and a number beside each.
struct FlowPath {
    /// Where a walk is, or how fast it moves.
    struct Point {
        /// The samples, `[batch, …]`.
        var x: Tensor
        /// One number a sample.
        var volume: [Double]

        /// This point moved by so much of each of some speeds.
        func moved(_ speeds: [(speed: Point, by: Double)]) throws -> Point {
            var moved = self
            for (speed, factor) in speeds where factor != 0 {
                moved.x = try moved.x + speed.x * factor
                moved.volume = zip(moved.volume, speed.volume).map { $0 + $1 * factor }
            }
            return moved
        }
    }

    /// In equal steps, or as the error allows.
    let solver: LogLikelihood.Solver
    /// Steps after which a walk that does not end is given up.
    static let mostSteps = 10_000

    /// The point at the end of the interval.
    /// - Throws: `DiffusionError.tooManySteps`, what `speed` throws.
    func end(
        of start: Point, from first: Double, to last: Double, speed: (Point, Double) throws -> Point
    ) throws -> Point {
        switch solver {
        case .fixed(let steps):
            let count = max(1, steps)
            let h = (last - first) / Double(count)
            return try (0..<count).reduce(start) { point, index in
                let u = first + Double(index) * h
                let a = try speed(point, u)
                let b = try speed(point.moved([(a, h / 2)]), u + h / 2)
                let c = try speed(point.moved([(b, h / 2)]), u + h / 2)
                let d = try speed(point.moved([(c, h)]), u + h)
                return try point.moved([(a, h / 6), (b, h / 3), (c, h / 3), (d, h / 6)])
            }
        case .adaptive(let tolerance):
            return try adaptive(start, first, last, max(tolerance, 1e-13), speed)
        }
    }

    /// The coefficients of Dormand and Prince 1980: where each stage is, what it is made of, and the error's weights.
    private static let positions: [Double] = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1]
    private static let stages: [[Double]] = [
        [], [1.0 / 5], [3.0 / 40, 9.0 / 40], [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ]
    private static let errors: [Double] = [
        71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
    ]

    private func adaptive(
        _ start: Point, _ first: Double, _ last: Double, _ tolerance: Double,
        _ speed: (Point, Double) throws -> Point
    ) throws -> Point {
        var (point, u) = (start, first)
        var h = min(0.05, last - first)
        var now = try speed(point, u)
        for _ in 0..<Self.mostSteps {
            let isLast = u + h >= last - 1e-12 * abs(last)
            if isLast { h = last - u }
            var speeds = [now]
            var next = point
            for stage in 1..<Self.stages.count {
                next = try point.moved(zip(speeds, Self.stages[stage]).map { ($0, $1 * h) })
                speeds.append(try speed(next, u + Self.positions[stage] * h))
            }
            let difference = try Point(x: point.x * 0.0, volume: point.volume.map { _ in 0 })
                .moved(zip(speeds, Self.errors).map { ($0, $1 * h) })
            let error = try Self.size(of: difference, beside: point, next, tolerance)
            if error <= 1 {
                (point, u, now) = (next, u + h, speeds[speeds.count - 1])
                if isLast { return point }
            }
            h *= error.isFinite ? min(max(0.9 * pow(max(error, 1e-10), -0.2), 0.2), 5) : 0.2
        }
        throw DiffusionError.tooManySteps(Self.mostSteps)
    }

    /// The greatest error of a sample, in units of what the tolerance allows; the samples and their numbers count apart.
    private static func size(
        of difference: Point, beside before: Point, _ after: Point, _ tolerance: Double
    ) throws -> Double {
        func values(_ point: Point) throws -> [Double] {
            try point.x.to(.cpu, .float64).values(as: Double.self)
        }
        let batch = difference.volume.count
        let count = max(1, difference.x.count / max(1, batch))
        var sums = [Double](repeating: 0, count: batch)
        let pairs = try zip(values(difference), zip(values(before), values(after)))
        for (index, (error, ends)) in pairs.enumerated() {
            let share = error / (tolerance * (1 + max(abs(ends.0), abs(ends.1))))
            sums[index / count] += share * share / Double(count)
        }
        let ofVolume = zip(difference.volume, zip(before.volume, after.volume)).map { error, ends in
            abs(error) / (tolerance * (1 + max(abs(ends.0), abs(ends.1))))
        }
        // Not `max`, which may lose what is not a number.
        return (sums.map { $0.squareRoot() } + ofVolume).reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
    }
}
