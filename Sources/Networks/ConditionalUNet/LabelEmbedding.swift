import Layers
import Tensors

/// Labels as a vector beside the timestep's.
struct LabelEmbedding: Sendable {
    private let kind: ConditionalUNetConfiguration.Labels
    private let path: ParameterPath
    private let width: Int
    private let waves: TimestepWaves
    private let table: Tensor?
    private let perceptron: VectorPerceptron?
    private let linear: Linear?

    init(
        _ scope: ParameterScope, _ kind: ConditionalUNetConfiguration.Labels, width: Int,
        waves: TimestepWaves,
        activation: Activation
    ) throws {
        path = scope.path
        (self.kind, self.width, self.waves) = (kind, width, waves)
        var table: Tensor?
        var perceptron: VectorPerceptron?
        var linear: Linear?
        switch kind {
        case .table(let count): table = try scope.parameter("weight", [count, width], .normal(deviation: 1))
        case .number:
            perceptron = try VectorPerceptron(scope, from: waves.width, to: width, activation: activation)
        case .perceptron(let input): perceptron = try VectorPerceptron(scope, from: input, to: width)
        case .linear(let input): linear = try Linear(scope, from: input, to: width)
        case .identity: break
        }
        (self.table, self.perceptron, self.linear) = (table, perceptron, linear)
    }

    /// `[batch]` or `[batch, in]` → `[batch, width]` of type `dtype`.
    func callAsFunction(_ labels: Tensor, batch: Int, dtype: DType, _ context: ForwardContext) throws
        -> Tensor
    {
        let expected =
            switch kind {
            case .table, .number: [batch]
            case .perceptron(let input), .linear(let input): [batch, input]
            case .identity: [batch, width]
            }
        guard labels.shape == expected else {
            throw NetworkError.wrongShape(
                path, of: "the labels", expected: "\(expected)", found: labels.shape)
        }
        if let table { return try labels.to(.int64).embedded(in: table) }
        let numbers = try kind == .number ? waves(labels).to(dtype) : labels.to(dtype)
        if let perceptron { return try perceptron(numbers, context) }
        return try linear?(numbers) ?? numbers
    }
}
