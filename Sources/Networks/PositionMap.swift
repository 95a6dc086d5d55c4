import Foundation
import Tensors

/// Where each pixel of a map stands, as the lowest cosines over its height and width.
///
/// The same place has the same numbers at every resolution.
enum PositionMap {
    /// Cosines along each side.
    static let frequencies = 4
    /// Numbers a pixel.
    static let width = 2 * frequencies

    /// `[1, height · width, 8]`: cos(π·k·x) for k = 1…4 and x from 0 to 1 across, then the same downwards.
    static func features(height: Int, width: Int, on device: Device) throws -> Tensor {
        func cosines(_ index: Int, of count: Int) -> [Float] {
            let place = (Double(index) + 0.5) / Double(count)
            return (1...frequencies).map { Float(cos(.pi * Double($0) * place)) }
        }
        var values: [Float] = []
        for row in 0..<height {
            let down = cosines(row, of: height)
            for column in 0..<width { values += cosines(column, of: width) + down }
        }
        return try Tensor(values, shape: [1, height * width, Self.width]).to(device)
    }
}
