import Tensors

/// Overlapping square tiles whose seams are blended, which bounds the memory of large pictures.
///
/// Tile for tile what diffusers does. A tile sees less of the picture than the whole would, so colours may drift a
/// little between tiles.
public struct AutoencoderTiling: Equatable, Sendable {
    /// Side of a tile of the picture, in pixels.
    public let pictureSide: Int
    /// Side of a tile of the latent, in latent pixels.
    public let latentSide: Int
    /// Share of a tile that its neighbour covers, too.
    public let overlap: Double

    /// Tiles of a side, in pixels: nil takes the size that the model was trained with.
    ///
    /// Sides are at least one latent pixel long; the overlap is kept between 0 and 0.75.
    public init(_ configuration: AutoencoderConfiguration, pictureSide: Int? = nil, overlap: Double = 0.25) {
        let side = max(configuration.downscaling, pictureSide ?? configuration.sampleSize)
        self.pictureSide = side
        latentSide = side / configuration.downscaling
        self.overlap = overlap.isNaN ? 0.25 : min(max(overlap, 0), 0.75)
    }

    /// True when a tensor is larger than a tile.
    func cuts(_ x: Tensor, side: Int) -> Bool { x.size(2) > side || x.size(3) > side }

    /// Applies `transform` tile by tile and blends where tiles overlap.
    func map(
        _ x: Tensor, side: Int, resultSide: Int, _ transform: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let stride = max(1, Int(Double(side) * (1 - overlap)))
        let blend = Int(Double(resultSide) * overlap)
        let kept = resultSide - blend
        var above: [Tensor] = []
        var rows: [Tensor] = []
        for top in Swift.stride(from: 0, to: x.size(2), by: stride) {
            var row: [Tensor] = []
            for left in Swift.stride(from: 0, to: x.size(3), by: stride) {
                var tile = try x.slice(top..<(top + side), along: 2).slice(left..<(left + side), along: 3)
                tile = try transform(tile)
                if !above.isEmpty { tile = try Self.blended(above[row.count], tile, along: 2, over: blend) }
                if let before = row.last { tile = try Self.blended(before, tile, along: 3, over: blend) }
                row.append(tile)
            }
            above = row
            let cut = try row.map { try $0.slice(0..<kept, along: 2).slice(0..<kept, along: 3) }
            rows.append(try .concatenated(cut, along: 3))
        }
        return try .concatenated(rows, along: 2)
    }

    /// The end of `first` fades into the start of `second`.
    private static func blended(_ first: Tensor, _ second: Tensor, along axis: Int, over extent: Int) throws
        -> Tensor
    {
        let extent = min(first.size(axis), second.size(axis), extent)
        guard extent > 0 else { return second }
        var shape = [1, 1, 1, 1]
        shape[axis] = extent
        func weights(_ weight: (Double) -> Double) throws -> Tensor {
            let values = (0..<extent).map { Float(weight(Double($0) / Double(extent))) }
            return try Tensor(values, shape: shape).to(second.device)
        }
        let end = try first.slice((first.size(axis) - extent)..<first.size(axis), along: axis)
        let start = try second.slice(0..<extent, along: axis)
        // In single precision whatever the pictures are in.
        let faded = try (end * weights { 1 - $0 } + start * weights { $0 }).to(second.dtype)
        return try .concatenated(
            [faded, second.slice(extent..<second.size(axis), along: axis)], along: axis)
    }
}
