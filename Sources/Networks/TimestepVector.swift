import Layers
import Tensors

/// Cosines and sines of a number, rounded as diffusers' `Timesteps` rounds.
struct TimestepWaves: Sendable {
    let width: Int
    private let cosinesFirst: Bool
    private let frequencies: Tensor

    /// `shift` is how many frequencies short of half the width the last one reaches 1/10,000.
    init(width: Int, cosinesFirst: Bool, shift: Double) throws {
        self.width = width
        self.cosinesFirst = cosinesFirst
        let half = width / 2
        // Single precision throughout: at timestep 999 the reference's rounding shows.
        let exponents = try Tensor.range(to: Double(half)) * -9.210340371976184 / (Double(half) - shift)
        frequencies = try exponents.exp().reshaped(1, half)
    }

    /// `[batch]` → `[batch, width]` in single precision.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let angles = try x.to(.float32).reshaped(-1, 1) * frequencies.to(x.device)
        let waves = try cosinesFirst ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()]
        let joined = try Tensor.concatenated(waves, along: -1)
        return width.isMultiple(of: 2) ? joined : try joined.padded(right: 1)
    }
}

/// Two linear maps with a function between them: diffusers' `TimestepEmbedding`.
struct VectorPerceptron: Sendable {
    let path: ParameterPath
    private let linear1, linear2: Linear
    private let condition: Linear?
    private let activation: Activation
    private let final: Activation?

    init(
        _ scope: ParameterScope, from input: Int, to output: Int, conditionWidth: Int? = nil,
        activation: Activation = .silu, final: Activation? = nil
    ) throws {
        path = scope.path
        linear1 = try Linear(scope["linear_1"], from: input, to: output)
        condition = try conditionWidth.map {
            try Linear(scope["cond_proj"], from: $0, to: input, bias: false)
        }
        linear2 = try Linear(scope["linear_2"], from: output, to: output)
        (self.activation, self.final) = (activation, final)
    }

    /// `[batch, in]` → `[batch, out]`; `extra` is projected and added first.
    func callAsFunction(_ x: Tensor, condition extra: Tensor? = nil, _ context: ForwardContext) throws
        -> Tensor
    {
        var x = x
        if let extra, let condition { x = try condition(extra, adding: x) }
        let y = try linear2(activation(linear1(x)))
        return try context.observe(final?(y) ?? y, at: path)
    }
}
