/// The solution of a small square system of linear equations, by elimination with row exchange.
///
/// - Parameters:
///   - rows: the coefficients.
///   - right: the right-hand sides, one a row.
/// - Returns: one number an unknown; not finite when the rows depend on each other.
func solve(_ rows: [[Double]], _ right: [Double]) -> [Double] {
    var table = zip(rows, right).map { $0 + [$1] }
    let count = table.count
    for column in 0..<count {
        let best = (column..<count).max { abs(table[$0][column]) < abs(table[$1][column]) } ?? column
        table.swapAt(column, best)
        for row in 0..<count where row != column {
            let factor = table[row][column] / table[column][column]
            for index in column...count { table[row][index] -= factor * table[column][index] }
        }
    }
    return (0..<count).map { table[$0][count] / table[$0][$0] }
}
