/// A small random stream keyed by numbers: the same keys give the same values on every machine and thread.
///
/// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The stream that belongs to a list of keys, in their order.
    init(_ keys: UInt64...) {
        state = 0x243F_6A88_85A3_08D3
        for key in keys { state = Self.mixed(state ^ Self.mixed(key &+ 0x9E37_79B9_7F4A_7C15)) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// A number in 0..<1 with 24 random bits.
    mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// A number in `low..<high`.
    mutating func between(_ low: Float, _ high: Float) -> Float {
        low + (high - low) * unit()
    }

    /// True with the given probability.
    mutating func chance(_ probability: Double) -> Bool {
        Double(next() >> 11) * 0x1p-53 < probability
    }

    /// An integer in `0..<bound`; 0 when the bound is not positive.
    mutating func below(_ bound: Int) -> Int {
        bound <= 1 ? 0 : Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// One element of a list that is not empty.
    mutating func pick<Element>(_ list: [Element]) -> Element {
        list[below(list.count)]
    }

    /// The index of one weight, chosen in proportion to the weights; 0 when none is positive.
    mutating func weighted(_ weights: [Double]) -> Int {
        let total = weights.reduce(0) { $0 + max(0, $1) }
        var left = Double(next() >> 11) * 0x1p-53 * total
        for (index, weight) in weights.enumerated() where weight > 0 {
            left -= weight
            if left < 0 { return index }
        }
        return weights.lastIndex { $0 > 0 } ?? 0
    }

    /// A bijective mixing of 64 bits.
    static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
