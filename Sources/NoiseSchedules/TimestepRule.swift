/// Which whole timesteps a model of another program visits, to the last bit as that program rounds them.
///
/// The spacings of this module are written for any grid. A model whose folder names one of these rules wants its exact
/// numbers, ties and all.
/// Source: Lin et al. 2023, table 2; rounding as in NumPy.
public enum TimestepRule: Hashable, Sendable {
    /// Strides up from the cleanest timestep, rounded down, plus an offset.
    case leading(offset: Int)
    /// Strides down from the noisiest timestep.
    case trailing
    /// Equal strides with both ends.
    case linspace

    /// The timesteps visited, falling.
    ///
    /// - Parameters:
    ///   - steps: how many, at least 1.
    ///   - count: the number of trained timesteps.
    ///   - top: one above the noisiest timestep allowed; `count` unless noise is clipped.
    ///   - isWhole: rounds linspace to whole timesteps.
    ///   - leavesOutCleanest: cuts into one stride more and leaves out the last visit, as multistep solvers do.
    /// - Returns: `steps` numbers, fewer for trailing strides from a clipped top; single precision where not whole.
    /// - Throws: `NoiseScheduleError.invalidSteps`, `NoiseScheduleError.invalidParameter` for an offset beyond the grid.
    public func timesteps(
        steps: Int, count: Int, top: Int? = nil, isWhole: Bool, leavesOutCleanest: Bool = false
    ) throws(NoiseScheduleError) -> [Double] {
        let top = top ?? count
        let extra = leavesOutCleanest ? 1 : 0
        let most = self == .trailing ? count : min(count, top - extra)
        guard steps >= 1, steps <= most else {
            throw .invalidSteps(steps, allowed: 1...max(1, most), spacing: name)
        }
        let parts = steps + extra
        switch self {
        case .leading(let offset):
            let stride = top / parts
            let visits = (0..<parts).map { Double($0 * stride + offset) }
            guard offset >= 0, let last = visits.last, last < Double(count) else {
                throw .invalidParameter(
                    name: "offset", value: Double(offset),
                    expected: "a number from 0 to \(count - 1 - (parts - 1) * stride)")
            }
            return Array(visits.reversed().prefix(steps))
        case .trailing:
            // NumPy's arange adds the difference of its first two numbers again and again.
            let difference = (Double(top) - Double(count) / Double(steps)) - Double(top)
            return (0..<steps).map { Double(top) + Double($0) * difference }.filter { $0 > 0 }
                .map { $0.rounded(.toNearestOrEven) - 1 }
        case .linspace:
            let stride = parts > 1 ? Double(top - 1) / Double(parts - 1) : 0
            let visits = (0..<parts).map { $0 > 0 && $0 == parts - 1 ? Double(top - 1) : Double($0) * stride }
            return visits.reversed().prefix(steps).map {
                isWhole ? $0.rounded(.toNearestOrEven) : Double(Float($0))
            }
        }
    }

    private var name: String {
        switch self {
        case .leading: "leading"
        case .trailing: "trailing"
        case .linspace: "linspace"
        }
    }
}
