/// Operations that change a tensor: for optimisers and loading only, on the thread that owns the parameters.
extension Tensor {
    private static let copyInPlace = Operator("aten::copy_")
    private static let foreachLerp = Operator("aten::_foreach_lerp_", "Scalar")
    private static let foreachMultiply = Operator("aten::_foreach_mul_", "Scalar")
    private static let adamW = Operator("darkroom::adamw_")

    /// Overwrites the values with those of `source`.
    package func overwrite(with source: Tensor) throws(TensorError) {
        _ = try Self.copyInPlace(.tensor(self), .tensor(source))
    }
    /// Moves each tensor towards its target: `t ← t + weight · (target − t)`.
    package static func lerpInPlace(
        _ tensors: [Tensor], towards targets: [Tensor], weight: Double
    ) throws(TensorError) {
        _ = try foreachLerp.call([.tensors(tensors), .tensors(targets), .double(weight)], capacity: 0)
    }
    /// Multiplies each tensor by a number.
    package static func multiplyInPlace(_ tensors: [Tensor], by factor: Double) throws(TensorError) {
        _ = try foreachMultiply.call([.tensors(tensors), .double(factor)], capacity: 0)
    }
    /// One step of AdamW with decoupled weight decay for all parameters in one call.
    ///
    /// Gradients count times `gradientFactor`; what they hold afterwards is of no use. `step` counts from 1.
    /// Source: Loshchilov and Hutter 2019, Algorithm 2.
    package static func adamWStep(
        parameters: [Tensor], gradients: [Tensor], averages: [Tensor], squaredAverages: [Tensor],
        gradientFactor: Double, step: Int, learningRate: Double, betas: (Double, Double), weightDecay: Double,
        epsilon: Double
    ) throws(TensorError) {
        _ = try adamW.call(
            [
                .tensors(parameters), .tensors(gradients), .tensors(averages), .tensors(squaredAverages),
                .double(gradientFactor), .double(learningRate), .double(betas.0), .double(betas.1),
                .double(weightDecay), .double(epsilon), .int(step),
            ], capacity: 0)
    }
}
