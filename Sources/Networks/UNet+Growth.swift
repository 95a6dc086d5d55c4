public import Layers
public import Tensors

/// The parameters of a U-Net from one with fewer levels: those count from the deepest, new outer ones begin fresh.
///
/// A network that has learnt what a picture of half the size holds keeps it; the new level learns the detail.
/// Source: Karras et al. 2018 (progressive growing), with a whole level at a time.
public struct GrownUNetParameters: ParameterSource, Sendable {
    private let inner: any ParameterSource & Sendable
    private let fresh: any ParameterSource & Sendable
    private let newLevels: Int

    /// The parameters of `inner`, moved `newLevels` levels down, and `fresh` ones above them.
    public init(
        growing inner: any ParameterSource & Sendable, by newLevels: Int,
        fresh: any ParameterSource & Sendable
    ) {
        (self.inner, self.newLevels, self.fresh) = (inner, newLevels, fresh)
    }

    /// The parameter of the smaller network that stands there now, or a fresh one.
    /// - Throws: what the smaller network's source throws, when its widths differ for instance.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        guard let old = Self.origin(of: path, newLevels: newLevels) else {
            return try fresh.parameter(at: path, shape: shape, initializer: initializer)
        }
        return try inner.parameter(at: old, shape: shape, initializer: initializer)
    }

    /// The name in the smaller network of what is called `path` in the larger one; nil when it is new.
    static func origin(of path: ParameterPath, newLevels: Int) -> ParameterPath? {
        var names = path.description.split(separator: ".").map(String.init)
        guard names.count > 3, names[0] == "unet", ["down", "up"].contains(names[1]),
            let level = Int(names[2])
        else { return path }
        // An upsampler belongs to the level that it leaves, so the one into the smaller network's top is new.
        let first = names[3] == "upsample" ? newLevels + 1 : newLevels
        guard level >= first else { return nil }
        names[2] = String(level - newLevels)
        return ParameterPath(names.joined(separator: "."))
    }
}
