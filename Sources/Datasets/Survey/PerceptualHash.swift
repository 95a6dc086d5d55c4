import Foundation
public import Images

/// 64 bits that say what a picture looks like: pictures that look alike differ in few of them.
///
/// The brightness at 32 × 32 pixels is turned into waves (DCT-II); of the 64 slowest, each bit says whether its share is
/// above their median. Size, compression and small changes of colour and contrast change few bits; mirroring and cutting
/// change many. Source: Zauner 2010, "Implementation and benchmarking of perceptual image hash functions", section 3.2.
public struct PerceptualHash: Hashable, Sendable, Codable {
    /// The bits; the lowest belongs to the constant, then row by row.
    public let bits: UInt64

    /// A hash of known bits.
    public init(bits: UInt64) { self.bits = bits }

    /// The hash of a picture; transparent pixels count as white.
    /// - Throws: `ImageError.impossibleSize`, which no picture causes.
    public init(_ image: Image) throws(ImageError) {
        let small = try image.resized(width: Self.side, height: Self.side, method: .areaAverage).gray()
        let waves = Self.slowWaves(small.pixels.map(Double.init))
        let sorted = waves.sorted()
        let median = (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
        bits = waves.enumerated().reduce(0) { $1.element > median ? $0 | 1 << UInt64($1.offset) : $0 }
    }

    /// In how many bits two hashes differ, 0 to 64.
    public func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

    static let side = 32
    static let kept = 8

    /// cos(π (2x + 1) k / 64) for the kept k, row by row.
    private static let cosines: [Double] = (0..<kept).flatMap { wave in
        (0..<side).map { cos(Double.pi * Double((2 * $0 + 1) * wave) / Double(2 * side)) }
    }

    /// The slowest 8 × 8 waves of 32 × 32 values, not normalised: Σ value · cos(π(2x+1)k/64) · cos(π(2y+1)l/64).
    static func slowWaves(_ values: [Double]) -> [Double] {
        var rows = [Double](repeating: 0, count: side * kept)
        for y in 0..<side {
            for wave in 0..<kept {
                rows[y * kept + wave] = (0..<side).reduce(0) {
                    $0 + values[y * side + $1] * cosines[wave * side + $1]
                }
            }
        }
        return (0..<kept * kept).map { place in
            let (down, across) = place.quotientAndRemainder(dividingBy: kept)
            return (0..<side).reduce(0) { $0 + rows[$1 * kept + across] * cosines[down * side + $1] }
        }
    }
}

/// Finds pictures that look alike among many.
public enum NearDuplicates {
    /// The largest distance that is searched for.
    public static let largestDistance = 10
    /// The distance within which pictures count as alike unless somebody says otherwise.
    public static let usualDistance = 4

    /// The groups of hashes that hang together by pairs which differ in at most `distance` bits.
    ///
    /// Each hash is cut into distance + 1 bands. Two that differ in at most `distance` bits agree in at least one whole
    /// band, so only neighbours in a band are compared; hashes that are equal are compared once.
    /// - Parameters:
    ///   - hashes: one a picture.
    ///   - distance: 0 to 10; what lies outside is taken to the nearer end.
    /// - Returns: the numbers of the pictures, rising within each group; groups by their first member.
    public static func groups(of hashes: [PerceptualHash], within distance: Int) -> [[Int]] {
        let distance = min(max(distance, 0), largestDistance)
        let order = hashes.indices.sorted {
            (hashes[$0].bits, $0) < (hashes[$1].bits, $1)
        }
        var parents = Array(hashes.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while parents[index] != index {
                parents[index] = parents[parents[index]]
                index = parents[index]
            }
            return index
        }
        func join(_ left: Int, _ right: Int) {
            let (left, right) = (root(left), root(right))
            if left != right { parents[max(left, right)] = min(left, right) }
        }
        var distinct: [Int] = []
        for index in order {
            if let last = distinct.last, hashes[last].bits == hashes[index].bits {
                join(last, index)
            } else {
                distinct.append(index)
            }
        }
        let bands = distance + 1
        for band in 0..<bands where distance > 0 {
            let (low, high) = (64 * band / bands, 64 * (band + 1) / bands)
            let mask = high - low == 64 ? UInt64.max : (UInt64(1) << UInt64(high - low) - 1)
            var inBand = distinct.map { (key: hashes[$0].bits >> UInt64(low) & mask, index: $0) }
            inBand.sort { ($0.key, $0.index) < ($1.key, $1.index) }
            var start = 0
            while start < inBand.count {
                var end = start + 1
                while end < inBand.count, inBand[end].key == inBand[start].key { end += 1 }
                for left in start..<end {
                    let bits = hashes[inBand[left].index].bits
                    for right in left + 1..<max(end, left + 1)
                    where (bits ^ hashes[inBand[right].index].bits).nonzeroBitCount <= distance {
                        join(inBand[left].index, inBand[right].index)
                    }
                }
                start = end
            }
        }
        // A root is its group's first member; those that stand alone, nearly all, get no list.
        var members: [Int: [Int]] = [:]
        for index in hashes.indices where root(index) != index {
            members[root(index), default: [root(index)]].append(index)
        }
        return members.values.sorted { $0[0] < $1[0] }
    }
}
