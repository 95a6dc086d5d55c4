import Diagnostics
import TestSupport
import Testing

@testable import Tensors

@Suite struct ErrorTests {
    /// A call that must fail: what its error must name.
    struct Failure: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let kind: TensorError.Kind
        let shapes: [[Int]]
        let says: String
        let call: @Sendable () throws -> Void
        init(
            _ operation: String, _ kind: TensorError.Kind = .invalidArgument, on shapes: [Int]...,
            says: String,
            call: @escaping @Sendable () throws -> Void
        ) {
            (testDescription, self.kind, self.shapes, self.says, self.call) = (
                operation, kind, shapes, says, call
            )
        }
    }
    private static func x() throws -> Tensor { try .ones([2, 3]) }
    private static let add = Operator("aten::add", "Tensor")

    static let failures: [Failure] = [
        Failure(
            "aten::matmul", on: [2, 3], [4, 5],
            says: "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)"
        ) {
            _ = try x().matmul(.ones([4, 5]))
        },
        Failure("aten::add.Tensor", on: [2, 3], [2], says: "size of tensor a (3) must match") {
            _ = try x() + .ones([2])
        },
        Failure("aten::reshape", on: [2, 3], says: "shape '[4]' is invalid for input of size 6") {
            _ = try x().reshaped(4)
        },
        Failure("aten::linear", on: [2, 3], [4, 2], says: "cannot be multiplied") {
            _ = try x().linear(weight: .ones([4, 2]), bias: nil)
        },
        Failure(
            "darkroom::convolution", on: [1, 3, 8, 8], [4, 2, 3, 3],
            says: "expected input[1, 3, 8, 8] to have 2 channels"
        ) {
            _ = try Tensor.ones([1, 3, 8, 8]).conv2d(weight: .ones([4, 2, 3, 3]), bias: nil)
        },
        Failure("aten::cat", on: [2, 3], [2, 4], says: "Sizes of tensors must match") {
            _ = try Tensor.concatenated([x(), .ones([2, 4])])
        },
        Failure("aten::cat", says: "non-empty list") { _ = try Tensor.concatenated([]) },
        Failure("aten::layer_norm", on: [], [2], says: "normalized_shape") {
            _ = try Tensor.full([], 1).layerNorm(weight: .ones([2]))
        },
        Failure("aten::select.int", on: [2, 3], says: "index 2 out of range") { _ = try x().selected(2) },
        Failure("aten::index_select", on: [2, 3], [1], says: "out of range") {
            _ = try x().gathered(.indices([2], shape: [1]))
        },
        Failure("aten::embedding", on: [2, 3], [1], says: "index out of range") {
            _ = try Tensor.indices([-1], shape: [1]).embedded(in: x())
        },
        Failure("aten::clamp", on: [2, 3], says: "At least one of") { _ = try x().clamped() },
        Failure("aten::chunk", on: [2, 3], says: "greater than 0") { _ = try x().chunks(0, along: 0) },
        Failure("Tensor.init", on: [2], says: "expected 8 bytes for this shape, got 12") {
            _ = try tensor(1, 2, 3, shape: [2])
        },
        Failure("Tensor.init", on: [-1], says: "negative dimension") { _ = try tensor(shape: [-1]) },
        Failure("Tensor.item", on: [2, 3], says: "6 elements") { _ = try x().item() },
        Failure("aten::full", .outOfMemory, on: [1 << 50], says: "4503599627370496 bytes") {
            _ = try Tensor.zeros([1 << 50])
        },
        Failure("aten::full", .outOfMemory, on: [1 << 40, 1 << 40], says: "overflow") {
            _ = try Tensor.zeros([1 << 40, 1 << 40])
        },
        Failure("aten::randn.generator", .outOfMemory, on: [1, 1 << 50], says: "allocate") {
            var stream = try RandomStream(seed: 1)
            _ = try stream.normal([1 << 50])
        },
        Failure("aten::add.Tensor", .outOfMemory, on: [1 << 50], [1], says: "allocate") {
            _ = try Tensor.ones([1]).expanded(1 << 50) + .ones([1])
        },
        Failure("aten::contiguous", .outOfMemory, on: [1 << 50], says: "allocate") {
            _ = try Tensor.ones([1]).expanded(1 << 50).values(as: Float.self)
        },
        Failure("aten::contiguous", .outOfMemory, on: [1 << 50], says: "allocate") {
            _ = try Tensor.ones([1]).expanded(1 << 50).bytes()
        },
        Failure("aten::no_such_thing", .unknownOperator, says: "no operator of that name") {
            _ = try Operator("aten::no_such_thing")(.tensor(x()))
        },
        Failure("aten::add.NoSuchOverload", .unknownOperator, says: "no operator of that name") {
            _ = try Operator("aten::add", "NoSuchOverload")(.tensor(x()))
        },
        Failure("aten::add.Tensor", on: [2, 3], says: "needs the argument `other`") {
            _ = try add(.tensor(x()))
        },
        Failure("aten::add.Tensor", on: [2, 3], [2, 3], says: "takes at most 3 arguments, got 4") {
            _ = try add(.tensor(x()), .tensor(x()), .int(1), .int(2))
        },
        Failure("aten::add.Tensor", on: [2, 3], says: "Expected Tensor but got String") {
            _ = try add(.tensor(x()), .string("one"))
        },
        Failure("aten::chunk", on: [2, 3], says: "gave 2 tensors where at most 1 were expected") {
            _ = try Operator("aten::chunk")(.tensor(x()), .int(2), .int(0))
        },
        Failure("aten::_foreach_zero_", .unknown, says: "gave no tensor") {
            _ = try Operator("aten::_foreach_zero_")(.tensors([x()]))
        },
        Failure("aten::to.dtype_layout", on: [2, 3], says: "no device of index 300") {
            _ = try x().to(.cuda(300))
        },
    ]

    @Test(arguments: failures) func failuresNameOperationAndShapes(_ failure: Failure) throws {
        let error = try #require(throws: TensorError.self) { try failure.call() }
        #expect(error.operation == failure.testDescription)
        #expect(error.kind == failure.kind)
        #expect(error.shapes == failure.shapes)
        #expect(error.summary.contains(failure.says), "\(error.summary)")
        #expect(error.summary.hasPrefix("`\(failure.testDescription)`"))
        for shape in failure.shapes { #expect(error.summary.contains("\(shape)")) }
        #expect(!error.summary.contains("\n"), "one line: \(error.summary)")
        #expect(try (Self.x() + Self.x()).sum().item() == 12, "the engine goes on")
    }

    @Test(.enabled(if: !Device.available.contains(.cuda(0)), "this machine has a GPU"))
    func aDeviceThatIsNotThereIsAnError() throws {
        let error = #expect(throws: TensorError.self) { try Self.x().to(.cuda(0)) }
        #expect(error?.operation == "aten::to.dtype_layout" && error?.shapes == [[2, 3]])
    }

    @Test func eachKindHasItsText() {
        func text(_ kind: TensorError.Kind, _ shapes: [[Int]] = []) -> String {
            TensorError(
                kind: kind, operation: "aten::add", shapes: shapes, engineMessage: "too bad\nat line 7"
            )
            .description
        }
        #expect(text(.invalidArgument, [[2, 3], []]) == "`aten::add` on [2, 3], []: too bad")
        #expect(
            text(.outOfMemory, [[4]])
                == "`aten::add` on [4]: out of memory (too bad)\n  → Use a smaller batch or picture, or bf16."
        )
        #expect(
            text(.unknownOperator)
                == "`aten::add`: too bad\n  → Check the operator's name and overload, and that libtorch is version 2.11."
        )
        #expect(text(.unknown) == "`aten::add`: too bad")
        #expect(TensorError(kind: .unknown, operation: "x", engineMessage: "").summary == "`x`: no message")
    }
}
