internal import CTorchShim
internal import Foundation

extension Autograd {
    /// Runs `body` on `inputs` without keeping what it computes on the way; the backward pass runs it again.
    ///
    /// Gradients are those of running it plainly, up to the order of sums: they reach `inputs` and the parameters that `body`
    /// uses. The second run has the autocast type of the first and may be on another thread. Where no gradients are recorded,
    /// or none of `inputs` needs one, it is run once only. Source: Chen et al. 2016 (arXiv 1604.06174).
    /// - Parameters:
    ///   - inputs: tensors that `body` gets; at least one.
    ///   - body: gives the same numbers each time.
    /// - Returns: what `body` returns, of floating point.
    /// - Throws: what `body` throws; `TensorError` from the engine. What it throws the second time ends the backward pass.
    public static func recomputing(
        _ inputs: [Tensor], _ body: @escaping @Sendable ([Tensor]) throws -> Tensor
    ) throws -> Tensor {
        let block = RecomputedBlock(body)
        var error = CTError()
        let handles = inputs.map { Optional($0.handle) }
        let result = withExtendedLifetime(inputs) {
            handles.withUnsafeBufferPointer { handles in
                ct_checkpoint(
                    RecomputedBlock.run, Unmanaged.passRetained(block).toOpaque(),
                    { context in context.map { Unmanaged<RecomputedBlock>.fromOpaque($0).release() } },
                    handles.baseAddress, Int64(handles.count), &error)
            }
        }
        guard let result else {
            let cause = TensorError(taking: &error, operation: "recomputing", shapes: inputs.map(\.shape))
            throw block.failure ?? cause
        }
        return Tensor(adopting: result)
    }
}

/// A body as C calls it.
///
/// `@unchecked Sendable`: the first run, which writes `failure`, is over before the second can begin.
private final class RecomputedBlock: @unchecked Sendable {
    private let body: @Sendable ([Tensor]) throws -> Tensor
    /// What the last run threw.
    private(set) var failure: (any Error)?

    init(_ body: @escaping @Sendable ([Tensor]) throws -> Tensor) { self.body = body }

    static let run: CTBody = { context, inputs, count, error in
        guard let context, let inputs else { return nil }
        let block = Unmanaged<RecomputedBlock>.fromOpaque(context).takeUnretainedValue()
        let tensors = (0..<Int(count)).compactMap { inputs[$0].map(Tensor.init(adopting:)) }
        do {
            return withExtendedLifetime(try block.body(tensors)) { ct_tensor_share($0.handle) }
        } catch let cause {
            block.failure = cause
            let reason = (cause as? TensorError)?.engineMessage ?? "\(cause)"
            error?.pointee = CTError(kind: Int32(CT_INVALID), message: strdup(reason))
            return nil
        }
    }
}
