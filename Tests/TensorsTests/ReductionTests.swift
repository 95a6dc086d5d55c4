import TestSupport
import Testing

@testable import Tensors

@Suite struct ReductionTests {
    private static func x() throws -> Tensor { try tensor(1, 5, -2, 3, 0, 4, shape: [2, 3]) }

    static let rows: [Row] = [
        Row("sum", [11], []) { try x().sum() },
        Row("sum over rows", [4, 5, 2]) { try x().sum(0) },
        Row("sum, axis kept", [4, 7], [2, 1]) { try x().sum(1, keepingAxes: true) },
        Row("sum over two axes", [11], []) { try x().sum(0, 1) },
        Row("mean", [11.0 / 6], []) { try x().mean() },
        Row("mean along", [4.0 / 3, 7.0 / 3]) { try x().mean(-1) },
        Row("mean, axes kept", [11.0 / 6], [1, 1]) { try x().mean(0, 1, keepingAxes: true) },
        Row("variance", [1.25], []) { try tensor(1, 2, 3, 4).variance() },
        Row("maximum", [5], []) { try x().maximum() },
        Row("maximum along", [3, 5, 4]) { try x().maximum(0) },
        Row("minimum", [-2], []) { try x().minimum() },
        Row("minimum along", [-2, 0]) { try x().minimum(1) },
        Row("indexOfMaximum", [1, 2]) { try x().indexOfMaximum(along: 1) },
        Row("largest values", [5, 1, 4, 3], [2, 2]) { try x().largest(2).values },
        Row("largest indices", [1, 0, 2, 0], [2, 2]) { try x().largest(2).indices },
        Row("norm", [5], []) { try tensor(3, -4).norm() },
        Row("norm along", [5, 13]) { try tensor(3, 4, 5, 12, shape: [2, 2]).norm(1) },
        Row("norm, axis kept", [5, 13], [1, 2]) {
            try tensor(3, 5, 4, 12, shape: [2, 2]).norm(0, keepingAxes: true)
        },
        Row("allTrue", [1], []) { try tensor(1, 2).isGreater(than: 0).allTrue() },
        Row("allTrue, not", [0], []) { try tensor(1, -2).isGreater(than: 0).allTrue() },
        Row("matmul", [7, 10, 15, 22], [2, 2]) {
            try tensor(1, 2, 3, 4, shape: [2, 2]).matmul(tensor(1, 2, 3, 4, shape: [2, 2]))
        },
        Row("matmul, batched", [5, 25], [2, 1, 1]) {
            try tensor(1, 2, 3, 4, shape: [2, 1, 2]).matmul(tensor(1, 2, 3, 4, shape: [2, 2, 1]))
        },
        Row("softmax", [0.25, 0.75, 0.5, 0.5], [2, 2]) {
            try tensor(1, 3, 7, 7, shape: [2, 2]).log().softmax(along: 1)
        },
        Row("softmax of large numbers", [0.5, 0.5]) { try tensor(30_000, 30_000).softmax(along: 0) },
    ]
    @Test(arguments: rows) func equalsItsLiteral(_ row: Row) throws { try row.check() }

    @Test func manyNormsInOneCall() throws {
        let norms = try Tensor.norms([tensor(3, 4), tensor(5, 12, shape: [2, 1]), tensor(-7)])
        #expect(try norms.map { try $0.item() } == [5, 13, 7])
    }

    @Test func inPlaceOperationsReachEveryViewOfTheStorage() throws {
        let x = try tensor(1, 2, 3, 4, shape: [2, 2])
        let row = try x.selected(1)
        try x.overwrite(with: tensor(5, 6, 7, 8, shape: [2, 2]))
        try expectClose(row, [7, 8])
        try Tensor.lerpInPlace([x], towards: [tensor(9, 10, 11, 12, shape: [2, 2])], weight: 0.25)
        try expectClose(row, [8, 9])
        try Tensor.multiplyInPlace([x, row], by: 2)
        try expectClose(x, [12, 14, 32, 36], shape: [2, 2])
    }
}
