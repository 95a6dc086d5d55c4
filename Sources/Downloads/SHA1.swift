import Foundation

/// SHA-1, by which git names small files.
///
/// It guards against accidents; large files come with a SHA-256.
/// Source: FIPS 180-4, section 6.1.
struct SHA1 {
    private var state: [UInt32] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    private var rest: [UInt8] = []
    private var length: UInt64 = 0

    /// Nothing hashed yet.
    init() {}

    /// What git calls a file of these bytes.
    static func gitBlob(_ bytes: some Collection<UInt8>) -> String {
        var hash = SHA1()
        hash.add(Array("blob \(bytes.count)\0".utf8))
        hash.add(Array(bytes))
        return hash.hexadecimal()
    }

    /// Adds bytes behind those added before.
    mutating func add(_ bytes: [UInt8]) {
        length &+= UInt64(bytes.count)
        rest += bytes
        let whole = rest.count / 64 * 64
        for block in stride(from: 0, to: whole, by: 64) { compress(rest[block..<block + 64]) }
        rest.removeFirst(whole)
    }

    /// The digest of everything added, 40 hexadecimal digits.
    func hexadecimal() -> String {
        var last = self
        var padding: [UInt8] = [0x80]
        while (rest.count + padding.count) % 64 != 56 { padding.append(0) }
        withUnsafeBytes(of: (length &* 8).bigEndian) { padding += $0 }
        last.add(padding)
        return last.state.map {
            String(repeating: "0", count: 8 - String($0, radix: 16).count) + String($0, radix: 16)
        }
        .joined()
    }

    private mutating func compress(_ block: ArraySlice<UInt8>) {
        let bytes = Array(block)
        var w = (0..<16).map { word in
            bytes[word * 4..<word * 4 + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        for index in 16..<80 {
            w.append(Self.turned(w[index - 3] ^ w[index - 8] ^ w[index - 14] ^ w[index - 16], 1))
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch index {
                case ..<20: ((b & c) | (~b & d), 0x5a82_7999)
                case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case ..<60: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = Self.turned(a, 5) &+ f &+ e &+ k &+ w[index]
            (a, b, c, d, e) = (next, a, Self.turned(b, 30), c, d)
        }
        for (place, value) in [a, b, c, d, e].enumerated() { state[place] &+= value }
    }

    private static func turned(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &<< count | word &>> (32 &- count)
    }
}
