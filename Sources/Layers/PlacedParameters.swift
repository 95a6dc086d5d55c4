public import Tensors

/// Parameters of another source, brought to a device.
public struct PlacedParameters: ParameterSource, Sendable {
    private let base: any ParameterSource & Sendable
    private let device: Device

    /// The parameters of `base` on `device`.
    public init(_ base: any ParameterSource & Sendable, on device: Device) {
        (self.base, self.device) = (base, device)
    }

    /// The parameter, copied unless it is there already.
    /// - Throws: what the source throws, and `TensorError` when the device has no room for it.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        try base.parameter(at: path, shape: shape, initializer: initializer).to(device)
    }
}
