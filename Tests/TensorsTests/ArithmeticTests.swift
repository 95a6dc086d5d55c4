import Foundation
import TestSupport
import Testing

@testable import Tensors

@Suite struct ArithmeticTests {
    private static func a() throws -> Tensor { try tensor(1, -2, 3, 4, shape: [2, 2]) }
    private static func b() throws -> Tensor { try tensor(10, 20) }
    private static func mask() throws -> Tensor { try a().isGreater(than: 0) }

    static let operators: [Row] = [
        Row("a + b", [11, 18, 13, 24], [2, 2]) { try a() + b() },
        Row("a + 1.5", [2.5, -0.5, 4.5, 5.5], [2, 2]) { try a() + 1.5 },
        Row("1.5 + a", [2.5, -0.5, 4.5, 5.5], [2, 2]) { try 1.5 + a() },
        Row("a - b", [-9, -22, -7, -16], [2, 2]) { try a() - b() },
        Row("a - 1", [0, -3, 2, 3], [2, 2]) { try a() - 1 },
        Row("1 - a", [0, 3, -2, -3], [2, 2]) { try 1 - a() },
        Row("a * b", [10, -40, 30, 80], [2, 2]) { try a() * b() },
        Row("a * 2", [2, -4, 6, 8], [2, 2]) { try a() * 2 },
        Row("2 * a", [2, -4, 6, 8], [2, 2]) { try 2 * a() },
        Row("a / b", [0.1, -0.1, 0.3, 0.2], [2, 2]) { try a() / b() },
        Row("a / 4", [0.25, -0.5, 0.75, 1], [2, 2]) { try a() / 4 },
        Row("4 / a", [4, -2, 4.0 / 3, 1], [2, 2]) { try 4 / a() },
        Row("-a", [-1, 2, -3, -4], [2, 2]) { try -a() },
        Row("integers / 2", [0.5, 1, 1.5]) { try Tensor([1, 2, 3] as [Int64], shape: [3]) / 2 },
    ]
    static let elementwise: [Row] = [
        Row("power(2)", [1, 4, 9, 16], [2, 2]) { try a().power(2) },
        Row("power(-1)", [1, -0.5, 1.0 / 3, 0.25], [2, 2]) { try a().power(-1) },
        Row("squared", [1, 4, 9, 16], [2, 2]) { try a().squared() },
        Row("adding(_:times:scale:)", [21, -82, 63, 164], [2, 2]) {
            try a().adding(a(), times: b(), scale: 2)
        },
        Row("adding(_:times:)", [11, -42, 33, 84], [2, 2]) { try a().adding(a(), times: b()) },
        Row("lerp", [3.25, 3.5, 4.75, 8], [2, 2]) { try a().lerp(to: b().expanded(2, 2), weight: 0.25) },
        Row("selecting", [1, 20, 3, 4], [2, 2]) { try a().selecting(where: mask(), otherwise: b()) },
        Row("clamped to both sides", [1, -1, 2, 2], [2, 2]) { try a().clamped(from: -1, to: 2) },
        Row("clamped from below", [2, 2, 3, 4], [2, 2]) { try a().clamped(from: 2) },
        Row("clamped from above", [1, -2, 2, 2], [2, 2]) { try a().clamped(to: 2) },
        Row("rounded, half to even", [-2, 0, 0, 2, 2]) { try tensor(-1.5, -0.5, 0.5, 1.5, 2.5).rounded() },
        Row("isGreater", [1, 0, 1, 1], [2, 2]) { try mask() },
        Row("isGreater, equal is not greater", [0, 1]) { try tensor(1, 1.5).isGreater(than: 1) },
        Row("isEqual", [0, 0, 1, 0], [2, 2]) { try a().isEqual(to: 3) },
        Row("isFinite", [1, 0, 0, 0]) { try tensor(1, .nan, .infinity, -.infinity).isFinite() },
    ]

    @Test(arguments: operators + elementwise) func equalsItsLiteral(_ row: Row) throws { try row.check() }

    /// A function of one number, as the engine has it and as Foundation has it.
    struct Function: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let engine: @Sendable (Tensor) throws -> Tensor
        let scalar: @Sendable (Double) -> Double
    }
    static let functions: [Function] = [
        Function(testDescription: "exp", engine: { try $0.exp() }, scalar: { exp($0) }),
        Function(testDescription: "log", engine: { try $0.log() }, scalar: { log($0) }),
        Function(
            testDescription: "square root", engine: { try $0.squareRoot() }, scalar: { $0.squareRoot() }),
        Function(
            testDescription: "reciprocal square root", engine: { try $0.reciprocalSquareRoot() },
            scalar: { 1 / $0.squareRoot() }),
        Function(testDescription: "sin", engine: { try $0.sin() }, scalar: { sin($0) }),
        Function(testDescription: "cos", engine: { try $0.cos() }, scalar: { cos($0) }),
        Function(testDescription: "tanh", engine: { try $0.tanh() }, scalar: { tanh($0) }),
        Function(testDescription: "sigmoid", engine: { try $0.sigmoid() }, scalar: { 1 / (1 + exp(-$0)) }),
        Function(testDescription: "magnitude", engine: { try $0.magnitude() }, scalar: { abs($0) }),
        Function(testDescription: "silu", engine: { try $0.silu() }, scalar: { $0 / (1 + exp(-$0)) }),
        Function(testDescription: "relu", engine: { try $0.relu() }, scalar: { max(0, $0) }),
        Function(
            testDescription: "gelu", engine: { try $0.gelu() },
            scalar: { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
        Function(
            testDescription: "gelu by tanh", engine: { try $0.gelu(approximate: true) },
            scalar: { x in
                let inner = (2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)
                return 0.5 * x * (1 + tanh(inner))
            }),
    ]
    /// More numbers than a vector register holds, so that the vector code and its remainder both run.
    static let points: [Double] = (0..<37).map { -3 + Double($0) * 0.17 }

    @Test(arguments: functions) func equalsItsScalarFunction(_ function: Function) throws {
        let isOfPositives = function.testDescription == "log" || function.testDescription.hasSuffix("root")
        let points = isOfPositives ? Self.points.map { $0 * $0 + 0.01 } : Self.points
        let found = try function.engine(Tensor(points, shape: [points.count]))
        let scalars = points.map(function.scalar)
        try expectClose(found, scalars, Tolerance(relative: 1e-12), function.testDescription)
        let single = try function.engine(Tensor(points.map(Float.init), shape: [points.count]))
        #expect(single.dtype == .float32)
        try expectClose(single, scalars, nil, function.testDescription + " in single precision")
    }
}
