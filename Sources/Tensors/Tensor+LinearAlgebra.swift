/// Linear algebra on small matrices.
extension Tensor {
    private static let symmetricEigenOperator = Operator("aten::linalg_eigh")
    private static let symmetricEigenvaluesOperator = Operator("aten::linalg_eigvalsh")
    private static let leastSquaresOperator = Operator("aten::linalg_lstsq")

    /// The eigenvalues of a symmetric matrix, smallest first, and its eigenvectors as columns; only the lower triangle is
    /// looked at.
    /// - Throws: `TensorError` for what is no square matrix of floating-point numbers, or when the solver gives up.
    public func symmetricEigen() throws(TensorError) -> (values: Tensor, vectors: Tensor) {
        let results = try Self.symmetricEigenOperator.all(.tensor(self))
        return (results[0], results[1])
    }

    /// The eigenvalues of a symmetric matrix, smallest first, without its eigenvectors: about a third of the work.
    /// - Throws: `TensorError` as `symmetricEigen`.
    public func symmetricEigenvalues() throws(TensorError) -> Tensor {
        try Self.symmetricEigenvaluesOperator(.tensor(self))
    }

    /// The x that brings `self · x` nearest to `right`, and the shortest of them where several do.
    ///
    /// By singular values (LAPACK's `gelsd`), so that rows that all but depend on each other do no harm.
    /// - Parameter right: right-hand sides, `[rows, count]`; `self` is `[rows, unknowns]`, both of one type.
    /// - Returns: `[unknowns, count]`.
    /// - Throws: `TensorError` for shapes that do not fit, or numbers that are not finite.
    public func leastSquares(_ right: Tensor) throws(TensorError) -> Tensor {
        let results = try Self.leastSquaresOperator.call(
            [.tensor(self), .tensor(right), .none, .string("gelsd")], capacity: 4)
        guard let solution = results.first else {
            throw TensorError(kind: .unknown, operation: "leastSquares", engineMessage: "gave no tensor")
        }
        return solution
    }
}
