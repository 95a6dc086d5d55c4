public import Diagnostics
public import Layers

/// What can go wrong around optimisers.
public enum OptimizerError: ActionableError, Equatable {
    /// A network asks for the average of a parameter that was not trained.
    case noAverage(ParameterPath)
    /// A network asks for an average in another shape than was trained.
    case averageShape(ParameterPath, expected: [Int], found: [Int])
    /// An update is asked for, but no parameter has a gradient.
    case noGradients

    /// One sentence.
    public var summary: String {
        switch self {
        case .noAverage(let path): "`\(path)` has no moving average: it is not among the trained parameters."
        case .averageShape(let path, let expected, let found):
            "`\(path)`: this network needs shape \(expected), but its moving average has shape \(found)."
        case .noGradients: "An update needs gradients, but no parameter has one."
        }
    }
    /// What to do.
    public var advice: [String] {
        switch self {
        case .noAverage, .averageShape: ["Build the network with the recipe that it was trained with."]
        case .noGradients: ["Call `backward()` on a loss that depends on the parameters first."]
        }
    }
}
