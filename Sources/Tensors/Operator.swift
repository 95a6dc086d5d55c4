internal import CTorchShim

/// A boxed argument of an operator.
package enum Value {
    case none
    case tensor(Tensor)
    case optionalTensor(Tensor?)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case ints([Int])
    case doubles([Double])
    case tensors([Tensor])
    case optionalTensors([Tensor?])
    case dtype(DType)
    case device(Device)
    case string(String)
    case generator(Generator)

    var tensor: Tensor? {
        switch self {
        case .tensor(let tensor): tensor
        case .optionalTensor(let tensor): tensor
        default: nil
        }
    }
    var int: Int? {
        guard case .int(let integer) = self else { return nil }
        return integer
    }
    var ints: [Int]? {
        guard case .ints(let list) = self else { return nil }
        return list
    }
}

/// An operator of libtorch's dispatcher, looked up once and kept in a `static let`.
///
/// One C function calls any of them with boxed arguments, so a new operator is three lines of Swift. Arguments left
/// out at the end take the schema's defaults.
package struct Operator: Sendable {
    package let name: String
    private nonisolated(unsafe) let handle: OpaquePointer?

    /// Looks an operator up by schema name, such as `aten::add`, and overload, such as `Tensor`.
    package init(_ name: String, _ overload: String = "") {
        Engine.prepare()
        self.name = overload.isEmpty ? name : "\(name).\(overload)"
        var error = CTError()
        handle = ct_operator(name, overload, &error)
        if handle == nil { ct_error_free(&error) }
    }

    /// Calls the operator and returns its one tensor.
    package func callAsFunction(_ arguments: Value...) throws(TensorError) -> Tensor {
        let results = try call(arguments, capacity: 1)
        guard let first = results.first else {
            throw TensorError(kind: .unknown, operation: name, engineMessage: "gave no tensor")
        }
        return first
    }

    /// Calls the operator and returns all its tensors, the members of tensor lists among them.
    package func all(_ arguments: Value..., capacity: Int = 8) throws(TensorError) -> [Tensor] {
        try call(arguments, capacity: capacity)
    }

    package func call(_ arguments: [Value], capacity: Int) throws(TensorError) -> [Tensor] {
        guard let tally = Tally.current else { return try run(arguments, capacity: capacity) }
        let results: [Tensor]
        if let known = try tally.answer(name, arguments) {
            results = [known]
        } else {
            results = try run(arguments, capacity: capacity)
        }
        tally.note(name, arguments, results)
        return results
    }

    private func run(_ arguments: [Value], capacity: Int) throws(TensorError) -> [Tensor] {
        guard let handle else {
            throw TensorError(
                kind: .unknownOperator, operation: name,
                engineMessage: "libtorch has no operator of that name")
        }
        let boxed = BoxedArguments(arguments)
        var error = CTError()
        var results = [OpaquePointer?](repeating: nil, count: capacity)
        // `boxed` keeps the tensors themselves alive, not only their handles, until the call has returned.
        let count = boxed.withValues { values in
            ct_call(handle, values.baseAddress, Int64(values.count), &results, Int64(capacity), &error)
        }
        guard count >= 0 else {
            // An operator that makes a tensor from nothing has no operands: its error names the shape asked for.
            let shapes = boxed.tensors.isEmpty ? arguments.compactMap(\.ints) : boxed.tensors.map(\.shape)
            throw TensorError(taking: &error, operation: name, shapes: shapes)
        }
        return results.prefix(Int(count)).compactMap { $0.map(Tensor.init(adopting:)) }
    }
}

/// The C image of an argument list; owns every array and tensor that the image points into.
private final class BoxedArguments {
    private(set) var tensors: [Tensor] = []
    private var values: [CTValue] = []
    private var buffers: [UnsafeMutableRawPointer] = []

    init(_ arguments: [Value]) {
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            var value = CTValue(kind: Int32(CT_VALUE_NONE), integer: 0, real: 0, pointer: nil, count: 0)
            switch argument {
            case .none, .optionalTensor(nil): break
            case .tensor(let tensor), .optionalTensor(.some(let tensor)):
                tensors.append(tensor)
                value.kind = Int32(CT_VALUE_TENSOR)
                value.pointer = UnsafeRawPointer(tensor.handle)
            case .int(let integer): (value.kind, value.integer) = (Int32(CT_VALUE_INT), Int64(integer))
            case .dtype(let type): (value.kind, value.integer) = (Int32(CT_VALUE_INT), Int64(type.rawValue))
            case .bool(let flag): (value.kind, value.integer) = (Int32(CT_VALUE_BOOL), flag ? 1 : 0)
            case .double(let real): (value.kind, value.real) = (Int32(CT_VALUE_DOUBLE), real)
            case .device(let device):
                (value.kind, value.integer) = (Int32(CT_VALUE_DEVICE), Int64(device.typeNumber))
                value.count = Int64(device.index)
            case .generator(let generator):
                value.kind = Int32(CT_VALUE_GENERATOR)
                value.pointer = UnsafeRawPointer(generator.handle)
            case .ints(let list): point(&value, Int32(CT_VALUE_INTS), at: list.map(Int64.init))
            case .doubles(let list): point(&value, Int32(CT_VALUE_DOUBLES), at: list)
            case .string(let text): point(&value, Int32(CT_VALUE_STRING), at: Array(text.utf8CString))
            case .tensors(let list):
                tensors += list
                point(&value, Int32(CT_VALUE_TENSORS), at: list.map(\.handle))
            case .optionalTensors(let list):
                tensors += list.compactMap { $0 }
                point(&value, Int32(CT_VALUE_OPTIONAL_TENSORS), at: list.map { $0?.handle })
            }
            values.append(value)
        }
    }

    deinit { for buffer in buffers { buffer.deallocate() } }

    func withValues<R>(_ body: (UnsafeBufferPointer<CTValue>) -> R) -> R {
        withExtendedLifetime(self) { values.withUnsafeBufferPointer(body) }
    }

    private func point<Element>(_ value: inout CTValue, _ kind: Int32, at list: [Element]) {
        let buffer = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, list.count * MemoryLayout<Element>.stride), alignment: 8)
        list.withUnsafeBytes {
            if let base = $0.baseAddress { buffer.copyMemory(from: base, byteCount: $0.count) }
        }
        buffers.append(buffer)
        value.kind = kind
        value.pointer = UnsafeRawPointer(buffer)
        value.count = Int64(list.count)
    }
}

extension TensorError {
    /// Takes over the message of a failed C call.
    init(taking error: inout CTError, operation: String, shapes: [[Int]] = []) {
        let message = error.message.map { String(cString: $0) } ?? "no message"
        let kind = Kind(rawValue: error.kind) ?? .unknown
        ct_error_free(&error)
        self.init(kind: kind, operation: operation, shapes: shapes, engineMessage: message)
    }
}
