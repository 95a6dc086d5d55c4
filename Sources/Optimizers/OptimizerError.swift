public import Diagnostics
public import Layers

/// What can go wrong around optimisers.
public enum OptimizerError: ActionableError, Equatable {
    /// A network asks for the average of a parameter that was not trained.
    case noAverage(ParameterPath)

    /// One sentence.
    public var summary: String {
        switch self {
        case .noAverage(let path): "`\(path)` has no moving average: it is not among the trained parameters."
        }
    }
    /// What to do.
    public var advice: [String] { ["Build the network with the recipe that it was trained with."] }
}
