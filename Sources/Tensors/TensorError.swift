public import Diagnostics

/// What went wrong in the tensor engine, with the operation and the shapes it was given.
public struct TensorError: ActionableError, Equatable {
    /// The kinds of failure that a caller may want to tell apart.
    public enum Kind: Int32, Sendable {
        /// Shapes, types or values that the operation does not accept.
        case invalidArgument = 1
        /// The device or the machine has no memory left for the result.
        case outOfMemory = 2
        /// The engine has no operator of this name.
        case unknownOperator = 3
        /// Anything else that the engine reports.
        case unknown = 9
    }

    /// The kind of failure.
    public let kind: Kind
    /// The operator's schema name, such as `aten::matmul`.
    public let operation: String
    /// Shapes of the tensors it was given, in order.
    public let shapes: [[Int]]
    /// The engine's own sentence.
    public let engineMessage: String

    /// Makes an error from its parts.
    public init(kind: Kind, operation: String, shapes: [[Int]] = [], engineMessage: String) {
        self.kind = kind
        self.operation = operation
        self.shapes = shapes
        self.engineMessage = engineMessage
    }

    /// One sentence: operation, shapes, and what the engine said.
    public var summary: String {
        let operands = shapes.isEmpty ? "" : " on " + shapes.map { "\($0)" }.joined(separator: ", ")
        let firstLine = engineMessage.split(separator: "\n").first.map(String.init) ?? "no message"
        switch kind {
        case .outOfMemory: return "`\(operation)`\(operands): out of memory (\(firstLine))"
        case .unknownOperator: return "`\(operation)`: \(firstLine)"
        default: return "`\(operation)`\(operands): \(firstLine)"
        }
    }

    /// What to try, by kind.
    public var advice: [String] {
        switch kind {
        case .outOfMemory: ["Use a smaller batch or picture, or bf16."]
        case .unknownOperator: ["Check the operator's name and overload, and that libtorch is version 2.11."]
        default: []
        }
    }
}
