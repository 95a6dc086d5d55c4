import Layers
import Tensors
import Testing

/// Parameters with values given by the test, by name; it notes what it was asked for.
final class GivenParameters: ParameterSource {
    struct Request: Equatable {
        let path: ParameterPath
        let shape: [Int]
        let initializer: Initializer
    }
    private let values: [ParameterPath: [Double]]
    private(set) var requests: [Request] = []

    init(_ values: [ParameterPath: [Double]]) { self.values = values }

    func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        requests.append(Request(path: path, shape: shape, initializer: initializer))
        return try Tensor(#require(values[path], "\(path)").map(Float.init), shape: shape)
    }
}
