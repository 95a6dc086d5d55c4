extension Tensor: CustomStringConvertible {
    /// Type, shape and device, such as `fp32[2, 3] on cpu`.
    public var description: String { "\(dtype)\(shape) on \(device)" }
}
