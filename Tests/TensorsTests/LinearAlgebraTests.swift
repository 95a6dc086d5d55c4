import Tensors
import TestSupport
import Testing

@Suite struct LinearAlgebraTests {
    @Test func eigenvaluesAndVectorsOfASymmetricMatrix() throws {
        // Eigenvalues 1 and 3 along (1, −1) and (1, 1).
        let matrix = try Tensor([2, 1, 1, 2] as [Double], shape: [2, 2])
        let (values, vectors) = try matrix.symmetricEigen()
        try expectClose(values, [1, 3])
        try expectClose(vectors * vectors, [0.5, 0.5, 0.5, 0.5], shape: [2, 2])
        try expectClose((vectors * values.unsqueezed(0)).matmul(vectors.transposed(0, 1)), matrix)
    }

    @Test func theVectorsOfALargerOneAreOrthogonal() throws {
        var random = try RandomStream(seed: 4)
        let half = try random.normal([12, 9]).squeezed(0).to(.float64)
        let matrix = try half.transposed(0, 1).matmul(half)
        let (values, vectors) = try matrix.symmetricEigen()
        let sorted = try values.values(as: Double.self)
        #expect(sorted == sorted.sorted() && sorted.allSatisfy { $0 > -1e-9 })
        var identity = [Double](repeating: 0, count: 81)
        for index in 0..<9 { identity[index * 10] = 1 }
        try expectClose(vectors.transposed(0, 1).matmul(vectors), identity, shape: [9, 9])
        try expectClose((vectors * values.unsqueezed(0)).matmul(vectors.transposed(0, 1)), matrix)
    }

    @Test func onlySquareMatricesHaveThem() throws {
        let wide = try Tensor.zeros([2, 3])
        #expect(throws: TensorError.self) { try wide.symmetricEigen() }
    }
}
