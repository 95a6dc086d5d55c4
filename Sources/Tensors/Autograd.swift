internal import CTorchShim

/// The engine's thread-local modes, as closures that cannot suspend: a mode never leaks into another task.
public enum Autograd {
    /// Runs `body` without recording gradients.
    public static func disabled<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let scope = ct_no_gradient_enter()
        defer { ct_scope_leave(scope) }
        return try body()
    }
    /// Runs `body` in inference mode: fastest, but its tensors can never take part in training.
    public static func inference<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        let scope = ct_inference_enter()
        defer { ct_scope_leave(scope) }
        return try body()
    }
    /// Runs `body` with products and convolutions in a lower precision; nil changes nothing.
    public static func autocast<R>(
        to dtype: DType?, on device: Device = .cpu, _ body: () throws -> R
    ) throws -> R {
        guard let dtype else { return try body() }
        var error = CTError()
        guard let scope = ct_autocast_enter(device.typeNumber, dtype.rawValue, &error) else {
            throw TensorError(taking: &error, operation: "autocast")
        }
        defer { ct_scope_leave(scope) }
        return try body()
    }
}

extension Tensor {
    /// The gradient of this scalar with respect to every leaf that asked for one, added to what is there.
    public func backward() throws(TensorError) {
        var error = CTError()
        guard ct_backward(handle, &error) == 0 else {
            throw TensorError(taking: &error, operation: "backward", shapes: [shape])
        }
    }
    /// The accumulated gradient of a leaf; nil before the first backward pass.
    public var gradient: Tensor? { ct_gradient(handle).map(Tensor.init(adopting:)) }
    /// True when gradients are recorded for this tensor.
    public var requiresGradient: Bool { ct_requires_gradient(handle) != 0 }

    /// A leaf with these values for which gradients are recorded; shares storage with `self`.
    public func requiringGradient() throws(TensorError) -> Tensor {
        let leaf = try detached()
        var error = CTError()
        guard ct_set_requires_gradient(leaf.handle, 1, &error) == 0 else {
            throw TensorError(taking: &error, operation: "requiringGradient", shapes: [shape])
        }
        return leaf
    }
    /// Forgets the accumulated gradient.
    package func clearGradient() { ct_clear_gradient(handle) }
}
