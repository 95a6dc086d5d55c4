import Foundation

/// One direction of a resize: for each new position, where its old samples start and what each weighs.
struct ResizeAxis {
    let starts: [Int]
    /// For each new position as many weights as `taps`; they sum to 1, unused ones are 0.
    let weights: [Float]
    let taps: Int
    private let oldCount: Int

    init(from oldCount: Int, to newCount: Int, method: ResizeMethod) {
        self.oldCount = oldCount
        let ratio = Double(oldCount) / Double(newCount)
        let lists = (0..<newCount).map { position -> (start: Int, weights: [Double]) in
            switch method == .automatic ? (ratio > 1 ? .areaAverage : .lanczos) : method {
            case .nearest:
                return (min(oldCount - 1, Int((Double(position) + 0.5) * ratio)), [1])
            case .areaAverage:
                return Self.area(position, ratio: ratio, limit: oldCount)
            case .bicubic:
                return Self.filtered(position, ratio: ratio, limit: oldCount, radius: 2, Self.cubic)
            case .lanczos, .automatic:
                return Self.filtered(position, ratio: ratio, limit: oldCount, radius: 3, Self.lanczos)
            }
        }
        let most = lists.map(\.weights.count).max() ?? 1
        taps = most
        starts = lists.map(\.start)
        weights = lists.flatMap { list -> [Float] in
            let sum = list.weights.reduce(0, +)
            return list.weights.map { Float($0 / sum) }
                + Array(repeating: 0, count: most - list.weights.count)
        }
    }

    private static func area(_ position: Int, ratio: Double, limit: Int) -> (Int, [Double]) {
        let low = Double(position) * ratio
        let high = min(Double(limit), low + ratio)
        let start = min(limit - 1, Int(low))
        let end = max(start + 1, min(limit, Int(high.rounded(.up))))
        // When enlarging, an area may lie within one old pixel: its weight is then simply 1.
        let parts = (start..<end).map { max(0, min(high, Double($0 + 1)) - max(low, Double($0))) }
        return (start, parts.contains { $0 > 0 } ? parts : [1])
    }

    private static func filtered(
        _ position: Int, ratio: Double, limit: Int, radius: Double, _ kernel: (Double) -> Double
    ) -> (Int, [Double]) {
        let scale = max(1, ratio)
        let centre = (Double(position) + 0.5) * ratio
        let start = max(0, Int((centre - radius * scale).rounded(.down)))
        let end = min(limit, Int((centre + radius * scale).rounded(.up)))
        return (start, (start..<end).map { kernel((Double($0) + 0.5 - centre) / scale) })
    }

    private static func cubic(_ x: Double) -> Double {
        let distance = abs(x)
        let a = -0.5
        if distance < 1 { return ((a + 2) * distance - (a + 3)) * distance * distance + 1 }
        if distance < 2 { return ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a }
        return 0
    }

    private static func lanczos(_ x: Double) -> Double {
        if x == 0 { return 1 }
        if abs(x) >= 3 { return 0 }
        let angle = Double.pi * x
        return 3 * sin(angle) * sin(angle / 3) / (angle * angle)
    }

    /// Filters along rows: `lines` rows of `lineStride` samples, `step` channels interleaved.
    func applied(to old: [Float], lines: Int, lineStride: Int, step: Int) -> [Float] {
        let newStride = starts.count * step
        return [Float](unsafeUninitializedCapacity: lines * newStride) { target, filled in
            old.withUnsafeBufferPointer { from in
                for line in 0..<lines {
                    for (position, start) in starts.enumerated() {
                        let count = min(taps, oldCount - start)
                        for channel in 0..<step {
                            var sum: Float = 0
                            var read = line * lineStride + start * step + channel
                            for tap in 0..<count {
                                sum += weights[position * taps + tap] * from[read]
                                read += step
                            }
                            target[line * newStride + position * step + channel] = sum
                        }
                    }
                }
            }
            filled = lines * newStride
        }
    }

    /// Filters along columns of rows that are `rowLength` samples long.
    func appliedDown(to old: [Float], rowLength: Int) -> [Float] {
        var new = [Float](repeating: 0, count: starts.count * rowLength)
        new.withUnsafeMutableBufferPointer { target in
            old.withUnsafeBufferPointer { from in
                for (position, start) in starts.enumerated() {
                    for tap in 0..<min(taps, oldCount - start) {
                        let weight = weights[position * taps + tap]
                        if weight == 0 { continue }
                        let (read, write) = ((start + tap) * rowLength, position * rowLength)
                        for index in 0..<rowLength { target[write + index] += weight * from[read + index] }
                    }
                }
            }
        }
        return new
    }
}
