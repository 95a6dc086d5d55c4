/// Decompositions of matrices.
extension Tensor {
    private static let symmetricEigenOperator = Operator("aten::linalg_eigh")

    /// The eigenvalues of a symmetric matrix, smallest first, and its eigenvectors as columns; only the lower triangle is
    /// looked at.
    /// - Throws: `TensorError` for what is no square matrix of floating-point numbers, or when the solver gives up.
    public func symmetricEigen() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
        let results = try Self.symmetricEigenOperator.all(.tensor(self))
        return (results[0], results[1])
    }
}
