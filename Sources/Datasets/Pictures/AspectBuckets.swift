/// Sizes of several shapes; each picture belongs to the one whose shape is nearest.
public struct AspectBuckets: Sendable {
    /// The sizes, at least one.
    public let sizes: [(width: Int, height: Int)]

    /// Buckets of these sizes.
    public init(_ sizes: [(width: Int, height: Int)]) { self.sizes = sizes }

    /// The bucket for a picture: the smallest factor between the two quotients of width and height; the first of several.
    public func nearest(width: Int, height: Int) -> Int {
        let picture = (width: max(1, width), height: max(1, height))
        return sizes.indices.min { factor(picture, $0) < factor(picture, $1) } ?? 0
    }

    /// By how much the shapes of a picture and of a bucket differ: 1 for the same, 2 for twice as long or as high.
    private func factor(_ picture: (width: Int, height: Int), _ bucket: Int) -> Double {
        let (left, right) = (picture.width * sizes[bucket].height, picture.height * sizes[bucket].width)
        return Double(max(left, right)) / Double(min(left, right))
    }

    /// Which bucket takes the place of each, so that none that is used holds fewer than `fewest` pictures.
    ///
    /// The emptiest goes first, into the one with the nearest shape among those that have pictures. At least one is left.
    public func joined(counts: [Int], fewest: Int) -> [Int] {
        var counts = counts
        var target = Array(counts.indices)
        while true {
            let used = counts.indices.filter { counts[$0] > 0 }
            guard used.count > 1, let least = used.min(by: { counts[$0] < counts[$1] }),
                counts[least] < fewest
            else { return target }
            let next =
                used.filter { $0 != least }
                .min { factor(sizes[least], $0) < factor(sizes[least], $1) } ?? least
            counts[next] += counts[least]
            counts[least] = 0
            for bucket in target.indices where target[bucket] == least { target[bucket] = next }
        }
    }
}
