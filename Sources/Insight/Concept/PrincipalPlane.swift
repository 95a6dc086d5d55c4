/// The plane through a cloud of points in which they lie farthest apart: their first two principal components.
///
/// Source: Pearson 1901; computed from the points' scalar products (Jacobi's rotations), so the cloud may have more
/// dimensions than points.
struct PrincipalPlane {
    /// The middle of the cloud.
    let centre: [Double]
    /// Two directions of length 1 at right angles; the second may be all zeros for points on a line.
    let axes: [[Double]]

    /// Fits the plane.
    /// - Parameter points: at least one, all of the same number of coordinates.
    init(of points: [[Double]]) {
        let width = points.first?.count ?? 0
        let centre = (0..<width).map { axis in
            points.reduce(0) { $0 + $1[axis] } / Double(max(points.count, 1))
        }
        let shifted = points.map { zip($0, centre).map { $0 - $1 } }
        let products = shifted.map { left in shifted.map { Self.dot(left, $0) } }
        let (values, vectors) = Self.eigen(products)
        let order = values.indices.sorted { values[$0] > values[$1] }
        self.centre = centre
        axes = (0..<2).map { rank in
            guard rank < order.count, values[order[rank]] > 1e-12 else {
                return [Double](repeating: 0, count: width)
            }
            let weights = vectors[order[rank]]
            var axis = [Double](repeating: 0, count: width)
            for (weight, point) in zip(weights, shifted) {
                for index in 0..<width { axis[index] += weight * point[index] }
            }
            let length = max(Self.dot(axis, axis).squareRoot(), 1e-12)
            return axis.map { $0 / length }
        }
    }

    /// Where a point falls in the plane.
    func place(_ point: [Double]) -> (x: Double, y: Double) {
        let shifted = zip(point, centre).map { $0 - $1 }
        return (Self.dot(shifted, axes[0]), Self.dot(shifted, axes[1]))
    }

    private static func dot(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// The eigenvalues of a symmetric matrix and their vectors.
    static func eigen(_ matrix: [[Double]]) -> (values: [Double], vectors: [[Double]]) {
        let count = matrix.count
        var a = matrix
        var vectors = (0..<count).map { row in (0..<count).map { $0 == row ? 1.0 : 0 } }
        let size = matrix.joined().reduce(0) { $0 + $1 * $1 }
        for _ in 0..<60 {
            var rest = 0.0
            for p in 0..<count { for q in p + 1..<count { rest += a[p][q] * a[p][q] } }
            if rest <= 1e-24 * size { break }
            for p in 0..<count {
                for q in p + 1..<count where a[p][q] != 0 {
                    let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
                    let t = (theta >= 0 ? 1 : -1) / (abs(theta) + (theta * theta + 1).squareRoot())
                    let c = 1 / (t * t + 1).squareRoot()
                    let s = t * c
                    for k in 0..<count {
                        (a[k][p], a[k][q]) = (c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q])
                    }
                    for k in 0..<count {
                        (a[p][k], a[q][k]) = (c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k])
                    }
                    for k in 0..<count {
                        (vectors[p][k], vectors[q][k]) = (
                            c * vectors[p][k] - s * vectors[q][k], s * vectors[p][k] + c * vectors[q][k]
                        )
                    }
                }
            }
        }
        return ((0..<count).map { a[$0][$0] }, vectors)
    }
}
