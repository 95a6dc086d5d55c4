import Diagnostics
public import Foundation
public import Layers
public import Tensors
public import WeightFiles

/// A file of weights as a source of parameters.
///
/// Opening reads the header; tensors come on demand from mapped memory.
public struct Checkpoint: ParameterSource, Sendable {
    /// The file.
    public let file: any WeightFile
    /// The type that matrices and kernels are given in; nil keeps what is stored.
    ///
    /// Vectors are always given in single precision.
    public let weightType: DType?
    private let prefix: String

    /// Opens a file in which `prefix`, such as `average.`, stands before every name.
    /// - Throws: `WeightFileError` when the file is not sound.
    public init(opening url: URL, weightType: DType? = .float32, prefix: String = "") throws {
        self.init(try SafetensorsFile(contentsOf: url), weightType: weightType, prefix: prefix)
    }

    /// The weights of a file that is open, safetensors or PyTorch's.
    public init(_ file: any WeightFile, weightType: DType? = .float32, prefix: String = "") {
        (self.file, self.weightType, self.prefix) = (file, weightType, prefix)
    }

    /// Opens a file of either kind; PyTorch's are read without running them.
    /// - Throws: `WeightFileError` when the file is not sound.
    public static func ofAnyFormat(_ url: URL, weightType: DType? = .float32) throws -> Checkpoint {
        Checkpoint(try WeightFileFormat.open(url), weightType: weightType)
    }

    /// A tensor by its name in the file, in the type that is stored.
    /// - Throws: `CheckpointError` when it is missing or its format cannot be computed with.
    public func tensor(named name: String) throws -> Tensor {
        guard file.contains(name) else {
            throw CheckpointError.missingTensor(
                name, file: file.url, nearest: NearestName.nearest(to: name, among: file.names))
        }
        let entry = try file.entry(named: name)
        guard let dtype = DType(entry.type) else {
            throw CheckpointError.unusableType(name, type: entry.type.rawValue, file: file.url)
        }
        return try file.bytes(of: entry).withBytes { try Tensor(bytes: $0, shape: entry.shape, dtype: dtype) }
    }

    /// A tensor by name that must have this shape.
    /// - Throws: `CheckpointError` naming what was expected and found.
    public func tensor(named name: String, shape: [Int]) throws -> Tensor {
        let tensor = try tensor(named: name)
        guard tensor.shape == shape else {
            throw CheckpointError.shapeMismatch(name, expected: shape, found: tensor.shape, file: file.url)
        }
        return tensor
    }

    /// A tensor that may stand in the file as bytes with a scale a row.
    private func stored(_ name: String, shape: [Int]) throws -> Tensor {
        guard !file.contains(name), file.contains(name + RowQuantization.bytes), let rows = shape.first else {
            return try tensor(named: name, shape: shape)
        }
        return try RowQuantization.restore(
            tensor(named: name + RowQuantization.bytes, shape: shape),
            scale: tensor(named: name + RowQuantization.scales, shape: [rows]))
    }

    /// The parameter of this path, converted to the type asked for.
    /// - Throws: `CheckpointError` when it is missing or misshapen.
    public func parameter(at path: ParameterPath, shape: [Int], initializer: Initializer) throws -> Tensor {
        let stored = try stored(prefix + path.description, shape: shape)
        let tensor = try stored.to(shape.count > 1 ? weightType ?? stored.dtype : .float32)
        return shape.count == 4 ? try tensor.channelsLast() : tensor
    }
}

extension DType {
    /// The tensor type of a stored format; nil for formats that tensors do not have here.
    public init?(_ stored: StoredType) {
        switch stored {
        case .float64: self = .float64
        case .float32: self = .float32
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .int64: self = .int64
        case .int32: self = .int32
        case .int16: self = .int16
        case .int8: self = .int8
        case .uint8: self = .uint8
        case .bool: self = .bool
        default: return nil
        }
    }
    /// The format that a tensor of this type is stored in.
    public var stored: StoredType {
        switch self {
        case .float64: .float64
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .int64: .int64
        case .int32: .int32
        case .int16: .int16
        case .int8: .int8
        case .uint8: .uint8
        case .bool: .bool
        }
    }
}
