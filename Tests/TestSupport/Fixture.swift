public import Diagnostics
public import Foundation
public import Tensors
import WeightFiles

/// A safetensors file of reference values, made by one of the scripts in `Scripts/make-fixtures`.
///
/// Names have two parts, `group/name`.
public struct Fixture: Sendable {
    /// Where it lies.
    public let url: URL
    private let file: SafetensorsFile

    /// Opens `Fixtures/NAME.safetensors` of a test target's bundle.
    /// - Throws: `FixtureError` when the bundle has no such file, `WeightFileError` when it cannot be read.
    public init(_ name: String, in bundle: Bundle) throws {
        guard let url = bundle.url(forResource: "Fixtures/" + name, withExtension: "safetensors") else {
            throw FixtureError.missing(name, bundle: bundle.bundleURL)
        }
        self.url = url
        file = try SafetensorsFile(contentsOf: url)
    }

    /// The names of a group, without the group.
    public func names(in group: String) -> [String] {
        file.names.filter { $0.hasPrefix(group + "/") }.map { String($0.dropFirst(group.count + 1)) }
    }
    /// True when there is a tensor of that name.
    public func contains(_ name: String) -> Bool { file.contains(name) }

    /// What the script wrote about the fixture under a key.
    public func metadata(_ key: String) -> String? { file.metadata[key] }

    /// A tensor, in its stored type.
    /// - Throws: `WeightFileError` for an unknown name, `FixtureError` for a type that tensors do not have.
    public func tensor(_ name: String) throws -> Tensor {
        let entry = try file.entry(named: name)
        guard let dtype = Self.types[entry.type] else {
            throw FixtureError.unreadableType(name, type: entry.type.rawValue)
        }
        return try file.withBytes(of: entry) { try Tensor(bytes: $0, shape: entry.shape, dtype: dtype) }
    }

    private static let types: [StoredType: DType] = [
        .float64: .float64, .float32: .float32, .float16: .float16, .bfloat16: .bfloat16, .int64: .int64,
        .int32: .int32, .int16: .int16, .int8: .int8, .uint8: .uint8, .bool: .bool,
    ]
}

/// What can be wrong with a fixture.
public enum FixtureError: ActionableError, Equatable {
    /// The bundle has no such file.
    case missing(String, bundle: URL)
    /// A tensor's stored type has no counterpart among tensors.
    case unreadableType(String, type: String)

    /// What went wrong.
    public var summary: String {
        switch self {
        case .missing(let name, let bundle): "\(bundle.path) has no fixture \(name).safetensors."
        case .unreadableType(let name, let type): "The fixture's \(name) is stored as \(type); no tensor is."
        }
    }
    /// What to do.
    public var advice: [String] {
        switch self {
        case .missing: ["Run `make fixtures`, or restore Tests/*/Fixtures from git."]
        case .unreadableType: ["Store it in another type in Scripts/make-fixtures."]
        }
    }
}
